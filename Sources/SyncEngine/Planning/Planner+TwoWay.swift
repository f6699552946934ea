internal import Journal
public import Storage

/// What the two directions of a two-way run have to agree about. Each plans what it does at its own destination: that what
/// the other one does is neither done here nor told.
struct TwoWay: Sendable {
  /// Whether this direction gives one of two versions another name, where both are kept: at its source.
  var setsAside: Bool
  /// Files of the destination that the other direction sets aside, by path.
  var setAsideThere: Set<RelativePath> = []
  /// Files of the source that the other direction was copying when it died, and goes on with.
  var others: Set<RelativePath> = []
  /// What a filter leaves out at the destination.
  var leftOutThere = Tree()
  /// What is on record of files that somebody has moved on one side, seen from here.
  var sorted: [Record] = []
  /// Where at the destination such files were of which neither side has any more.
  var lost: [RelativePath] = []
  /// Where what was announced moves files to; `nil` before anything was. Once the first direction is through, more could be
  /// moved, but what was announced was to copy it, and to delete the old one.
  var announcedMoves: Set<RelativePath>?
  /// What a comparison of contents has shown, by path at the source.
  var compared: [RelativePath: Comparison.Verdict] = [:]
}

/// A version that is given another name on its own side, so that both versions are on both sides afterwards. Whenever this
/// is cut off, what is there has no record, and what a run without a record does with it leads to the same end.
public struct SetAside: Hashable, Sendable {
  /// Where it is.
  public var path: RelativePath
  /// Where it goes, beside that.
  public var target: RelativePath
  public var reason: Reason
  /// As it was scanned.
  var entry: Entry
  /// The other version, at the destination, and its true name if that is another one: a name on record goes by size, once
  /// the record of the pair is dropped.
  var other: RelativePath
  var otherName: TrueName?
  /// Where this version goes there, and its true name if that is another one.
  var place: RelativePath
  var naming: Naming
}

/// Two files of which only their contents tell what becomes of them.
struct Comparison: Hashable, Sendable {
  enum Verdict: Sendable { case equal, different, unreadable }

  var source: Entry
  var destination: Entry
  var reason: Reason
}

/// What is planned for one direction of a two-way run.
extension Planner {
  /// Whether a file is left to the other direction, or to nobody.
  func isOthers(_ file: Entry, at path: RelativePath) -> Bool {
    guard let twoWay = input.twoWay else { return false }
    return twoWay.others.contains(file.path)
      || destination[path].map { twoWay.leftOutThere.isFiltered($0.path) } ?? false
  }

  /// Whether a folder that the destination lacks held files on record, or went with such a one.
  mutating func isGoneWithFiles(_ folder: Entry) -> Bool {
    guard input.twoWay != nil else { return false }
    let path = folder.path
    if wholeGone.contains(path) || goneWithFiles.contains(path.parent) { goneWithFiles.insert(path) }
    return isHeld(path) || goneWithFiles.contains(path)
  }

  private func isHeld(_ folder: RelativePath) -> Bool {
    recordedFolders.contains(folder) || input.history.leavingAtSource.contains(folder)
  }

  /// The outermost folders that the destination has lost, and all of whose files go here, too: with these goes what else is
  /// in them, which is folders.
  func findWholeGone() -> Set<RelativePath> {
    guard input.twoWay != nil else { return [] }
    return Self.wholeGone(among: input.source.entries, besides: input.source) { folder in
      guard isHeld(folder.path), let place = names.places[folder.path]?.path else { return false }
      return destination[place] == nil
    } goes: { entry in
      entry.kind != .special && reasonToBringBack(entry) == nil
    }
  }

  /// The outermost of the folders that are gone from the other side, as far as all that is in them `goes`, folders apart.
  /// - Parameters:
  ///   - entries: in the order of paths.
  ///   - tree: has what a filter leaves out, which stays, and with it the folders that it is in.
  static func wholeGone(
    among entries: [Entry],
    besides tree: Tree,
    isGone: (Entry) -> Bool,
    goes: (Entry) -> Bool
  ) -> Set<RelativePath> {
    var (whole, outermost): (Set<RelativePath>, RelativePath?) = ([], nil)
    for entry in entries {
      if let folder = outermost, entry.path.isBelow(folder) {
        if !entry.isDirectory, !goes(entry) { whole.remove(folder) }
      } else if entry.isDirectory, isGone(entry) {
        whole.insert(entry.path)
        outermost = entry.path
      }
    }
    for path in tree.filtered.keys where !whole.isEmpty {
      var folder = path.parent
      while !folder.isRoot {
        whole.remove(folder)
        folder = folder.parent
      }
    }
    return whole
  }

