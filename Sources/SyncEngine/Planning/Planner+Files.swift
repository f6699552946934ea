internal import Journal
internal import Storage

extension Planner {
  /// Whether a file is still what a record says; `nil` where nothing can tell.
  func isChanged(_ entry: Entry, since recorded: Fingerprint) -> Bool? { entry.isChanged(since: recorded) }

  /// Why an entry that the destination lacks is to be made there; `nil` after it was skipped instead.
  mutating func reasonToMake(_ entry: Entry) -> Reason? {
    if wasFreedThere(entry) {
      if input.twoWay != nil {
        skip(.freedAtSource, entry)
        return nil
      }
      if input.policy.restoreMissing == .always { return .missingFromCheckpoint }
      skip(.missingFromCheckpoint, entry)
      return nil
    }
    if input.twoWay != nil { return reasonToBringBack(entry) }
    guard let record = records[entry.path], !hasBegun(entry) else { return .new }
    let changed = isChanged(entry, since: record.source) ?? false
    if changed, !movedInZone.source.contains(entry.path) { return .changed }
    if input.destination.isIncomplete(at: record.destinationPath.parent) {
      skip(.folderIncomplete, entry)
      return nil
    }
    missing += 1
    if input.policy.restoreMissing == .always { return .missingFromCheckpoint }
    skip(.missingFromCheckpoint, entry)
    return nil
  }

  /// Whether a run died while it may have written this. A step about a file that has no size in the journal only looks at it.
  private func hasBegun(_ entry: Entry) -> Bool {
    guard let step = input.history.unfinished[entry.path] else { return false }
    return entry.kind != .file || step.size != nil || step.target == nil
  }

  mutating func visitFile(_ file: Entry, _ path: RelativePath) {
    guard let size = file.size else { return skip(.unreadable, file) }
    if isOthers(file, at: path) { return }
    if !input.sourceTraits.capabilities.contains(.staging), let whole = input.history.unfinishedAtSource[file.path],
      size != whole, StrayCommand.canEnd(size, of: whole)
    {
      // Its other direction goes on with it.
      if input.twoWay != nil, destination[path] != nil { return }
      return skip(.unfinished, file)
    }
    let record = records[file.path]
    if input.policy.onlyDates { return mend(file, at: path) }
    if let part = leftBehind(of: file, at: path, record), !isFreed(part) { return finish(file, part) }
    guard let old = destination[path], !makesRoom(old) else {
      guard input.destinationTraits.names.allow(path.name) else { return skip(.nameImpossible, file) }
      guard fits(size) else { return skip(.tooLarge, file) }
      // Nobody has looked whether it is there already.
      guard !input.destination.isFiltered(path) else { return skip(.folderIncomplete, file) }
      if let reason = reasonToMake(file) { make(.copy, reason, at: path, file) }
      return
    }
    guard old.kind == .file else { return skip(.kindChanged, file, old) }
    if old.isNameShared {
      visitShared(file, path)
    } else if input.policy.ignoreExisting {
      leave(file, old)
    } else if isFreed(old) {
      visitFreed(file, old)
    } else if let record {
      compare(file, old, with: record)
    } else {
      compare(file, old, conflict: .differsUnrecorded)
    }
  }

  /// Leaves what the destination has as well, and leaves out anything else: nothing is done to what could be mistaken for
  /// another, and nothing in it.
  mutating func visitShared(_ entry: Entry, _ path: RelativePath) {
    guard let old = destination[path], old.kind == entry.kind, entry.isDirectory || isKnown(entry, as: old) else {
      return leaveOut(entry, .nameCollision, destination[path])
    }
    if !entry.isDirectory { leave(entry, old) }
  }

  /// Whether the record, or else size and date, say that two files are the same.
  private func isKnown(_ file: Entry, as old: Entry) -> Bool {
    guard let record = records[file.path] else { return file.size == old.size && isSameDate(file, old) }
    return isChanged(file, since: record.source) == false && isChanged(old, since: record.destination) == false
  }

