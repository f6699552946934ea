internal import Journal
internal import Storage

extension History {
  /// Has the last copies on record follow where somebody has moved these within one of the two folders: where nothing is any
  /// more at the path of one, and just one file of that folder is what it was, has its name, and is on no record. What is
  /// wrongly followed would leave the file itself without its mark.
  mutating func followLastCopies(
    source: (tree: Tree, folding: NameFolding),
    destination: (tree: Tree, folding: NameFolding)
  ) -> Plan.MovedCopies {
    var moved = Plan.MovedCopies()
    moved.source = Self.moved(
      lastCopiesHere.compactMap { copy in copy.path.map { ($0, copy.copy) } },
      source,
      known: records.map(\.path) + recordedByOthersHere
    )
    moved.destination = Self.moved(
      lastCopies.compactMap { copy in copy.destinationPath.map { ($0, copy.copy) } },
      destination,
      known: records.map(\.destinationPath) + recordedByOthers
    )
    func follow(_ copies: inout [LastCopy]) {
      for index in copies.indices {
        if let path = copies[index].path { copies[index].path = moved.source[path] ?? path }
        if let path = copies[index].destinationPath { copies[index].destinationPath = moved.destination[path] ?? path }
      }
    }
    follow(&lastCopies)
    follow(&lastCopiesHere)
    for (old, new) in moved.source { freedHere[new] = freedHere.removeValue(forKey: old) }
    for (old, new) in moved.destination { freed[new] = freed.removeValue(forKey: old) }
    missingCopies.subtract(moved.destination.keys)
    return moved
  }

  private static func moved(
    _ copies: [(path: RelativePath, copy: Fingerprint)],
    _ folder: (tree: Tree, folding: NameFolding),
    known paths: [RelativePath]
  ) -> [RelativePath: RelativePath] {
    let (tree, folding) = folder
    // In what was not listed there might be another such file, or the copy itself.
    guard !copies.isEmpty, tree.unlisted.isEmpty, tree.unsure.isEmpty, tree.ambiguous.isEmpty,
      tree.filtered.values.allSatisfy({ $0 == .phonesOwn })
    else { return [:] }
    let taken = Set(tree.entries.map { folding.key($0.path) })
    var gone: [Fingerprint: Set<RelativePath>] = [:]
    for (path, copy) in copies where !path.isInVault && copy.size != 0 {
      if !taken.contains(folding.key(path)) { gone[copy, default: []].insert(path) }
    }
    guard !gone.isEmpty else { return [:] }
    let known = Set((copies.map(\.path) + paths).map { folding.key($0) })
    var found: [Fingerprint: [RelativePath]] = [:]
    for entry in tree.entries where entry.kind == .file {
      let copy = Fingerprint(size: entry.size, token: entry.token)
      if gone[copy] != nil, !known.contains(folding.key(entry.path)) { found[copy, default: []].append(entry.path) }
    }
    var moved: [RelativePath: RelativePath] = [:]
    for (copy, paths) in gone {
      guard let path = paths.first, paths.count == 1, let there = found[copy], there.count == 1,
        there[0].name.elementsEqual(path.name)
      else { continue }
      moved[path] = there[0]
    }
    return moved
  }
}
