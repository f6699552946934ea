internal import Storage

extension Planner {
  /// What both sides have, and a mirror gives the source's access rights. What is written gets them with its contents.
  func permissionsToSet() -> [Entry] {
    let ends = [input.sourceTraits, input.destinationTraits]
    guard input.policy.mirror != nil, ends.allSatisfy({ $0.capabilities.contains(.permissions) }) else { return [] }
    let others = Set(actions.filter { !$0.change.leavesContents }.map(\.path))
    return input.source.entries.compactMap { entry in
      guard let wanted = entry.permissions, !input.source.leading.contains(entry.path),
        let place = names.places[entry.path]?.path, let old = destination[place], old.kind == entry.kind,
        let there = old.permissions, there != wanted, !others.contains(old.path)
      else { return nil }
      return Entry(path: old.path, kind: old.kind, permissions: wanted)
    }
  }
}

extension Change {
  /// Whether what is at the destination may turn out to be equal, and stay.
  fileprivate var leavesContents: Bool {
    switch self {
    case .adopt, .compare: true
    case .makeFolder, .copy, .copyLink, .replace, .keepBoth, .move, .follow, .delete, .skip: false
    }
  }
}