  /// What an interrupted run may have left of a file: all of it, or a part under its real name, where the destination
  /// gives new files theirs from the first byte. Whether it is somebody's own, its contents tell.
  private func leftBehind(of file: Entry, at path: RelativePath, _ record: Record?) -> Entry? {
    guard let step = input.history.unfinished[file.path], let target = step.target, let wanted = step.size,
      // A mirror deletes what was to be kept beside another, and two folders that hold the same have no such names.
      input.policy.deletions == nil || folding.key(target) == folding.key(path),
      let part = destination[target], part.kind == .file,
      let size = part.size, StrayCommand.canEnd(size, of: min(wanted, file.size ?? 0)),
      size == file.size || !input.destinationTraits.capabilities.contains(.staging)
    else { return nil }
    if let record, folding.key(record.destinationPath) == folding.key(target),
      isChanged(part, since: record.destination) == false
    {
      // The step had not got to it, and the old version is there.
      return nil
    }
    return part
  }

  /// Adopts what an interrupted run sent whole, and sends again what it did not, and what may be a name without a file.
  private mutating func finish(_ file: Entry, _ part: Entry) {
    // Older Androids list what was only announced to them as if all of it had come.
    let hasCome =
      input.history.unfinished[file.path]?.isSent == true || input.destinationTraits.capabilities.contains(.staging)
    if hasCome, part.size == file.size, !part.mayBeReservedName, isSameDate(file, part), !input.policy.checksum,
      !input.policy.verifies
    {
      add(.adopt(setTimes: false), .unfinished, at: part.path, file, part)
    } else {
      touched.insert(part.path.parent)
      compareContents(file, part, .unfinished)
      let index = actions.count - 1
      if case .compare = actions[index].change, part.size != file.size { actions[index].bytes = file.size ?? 0 }
      let begun = input.history.unfinished[file.path]
      if goesOnInside, let begun, begun.size == file.size, begun.token == file.token {
        take(part, in: index)
      }
    }
  }

  /// Counts what is the same on both sides.
  mutating func leave(_ entry: Entry, _ old: Entry) {
    unchanged += 1
    if verifiesNewOnly, entry.kind == .file, records[entry.path]?.verification == nil { neverReadBack += 1 }
    if isDoubtful(old, besides: entry), !isMisdated(old, besides: entry) { confirmed.append(old.path) }
    noteName(of: entry, at: old)
  }

  /// Whether it is wanted that copies are read back, and only those of this run are.
  private var verifiesNewOnly: Bool {
    let policy = input.policy
    return policy.verifies && policy.keepsRecord && !policy.frees && policy.twoWay == nil
  }

  /// Both sides have the file, and the record knows it.
  private mutating func compare(_ file: Entry, _ old: Entry, with record: Record) {
    var changed = (isChanged(file, since: record.source), isChanged(old, since: record.destination))
    let moved = (movedInZone.source.contains(file.path), movedInZone.destination.contains(file.path))
    if moved.0 { changed.0 = false }
    if moved.1 { changed.1 = false }
    if isTooYoung(record, changed) { changed = (true, true) }
    let isDoubtful = isDoubtful(old, besides: file)
    // The device's dates may be read in the zone that it was in before: those of the record's other side are true, unless
    // they were read in an assumed one themselves.
    let file = moved.0 && !moved.1 && !isDoubtful ? dated(file, as: old) : file
    switch changed {
    case (false, false) where isMisdated(old, besides: file):
      if record.isRacy || input.policy.checksum { return compareContents(file, old, .zoneLearned) }
      add(.adopt(setTimes: true), .zoneLearned, at: old.path, file, old)
    case (false, false) where (record.isRacy || input.policy.checksum) && file.size == old.size:
      compareContents(file, old, .unproven)
    case (false, false) where (moved.0 || moved.1) && input.policy.isBack:
      leave(file, old)
    case (false, false) where moved.0 || moved.1:
      add(.adopt(setTimes: false), .equalAfterZoneChange, at: old.path, file, old)
    case (false, false):
      leave(file, old)
    case (true, false) where isRedated(file, since: record, old) && reasonToKeep(old) == nil:
      touched.insert(old.path.parent)
      add(.compare(keepBothAs: nil), .zoneLearned, at: old.path, file, old)
    case (true, false) where input.twoWay != nil && record.isRacy && file.size == old.size:
      compareContents(file, old, .changed)
    case (true, false):
      replace(file, old, .changed)
    case (false, true) where input.twoWay != nil: break
    case (false, true) where input.policy.mirror != nil:
      replace(file, old, .changedAtDestination)
    case (false, true):
      skip(.changedAtDestination, file, old)
    case (true, true), (true, nil), (nil, true):
      compare(file, old, conflict: .changedOnBoth)
    case (nil, nil), (nil, false), (false, nil):
      compare(file, old, conflict: .differsUnrecorded)
    }
  }

