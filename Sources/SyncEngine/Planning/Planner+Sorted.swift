internal import Journal
internal import Storage

/// Files that somebody has moved at the destination, and whose record followed them there. What a plain sync leaves where it
/// is, a mirror moves back to where the source has it, and a two-way run moves on the other side as well. None is sent again.
extension Planner {
  /// Turns the copying of such a file into moving what is on record as its copy, as long as neither has changed since.
  mutating func findSorted() {
    guard let surplus, !sorted.isEmpty else { return }
    let going = Dictionary(
      surplus.going.filter { $0.kind == .file && !surplus.inTheWay.contains($0.path) }.map { ($0.path, $0) }
    ) { first, _ in first }
    for (index, action) in actions.enumerated() where action.change == .copy {
      guard let file = action.source, input.history.unfinished[file.path]?.isMove ?? true,
        let record = sorted[file.path], !record.isRacy, isChanged(file, since: record.source) == false,
        let old = going[record.destinationPath], !moved.contains(old.path),
        isChanged(old, since: record.destination) == false
      else { continue }
      move(old, by: index, input.twoWay == nil ? .movedBack : .movedAtSource)
    }
  }
}

/// What a comparison makes of them: it looks for them where the record has them.
extension Planner {
  /// Where at the destination files are that are somewhere else at the source.
  func sortedFiles() -> [RelativePath] {
    guard input.policy.onlyCompares else { return [] }
    return sorted.keys.compactMap { path in
      names.places[path].flatMap { destination[$0.path]?.path }
    }.sorted()
  }

  /// Folders of the source with such files in or below them: where the destination lacks these, the files tell of themselves.
  func foldersSortedAway() -> Set<RelativePath> {
    guard input.policy.onlyCompares else { return [] }
    let found = sorted.keys.filter { path in names.places[path].map { destination[$0.path] != nil } ?? false }
    return Self.folders(of: found)
  }

  /// Folders of the destination with such files in or below them: that the source lacks them is no news.
  func foldersOfSorted() -> Set<RelativePath> { Self.folders(of: sortedFiles()) }

  private static func folders(of paths: [RelativePath]) -> Set<RelativePath> {
    var folders: Set<RelativePath> = []
    for path in paths {
      var folder = path.parent
      while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
    }
    return folders
  }
}

/// Files whose two paths on record differ, since somebody has moved one of the two.
struct SortedFiles {
  private let records: [Record]

  init(_ records: [Record]) { self.records = records }

  /// Those of which both sides still have just what is on record, and neither has anything where the other has it: to these
  /// nothing else has happened, and a two-way run can do the same on the other side. All others count as ever.
  func still(at first: Tree, and second: Tree, _ folding: (first: NameFolding, second: NameFolding)) -> [Record] {
    guard !records.isEmpty else { return [] }
    let one = DestinationIndex(first.entries, folding.first)
    let other = DestinationIndex(second.entries, folding.second)
    func has(_ side: DestinationIndex, _ path: RelativePath, _ fingerprint: Fingerprint) -> Bool {
      side.entry(exactlyAt: path).map { $0.kind == .file && $0.isChanged(since: fingerprint) == false } ?? false
    }
    func lacks(_ side: DestinationIndex, _ tree: Tree, _ path: RelativePath) -> Bool {
      side[path] == nil && !tree.isFiltered(path) && !tree.isIncomplete(at: path.parent)
    }
    return records.filter { record in
      let (path, place) = (record.path, record.destinationPath)
      return has(one, path, record.source) && has(other, place, record.destination)
        && lacks(one, first, place) && lacks(other, second, path)
    }
  }
}

extension Record {
  /// What was on record before somebody moved the file on one side: both sides had it under one path. The run that had the
  /// record follow it was one towards that side.
  var beforeItWasMoved: Record {
    var record = self
    if isOfWayBack { record.path = destinationPath } else { record.destinationPath = path }
    return record
  }
}
