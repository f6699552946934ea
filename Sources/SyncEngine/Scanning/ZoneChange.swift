internal import Journal
internal import Storage

/// Recognises a phone that moved to another time zone, and so prints the dates of all its files anew.
enum ZoneChange {
  /// Zones differ by quarters of an hour, and never by more than 26 hours (from UTC-12 to UTC+14).
  private static let step: Int64 = 15 * 60
  private static let limit: Int64 = 26 * 60 * 60

  /// A recorded file and the same file now.
  struct Pair {
    var path: RelativePath
    var recorded: Fingerprint
    var now: Entry
    /// How far rounding may have moved the recorded date from the one that the device told, in nanoseconds.
    var precision: UInt64 = 0
  }

  /// The paths whose change tokens differ only by such a move.
  ///
  /// At most three offsets, since two zones may have daylight saving at different dates, must explain 95 % of the
  /// recorded files that are still there, all of them if there are fewer than 20. Else none is explained.
  static func explained(_ pairs: [Pair]) -> Set<RelativePath> {
    var known = 0
    var paths: [Int64: [RelativePath]] = [:]
    var total = 0
    for pair in pairs {
      guard let recorded = pair.recorded.token, let now = pair.now.token, recorded.version == now.version else {
        continue
      }
      total += 1
      if recorded == now {
        known += 1
      } else if pair.recorded.size == pair.now.size, let offset = offset(pair) {
        paths[offset, default: []].append(pair.path)
      }
    }
    let best = paths.values.sorted { $0.count > $1.count }.prefix(3)
    let explained = known + best.reduce(0) { $0 + $1.count }
    guard !best.isEmpty, total < 20 ? explained == total : explained * 100 >= total * 95 else { return [] }
    return Set(best.joined())
  }

  /// Whether two dates may be one, as told in two zones, and kept as exactly as FAT does.
  static func areZonesApart(_ one: Timestamp, _ other: Timestamp) -> Bool {
    let (apart, overflow) = one.seconds.subtractingReportingOverflow(other.seconds)
    guard !overflow, (-limit - 2...limit + 2).contains(apart), abs(apart) > 2 else { return false }
    return (abs(apart) + 2) % step <= 4
  }

  /// Whether one file differs from its record by the date alone, and by a distance of two zones.
  static func isOne(_ pair: Pair) -> Bool {
    pair.recorded.size == pair.now.size && offset(pair).map { $0 != 0 } ?? false
  }

  private static func offset(_ pair: Pair) -> Int64? {
    guard let before = pair.recorded.modified, let after = (pair.now.told ?? pair.now.times).modified
    else { return nil }
    let (apart, overflow) = after.seconds.subtractingReportingOverflow(before.seconds)
    guard !overflow, (-limit - step...limit + step).contains(apart) else { return nil }
    let offset = Int64((Double(apart) / Double(step)).rounded()) * step
    let (moved, isTooLate) = before.seconds.addingReportingOverflow(offset)
    guard !isTooLate, (-limit...limit).contains(offset) else { return nil }
    let expected = Timestamp(seconds: moved, nanoseconds: before.nanoseconds)
    return expected.matches(after, precision: pair.precision) ? offset : nil
  }
}
