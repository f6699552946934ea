/// What a user decided about a run.
public struct SyncPolicy: Hashable, Sendable, Codable {
  /// What becomes of files that an earlier run copied and that are gone from the destination.
  public enum RestoreMissing: String, Hashable, Sendable, Codable {
    /// Copied again.
    case always
    /// Left out and reported. To ask the user is a command's business: it plans once with this, asks, and plans again.
    case never
  }

  /// What becomes of a file that both sides have, and that differs without a record to say which is newer.
  public enum Conflict: String, Hashable, Sendable, Codable {
    /// Both versions are kept, the source's under another name.
    case both
    /// The destination's stays, and the source's is left out and reported.
    case refuse
    /// The source's takes its place; the destination's goes to the vault.
    case replace
  }

  public var conflict = Conflict.both
  /// Whether the run goes by the record of earlier ones, and adds to it. One that does not stands for itself, as `cp`
  /// does; it still records its steps, and the dates that storages cannot hold.
  public var keepsRecord = true
  /// Copies only what is missing by name, and compares nothing.
  public var ignoreExisting = false
  /// Compares the contents of all files of equal size, whatever the dates and the record say.
  public var checksum = false
  /// Whether the source is removed once all of it is at the destination.
  public var isMove = false
  public var restoreMissing = RestoreMissing.never
  /// Accepts another or an emptied destination: what the record says about the old one is void.
  public var newDestination = false

  /// The command that asked for the run, where the rest does not tell; for the record only.
  public var command: String?

  /// Gives equal files the dates of the source, and does nothing else. What is not equal, or only on one side, is told.
  public var onlyDates = false

  public init() {}

  /// Whether a file that was cut off is gone on with: by the journal, which knows its beginning for one of this version,
  /// and by its ends. To compare all of it would cost as much as to send it anew. A move compares all of what it has not
  /// sent itself; a part is what a move has sent.
  public var goesOnInside: Bool { !checksum || isMove }

  /// See ``onlyDates``. Makes no record, but keeps true what there is.
  public static var dates: SyncPolicy {
    var policy = SyncPolicy()
    policy.onlyDates = true
    policy.conflict = .refuse
    return policy
  }
}
