internal import Journal
internal import Storage

extension History {
  /// Takes out the true names that are not those of what is there now: what had them is gone, or is another file by its
  /// size. Dates tell nothing here: those of a phone differ as soon as it is in another zone. What was begun and never
  /// ended keeps its name, and what the record of the pair, if `goesByRecord`, has: that one follows a path, as ever.
  /// - Returns: the paths, of these and of folders whose dates are on record, that a complete listing of their folder does
  ///   not have.
  mutating func dropStaleNames(
    _ side: Side,
    by tree: Tree,
    _ scope: ScanScope?,
    _ folding: NameFolding,
    goesByRecord: Bool
  ) -> [RelativePath] {
    let isSource = side == .source
    let names = isSource ? sourceNames : destinationNames
    let folders = (isSource ? sourceTruths : destinationTruths).filter(\.isOfFolder).map(\.path)
    let known = Set(names.keys).union(folders)
    guard !known.isEmpty else { return [] }
    let sizes = isSource ? sourceNameSizes : destinationNameSizes
    let begun = Set(isSource ? Array(unfinishedAtSource.keys) : unfinished.values.compactMap(\.target))
    let recorded = Set(goesByRecord ? records.map { isSource ? $0.path : $0.destinationPath } : [])
    let there = Dictionary(tree.entries.map { (folding.key($0.path), $0) }) { first, _ in first }
    // A scan does not look into these.
    let closed = Set(((tree.ambiguous + tree.temporaries).map(\.path) + tree.filtered.keys).map { folding.key($0) })
    func isInClosed(_ path: RelativePath) -> Bool {
      var path = path
      while !path.isRoot, !closed.contains(folding.key(path)) { path = path.parent }
      return !path.isRoot
    }

    var gone: [RelativePath] = []
    var stale: [RelativePath] = []
    for path in known where !begun.contains(path) && !path.bytes.starts(with: Vault.name) {
      if let entry = there[folding.key(path)] {
        let isOther = entry.size.flatMap { now in sizes[path].map { now != $0 } } ?? false
        if isOther, !recorded.contains(path) { stale.append(path) }
      } else if scope?.part(path) ?? .inside == .inside, !tree.isIncomplete(at: path.parent), !isInClosed(path) {
        gone.append(path)
      }
    }
    for path in gone + stale {
      if isSource { sourceNames[path] = nil } else { destinationNames[path] = nil }
    }
    return gone.sorted()
  }
}
