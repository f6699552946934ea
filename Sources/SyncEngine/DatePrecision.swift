internal import Storage

/// How exactly dates of two storages can be compared: as the coarser one keeps them. In nanoseconds.
struct DatePrecision: Hashable {
  let modified: UInt64
  let created: UInt64

  init(_ supports: TimeSupport...) {
    modified = supports.compactMap(\.modified.precision).max() ?? 0
    created = supports.compactMap(\.created.precision).max() ?? 0
  }

  /// The dates of `wanted` that `found` has not; `nil` stands for those that are the same, or not wanted. One of the hour
  /// that autumn repeats is the same as either of its instants.
  func missing(_ wanted: FileTimes, in found: FileTimes) -> FileTimes {
    FileTimes(
      modified: wanted.mayBeModified(with: found, precision: modified) ? nil : wanted.modified,
      created: wanted.mayBeCreated(with: found, precision: created) ? nil : wanted.created
    )
  }
}
