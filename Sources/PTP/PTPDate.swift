/// A date as devices send it: `YYYYMMDDThhmmss[.s…][Z|±hhmm]` (MTP 1.1 section 3.2.5).
public struct PTPDate: Hashable, Sendable {
  /// What the date says about its zone.
  public enum Zone: Hashable, Sendable {
    case utc
    /// Seconds east of UTC.
    case offset(Int)
    /// Nothing: the device's own time of day.
    case deviceLocal
  }

  /// The string as it came.
  public let raw: String
  public let civil: CivilDateTime
  /// From 0 to 999,999,999; digits beyond the ninth are dropped.
  public let nanoseconds: UInt32
  public let zone: Zone

  /// Parses a date. Throws `badDate`, with the number of characters up to the fault; an empty string is a fault at 0.
  public init(_ raw: String) throws(PTPError) {
    let text = Array(raw.utf8)
    var position = 0

    func fail() -> PTPError { PTPError(.badDate, at: position, in: raw) }
    func number(_ digits: Int) throws(PTPError) -> Int {
      var value = 0
      for _ in 0..<digits {
        guard position < text.count, let digit = Self.digit(text[position]) else { throw fail() }
        value = value * 10 + digit
        position += 1
      }
      return value
    }

    let (year, month, day) = (try number(4), try number(2), try number(2))
    guard position < text.count, text[position] == UInt8(ascii: "T") else { throw fail() }
    position += 1
    let (hour, minute, second) = (try number(2), try number(2), try number(2))
    guard
      let civil = CivilDateTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else {
      position = 0
      throw fail()
    }
    var fraction: UInt32 = 0
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      guard position < text.count, Self.digit(text[position]) != nil else { throw fail() }
      var weight: UInt32 = 100_000_000
      while position < text.count, let digit = Self.digit(text[position]) {
        fraction += UInt32(digit) * weight
        weight /= 10
        position += 1
      }
    }
    var zone = Zone.deviceLocal
    if position < text.count {
      switch text[position] {
      case UInt8(ascii: "Z"):
        position += 1
        zone = .utc
      case UInt8(ascii: "+"), UInt8(ascii: "-"):
        let sign = text[position] == UInt8(ascii: "-") ? -1 : 1
        position += 1
        let (hours, minutes) = (try number(2), try number(2))
        // The widest real offsets are -12:00 and +14:00.
        guard hours <= 14, minutes <= 59 else { throw fail() }
        zone = .offset(sign * (hours * 3600 + minutes * 60))
      default: break
      }
    }
    guard position == text.count else { throw fail() }
    self.raw = raw
    self.civil = civil
    nanoseconds = fraction
    self.zone = zone
  }

  /// Unix time in seconds. `localOffset` tells, for a time of day on the device's clock (seconds as in
  /// ``CivilDateTime/seconds``), how many seconds east of UTC that clock was; it is asked only for dates without a
  /// zone.
  public func unixTime(localOffset: (_ civilSeconds: Int64) -> Int) -> Int64 {
    switch zone {
    case .utc: civil.seconds
    case .offset(let offset): civil.seconds - Int64(offset)
    case .deviceLocal: civil.seconds - Int64(localOffset(civil.seconds))
    }
  }

  /// `YYYYMMDDThhmmssZ` for a Unix time: the form that every responder which honours dates reads alike (measured on
  /// Android's, read in others). `nil` outside the years 1601 to 9999.
  public static func utc(_ unixTime: Int64) -> String? {
    CivilDateTime(seconds: unixTime).map { local($0) + "Z" }
  }

  /// `YYYYMMDDThhmmss`, as a device writes its own time of day.
  public static func local(_ civil: CivilDateTime) -> String {
    func padded(_ number: Int, _ width: Int = 2) -> String {
      let digits = String(number)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    return padded(civil.year, 4) + padded(civil.month) + padded(civil.day) + "T"
      + padded(civil.hour) + padded(civil.minute) + padded(civil.second)
  }

  private static func digit(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }
}
