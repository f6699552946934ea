internal import Foundation
internal import Storage

/// Bytes for people, in decimal units: `0 bytes`, `3.1 MB`, `120 GB`.
func formatted(bytes: UInt64) -> String {
  guard bytes >= 1000 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
  var value = Double(bytes)
  var units = ["kB", "MB", "GB", "TB", "PB", "EB"][...]
  value /= 1000
  while value >= 999.5, units.count > 1 {
    value /= 1000
    units.removeFirst()
  }
  let digits = value < 99.95 ? 1 : 0
  return String(format: "%.\(digits)f ", value) + (units.first ?? "")
}

/// A time span for people, from seconds: `0:42`, `1:02:03`.
func formatted(seconds: Double) -> String {
  let whole = Int(min(max(seconds, 0), 3_599_999))
  let minutes = String(format: whole >= 3600 ? "%02d" : "%d", whole / 60 % 60)
  let rest = String(format: "%02d", whole % 60)
  return whole >= 3600 ? "\(whole / 3600):\(minutes):\(rest)" : "\(minutes):\(rest)"
}

/// `1 file`, `2 files`.
func counted(_ count: Int, _ singular: String) -> String { count == 1 ? "1 \(singular)" : "\(count) \(singular)s" }

/// Dates as text, by the proleptic Gregorian calendar.
struct DateText {
  private var calendar: Calendar

  init(_ zone: TimeZone) {
    calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = zone
  }

  /// `2026-11-22` and `17:30:05`, joined by `separator`.
  func full(_ date: Date, separator: String = " ", between: String = ":") -> String {
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
    return String(
      format: "%04d-%02d-%02d%@%02d%@%02d%@%02d",
      parts.year ?? 0,
      parts.month ?? 0,
      parts.day ?? 0,
      separator,
      parts.hour ?? 0,
      between,
      parts.minute ?? 0,
      between,
      parts.second ?? 0
    )
  }

  /// A file's date to the second.
  func full(_ timestamp: Timestamp) -> String { full(Date(timeIntervalSince1970: Double(timestamp.seconds))) }

  /// The zone's distance from UTC at `date`: `+01:00`.
  func offset(_ date: Date) -> String {
    let minutes = calendar.timeZone.secondsFromGMT(for: date) / 60
    return String(format: "%@%02d:%02d", minutes < 0 ? "-" : "+", abs(minutes) / 60, abs(minutes) % 60)
  }

  /// `2026-11-22T17:30:05.25Z`, as exact as the date is.
  static func utc(_ timestamp: Timestamp) -> String {
    let date = Date(timeIntervalSince1970: Double(timestamp.seconds))
    let text = DateText(.gmt).full(date, separator: "T")
    guard timestamp.nanoseconds > 0 else { return text + "Z" }
    var fraction = String(format: "%09d", timestamp.nanoseconds)[...]
    while fraction.last == "0" { fraction.removeLast() }
    return "\(text).\(fraction)Z"
  }
}
