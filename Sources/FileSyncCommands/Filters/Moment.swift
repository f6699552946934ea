internal import ArgumentParser
internal import Foundation
internal import Storage

/// A point in time on the command line: a date of this machine's zone, an instant of UTC, or a span before now.
struct Moment: ExpressibleByArgument, Hashable, Sendable {
  private enum Kind: Hashable, Sendable {
    /// In seconds.
    case ago(Int64)
    case midnight(year: Int, month: Int, day: Int)
    case instant(Timestamp)
  }

  private let kind: Kind

  /// `90d` (also `h`, `w`, `m` for minutes), `2026-01-31`, or `2026-01-31T12:00:00Z`.
  init?(argument: String) {
    if let instant = DateText.parse(argument) {
      kind = .instant(instant)
    } else if let match = argument.wholeMatch(of: /(\d{1,9})([smhdwy])/.asciiOnlyDigits()), let number = Int64(match.1)
    {
      let seconds: [Substring: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600]
      kind = .ago(number * seconds[match.2, default: 1])
    } else if let match = argument.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)/.asciiOnlyDigits()),
      DateText.parse(argument + "T00:00:00Z") != nil, let year = Int(match.1), let month = Int(match.2),
      let day = Int(match.3)
    {
      kind = .midnight(year: year, month: month, day: day)
    } else {
      return nil
    }
  }

  func timestamp(_ context: CommandContext) -> Timestamp {
    switch kind {
    case .instant(let instant): return instant
    case .ago(let seconds): return Timestamp(seconds: Int64(context.now().timeIntervalSince1970) - seconds)
    case .midnight(let year, let month, let day):
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = context.timeZone
      let date = calendar.date(from: DateComponents(year: year, month: month, day: day))
      return Timestamp(seconds: Int64(date?.timeIntervalSince1970 ?? 0))
    }
  }
}