  /// Why an entry that the destination lacks is made there; `nil` where it is its deletion that travels. Where that cannot
  /// be known, since not all is listed, the other direction tells.
  func reasonToBringBack(_ entry: Entry) -> Reason? {
    guard let record = records[entry.path], input.history.unfinished[entry.path] == nil else { return .new }
    if input.destination.isIncomplete(at: record.destinationPath.parent) { return nil }
    let isUnchanged =
      movedInZone.source.contains(entry.path) || isChanged(entry, since: record.source) == false
    return isUnchanged && (!record.isRacy || input.policy.keepsOldVersions) ? nil : .changedAndGone
  }

  /// Whether a change on one side may be one on both: the record is of a file so young that its next change may not show,
  /// and nobody would keep what is replaced.
  func isTooYoung(_ record: Record, _ changed: (Bool?, Bool?)) -> Bool {
    guard input.twoWay != nil, record.isRacy, !input.policy.keepsOldVersions else { return false }
    return changed == (true, false) || changed == (false, true)
  }

  // MARK: Both sides have it

  /// What becomes of two versions, seen from this direction: ``SyncPolicy/Conflict/keep`` means that the other one acts.
  private func decision(_ file: Entry, _ old: Entry) -> SyncPolicy.Conflict {
    // Neither direction replaces the last copy of something.
    if isFreed(old) || isLastCopy(file) { return .both }
    guard input.policy.isBack else { return input.policy.conflict(file, old, precision) }
    switch input.policy.conflict(old, file, precision) {
    case .replace: return .keep
    case .keep: return .replace
    case let other: return other
    }
  }

  /// Two files that their contents tell apart. Before these were compared, that is what the plan asks for.
  mutating func compareBothWays(_ file: Entry, _ old: Entry, _ reason: Reason) {
    if reason == .unfinished, input.twoWay?.compared[file.path] != .different {
      return add(.compare(keepBothAs: nil), reason, at: old.path, file, old)
    }
    guard let verdict = input.twoWay?.compared[file.path] else {
      return comparisons.append(Comparison(source: file, destination: old, reason: reason))
    }
    if verdict == .unreadable {
      if !input.policy.isBack { skip(.unreadable, file, old) }
      return
    }
    guard verdict == .equal else {
      if reason == .changed { return replace(file, old, reason) }
      let isUnrecorded = reason == .datesDiffer || reason == .differsUnrecorded
      return resolveBothWays(file, old, isUnrecorded ? .differsUnrecorded : .changedOnBoth)
    }
    if reason == .zoneLearned { return add(.adopt(setTimes: true), reason, at: old.path, file, old) }
    if reason == .unproven {
      if input.policy.isBack { return }
      guard records[file.path]?.isRacy ?? true else { return leave(file, old) }
      return add(.adopt(setTimes: false), reason, at: old.path, file, old)
    }
    // The date of the version that would have won.
    let decision = reason == .changed ? .replace : decision(file, old)
    guard decision == .replace || decision != .keep && !input.policy.isBack else { return }
    let hasDate = file.times.modified != nil && file.times.modified != old.times.modified
    add(.adopt(setTimes: hasDate), .equalByContent, at: old.path, file, old)
  }

  /// The two differ, and nothing tells which is the newer one.
  mutating func resolveBothWays(_ file: Entry, _ old: Entry, _ conflict: Reason) {
    switch decision(file, old) {
    case .replace: replace(file, old, conflict)
    case .keep, .refuse: break
    case .both, .newer, .larger: keepBothVersions(file, old, conflict)
    }
  }

  /// Whether the original of this file was removed at the destination, also where somebody has moved the file since.
  private func isLastCopy(_ file: Entry) -> Bool {
    if input.history.freedHere[file.path] != nil { return true }
    guard astrayHere.contains(Fingerprint(size: file.size, token: file.token)) else { return false }
    return records[file.path].map { isChanged(file, since: $0.source) == false } != true
  }

