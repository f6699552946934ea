internal import Journal
internal import Storage

/// Files that somebody has moved at the destination, and whose record followed them there. What a plain sync leaves where it
/// is, a mirror moves back to where the source has it, and a two-way run moves on the other side as well. None is sent again.
extension Planner {
  /// Turns the copying of such a file into moving what is on record as its copy, as long as neither has changed since.
  mutating func findSorted() {
    guard let surplus, !sorted.isEmpty else { return }
    let going = Dictionary(
      (surplus.going + surplus.stayingCopies)
        .filter { $0.kind == .file && !surplus.inTheWay.contains($0.path) }.map { ($0.path, $0) }
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

  static func folders(of paths: [RelativePath]) -> Set<RelativePath> {
    var folders: Set<RelativePath> = []
    for path in paths {
      var folder = path.parent
      while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
    }
    return folders
  }
}

/// Files whose two paths on record differ, since somebody has moved one of the two: what a two-way run goes by of them. Each
/// counts only as far as both listings show that nothing else has happened to it; all others are as without a record.
struct SortedFiles {
  /// Those that both sides still have just as they are on record: it can do the same on the other side.
  private(set) var still: [Record] = []
  /// Those that one side has lost, and the other still has just so, each as if both had had it under the path that is left:
  /// it is their deletion that travels, or their next move.
  private(set) var left: [Record] = []
  /// Those that neither side has any more.
  private(set) var lost: [Record] = []

  /// - Parameter second: The first folder and the other one, and how each takes names for one another.
  init(_ records: [Record], _ first: (tree: Tree, folding: NameFolding), _ second: (tree: Tree, folding: NameFolding)) {
    guard !records.isEmpty else { return }
    let (one, other) = (Side(first.tree, first.folding), Side(second.tree, second.folding))
    for record in records {
      let (path, place) = (record.path, record.destinationPath)
      // A folder that bears the name may go before anything else does.
      guard one.lacksFile(place), other.lacksFile(path) else { continue }
      let has = (one.has(path, as: record.source), other.has(place, as: record.destination))
      switch (has, one.lacksFile(path), other.lacksFile(place)) {
      case ((true, true), _, _) where one.lacks(place) && other.lacks(path): still.append(record)
      case ((true, false), _, true): left.append(record.at(path, path))
      case ((false, true), true, _): left.append(record.at(place, place))
      case ((false, false), true, true): lost.append(record)
      default: break
      }
    }
  }

  private struct Side {
    let tree: Tree
    let index: DestinationIndex

    init(_ tree: Tree, _ folding: NameFolding) {
      (self.tree, index) = (tree, DestinationIndex(tree.entries, folding))
    }

    func has(_ path: RelativePath, as fingerprint: Fingerprint) -> Bool {
      index.entry(exactlyAt: path).map { $0.kind == .file && $0.isChanged(since: fingerprint) == false } ?? false
    }

    func lacks(_ path: RelativePath) -> Bool { index[path] == nil && isListed(path) }

    func lacksFile(_ path: RelativePath) -> Bool { index[path].map(\.isDirectory) ?? true && isListed(path) }

    private func isListed(_ path: RelativePath) -> Bool {
      !tree.isFiltered(path) && !tree.isIncomplete(at: path.parent)
    }
  }
}

extension Record {
  /// What was on record before somebody moved the file on one side: both sides had it under one path. The run that had the
  /// record follow it was one towards that side.
  var beforeItWasMoved: Record { isOfWayBack ? at(destinationPath, destinationPath) : at(path, path) }

  fileprivate func at(_ path: RelativePath, _ destinationPath: RelativePath) -> Record {
    var record = self
    (record.path, record.destinationPath) = (path, destinationPath)
    return record
  }
}
