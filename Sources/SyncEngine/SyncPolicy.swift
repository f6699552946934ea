/// What a user decided about a run.
public struct SyncPolicy: Hashable, Sendable, Codable {
  /// What becomes of files that an earlier run copied and that are gone from the destination.
  public enum RestoreMissing: String, Hashable, Sendable, Codable {
    /// Copied again.
    case always
    /// Left out and reported. To ask the user is a command's business: it plans once with this, asks, and plans again.
    case never
  }

  /// Copies only what is missing by name, and compares nothing.
  public var ignoreExisting = false
  /// Compares the contents of all files of equal size, whatever the dates and the record say.
  public var checksum = false
  public var restoreMissing = RestoreMissing.never
  /// Accepts another or an emptied destination: what the record says about the old one is void.
  public var newDestination = false

  public init() {}
}
