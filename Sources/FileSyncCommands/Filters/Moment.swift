internal import ArgumentParser
internal import Foundation
internal import Storage

/// A point in time on the command line: a date of this machine's zone, an instant of UTC, or a span before now.
struct Moment: Hashable, Sendable {
  private enum Kind: Hashable, Sendable {
    /// In seconds.
    case ago(Int64)
    /// By the calendar.
    case monthsAgo(Int)
    case midnight(year: Int, month: Int, day: Int)
    case instant(Timestamp)
  }

  private let kind: Kind

  private static let units: [Substring: Int64] = [
    "s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600,
  ]

  /// `90d` (also `s`, `min`, `h`, `w`, `mo`, `y`), `2026-01-31`, or `2026-01-31T12:00:00Z`.
  /// - Throws: what is wrong with it.
  init(_ argument: String) throws(ValidationError) {
    if let instant = DateText.parse(argument) {
      kind = .instant(instant)
    } else if let match = argument.wholeMatch(of: /(\d+)([A-Za-z]+)/.asciiOnlyDigits()) {
      guard match.2.lowercased() != "m" else {
        throw ValidationError("it can mean minutes or months: write \(match.1)min or \(match.1)mo")
      }
      guard match.2 == "mo" || Self.units[match.2] != nil else {
        throw ValidationError("a span of time is a number with s, min, h, d, w, mo or y, such as 90d")
      }
      let most: Int64 = match.2 == "mo" ? 120_000 : 999_999_999
      guard let number = Int64(match.1), number <= most else {
        throw ValidationError("no span of time is that long; the most is \(most)\(match.2)")
      }
      kind = Self.units[match.2].map { .ago(number * $0) } ?? .monthsAgo(Int(number))
    } else if let match = argument.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)/.asciiOnlyDigits()),
      DateText.parse(argument + "T00:00:00Z") != nil, let year = Int(match.1), let month = Int(match.2),
      let day = Int(match.3)
    {
      kind = .midnight(year: year, month: month, day: day)
    } else {
      throw ValidationError("write a date, such as 2026-01-31, or how long ago, such as 90d")
    }
  }

  func timestamp(_ context: CommandContext) -> Timestamp {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = context.timeZone
    switch kind {
    case .instant(let instant): return instant
    case .ago(let seconds): return Timestamp(seconds: Int64(context.now().timeIntervalSince1970) - seconds)
    case .monthsAgo(let months):
      let date = calendar.date(byAdding: .month, value: -months, to: context.now())
      return Timestamp(seconds: Int64(date?.timeIntervalSince1970 ?? 0))
    case .midnight(let year, let month, let day):
      let date = calendar.date(from: DateComponents(year: year, month: month, day: day))
      return Timestamp(seconds: Int64(date?.timeIntervalSince1970 ?? 0))
    }
  }
}
