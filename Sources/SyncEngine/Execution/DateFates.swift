internal import Storage

/// What became of the dates of one file.
struct DateFates: Hashable {
  var modified: DateFate
  var created: DateFate

  /// Compares the dates of the source with those that the destination reports, which keeps dates as `support` says.
  /// - Parameters:
  ///   - isOurs: Whether it was sent just now: then dates that nobody can set are the destination's own, also where they
  ///     happen to be the same.
  ///   - canRemember: Whether the journal can tell the file again, so that it can keep its dates.
  init(
    of source: FileTimes,
    reported: FileTimes,
    precision: DatePrecision,
    at support: TimeSupport,
    isOurs: Bool,
    canRemember: Bool
  ) {
    var missing = precision.missing(source, in: reported)
    if isOurs {
      if !support.modified.isSettable { missing.modified = source.modified }
      if !support.created.isSettable { missing.created = source.created }
    }
    func fate(_ wanted: Timestamp?, _ missing: Timestamp?, isDoubtful: Bool) -> DateFate {
      if wanted == nil { return .absent }
      if missing != nil { return canRemember ? .manifest : .lost }
      return isDoubtful ? .doubtful : .verified
    }
    modified = fate(source.modified, missing.modified, isDoubtful: source.laterModified != nil)
    created = fate(source.created, missing.created, isDoubtful: source.laterCreated != nil)
    let isAmbiguous =
      modified == .verified && reported.laterModified != nil || created == .verified && reported.laterCreated != nil
    let isCut =
      support.modified.cuts(source.modified, to: reported.modified)
      || support.created.cuts(source.created, to: reported.created)
    needRemembering = modified == .manifest || created == .manifest || canRemember && (isAmbiguous || isCut)
  }

  /// Whether the destination lacks a date that the journal can keep, or the end of one, such as parts of a second, or
  /// writes it in a way that means two.
  let needRemembering: Bool
}

extension TimeSupport.Support {
  fileprivate var isSettable: Bool { if case .readWrite = self { true } else { false } }

  /// Whether a date is finer than what is kept, and became the other one by that.
  fileprivate func cuts(_ wanted: Timestamp?, to reported: Timestamp?) -> Bool {
    guard let wanted, let reported, let precision, wanted != reported else { return false }
    return !wanted.isWhole(precision) && wanted.matches(reported, precision: precision)
  }
}

extension Timestamp {
  /// Whether it is a whole number of steps of so many nanoseconds, which divide a second, or are whole seconds.
  fileprivate func isWhole(_ step: UInt64) -> Bool {
    guard step >= 1_000_000_000 else { return UInt64(nanoseconds) % max(step, 1) == 0 }
    return nanoseconds == 0 && seconds % Int64(clamping: step / 1_000_000_000) == 0
  }
}

extension Counts {
  private mutating func deleted(_ entry: Entry?) {
    guard let entry, !entry.isDirectory else { return foldersDeleted += 1 }
    filesDeleted += 1
    bytesDeleted = bytesDeleted.addingSaturated(entry.size ?? 0)
  }

  /// Counts the end of a step.
  mutating func add(_ outcome: Outcome, of action: Action) {
    switch outcome {
    case .skipped(let reason):
      skipped += 1
      if reason == .missingFromCheckpoint { missingFromCheckpoint += 1 }
    case .failed:
      failed += 1
    case .done(let modified, let created):
      switch action.naming {
      case .same: break
      case .beside: namesBeside += 1
      case .mapped: namesMapped += 1
      case .restored: namesRestored += 1
      }
      guard action.change != .makeFolder else {
        return foldersMade += 1
      }
      guard action.change != .delete else { return deleted(action.destination) }
      self.modified[modified, default: 0] += 1
      self.created[created, default: 0] += 1
      switch action.change {
      case .copy: filesCopied += 1
      case .replace: filesReplaced += 1
      case .keepBoth: filesKeptBoth += 1
      case .copyLink: linksCopied += 1
      case .compare where action.reason == .equal: unchanged += 1
      case .adopt, .compare:
        switch action.reason {
        case .zoneLearned: datesMended += 1
        case .unproven: unchanged += 1
        default: adopted += 1
        }
      case .move: filesMoved += 1
      case .follow: filesFollowed += 1
      case .makeFolder, .delete, .skip: break
      }
      bytesCopied = bytesCopied.addingSaturated(action.bytes)
      if action.goesByAssumedZone { datesInAssumedZone += 1 }
    }
  }
}
