internal import Logging
internal import Storage
internal import Synchronization
internal import SyncEngine

/// Passes each event of a run to all who want it: the person, the program that reads JSON, and the logs.
final class RunReport: Sendable {
  private struct State {
    var plan: Plan?
    var entries: [Side: [Entry]] = [:]
    var counts: Counts?
    /// As a location, once the plan was written.
    var destination: String?
    /// Of a two-way run, the direction that is planned or carried out now.
    var direction: TwoWayPlan.Direction?
  }

  let human: HumanReport
  let logs: RunLogs
  private let json: Output?
  /// The folder on this computer for what a device cannot keep.
  private let host: String
  private let state = Mutex(State())

  init(human: HumanReport, json: Output?, logs: RunLogs, host: String) {
    self.host = host
    self.human = human
    self.json = json
    self.logs = logs
  }

  /// What was scanned at the top of a side.
  func topEntries(_ side: Side) -> [Entry] { state.withLock { $0.entries[side] ?? [] } }

  /// Whether ``Event/finished(_:_:)`` came.
  var hasFinished: Bool { counts != nil }

  /// What the run did, once it has finished.
  var counts: Counts? { state.withLock(\.counts) }

  /// Tells the person, and the log, what else there is to know.
  @Sendable func notice(_ line: String) {
    human.complain(line)
    logs.main.notice("\(line.replacing("\n", with: " "))")
  }

  /// Takes an event of the engine.
  func take(_ event: Event) {
    let step = state.withLock { state in note(event, in: &state) }
    let place = place(of: event)
    logs.take(event, step: step, place: place)
    if let line = JSONLine.line(event, step: step, place: place) {
      json?.line(line.toward(state.withLock(\.direction)).text)
    }
    human.take(event, step: step, place: place)
  }

  /// Tells that all events to come are those of one direction of a two-way run.
  func begin(_ part: RunFlow.Part) {
    logs.main.info("\(Summary.heading(part.ends))")
    human.begin(Summary.heading(part.ends))
    write(part, [], withFiltered: false)
    state.withLock { $0.direction = part.direction }
  }

  /// Writes the plan for programs: `plan`, and a `step` for each action; `withFiltered`, what the filters leave out, too.
  func write(_ part: RunFlow.Part, _ zones: [ZoneNote], withFiltered: Bool) {
    let (plan, ends) = (part.plan, part.ends)
    state.withLock { $0.destination = ends.destination }
    guard let json else { return }
    let line = JSONLine(
      "plan",
      [
        "source": .text(ends.source), "destination": .text(ends.destination),
        "makesDestination": .truth(ends.makesDestination), "steps": .count(plan.actions.count),
        "bytes": .size(plan.bytes), "unchanged": .count(plan.unchanged), "neverReadBack": .count(plan.neverReadBack),
        "filtered": .count(plan.filtered.count),
        "filteredBy": .list(FilterSummary.causes(plan).map { FilterSummary.json($0.cause, count: $0.count) }),
        "unusedPatterns": .list(plan.unusedRules.map(FilterSummary.json)),
        "nearDateLimit": .count(plan.nearLimit?.files ?? 0),
        "folderDates": .count(plan.folderDates.count),
        "folderDatesInJournal": .count(plan.remembersFolderDates ? plan.folderDates.count : 0),
        "permissions": .count(plan.permissions.count), "setAside": .list(plan.setAside.map { .object($0.fields) }),
        "undecided": .list((plan.undecided?.paths ?? []).map { .object([:].with($0)) }),
        "filesToFree": .count(plan.toFree.count),
        "bytesToFree": .size(plan.toFree.reduce(0) { $0.addingSaturated($1.size ?? 0) }),
        "datesToMend": .count(plan.actions.count { $0.reason == .zoneLearned }),
        "refusals": .list(plan.refusals.map(JSONValue.refusal)), "assumedZones": .list(zones.map(\.json)),
      ]
    )
    json.line(line.toward(part.direction).text)
    for action in plan.actions { json.line(JSONLine(action).toward(part.direction).text) }
    for entry in plan.toFree { json.line(JSONLine("toFree", ["bytes": .size(entry.size ?? 0)].with(entry.path)).text) }
    if withFiltered { for item in plan.filtered { json.line(FilterSummary.json(item).text) } }
  }

  /// Writes something else for programs.
  func write(_ line: JSONLine) { json?.line(line.text) }

  private func place(of event: Event) -> String? {
    guard case .keptVersions(_, let folder, let onHost) = event else { return nil }
    return Summary.joined(onHost ? shown(host) : state.withLock { $0.destination } ?? "", folder)
  }

  private func note(_ event: Event, in state: inout State) -> Action? {
    switch event {
    case .scanned(let side, let entries, _):
      state.entries[side] = entries.filter { $0.path.parent.isRoot }
      return nil
    case .planned(let plan):
      state.plan = plan
      return nil
    case .began(let id), .progress(let id, _), .resuming(let id, _), .ended(let id, _), .verified(let id):
      return state.plan?.action(id)
    case .retrying(let id, _, _): return id.flatMap { state.plan?.action($0) }
    case .finished(_, let counts):
      state.counts = counts
      return nil
    default: return nil
    }
  }
}
