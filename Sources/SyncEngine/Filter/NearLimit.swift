internal import Storage

extension Filter {
  /// How much later than read a date may be where both zones are unknown, in seconds: they go from UTC-12 to UTC+14.
  static let widestDoubt: ClosedRange<Int64> = -26 * 3600...26 * 3600

  /// Whether a date takes part.
  func means(_ date: Timestamp) -> Bool {
    notBefore.map { date >= $0 } ?? true && before.map { date < $0 } ?? true
  }

  /// Whether it depends on how much later than `date` the true one is, in seconds, whether it takes part.
  func isNearLimit(_ date: Timestamp, _ doubt: ClosedRange<Int64>) -> Bool {
    let (earliest, latest) = (date.adding(doubt.lowerBound), date.adding(doubt.upperBound))
    return [notBefore, before].compactMap(\.self).contains { earliest < $0 && latest >= $0 }
  }
}

extension Timestamp {
  /// So many seconds later, or the last there are.
  fileprivate func adding(_ more: Int64) -> Timestamp {
    let (sum, overflow) = seconds.addingReportingOverflow(more)
    return Timestamp(seconds: overflow ? (more < 0 ? .min : .max) : sum, nanoseconds: nanoseconds)
  }
}
