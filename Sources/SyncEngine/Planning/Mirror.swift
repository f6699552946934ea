/// What a mirror, which leaves at the destination what the source has and nothing else, may delete there.
public struct Mirror: Hashable, Sendable, Codable {
  /// How many files may be deleted.
  public enum Limit: Hashable, Sendable, Codable {
    /// A tenth of the destination's files, and 10 in any case.
    case standard
    case files(Int)
    /// Of the destination's files, from 0 to 100.
    case percent(Int)

    /// The most that may be deleted of so many files.
    public func most(of all: Int) -> Int {
      switch self {
      case .standard: max(10, Limit.share(10, of: all))
      case .files(let count): count
      case .percent(let share): Limit.share(share, of: all)
      }
    }

    private static func share(_ percent: Int, of all: Int) -> Int {
      // Not more than there are, whatever the numbers.
      min(all, all / 100 * percent + all % 100 * percent / 100)
    }
  }

  public var limit: Limit
  /// Accepts a source that has no file at all, or none that earlier runs copied.
  public var allowsEmpty: Bool

  public init(limit: Limit = .standard, allowsEmpty: Bool = false) {
    self.limit = limit
    self.allowsEmpty = allowsEmpty
  }
}
