internal import Storage

extension DateText {
  /// Reads what ``utc(_:)`` writes, of the years 1583 to 9999; `nil` for anything else. Before, Foundation's calendar is
  /// not the Gregorian one.
  static func parse(_ text: String) -> Timestamp? {
    let pattern = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z/.asciiOnlyDigits()
    guard let match = text.wholeMatch(of: pattern) else { return nil }
    let numbers = [match.1, match.2, match.3, match.4, match.5, match.6].compactMap { Int64($0) }
    guard numbers.count == 6, let days = days(year: numbers[0], month: numbers[1], day: numbers[2]),
      numbers[3] < 24, numbers[4] < 60, numbers[5] < 60
    else { return nil }
    let fraction = match.7.map { UInt32($0 + String(repeating: "0", count: 9 - $0.count)) } ?? 0
    guard let fraction else { return nil }
    let seconds = days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
    return Timestamp(seconds: seconds, nanoseconds: fraction)
  }

  /// Days from 1970-01-01 on, by the proleptic Gregorian calendar.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard year >= 1583, (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day) else { return nil }
    let past = year - 1
    let leapDays = past / 4 - past / 100 + past / 400
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    return past * 365 + leapDays + lengths.prefix(Int(month) - 1).reduce(0, +) + day - 1 - 719_162
  }
}