  /// A file with the dates of its copy, which are as doubtful then as they are there.
  func dated(_ file: Entry, as copy: Entry) -> Entry {
    guard let modified = copy.times.modified else { return file }
    var entry = file
    entry.told = file.told ?? file.times
    entry.times.modified = modified
    entry.times.laterModified = copy.times.laterModified
    // Read in the same wrong zone.
    (entry.times.created, entry.times.laterCreated) = (copy.times.created, copy.times.laterCreated)
    entry.hasAssumedZone = input.destination.assumedFrom[copy.path] != nil
    return entry
  }

  /// Both sides have the file, and the record cannot tell whether they are the same.
  mutating func compare(_ file: Entry, _ old: Entry, conflict: Reason) {
    // Its own direction tells that it cannot be read.
    if input.twoWay != nil, old.size == nil { return }
    guard let size = old.size, size == file.size else { return resolve(file, old, conflict) }
    // What has changed on both sides is not the same for having the same size and date.
    if isSameDate(file, old), conflict != .changedOnBoth || size == 0 {
      if input.policy.onlyDates {
        guard conflict == .differsUnrecorded else { return compareContents(file, old, conflict) }
        return add(.adopt(setTimes: true), .equal, at: old.path, file, old)
      }
      if input.policy.checksum { return compareContents(file, old, .equal) }
      guard input.policy.keepsRecord, !input.policy.isBack else { return leave(file, old) }
      add(.adopt(setTimes: false), .equal, at: old.path, file, old)
    } else if size == 0 {
      if input.policy.isBack { return }
      add(.adopt(setTimes: file.times.modified != nil), .equalByContent, at: old.path, file, old)
    } else {
      compareContents(file, old, conflict == .differsUnrecorded ? .datesDiffer : conflict)
    }
  }

  /// Both sides have a link here.
  mutating func compare(link: Entry, _ old: Entry, areEqual: Bool) {
    if input.policy.onlyDates { return mend(link: link, old, areEqual: areEqual) }
    if input.twoWay != nil { return compareBothWays(link: link, old, areEqual: areEqual) }
    if areEqual, !input.policy.keepsRecord { return leave(link, old) }
    let changed = records[link.path].map { record in
      (isChanged(link, since: record.source), isChanged(old, since: record.destination))
    }
    if areEqual {
      guard let changed, changed == (false, false) else {
        return add(.adopt(setTimes: !isSameDate(link, old)), .equal, at: old.path, link, old)
      }
      return leave(link, old)
    }
    if input.policy.mirror != nil {
      return replace(link: link, old, changed?.0 == true ? .changed : .different)
    }
    let conflict = input.policy.conflict(link, old, precision)
    guard let changed else {
      guard conflict == .replace else { return skip(staying(conflict) ?? .differsUnrecorded, link, old) }
      return replace(link: link, old, .differsUnrecorded)
    }
    switch changed {
    case (true, false): replace(link: link, old, .changed)
    case (false, true): skip(.changedAtDestination, link, old)
    case (true, true) where conflict == .replace: replace(link: link, old, .changedOnBoth)
    case (true, true): skip(staying(conflict) ?? .changedOnBoth, link, old)
    case (_, nil), (nil, _), (false, false): skip(.differsUnrecorded, link, old)
    }
  }

  mutating func replace(link: Entry, _ old: Entry, _ reason: Reason) {
    if let reason = reasonToKeep(old) { return skip(reason, link, old) }
    touched.insert(old.path.parent)
    add(.copyLink, reason, at: old.path, link, old)
  }

  /// The two differ, and nothing tells which is the newer one.
  mutating func resolve(_ file: Entry, _ old: Entry, _ conflict: Reason) {
    if input.twoWay != nil { return resolveBothWays(file, old, conflict) }
    let decision = resolution(file, old)
    if let reason = staying(decision) { return skip(reason, file, old) }
    decision == .replace ? replace(file, old, conflict) : keepBoth(file, old, conflict)
  }

  /// Why the destination's version stays as it is; `nil` where it does not.
  private func staying(_ conflict: SyncPolicy.Conflict) -> Reason? {
    switch conflict {
    case .refuse: input.policy.reasonToRefuse
    case .keep: .keptByChoice
    case .both, .replace, .newer, .larger: nil
    }
  }

