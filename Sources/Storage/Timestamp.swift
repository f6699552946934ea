/// An instant: seconds since 1970-01-01T00:00:00Z, negative before it, and nanoseconds from 0 to 999,999,999
/// added to them.
public struct Timestamp: Hashable, Sendable, Codable {
  public var seconds: Int64
  public var nanoseconds: UInt32

  /// - Precondition: `nanoseconds` is below 1,000,000,000.
  public init(seconds: Int64, nanoseconds: UInt32 = 0) {
    precondition(nanoseconds < 1_000_000_000, "nanoseconds out of range")
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Whether the two name the same instant, where each may have been rounded up to `precision` nanoseconds away.
  public func matches(_ other: Timestamp, precision: UInt64) -> Bool {
    let (later, earlier) = self < other ? (other, self) : (self, other)
    let (seconds, overflow) = later.seconds.subtractingReportingOverflow(earlier.seconds)
    // Ten years is far beyond any precision, and keeps the arithmetic below in range.
    guard !overflow, seconds < 315_360_000 else { return false }
    let apart = seconds * 1_000_000_000 + Int64(later.nanoseconds) - Int64(earlier.nanoseconds)
    return UInt64(apart) <= precision
  }
}

extension Timestamp: Comparable {
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// The dates of a file, as far as its storage knows them.
public struct FileTimes: Hashable, Sendable, Codable {
  /// When the contents last changed.
  public var modified: Timestamp?
  /// When the file, or the picture in it, came to be.
  public var created: Timestamp?
  /// The other instant that the modification date may mean, the later one: set where it came without a zone, from the
  /// hour that clocks repeat in autumn.
  public var laterModified: Timestamp?
  /// The same for the creation date.
  public var laterCreated: Timestamp?

  public init(
    modified: Timestamp? = nil,
    created: Timestamp? = nil,
    laterModified: Timestamp? = nil,
    laterCreated: Timestamp? = nil
  ) {
    self.modified = modified
    self.created = created
    self.laterModified = laterModified
    self.laterCreated = laterCreated
  }

  /// Whether the modification dates of both may name the same instant, where each may have been rounded up to
  /// `precision` nanoseconds away. Not without two dates.
  public func mayBeModified(with other: FileTimes, precision: UInt64) -> Bool {
    Self.areAny([modified, laterModified], [other.modified, other.laterModified], precision)
  }

  /// The same for the creation dates.
  public func mayBeCreated(with other: FileTimes, precision: UInt64) -> Bool {
    Self.areAny([created, laterCreated], [other.created, other.laterCreated], precision)
  }

  private static func areAny(_ some: [Timestamp?], _ others: [Timestamp?], _ precision: UInt64) -> Bool {
    let others = others.compactMap(\.self)
    return some.compactMap(\.self).contains { one in others.contains { one.matches($0, precision: precision) } }
  }
}
