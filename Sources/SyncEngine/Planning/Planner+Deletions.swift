internal import Journal
internal import Storage

/// What a mirror, and a two-way run, deletes at the destination.
extension Planner {
  /// The records that a mirror goes by. A file that was kept beside another one of its name is not at the source under the
  /// name that it got, so that each has its own again; nor is one where somebody has moved it to at the destination. Beside
  /// the last copy of something, which a mirror does not replace either, it has no other place.
  static func mirrored(_ records: [Record], _ input: Input, _ folding: NameFolding) -> [Record] {
    func isSameName(_ path: RelativePath, _ there: RelativePath) -> Bool {
      input.history.destinationNames[there] != nil
        || input.destinationTraits.names.fitted(path.name).map { $0.elementsEqual(there.name) } ?? false
        || input.history.sourceNames[path].map { $0.elementsEqual(there.name) } ?? false
        || String(decoding: path.name, as: UTF8.self) == String(decoding: there.name, as: UTF8.self)
    }
    var folders: [RelativePath: [RelativePath: Bool]] = [:]
    /// Whether the one is the other as the destination calls it.
    func isSame(folder path: RelativePath, _ there: RelativePath) -> Bool {
      if path.isRoot || there.isRoot { return path.isRoot && there.isRoot }
      if let known = folders[path]?[there] { return known }
      let isSame =
        folding.key(path) == folding.key(there)
        || isSameName(path, there) && isSame(folder: path.parent, there.parent)
      folders[path, default: [:]][there] = isSame
      return isSame
    }
    let isKept = input.policy.mirror != nil && !input.policy.deletesFreed
    let there = Set(isKept ? input.destination.entries.map { folding.key($0.path) } : [])
    let freed = Set(isKept ? input.history.freed.keys.map { folding.key($0) } : []).intersection(there)
    return records.filter { record in
      let (path, there) = (record.path, record.destinationPath)
      return folding.key(path) == folding.key(there) || freed.contains(folding.key(path))
        || isSameName(path, there) && isSame(folder: path.parent, there.parent)
    }
  }

  /// Whether what the destination has makes room for something of another kind.
  func makesRoom(_ old: Entry) -> Bool { surplus?.inTheWay.contains(old.path) ?? false }

  /// Plans the deletions. What is in the way of something else goes before it; all the rest goes once everything is there
  /// that comes: files, then folders, the innermost first.
  mutating func addDeletions() {
    guard let surplus else { return }
    let known = Array(records.values) + Array(sorted.values)
    let recorded = Set(known.map { folding.key($0.destinationPath) })
    let atSource = Set(input.source.entries.map(\.path))
    let elsewhere = Set(sorted.values.filter { atSource.contains($0.path) }.map { folding.key($0.destinationPath) })
    var foldersOnRecord: Set<[UInt8]> = []
    for record in known {
      var folder = record.destinationPath.parent
      while !folder.isRoot, foldersOnRecord.insert(folding.key(folder)).inserted { folder = folder.parent }
    }
    func reason(_ entry: Entry) -> Reason {
      // Of what no run knows it deletes nothing but folders within one that a run knows.
      if input.twoWay != nil { return .goneFromSource }
      let key = folding.key(entry.path)
      if !entry.isDirectory, elsewhere.contains(key) { return .otherPlace }
      let isKnown = entry.isDirectory ? foldersOnRecord.contains(key) : recorded.contains(key) || freed.contains(entry)
      return isKnown ? .goneFromSource : .neverAtSource
    }
    let others = actions
    actions = []
    let going = surplus.going.filter { !moved.contains($0.path) }
    let emptied = surplus.emptied(by: moved)
    let after = (going.filter { !surplus.inTheWay.contains($0.path) } + emptied).sorted { $0.path < $1.path }
    for entry in going.reversed() where surplus.inTheWay.contains(entry.path) {
      add(.delete, .kindChanged, at: entry.path, nil, entry)
    }
    actions += others
    // Those of a two-way run its other direction tells of.
    let unlisted = input.twoWay == nil ? input.destination.unlisted : [:]
    for (folder, gaps) in unlisted.sorted(by: { $0.key < $1.key }) {
      for gap in gaps where surplus.isOurs(folder) {
        let path = folder.appending(gap.name) ?? folder
        add(.skip, .folderIncomplete, at: path, nil, Entry(path: path, kind: .directory))
      }
    }
    for (entry, reason) in surplus.staying where !moved.contains(entry.path) {
      add(.skip, reason, at: entry.path, nil, entry)
    }
    // What could not be copied may be one of these, under its new name.
    let stays = !input.policy.keepsOldVersions && others.contains(where: \.leavesSourceBehind)
    let staying = Set(stays ? after.filter { !$0.isDirectory }.map(\.path) : [])
    let foldersThatStay = Self.folders(of: Array(staying))
    // Else both sides would have twice what is to be under another name, and cannot be moved there.
    for (index, action) in actions.enumerated() where input.twoWay != nil && action.change == .copy {
      guard let record = action.source.flatMap({ sorted[$0.path] }), staying.contains(record.destinationPath)
      else { continue }
      (actions[index].change, actions[index].reason, actions[index].bytes) = (.skip, .copyFailed, 0)
    }
    for entry in after where !entry.isDirectory {
      add(stays ? .skip : .delete, stays ? .copyFailed : reason(entry), at: entry.path, nil, entry)
    }
    for entry in after.reversed() where entry.isDirectory {
      let holds = foldersThatStay.contains(entry.path)
      add(holds ? .skip : .delete, holds ? .folderStays : reason(entry), at: entry.path, nil, entry)
    }
    // What goes changes the date of its folder.
    touched.formUnion((surplus.going + emptied).map(\.path.parent))
    actions = actions.enumerated().map { id, action in action.with(id: Action.ID(id)) }
  }

