internal import Journal
internal import Storage

/// What a destination has and its source has not, and what of that a mirror, or a two-way run, may delete.
///
/// A two-way run deletes what it has on record and finds unchanged, and folders that held such files; all else is the
/// business of its other direction.
///
/// Nothing goes that could be at the source unseen: below a folder whose listing has a gap on either side, or where a filter,
/// a name that is there twice, or a file of some run hides what there is; and nothing that is mounted there, nor in it. A
/// folder goes only with all that is in it.
struct Surplus {
  /// What goes, in the order of paths. It includes what the source has as something of another kind: a folder for a file.
  private(set) var going: [Entry] = []
  /// Of these, what has to make room for something of the source, with all that is in it.
  private(set) var inTheWay: Set<RelativePath> = []
  /// What has to stay, and why; of a folder that is not looked into, only itself.
  private(set) var staying: [(entry: Entry, reason: Reason)] = []
  /// Of these, the last copies that would go otherwise: they can be moved.
  private(set) var stayingCopies: [Entry] = []
  /// Folders that stay for what is in them alone, by path, each with the number of entries in it that stay.
  private var held: [RelativePath: (folder: Entry, entries: Int)] = [:]
  /// Files, links and the like of the destination that take part, whatever becomes of them: a limit that goes by them is none
  /// on what a filter leaves, if it counts all the rest.
  private(set) var files = 0

  /// What the source has, or would have, of something that goes.
  struct Counterpart: Sendable {
    var path: RelativePath
    /// What was there: something of another kind, or what a source that does not tell case apart takes for the same.
    var seen: Entry?
  }

  /// By path at the destination, for a source on this computer: that can be looked at again.
  private(set) var counterparts: [RelativePath: Counterpart] = [:]

  /// What holds for all that is in a folder of the destination.
  private struct Folder {
    /// The nearest folder of the source that it is, or lies in.
    var source: RelativePath
    /// Its path by the true names on record, as a filter may know it.
    var truePath: RelativePath
    /// Its path at the source, also where that does not have it.
    var counterpart: RelativePath
    /// Whether all of it stays, of which nobody has to be told.
    var stays = false
    /// Why what is in it stays, if it does.
    var reason: Reason?
    /// Whether it is gone from the source with all that it holds, and goes as a whole.
    var goesWhole = false
  }

  private let input: Planner.Input
  private let freed: LastCopies
  private let folding: NameFolding
  private let filter: Filter
  /// By folded path at the destination: what of the source has its place there.
  private var wanted: [[UInt8]: Entry] = [:]
  /// Folded paths at the destination of what the source has, or may have, without a place of its own.
  private var hidden: Set<[UInt8]> = []
  private var folders: [RelativePath: Folder] = [:]
  /// By folded path at the destination: what a two-way run may delete; `nil` for a mirror.
  fileprivate let deletable: Deletable?

  /// What of the destination is on record.
  fileprivate struct Deletable {
    /// Files and links by folded path.
    var files: [[UInt8]: Record]
    /// Folded paths of folders with such a file in or below them, or whose deletion was begun.
    var folders: Set<[UInt8]>
    /// Files of the source whose copies only look changed.
    let moved: Set<RelativePath>
  }

  /// - Parameter moved: Files, by their paths at the source, whose tokens changed with the destination's time zone alone.
  init(
    _ input: Planner.Input,
    _ names: NamePlan,
    _ folding: NameFolding,
    _ records: [RelativePath: Record],
    _ freed: LastCopies,
    moved: Set<RelativePath>
  ) {
    self.input = input
    self.folding = folding
    self.freed = freed
    var filter = input.filter
    // Those of the destination are as little this run's business as those of the source.
    if input.destinationTraits.identity.device != nil { filter.leavesOutPhonesOwn = true }
    self.filter = filter
    deletable = input.twoWay.map { _ in Deletable(input, folding, records, moved: moved) }
    hide(names, records)
    // Those of this journal go before anything else does.
    let going = Set(input.destinationTraits.deletesNothing ? [] : input.leftovers.map(\.path))
    let unsorted = input.destination.ambiguous + input.destination.temporaries.filter { !going.contains($0.path) }
    sort(keeping: Set(unsorted.map(\.path.parent)))
    findCounterparts(records)
  }

