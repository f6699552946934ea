internal import Journal
internal import Storage

/// What takes no part without having been decided about: what was not listed, not found, or left out as a whole.
extension Planner {
  mutating func reportGaps() {
    for entry in input.source.temporaries where !isOwnVault(entry) { skip(.temporary, entry) }
    for entry in input.source.ambiguous { skip(.nameCollision, entry) }
    for (entry, reason) in input.source.leftOut { skip(reason, entry) }
    reportMissing()
    for (folder, gaps) in input.source.unlisted.sorted(by: { $0.key < $1.key }) {
      for gap in gaps {
        let reason: Reason = gap.name.isEmpty ? .unreadable : .folderIncomplete
        add(.skip, reason, at: folder.appending(gap.name) ?? folder, nil)
      }
    }
  }

  /// Whether this has the versions that syncs to the source replaced, which nobody expects to be copied along.
  private func isOwnVault(_ entry: Entry) -> Bool {
    input.selection == nil && entry.isDirectory && entry.path.bytes.elementsEqual(Vault.name)
  }

  /// Reports what was chosen and is not there.
  private mutating func reportMissing() {
    let chosen = Set(input.selection.map { Array($0.places.keys) } ?? [])
    let listed = input.filter.only ?? []
    guard !chosen.isEmpty || !listed.isEmpty else { return }
    let found = Set((input.source.entries + input.source.ambiguous + input.source.temporaries).map(\.path))
      .union(input.source.filtered.keys)
    for path in chosen.union(listed).sorted() where !path.isRoot && !found.contains(path) {
      guard !wasNotLookedFor(path) else { continue }
      add(.skip, chosen.contains(path) ? .vanished : .notAtSource, at: path, nil)
    }
  }

  /// Whether a path lies in a folder that a filter leaves out. Nothing lies in a file, nor in a link.
  private func wasNotLookedFor(_ path: RelativePath) -> Bool {
    var folder = path.parent
    while !folder.isRoot {
      switch input.source.filtered[folder] {
      case .rule, .notIncluded, .phonesOwn: return true
      // A folder above one that is listed takes part as far as it leads there; sizes and dates are those of files.
      case .notListed, .size, .date: return false
      case nil: folder = folder.parent
      }
    }
    return false
  }
}
