internal import Storage

extension Filter {
  /// How far a date read in an assumed zone may be off, in seconds: no clock is further ahead of UTC.
  private static let widest: Int64 = 14 * 3600

  /// Whether a date takes part.
  func means(_ date: Timestamp) -> Bool {
    notBefore.map { date >= $0 } ?? true && before.map { date < $0 } ?? true
  }

  /// Whether a date lies so near a limit that it depends on the time zone whether it takes part.
  func isNearLimit(_ date: Timestamp) -> Bool {
    [notBefore, before].compactMap(\.self).contains { limit in
      let (apart, overflow) = date.seconds.subtractingReportingOverflow(limit.seconds)
      return !overflow && (-Self.widest...Self.widest).contains(apart)
    }
  }
}