  private mutating func hide(_ names: NamePlan, _ records: [RelativePath: Record]) {
    for entry in input.source.entries {
      if let place = names.places[entry.path]?.path { wanted[folding.key(place)] = entry }
    }
    func place(of path: RelativePath) -> RelativePath {
      if let place = names.places[path]?.path { return place }
      return path.isRoot ? path : place(of: path.parent).appending(path.name) ?? path
    }
    let unplaced = input.source.entries.filter { names.places[$0.path] == nil }
    let unseen = (unplaced + input.source.ambiguous + input.source.temporaries).map(\.path) + input.source.filtered.keys
    for path in unseen { hidden.formUnion([folding.key(place(of: path)), folding.key(path)]) }
    let unseenPaths = Set(unseen)
    for (path, record) in records where unseenPaths.contains(path) || input.source.isFiltered(path) {
      hidden.insert(folding.key(record.destinationPath))
    }
  }

  // MARK: Entries, in the order of paths

  private mutating func sort(keeping held: Set<RelativePath>) {
    let whole = wholeGone()
    var root = Folder(source: .root, truePath: .root, counterpart: .root)
    hold(&root, at: .root)
    folders[.root] = root
    var candidates: [Entry] = []
    // How much stays in each folder.
    var staysIn = Dictionary(held.map { ($0, 1) }) { first, _ in first }
    for entry in input.destination.entries {
      guard let above = folders[entry.path.parent] else { continue }
      let source = wanted[folding.key(entry.path)]
      let isSame = source.map { $0.isOfKind(entry) } ?? false
      // A two-way run replaces nothing by something of another kind.
      let isOther = !isSame && source != nil && deletable != nil
      let out = isSame ? nil : leavesOut(entry, in: above)
      if !entry.isDirectory, out == nil { files += 1 }
      let verdict = isSame ? nil : isOther ? Verdict(goes: false, closes: true) : out ?? verdict(on: entry, in: above)
      if entry.isDirectory {
        var folder = above
        folder.truePath = truePath(of: entry, in: above)
        folder.counterpart = counterpart(of: entry, in: above)
        if whole.contains(entry.path) { folder.goesWhole = true }
        if let source, source.isDirectory { (folder.source, folder.counterpart) = (source.path, source.path) }
        if let verdict, verdict.closes { folder.stays = true }
        hold(&folder, at: entry.path)
        if entry.isMountPoint, folder.reason == nil { folder.reason = .mountPoint }
        folders[entry.path] = folder
        // Nobody knows what else is in it.
        if !isWhole(input.destination, at: entry.path) { staysIn[entry.path, default: 0] += 1 }
      }
      if isSame || verdict?.goes == false {
        staysIn[entry.path.parent, default: 0] += 1
        if let reason = verdict?.reason { staying.append((entry, reason)) }
        if verdict?.isMovable ?? false { stayingCopies.append(entry) }
      } else {
        candidates.append(entry)
      }
    }
    take(candidates, staysIn)
  }

  /// See ``Planner/wholeGone(among:besides:isGone:goes:)``; none of a mirror.
  private func wholeGone() -> Set<RelativePath> {
    guard let deletable, let twoWay = input.twoWay else { return [] }
    return Planner.wholeGone(among: input.destination.entries, besides: twoWay.leftOutThere) { folder in
      let key = folding.key(folder.path)
      return deletable.folders.contains(key) && wanted[key] == nil
    } goes: {
      deletable.holds($0, folding, input)
    }
  }

