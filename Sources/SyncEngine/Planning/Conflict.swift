internal import Storage

extension SyncPolicy {
  /// What becomes of two versions: none of ``Conflict/newer`` and ``Conflict/larger``.
  func conflict(_ file: Entry, _ old: Entry, _ precision: DatePrecision) -> Conflict {
    let decision = decisions[file.path] ?? conflict
    switch decision {
    case .both, .refuse, .replace, .keep: return decision
    case .newer:
      guard let isNewer = isNewer(file, than: old, precision) else { return .both }
      return isNewer ? .replace : .keep
    case .larger:
      guard let size = file.size, let oldSize = old.size, size != oldSize else { return .both }
      return size > oldSize ? .replace : .keep
    }
  }

  /// Whether the destination's version is newer and has to stay for that.
  func keepsNewer(_ old: Entry, from file: Entry, _ precision: DatePrecision) -> Bool {
    onlyUpdates && isNewer(file, than: old, precision) == false
  }

  /// Whether one version has the later date; `nil` if both have the same, as far as the coarser side tells, or if one has
  /// none, or a zone that was only assumed could turn it round.
  func isNewer(_ file: Entry, than old: Entry, _ precision: DatePrecision) -> Bool? {
    guard let date = file.times.modified, let other = old.times.modified,
      precision.missing(file.times, in: old.times).modified != nil
    else { return nil }
    let (apart, overflow) = date.seconds.subtractingReportingOverflow(other.seconds)
    let isDoubtful = file.hasAssumedZone || old.hasAssumedZone
    if isDoubtful, !overflow, Filter.widestDoubt.contains(apart) { return nil }
    return date > other
  }
}
