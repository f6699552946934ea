internal import Journal
internal import Storage

/// What is planned where only dates are mended.
extension Planner {
  /// Has the destination's file get the dates of the source, if their contents are the same; the rest is told.
  mutating func mend(_ file: Entry, at path: RelativePath) {
    guard let old = destination[path] else { return skip(reasonOfAbsence(file), file) }
    guard old.kind == .file else { return skip(.different, file, old) }
    // It may be a part, and its next run is about to finish it.
    guard input.history.unfinished[file.path]?.size == nil else { return skip(.unfinished, file, old) }
    if input.policy.onlyCompares { return check(file, old) }
    guard file.times.modified != nil else { return skip(.undated, file, old) }
    guard precision.missing(file.times, in: old.times) != FileTimes() else {
      guard old.times.laterModified != nil, file.times.laterModified == nil else { return leave(file, old) }
      // Of the two that the destination's date may mean, the journal keeps which it is.
      return add(.adopt(setTimes: false), .equal, at: old.path, file, old)
    }
    if !isSameDate(file, old), movedInZone.source.contains(file.path) {
      return skip(.equalAfterZoneChange, file, old)
    }
    // What one side is known to have changed is compared as a whole, or not at all: a record of it that says "equal"
    // would keep the next sync from copying the change.
    let isAsRecorded = records[file.path].map { record in
      isChanged(file, since: record.source) == false && isChanged(old, since: record.destination) == false
        || movedInZone.source.contains(file.path) || movedInZone.destination.contains(file.path)
    }
    compare(file, old, conflict: isAsRecorded == false ? .changedOnBoth : .differsUnrecorded)
  }

  /// Folders of the source of which the destination has files where an earlier sync has followed them to: there these
  /// get their dates, and nobody misses the folders.
  func foldersMovedAway() -> Set<RelativePath> {
    guard input.policy.onlyDates, !input.policy.onlyCompares else { return [] }
    var folders: Set<RelativePath> = []
    for (path, record) in records where destination[record.destinationPath] != nil {
      var folder = path.parent
      while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
    }
    return folders
  }

  /// Tells whether a file is the same on both sides, or plans to find out.
  private mutating func check(_ file: Entry, _ old: Entry) {
    guard old.size == file.size else { return skip(.different, file, old) }
    let isMoved = movedInZone.source.contains(file.path) || movedInZone.destination.contains(file.path)
    let isDated = isMoved || !isOtherwiseDated(file, old)
    if input.policy.checksum {
      add(.compare(keepBothAs: nil), isDated ? .equal : .otherDates, at: old.path, file, old)
    } else if isDated {
      leave(file, old)
    } else {
      skip(.otherDates, file, old)
    }
  }

  /// Whether a copy has another date than its original. That it has no creation date is the lot of most copies.
  private func isOtherwiseDated(_ entry: Entry, _ old: Entry) -> Bool {
    let missing = precision.missing(entry.times, in: old.times)
    return missing.modified != nil || missing.created != nil && old.times.created != nil
  }

  /// Tells which folders have other dates than at the source.
  mutating func checkFolders() {
    for folder in folderDates() {
      guard let old = destination[folder.path], isOtherwiseDated(folder, old) else { continue }
      add(.skip, .otherDates, at: folder.path, nil, old)
    }
    folders = []
  }

  /// The same of a link, which has no contents but its target.
  mutating func mend(link: Entry, _ old: Entry, areEqual: Bool) {
    guard areEqual else { return skip(.different, link, old) }
    if input.policy.onlyCompares {
      return precision.missing(link.times, in: old.times).modified == nil
        ? leave(link, old) : skip(.otherDates, link, old)
    }
    guard link.times.modified != nil else { return skip(.undated, link, old) }
    if isSameDate(link, old) { return leave(link, old) }
    add(.adopt(setTimes: true), .equal, at: old.path, link, old)
  }

  /// Why the destination's date is left alone where it has nothing of this name.
  func reasonOfAbsence(_ entry: Entry) -> Reason {
    let folder = names.places[entry.path]?.path.parent ?? .root
    return input.destination.isIncomplete(at: folder) ? .folderIncomplete : .onlyAtSource
  }

  /// What it is called that one side has a file where the other has a folder or a link.
  var otherKind: Reason { input.policy.onlyDates ? .different : .kindChanged }

  mutating func reportOnlyAtDestination() {
    // What the source has lost since is no news to somebody who has its dates mended.
    let recorded =
      input.policy.onlyCompares ? [] : Set(records.values.map { folding.key($0.destinationPath) })
    let folders = foldersOfSorted()
    let tellsFolders = input.policy.onlyCompares && !input.filter.goesByFile
    /// What is in these takes no part either.
    var leftOut: Set<RelativePath> = []
    for entry in input.destination.entries {
      let verdict = input.filter.verdict(entry.path, isFolder: entry.isDirectory)
      if leftOut.contains(entry.path.parent) || verdict.leavesOut || entry.path.name.elementsEqual(Vault.name) {
        leftOut.insert(entry.path)
        continue
      }
      guard !entry.isDirectory || tellsFolders && !folders.contains(entry.path) else { continue }
      let key = folding.key(entry.path)
      guard !names.keys.contains(key), !recorded.contains(key), !input.source.isIncomplete(at: entry.path.parent),
        input.source.filtered[entry.path] == nil, verdict.takesPart,
        input.filter.takesPart(entry), !input.filter.isDoubtful(entry)
      else { continue }
      add(.skip, .onlyAtDestination, at: entry.path, nil, entry)
    }
  }
}
