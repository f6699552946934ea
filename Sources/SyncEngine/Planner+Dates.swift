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

  /// The same of a link, which has no contents but its target.
  mutating func mend(link: Entry, _ old: Entry, areEqual: Bool) {
    guard areEqual else { return skip(.different, link, old) }
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
    let recorded = Set(records.values.map { folding.key($0.destinationPath) })
    for entry in input.destination.entries where !entry.isDirectory {
      let key = folding.key(entry.path)
      guard !names.keys.contains(key), !recorded.contains(key), !input.source.isIncomplete(at: entry.path.parent),
        input.source.filtered[entry.path] == nil,
        input.filter.verdict(entry.path, isFolder: false).takesPart
      else { continue }
      add(.skip, .onlyAtDestination, at: entry.path, nil, entry)
    }
  }
}
