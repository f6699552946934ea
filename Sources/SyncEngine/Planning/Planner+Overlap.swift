internal import Storage

extension Planner {
  /// A folder that both sides have, as where a part of the one is mounted in the other, or is the other: what is done to
  /// the copies would be done to the originals. Two trees that are apart by their roots have one only by a mount.
  func overlap() -> Refusal? {
    // A vault is in the folder that it serves, and restoring only adds.
    guard input.policy.vaultSince == nil else { return nil }
    guard let source = input.sourceTraits.folder, let destination = input.destinationTraits.folder else { return nil }
    var (here, there) = ([source: RelativePath.root], [destination: RelativePath.root])
    func shared(_ entries: [Entry], with others: [FolderIdentity: RelativePath]) -> (RelativePath, RelativePath)? {
      for entry in entries {
        if let folder = entry.folder, let other = others[folder] { return (entry.path, other) }
      }
      return nil
    }
    if let found = shared(input.source.entries, with: there) { return .foldersOverlap(found.0, found.1) }
    if let found = shared(input.destination.entries, with: here) { return .foldersOverlap(found.1, found.0) }
    let mounted = [input.source.entries, input.destination.entries].map { $0.filter(\.isMountPoint) }
    guard mounted.contains(where: { !$0.isEmpty }) else { return nil }
    for entry in input.source.entries { entry.folder.map { here[$0] = entry.path } }
    for entry in input.destination.entries { entry.folder.map { there[$0] = entry.path } }
    if let found = shared(mounted[0], with: there) { return .foldersOverlap(found.0, found.1) }
    return shared(mounted[1], with: here).map { .foldersOverlap($0.1, $0.0) }
  }
}
