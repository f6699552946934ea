internal import Storage

/// Conflicts that the user's rule, by date or by size, does not decide.
extension Planner {
  /// The files of which both versions are kept since neither is the newer or the larger one, as far as can be told; those of
  /// which contents are compared first included. In the order of the plan.
  func undecided() -> Plan.Undecided? {
    let rule = input.policy.conflict
    guard rule == .newer || rule == .larger else { return nil }
    func isUndecided(_ file: Entry, _ old: Entry) -> Bool {
      file.kind == .file && input.policy.decisions[file.path] == nil && !isFreed(old)
        && input.policy.conflict(file, old, precision) == .both
    }
    var paths = setAside.filter { item in destination[item.other].map { isUndecided(item.entry, $0) } ?? false }
      .map(\.path)
    for action in actions where action.reason != .unfinished && action.reason != .unproven {
      switch action.change {
      case .keepBoth, .compare(keepBothAs: .some): break
      default: continue
      }
      guard let file = action.source, let old = action.destination, isUndecided(file, old) else { continue }
      paths.append(file.path)
    }
    return paths.isEmpty ? nil : Plan.Undecided(rule: rule, paths: paths)
  }
}
