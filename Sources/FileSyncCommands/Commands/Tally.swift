internal import Synchronization

/// Keeps count of a command that takes several things one after the other, and goes on where one of them fails.
final class Tally: Sendable {
  private struct State {
    var done = 0
    var first: Failure?
  }

  private let context: CommandContext
  private let json: Bool
  private let state = Mutex(State())

  init(_ context: CommandContext, json: Bool) {
    self.context = context
    self.json = json
  }

  /// Counts one that is done; programs get `line`.
  func done(_ line: JSONLine? = nil) {
    state.withLock { $0.done += 1 }
    if json, let line { context.output.line(line.text) }
  }

  /// Tells of one that failed.
  func failed(_ failure: Failure) {
    state.withLock { $0.first = $0.first ?? failure }
    context.errors.line("filesync: \(failure.text)")
    if json { context.output.line(JSONLine(failure, type: "failed").text) }
  }

  /// Whether none failed.
  var isClean: Bool { state.withLock { $0.first == nil } }

  /// What the command ends with.
  var status: CommandStatus {
    state.withLock { state in
      guard let first = state.first else { return .done }
      return state.done > 0 ? .someFailed : first.status
    }
  }
}

extension Tally {
  /// Takes each in turn: one that fails is told of, and the next one taken.
  /// - Throws: what concerns all that are left: the device is gone, or the user interrupts.
  func each<Item: Sendable>(
    _ items: [Item],
    _ body: (Item) async throws(Failure) -> Void
  ) async throws(Failure) {
    for item in items {
      try context.checkInterrupt()
      do throws(Failure) {
        try await body(item)
      } catch {
        switch error.status {
        case .notReady, .declined, .hungUp, .interrupted, .terminated, .brokenPipe: throw error
        case .done, .someFailed, .refused, .notPossible, .usage: failed(error)
        }
      }
    }
  }
}
