/// A date and time of day on a calendar and a clock, without a zone: the proleptic Gregorian calendar, years 1601 to
/// 9999.
public struct CivilDateTime: Hashable, Sendable {
  public let year: Int
  public let month: Int
  public let day: Int
  public let hour: Int
  public let minute: Int
  /// 0 to 59. A leap second (60) is taken as 59: no device's file system can hold one.
  public let second: Int

  /// `nil` if there is no such date or time.
  public init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    guard (1601...9999).contains(year), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
      (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = min(second, 59)
  }

  /// The date and time that is `seconds` after 1970-01-01T00:00:00 on the same clock; `nil` outside the years 1601 to
  /// 9999.
  public init?(seconds: Int64) {
    guard (Self.first...Self.last).contains(seconds) else { return nil }
    let (day, time) = Int(seconds).quotientAndRemainder(flooring: 86_400)
    // Days since 0000-03-01, counted in years that begin in March, so that the leap day is a year's last.
    let (era, dayOfEra) = (day + 719_468).quotientAndRemainder(flooring: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    hour = time / 3600
    minute = time / 60 % 60
    second = time % 60
  }

  /// Seconds since 1970-01-01T00:00:00 on the same clock. For a clock set to UTC, that is Unix time.
  public var seconds: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shiftedYear.quotientAndRemainder(flooring: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Int64(days * 86_400 + hour * 3600 + minute * 60 + second)
  }

  /// 1601-01-01T00:00:00 and 9999-12-31T23:59:59.
  private static let first: Int64 = -11_644_473_600
  private static let last: Int64 = 253_402_300_799

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Int {
  /// Quotient rounded down, and a remainder that is never negative. `divisor` is positive.
  fileprivate func quotientAndRemainder(flooring divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