  private mutating func keepBothVersions(_ file: Entry, _ old: Entry, _ reason: Reason) {
    guard let twoWay = input.twoWay else { return }
    // The last copy of something has the name.
    if isFreed(old) { return skip(.nameOfFreed, file, old) }
    if isLastCopy(file) { return }
    if twoWay.setsAside { return setAside(file, old, reason) }
    guard !twoWay.setAsideThere.contains(old.path) else {
      guard fits(file.size ?? 0) else { return skip(.tooLarge, file, old) }
      return make(.copy, reason, at: old.path, file)
    }
    let canRename = [input.sourceTraits, input.destinationTraits].contains(where: \.canRename)
    if !canRename, !input.policy.isBack { skip(.notRenamable, file, old) }
  }

  /// Gives this version another name, under which it is copied then; the other direction copies the other one.
  private mutating func setAside(_ file: Entry, _ old: Entry, _ reason: Reason) {
    guard fits(file.size ?? 0) else { return skip(.tooLarge, file, old) }
    let own = KeptName(source: input.sourceTraits.identity, rules: input.sourceTraits.names)
    let ownFolding = NameFolding(isCaseSensitive: input.sourceTraits.names.isCaseSensitive)
    let taken = takenAtSource ?? pathsOfSource(ownFolding)
    func place(_ target: RelativePath) -> RelativePath? {
      input.destinationTraits.names.fitted(Array(target.name)).flatMap { old.path.parent.appending($0) }
    }
    func twin(_ place: RelativePath) -> Entry? {
      // An earlier run, in one direction, may have kept it there.
      guard let there = destination[place], there.kind == .file, there.size == file.size, isSameDate(file, there) else {
        return nil
      }
      return there
    }
    let target = own.beside(file.path, date: file.times.modified ?? input.source.began) { candidate in
      guard !taken.contains(ownFolding.key(candidate)), let there = place(candidate) else { return true }
      let key = folding.key(there)
      if planned.contains(key) || names.keys.contains(key) || ambiguousAtDestination.contains(key) { return true }
      return destination[there] != nil && twin(there) == nil
    }
    guard let target, let place = place(target) else { return skip(.nameImpossible, file, old) }
    let isMapped = !place.name.elementsEqual(target.name)
    let naming: Naming = isMapped ? .mapped(trueName: Array(target.name)) : .same
    setAside.append(
      SetAside(
        path: file.path,
        target: target,
        reason: reason,
        entry: file,
        other: old.path,
        otherName: input.history.destinationNames[old.path].map { TrueName(path: old.path, name: $0, size: old.size) },
        place: place,
        naming: naming
      )
    )
    takenAtSource = taken.union([ownFolding.key(target)])
    planned.insert(folding.key(place))
    touched.insert(place.parent)
    if let twin = twin(place) {
      add(.adopt(setTimes: false), .equal, at: twin.path, file.at(target), twin)
    } else {
      add(.copy, reason, at: place, file.at(target))
    }
    actions[actions.count - 1].naming = naming
  }

  private func pathsOfSource(_ folding: NameFolding) -> Set<[UInt8]> {
    let source = input.source
    let there = (source.entries + source.ambiguous + source.temporaries).map(\.path) + source.filtered.keys
    return Set(there.map { folding.key($0) })
  }

  /// Both sides have a link here. Of two that differ, and of which nothing tells the newer one, neither is touched.
  mutating func compareBothWays(link: Entry, _ old: Entry, areEqual: Bool) {
    if isOthers(link, at: old.path) { return }
    let changed = records[link.path].map { record in
      (isChanged(link, since: record.source), isChanged(old, since: record.destination))
    }
    if areEqual {
      if let changed, changed == (false, false) { return leave(link, old) }
      if input.policy.isBack { return }
      return add(.adopt(setTimes: !isSameDate(link, old)), .equal, at: old.path, link, old)
    }
    if let changed, changed == (false, true) { return }
    let isOwn = changed.map { $0 == (true, false) } ?? false
    guard isOwn || decision(link, old) == .replace else {
      if !input.policy.isBack, decision(link, old) != .keep {
        skip(changed == nil ? .differsUnrecorded : .changedOnBoth, link, old)
      }
      return
    }
    replace(link: link, old, isOwn ? .changed : changed == nil ? .differsUnrecorded : .changedOnBoth)
  }
}

extension StorageTraits {
  /// Whether a file here can be given another name.
  var canRename: Bool { !capabilities.isDisjoint(with: [.rename, .move]) }
}