  /// Takes what goes, folders only if nothing in them stays.
  private mutating func take(_ candidates: [Entry], _ staysIn: [RelativePath: Int]) {
    var staysIn = staysIn
    for entry in candidates.reversed() {
      if entry.isDirectory, let entries = staysIn[entry.path] {
        held[entry.path] = (entry, entries)
        staysIn[entry.path.parent, default: 0] += 1
      } else {
        going.append(entry)
      }
    }
    going.reverse()
    for entry in going where inTheWay.contains(entry.path.parent) || wanted[folding.key(entry.path)] != nil {
      inTheWay.insert(entry.path)
    }
  }

  /// Folders that go as well once these files have left them. None that makes room for something of the source, which was
  /// planned without it.
  func emptied(by moved: Set<RelativePath>) -> [Entry] {
    var (held, emptied) = (held, [Entry]())
    var left = stayingCopies.map(\.path).filter(moved.contains).map(\.parent)
    while let path = left.popLast() {
      guard let (folder, entries) = held[path], wanted[folding.key(path)] == nil else { continue }
      held[path] = entries > 1 ? (folder, entries - 1) : nil
      guard entries == 1 else { continue }
      emptied.append(folder)
      left.append(path.parent)
    }
    return emptied
  }

  private struct Verdict {
    var goes = true
    /// Whether it could be moved, though it does not go.
    var isMovable = false
    /// Why it stays, if that is to be told.
    var reason: Reason?
    /// Whether all that is in it stays as well.
    var closes = false
  }

  /// What becomes of an entry that takes no part; `nil` for one that does.
  private func leavesOut(_ entry: Entry, in above: Folder) -> Verdict? {
    if above.stays { return Verdict(goes: false, closes: true) }
    if hidden.contains(folding.key(entry.path)) || entry.path.name.elementsEqual(Vault.name) {
      return Verdict(goes: false, closes: true)
    }
    for path in Set([entry.path, truePath(of: entry, in: above)]) {
      switch filter.verdict(path, isFolder: entry.isDirectory) {
      case .takesPart: break
      case .leadsTo: return Verdict(goes: false)
      case .leftOut: return Verdict(goes: false, closes: true)
      }
    }
    return filter.takesPart(entry) && !filter.isDoubtful(entry) ? nil : Verdict(goes: false)
  }

  private func verdict(on entry: Entry, in above: Folder) -> Verdict {
    if let deletable, !above.goesWhole || !entry.isDirectory,
      !deletable.holds(entry, folding, input)
    {
      return Verdict(goes: false)
    }
    if let reason = above.reason { return Verdict(goes: false, reason: reason, closes: true) }
    if !input.policy.deletesFreed, !entry.isDirectory {
      if freed.contains(entry) {
        let isMovable = !entry.isMountPoint && !entry.isNameShared && reasonToStay(entry) == nil
        let reason: Reason = input.history.freed[entry.path] == nil ? .likeFreed : .freedAtSource
        return Verdict(goes: false, isMovable: isMovable, reason: reason)
      }
      if !input.policy.keepsOldVersions, freed.mayContain(entry) { return Verdict(goes: false, reason: .maybeFreed) }
    }
    if isApps(entry) { return Verdict(goes: false, closes: true) }
    // What has no name at all is the device's own.
    if entry.ownName?.text.isEmpty ?? false { return Verdict(goes: false, closes: true) }
    if entry.isMountPoint { return Verdict(goes: false, reason: .mountPoint, closes: true) }
    if entry.isNameShared { return Verdict(goes: false, reason: .nameCollision, closes: true) }
    return entry.isDirectory ? Verdict() : Verdict(goes: reasonToStay(entry) == nil, reason: reasonToStay(entry))
  }

  private func reasonToStay(_ entry: Entry) -> Reason? {
    let traits = input.destinationTraits
    if traits.deletesNothing { return .undeletable }
    let hasVault = Planner.hasVault(for: entry.path, at: traits, input.destination.volumes)
    let hasPlace = hasVault || input.hasHost && entry.canBeKeptHere
    return hasPlace || !input.policy.keepsOldVersions ? nil : .noVault
  }

