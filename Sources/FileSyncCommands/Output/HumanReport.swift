internal import Foundation
internal import Storage
internal import Synchronization
internal import SyncEngine

/// Tells a person how a run goes: a progress bar, on a terminal only, and a summary at the end.
final class HumanReport: Sendable {
  /// How much is told.
  enum Detail: Sendable { case quiet, normal, verbose }

  private struct State {
    var progress: Progress?
    var leftOut = LeftOut()
    var zones: [ZoneNote] = []
    var failures = Failures()
    /// Steps that went on inside their files, and the bytes that were there before.
    var resumed: [Action.ID: UInt64] = [:]
    /// When the bar was last written, by ``uptime``.
    var lastShown = -Double.infinity
    var barStands = false
    /// Where what was replaced is now.
    var oldVersions: [String] = []
    /// Whether nothing more can be done without the user.
    var isEnding = false
    /// What stands above the summary; `nil` for nothing.
    var heading: String?
    /// Whether the plan has told all there is.
    var planIsAll = false
  }

  private let results: Output
  private let errors: Output
  private let detail: Detail
  private let kind: RunKind
  /// Where the log is that names each file.
  private let log: String?
  private let uptime: @Sendable () -> Double
  private let state = Mutex(State())

  /// Seconds between two pictures of the progress.
  private static let period = 0.1

  /// The summary goes to `results`, all that passes to `errors`.
  init(
    results: Output,
    errors: Output,
    detail: Detail,
    kind: RunKind,
    log: String? = nil,
    uptime: @escaping @Sendable () -> Double
  ) {
    self.results = results
    self.errors = errors
    self.detail = detail
    self.kind = kind
    self.log = log
    self.uptime = uptime
  }

  /// Writes lines for the person who waits; if they want it quiet, only what they `always` have to know.
  func say(_ lines: [String], always: Bool = false) {
    guard always || detail != .quiet else { return }
    state.withLock { state in
      clearBar(&state)
      for line in lines { results.line(line) }
    }
  }

  /// Writes a line that is never left out.
  func complain(_ line: String) {
    state.withLock { state in
      clearBar(&state)
      errors.line(line)
    }
  }

  /// Puts a line above the summary to come.
  func begin(_ heading: String) { state.withLock { $0.heading = heading } }

  /// Has the summary tell of zones that were assumed.
  func note(_ zones: [ZoneNote]) { state.withLock { $0.zones = zones } }

  /// Tells an event. - Parameters:
  ///   - step: the action it is about.
  ///   - place: the folder it is about, as a location.
  func take(_ event: Event, step: Action?, place: String?) {
    switch event {
    case .scanning(let side, let entries, _): show { _ in "Looking at the \(side.rawValue): \(entries) entries" }
    case .scanned(_, _, let unlisted): complain(unlisted)
    case .planned(let plan):
      state.withLock { state in
        state.progress = Progress(plan, at: uptime())
        state.planIsAll = plan.isIdle && kind != .check
        // A two-way run has a summary for each direction.
        (state.leftOut, state.failures, state.resumed, state.oldVersions) = (LeftOut(), Failures(), [:], [])
      }
    case .progress(let id, let bytes):
      state.withLock { $0.progress?.advance(id, to: bytes, at: uptime()) }
      show { $0.progress?.line(width: self.errors.width() - 1) }
    case .resuming(let id, let offset):
      // After a pause within the run, what was there before it counts.
      state.withLock { $0.resumed[id] = $0.resumed[id] ?? offset }
      guard detail == .verbose, let step else { break }
      say(["Going on with \(step.path.shown): \(formatted(bytes: offset)) of it are there already"])
    case .verifying(_, let path, let bytes):
      show { _ in "Verifying \(path.shown)" + (bytes > 0 ? ": \(formatted(bytes: bytes)) read back" : "") }
    case .ended(_, let outcome): if let step { end(step, outcome) }
    case .retrying(_, let error, let attempt):
      if !state.withLock(\.isEnding) { complain("Trying again (\(attempt)): \(error.shownCause)") }
    // The failure that the command ends with says why.
    case .waiting: state.withLock { $0.isEnding = true }
    case .keptVersions: state.withLock { $0.oldVersions += [place].compactMap(\.self) }
    case .warning(let error): complain("Warning: \(error.shownCause)")
    case .finished(_, let counts):
      let state = state.withLock(\.self)
      let rest = state.progress?.filesLeft ?? 0
      let lines = Summary.run(counts, leftOut: state.leftOut, kind, oldVersions: state.oldVersions, notDone: rest)
      let resumed = [Summary.resumed(Array(state.resumed.values))].compactMap(\.self)
      say([state.heading].compactMap(\.self) + lines + resumed + state.zones.map { $0.summary(kind) })
      for line in state.failures.lines(log: log) { complain(line) }
    case .setAside(let item): if detail == .verbose { say([item.line]) }
    case .started, .began, .verified: break
    }
  }

  private func end(_ step: Action, _ outcome: Outcome) {
    state.withLock { state in
      state.progress?.end(step, outcome, at: uptime())
      // What is never copied is no result of the run; the plan has told of it.
      if case .skipped(let reason) = outcome, !state.planIsAll, reason != .temporary {
        state.leftOut.add(step.path, reason)
      }
    }
    switch outcome {
    case .failed(let error) where error.reason == .cancelled: break
    case .failed(let error):
      let isFirst = state.withLock { $0.failures.add(step.path, error) }
      if isFirst || detail == .verbose { complain("Failed: \(step.path.shown): \(shown(error.cause))") }
    case .done: if detail == .verbose { say([step.line]) }
    case .skipped(let reason):
      if detail == .verbose { say([(kind == .check ? "" : "skip  ") + "\(step.path.shown)  (\(reason.words))"]) }
    }
    show { $0.progress?.line(width: self.errors.width() - 1) }
  }

  private func complain(_ unlisted: [RelativePath: [Unlisted]]) {
    for (folder, missing) in unlisted.sorted(by: { $0.key < $1.key }) {
      for item in missing { complain("Not listed: \(folder.shown)/\(shown(item.name)) (\(item.reason.words))") }
    }
  }

  /// Draws the bar anew, if the last one is old enough.
  private func show(_ line: (State) -> String?) {
    guard detail != .quiet, errors.isTerminal else { return }
    state.withLock { state in
      guard uptime() - state.lastShown >= Self.period, let line = line(state) else { return }
      state.lastShown = uptime()
      // One that goes on in the next line could not be taken back.
      errors.write("\r\(line.prefix(max(errors.width() - 1, 0)))\u{1B}[K")
      state.barStands = true
    }
  }

  private func clearBar(_ state: inout State) {
    if state.barStands { errors.write("\r\u{1B}[K") }
    state.barStands = false
  }
}
