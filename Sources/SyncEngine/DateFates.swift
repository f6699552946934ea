internal import Storage

/// What became of the dates of one file.
struct DateFates: Hashable {
  var modified: DateFate
  var created: DateFate

  /// Compares the dates of the source with those that the destination reports. `canRemember` says whether the journal
  /// can tell the file again, so that it can keep its dates. Of a file that was sent, `kept` says which dates the
  /// destination takes with it: others are its own, also where they happen to be the same.
  init(
    of source: FileTimes,
    reported: FileTimes,
    precision: DatePrecision,
    kept: TimeSupport? = nil,
    canRemember: Bool
  ) {
    var missing = precision.missing(source, in: reported)
    if let kept {
      if !kept.modified.isSettable { missing.modified = source.modified }
      if !kept.created.isSettable { missing.created = source.created }
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
    needRemembering = modified == .manifest || created == .manifest || canRemember && isAmbiguous
  }

  /// Whether the destination lacks a date that the journal can keep, or writes it in a way that means two.
  let needRemembering: Bool
}

extension TimeSupport.Support {
  fileprivate var isSettable: Bool { if case .readWrite = self { true } else { false } }
}

extension Counts {
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
      case .mapped: namesMapped += 1
      case .restored: namesRestored += 1
      }
      guard action.change != .makeFolder else {
        foldersMade += 1
        // Others get theirs after their contents.
        if modified == .lost { folderDates[.lost, default: 0] += 1 }
        return
      }
      self.modified[modified, default: 0] += 1
      self.created[created, default: 0] += 1
      switch action.change {
      case .copy: filesCopied += 1
      case .replace: filesReplaced += 1
      case .keepBoth: filesKeptBoth += 1
      case .copyLink: linksCopied += 1
      case .adopt: adopted += 1
      case .compare: action.reason == .unproven ? (unchanged += 1) : (adopted += 1)
      case .makeFolder, .skip: break
      }
      bytesCopied = bytesCopied.addingSaturated(action.bytes)
      if action.goesByAssumedZone { datesInAssumedZone += 1 }
    }
  }
}