  mutating func replace(_ file: Entry, _ old: Entry, _ reason: Reason, by change: Change = .replace) {
    guard fits(file.size ?? 0) else { return skip(.tooLarge, file, old) }
    if let reason = reasonToKeep(old) { return skip(reason, file, old) }
    if mayBeFreed(old) {
      guard change == .compare(keepBothAs: nil) else { return skip(.maybeFreed, file, old) }
      lastCopies[old.path] = .maybeFreed
    }
    if input.policy.keepsNewer(old, from: file, precision) { return skip(.keptByChoice, file, old) }
    touched.insert(old.path.parent)
    add(change, reason, at: old.path, file, old)
  }

  private mutating func compareContents(_ file: Entry, _ old: Entry, _ reason: Reason) {
    if input.twoWay != nil { return compareBothWays(file, old, reason) }
    if mayBeFreed(old), reason != .unfinished { lastCopies[old.path] = .maybeFreed }
    switch resolution(file, old) {
    case .both, .newer, .larger: break
    case .refuse, .keep: return add(.compare(keepBothAs: nil), reason, at: old.path, file, old)
    // A name without a file cannot be kept anywhere.
    case .replace where reason == .unfinished && old.mayBeReservedName:
      return add(.compare(keepBothAs: nil), reason, at: old.path, file, old)
    // It may be the first run to an old backup with wrong dates.
    case .replace where input.policy.keepsRecord && fits(file.size ?? 0):
      touched.insert(old.path.parent)
      return add(.compare(keepBothAs: nil), reason, at: old.path, file, old)
    // Without two dates that could differ, each run would replace what is equal.
    case .replace where file.times.modified == nil || old.times.modified == nil:
      return replace(file, old, reason, by: .compare(keepBothAs: nil))
    // To read both would cost as much as to send one.
    case .replace: return replace(file, old, reason)
    }
    guard let kept = reserveKeptName(file, beside: old.path) else { return skip(.nameImpossible, file, old) }
    add(.compare(keepBothAs: kept), reason, at: old.path, file, old)
  }

  private mutating func keepBoth(_ file: Entry, _ old: Entry, _ reason: Reason) {
    guard fits(file.size ?? 0) else { return skip(.tooLarge, file, old) }
    // An earlier run, whose record is lost, may have kept it already.
    if let name = keptName.beside(old.path, date: file.times.modified ?? input.source.began, taken: { _ in false }),
      let twin = destination[name], twin.kind == .file, twin.size == file.size, isSameDate(file, twin)
    {
      if isFreed(twin) { return compareFreed(file, twin, beside: old.path) }
      return add(.adopt(setTimes: false), .equal, at: twin.path, file, twin)
    }
    guard let kept = reserveKeptName(file, beside: old.path) else { return skip(.nameImpossible, file, old) }
    touched.insert(kept.parent)
    add(.keepBoth(as: kept), reason, at: old.path, file, old)
  }

  mutating func reserveKeptName(_ file: Entry, beside path: RelativePath) -> RelativePath? {
    let date = file.times.modified ?? input.source.began
    let kept = keptName.beside(path, date: date) { candidate in
      let key = folding.key(candidate)
      return destination[candidate] != nil || planned.contains(key) || names.keys.contains(key)
    }
    if let kept { planned.insert(folding.key(kept)) }
    return kept
  }

  /// Whether both have a date, and the same one as far as the coarser side can tell.
  func isSameDate(_ file: Entry, _ old: Entry) -> Bool {
    file.times.modified != nil && precision.missing(file.times, in: old.times).modified == nil
  }

  /// Why nothing can take the place of a version: it cannot be deleted, or has no place to go.
  private func reasonToKeep(_ old: Entry) -> Reason? {
    if input.destinationTraits.deletesNothing { return .undeletable }
    let hasPlace = hasVault(for: old.path) || input.hasHost && old.canBeKeptHere
    // One that cannot rename has to delete the old version first, which is kept here meanwhile in any case.
    if !input.policy.keepsOldVersions, input.destinationTraits.capabilities.contains(.rename) { return nil }
    return hasPlace ? nil : .noVault
  }

  func fits(_ size: UInt64) -> Bool {
    input.destinationTraits.maximumFileSize.map { size <= $0 } ?? true
  }
}

extension Entry {
  /// Whether this is another version than was recorded; `nil` where nothing can tell.
  func isChanged(since recorded: Fingerprint) -> Bool? {
    if size != recorded.size { return true }
    switch (token, recorded.token) {
    case (let token?, let old?): return token.version == old.version ? token != old : nil
    // A side that never had tokens has nothing but the size.
    case (nil, nil): return false
    case (_?, nil), (nil, _?): return nil
    }
  }
}
