import Journal
import Storage
import Synchronization

@testable import SyncEngine

/// Collects the events of a run.
final class Recorder: Sendable {
  private let collected = Mutex<[Event]>([])

  var events: [Event] { collected.withLock { $0 } }

  func report(_ event: Event) { collected.withLock { $0.append(event) } }

  var counts: Counts? {
    guard case .finished(_, let counts) = events.last else { return nil }
    return counts
  }

  var outcomes: [Action.ID: Outcome] {
    var outcomes: [Action.ID: Outcome] = [:]
    for case .ended(let id, let outcome) in events { outcomes[id] = outcome }
    return outcomes
  }
}

extension [Event] {
  /// What the user is warned of.
  var warnings: [StorageError] { compactMap { if case .warning(let error) = $0 { error } else { nil } } }
}

extension SyncRun {
  /// Plans and executes.
  func callAsFunction(
    control: TransferControl = TransferControl()
  ) async throws -> (plan: Plan, ending: Ending, counts: Counts, events: [Event]) {
    let recorder = Recorder()
    let plan = try await plan(control: control) { recorder.report($0) }
    let ending = await execute(plan, control: control) { recorder.report($0) }
    return (plan, ending, recorder.counts ?? Counts(), recorder.events)
  }
}