  /// Whether a phone's apps keep their data there, which nobody means who mirrors something to its storage.
  private func isApps(_ entry: Entry) -> Bool {
    let identity = input.destinationTraits.identity
    return identity.device != nil && identity.root.isEmpty && entry.isDirectory && entry.path.text == "Android"
  }

  private func truePath(of entry: Entry, in above: Folder) -> RelativePath {
    let name = input.history.destinationNames[entry.path] ?? Array(entry.path.name)
    return above.truePath.appending(name) ?? entry.path
  }

  private func counterpart(of entry: Entry, in above: Folder) -> RelativePath {
    let name = input.history.destinationNames[entry.path] ?? Array(entry.path.name)
    return above.counterpart.appending(name) ?? entry.path
  }

  private mutating func findCounterparts(_ records: [RelativePath: Record]) {
    guard input.sourceTraits.identity.device == nil, !going.isEmpty else { return }
    let moved = records.values.filter { $0.path != $0.destinationPath }
    let recorded = Dictionary(moved.map { (folding.key($0.destinationPath), $0.path) }) { first, _ in first }
    for entry in going {
      guard let above = folders[entry.path.parent] else { continue }
      let path = recorded[folding.key(entry.path)] ?? counterpart(of: entry, in: above)
      counterparts[entry.path] = Counterpart(path: path)
    }
    let atSource = NameFolding(isCaseSensitive: input.sourceTraits.names.isCaseSensitive)
    let wanted = Set(counterparts.values.map { atSource.key($0.path) })
    var seen: [[UInt8]: Entry] = [:]
    for entry in input.source.entries {
      let key = atSource.key(entry.path)
      if wanted.contains(key) { seen[key] = entry }
    }
    guard !seen.isEmpty else { return }
    for (path, counterpart) in counterparts { counterparts[path]?.seen = seen[atSource.key(counterpart.path)] }
  }

  /// Whether it is a matter of this run what a folder of the destination holds.
  func isOurs(_ folder: RelativePath) -> Bool { folders[folder]?.stays == false }

  private func isWhole(_ tree: Tree, at folder: RelativePath) -> Bool {
    tree.unlisted[folder] == nil && !tree.unsure.contains(folder)
  }

  /// Notes a gap in the listings of a folder, on either side.
  private func hold(_ folder: inout Folder, at path: RelativePath) {
    let isWhole = isWhole(input.destination, at: path) && isWhole(input.source, at: folder.source)
    if !isWhole, folder.reason == nil { folder.reason = .folderIncomplete }
    if input.source.filtered[folder.source] != nil { folder.stays = true }
  }
}

extension Surplus.Deletable {
  init(
    _ input: Planner.Input,
    _ folding: NameFolding,
    _ records: [RelativePath: Record],
    moved: Set<RelativePath>
  ) {
    self.moved = moved
    files = Dictionary(records.values.map { (folding.key($0.destinationPath), $0) }) { first, _ in first }
    folders = Set(input.history.leaving.map { folding.key($0) })
    for record in records.values {
      var folder = record.destinationPath.parent
      while !folder.isRoot, folders.insert(folding.key(folder)).inserted { folder = folder.parent }
    }
  }

  /// Whether an earlier run left this here as it is now, so that it is its deletion from the source that travels.
  func holds(_ entry: Entry, _ folding: NameFolding, _ input: Planner.Input) -> Bool {
    let key = folding.key(entry.path)
    if entry.isDirectory { return folders.contains(key) }
    guard let record = files[key],
      moved.contains(record.path) || entry.isChanged(since: record.destination) == false
    else { return false }
    // A run that died while it replaced the source's may have taken it from there.
    if input.history.openAtSource.contains(record.path) { return false }
    return !record.isRacy || input.policy.keepsOldVersions
  }
}

extension Entry {
  /// Whether one can take the place of the other without its being removed first. Of links that is so, too.
  func isOfKind(_ other: Entry) -> Bool {
    switch (kind, other.kind) {
    case (.file, .file), (.directory, .directory), (.symbolicLink, .symbolicLink): true
    default: false
    }
  }
}
