internal import Storage

/// How exactly dates of two storages can be compared: as the coarser one keeps them. In nanoseconds.
struct DatePrecision: Hashable {
  let modified: UInt64
  let created: UInt64

  init(_ supports: TimeSupport...) {
    modified = supports.compactMap(\.modified.precision).max() ?? 0
    created = supports.compactMap(\.created.precision).max() ?? 0
  }

  /// The dates of `wanted` that `found` has not; `nil` stands for those that are the same, or not wanted.
  func missing(_ wanted: FileTimes, in found: FileTimes) -> FileTimes {
    func missing(_ wanted: Timestamp?, _ found: Timestamp?, _ precision: UInt64) -> Timestamp? {
      guard let wanted, let found, wanted.matches(found, precision: precision) else { return wanted }
      return nil
    }
    return FileTimes(
      modified: missing(wanted.modified, found.modified, modified),
      created: missing(wanted.created, found.created, created)
    )
  }
}