  /// Where the destination had files on record that neither side has any more, as a complete listing of both shows.
  var lostOnBothSides: [RelativePath] {
    guard surplus != nil, input.source.unsure.isEmpty, input.destination.unsure.isEmpty else { return [] }
    let source = Set((input.source.entries + input.source.ambiguous + input.source.temporaries).map(\.path))
    let lost = records.values.filter { record in
      let (path, place) = (record.path, record.destinationPath)
      return !source.contains(path) && destination[place] == nil && !ambiguousAtDestination.contains(folding.key(place))
        && !input.source.isFiltered(path) && !input.source.isIncomplete(at: path.parent)
        && !input.destination.isIncomplete(at: place.parent)
    }
    return (lost.map(\.destinationPath) + (input.twoWay?.lost ?? [])).sorted()
  }

  /// Why nothing is deleted, and so nothing done.
  func refusalsToDelete() -> [Refusal] {
    guard let surplus, let mirror = input.policy.deletions else { return [] }
    let count = actions.count { $0.change == .delete && $0.destination?.isDirectory == false }
    let replaced = input.policy.mirror == nil ? [] : actions.filter(\.mayReplace)
    var refusals: [Refusal] = []
    if input.history.sourceReplaced, count + replaced.count > 0 { refusals.append(.storageReplaced(.source)) }
    let most = mirror.limit.most(of: surplus.files)
    // What the source itself has changed since it was copied is what a mirror is for.
    let lost = count + (input.policy.keepsOldVersions ? 0 : replaced.count { $0.reason != .changed })
    if lost > count, lost > most { refusals.append(.manyLost(count: lost, of: surplus.files, allowed: most)) }
    if !mirror.allowsEmpty, !input.history.recordedFromElsewhere.isEmpty {
      let others = copiesFromElsewhere(replaced)
      if others > 0 { refusals.append(.copiesFromElsewhere(count: others)) }
    }
    guard count > 0 else { return refusals }
    if !mirror.allowsEmpty {
      let source = Set((input.source.entries + input.source.ambiguous).map(\.path)).union(input.source.filtered.keys)
      // Those of an earlier destination as well: they tell what the source had.
      let known = input.history.records.map(\.path)
      if !input.source.entries.contains(where: { !$0.isDirectory }) {
        refusals.append(.sourceEmptied(deletions: count))
      } else if !known.isEmpty, !known.contains(where: { source.contains($0) || input.source.isFiltered($0) }) {
        refusals.append(.nothingRecordedAtSource(of: known.count))
      }
    }
    if lost == count, count > most {
      refusals.append(.manyDeletions(count: count, of: surplus.files, allowed: most))
    }
    return refusals
  }
}

extension Planner {
  /// How many files would go, or be replaced, that are copies of what another storage has, and not of this source.
  private func copiesFromElsewhere(_ replaced: [Action]) -> Int {
    guard input.policy.mirror != nil else { return 0 }
    let elsewhere = Set(input.history.recordedFromElsewhere.map { folding.key($0) })
    let own = Set((Array(records.values) + Array(sorted.values)).map { folding.key($0.destinationPath) })
    return (actions.filter { $0.change == .delete } + replaced).count { action in
      guard let old = action.destination, old.kind == .file else { return false }
      let key = folding.key(old.path)
      return elsewhere.contains(key) && !own.contains(key)
    }
  }
}

extension Action {
  /// Whether this takes the place of another version, unless the contents turn out to be equal where nothing yet speaks
  /// for that.
  fileprivate var mayReplace: Bool {
    switch change {
    case .replace: true
    case .copyLink: destination != nil
    case .compare: reason == .datesDiffer || reason == .changedOnBoth
    case .makeFolder, .copy, .keepBoth, .adopt, .move, .follow, .delete, .skip: false
    }
  }
}
