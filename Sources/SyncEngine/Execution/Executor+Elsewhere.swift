internal import Journal
internal import Storage

extension Executor {
  /// Has the record of a file follow its copy to the place that somebody gave that, once the contents have borne out that it
  /// is the copy. Nothing is moved, replaced or removed. Else the file is missing, as it seemed without it.
  mutating func follow(_ action: Action, _ source: Entry) async throws(Failed) -> Stand {
    guard let there = action.destination, there.size == source.size, let copy = plan.elsewhere[source.path] else {
      return action.ended(.skipped(.changedSincePlan))
    }
    guard try await isCopy(there, of: source, copy, action) else {
      guard run.policy.restoreMissing == .always else { return action.ended(.skipped(.missingFromCheckpoint)) }
      var anew = action
      (anew.change, anew.reason, anew.destination) = (.copy, .missingFromCheckpoint, nil)
      try await redirect(anew.intent)
      return try await transfer(anew, source, to: action.path, replacing: nil)
    }
    guard case .ended(let outcome, var end) = try await adopt(action, source, setTimes: copy.setsDate) else {
      return action.ended(.skipped(.changedSincePlan))
    }
    if case .done = outcome { end.origin = copy.from }
    return .ended(outcome, end)
  }

  private mutating func isCopy(
    _ there: Entry,
    of source: Entry,
    _ copy: CopyElsewhere,
    _ action: Action
  ) async throws(Failed) -> Bool {
    let (destination, control, passage, name) = (run.destination, control, passage, temporaryName(action))
    if let digest = copy.digest {
      return try await attempt(action) { (_) async throws(StorageError) in
        try await destination.digest(of: there, control) == digest
      }
    }
    let known = try await attempt(action, source) { (source: Entry) async throws(StorageError) in
      try await passage.beginning(of: source, in: there, copy.isWhole ? .whole : .forMoves, temporaryName: name)
    }
    return known == there.size
  }
}
