internal import Journal
internal import Storage

/// What only runs do that are a part of a two-way one.
extension Executor {
  /// Gives versions of the source other names, under which they are copied then. What was on record of the two versions goes
  /// before, so that a run that dies here leaves two files of which nobody knows which is the newer, or two files more.
  mutating func setAside() async throws(Stop) {
    guard !plan.setAside.isEmpty else { return }
    try await onRecord { journal, ticket throws(JournalError) in
      try await journal.record(plan.setAside.compactMap(\.otherName), in: ticket)
      try await journal.dropRecords(plan.setAside.map(\.other), in: ticket)
    }
    for (number, item) in plan.setAside.enumerated() {
      guard !control.isCancelled else { throw Stop(ending: .interrupted) }
      let intent = Intent(
        sequence: UInt32(plan.actions.count + number),
        change: "setAside",
        reason: item.reason.rawValue,
        path: item.path,
        target: item.place,
        trueName: item.naming.trueName
      )
      let step = Action(id: intent.sequence, change: .skip, reason: item.reason, path: item.path, source: item.entry)
      do throws(Failed) {
        renamed[item.target] = .some(try await rename(item, step))
      } catch {
        if case .run(let stop) = error { throw stop }
        // Its copy is left out, and told as such.
        renamed[item.target] = .some(nil)
        continue
      }
      counts.filesKeptBoth += 1
      report(.setAside(item))
      let identity = run.source.traits.identity
      try await onRecord { journal, ticket throws(JournalError) in
        try await journal.move(item.path, in: identity, to: item.target, in: identity)
        try await journal.record([StepEnd(intent: intent, phase: .done, size: item.entry.size)], in: ticket)
      }
    }
  }

  private mutating func rename(_ item: SetAside, _ step: Action) async throws(Failed) -> Entry {
    let source = run.source
    do throws(Failed) {
      return try await attempt(step, item.entry) { (entry: Entry) async throws(StorageError) in
        try await source.move(entry, to: item.target)
      }
    } catch {
      // It may have been renamed, and the answer not been heard.
      guard case .step = error, let now = try? await source.refresh([item.entry, item.entry.at(item.target)]),
        now.first == .some(nil), let there = now.last ?? nil, there.isSame(as: item.entry)
      else { throw error }
      return there
    }
  }

  /// A step with the source's file as it is called by now; `nil` if that could not be renamed.
  func withNewName(_ action: Action) -> Action? {
    guard let path = action.source?.path, let entry = renamed[path] else { return action }
    guard let entry else { return nil }
    var action = action
    // Dates on record are as true as before.
    action.source = action.source?.at(path).withHandle(entry.handle)
    return action
  }

  // MARK: Folders that are gone from the other side

  /// Whether the step is on record before its turn comes.
  func isAnnounced(_ action: Action) -> Bool {
    run.policy.twoWay != nil && action.change == .delete && action.destination?.isDirectory == true
  }

  /// Puts on record which folders are to be deleted, before anything in them is: a run that dies in between leaves folders
  /// of which nothing else tells that they were gone from the other side.
  func announceDeletionsOfFolders() async throws(Stop) {
    let intents = plan.actions.filter(isAnnounced).map(\.intent)
    guard !intents.isEmpty else { return }
    try await onRecord { journal, ticket throws(JournalError) in try await journal.intend(intents, in: ticket) }
  }
}

extension Naming {
  fileprivate var trueName: [UInt8]? {
    if case .mapped(let name) = self { name } else { nil }
  }
}
