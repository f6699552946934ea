internal import Journal
internal import Storage

extension Executor {
  /// Gives what is taken for the copy of a file its new place, once their contents have borne that out. Else the file is
  /// copied, and so it is where the destination cannot move it; the other one stays, and is the next run's business.
  mutating func move(_ action: Action, _ source: Entry) async throws(Failed) -> Stand {
    guard let old = action.destination, old.size == source.size else {
      return action.ended(.skipped(.changedSincePlan))
    }
    let (passage, name) = (passage, temporaryName(action))
    let isExact = run.policy.checksum || run.policy.verifies
    let known = try await attempt(action, source) { (source: Entry) async throws(StorageError) in
      try await passage.beginning(of: source, in: old, isExact ? .whole : .forMoves, temporaryName: name)
    }
    guard known == old.size else {
      return try await copy(action, source, besides: old, "is another file")
    }
    guard var now = try await moved(old, action) else {
      return try await copy(action, source, besides: old, "cannot be moved")
    }
    // What was on record of its dates is true of it wherever it is.
    if old.told != nil { (now.told, now.times) = (now.told ?? now.times, old.times) }
    var there = action
    there.destination = now
    let stand: Stand
    do throws(Failed) { stand = try await adopt(there, source, setTimes: true) } catch {
      guard case .step(let outcome) = error else { throw error }
      stand = there.ended(outcome)
    }
    guard case .ended(let outcome, var end) = stand else { return stand }
    end.origin = old.path
    return .ended(outcome, end)
  }

  /// Moves it; `nil` if it is still where it was.
  private mutating func moved(_ old: Entry, _ action: Action) async throws(Failed) -> Entry? {
    let destination = run.destination
    do throws(Failed) {
      return try await attempt(action) { (_) async throws(StorageError) in
        try await destination.move(old, to: action.path)
      }
    } catch {
      guard case .step = error, let found = try? await destination.refresh([old, old.at(action.path)]) else {
        throw error
      }
      if let here = found.first ?? nil, here.isSame(as: old) { return nil }
      // It may have been moved, and the answer not been heard.
      guard found.first == .some(nil), let there = found.last ?? nil, there.kind == old.kind, there.size == old.size
      else { throw error }
      return there
    }
  }

  private mutating func copy(
    _ action: Action,
    _ source: Entry,
    besides old: Entry,
    _ why: String
  ) async throws(Failed) -> Stand {
    let isLast = plan.lastCopies[old.path] != nil
    let next = isLast ? "it stays, as the last copy of something" : "the next run deletes it"
    let cause = "It seemed to be \(action.path.text) under its old name, and \(why); \(next)"
    report(.warning(StorageError(.changed, .nextFile, path: old.path, cause: cause)))
    leftBehind = true
    var anew = action
    (anew.change, anew.destination) = (.copy, nil)
    try await redirect(anew.intent)
    return try await transfer(anew, source, to: action.path, replacing: nil)
  }
}
