/// What a user decided about a run.
public struct SyncPolicy: Hashable, Sendable, Codable {
  /// What becomes of files that an earlier run copied and that are gone from the destination.
  public enum RestoreMissing: String, Hashable, Sendable, Codable {
    /// Copied again.
    case always
    /// Left out and reported. To ask the user is a command's business: it plans once with this, asks, and plans again.
    case never
  }

  /// What becomes of a file that both sides have, and that has changed on both, or differs without a record to say which has.
  public enum Conflict: String, Hashable, Sendable, Codable {
    /// Both versions are kept, the source's under another name.
    case both
    /// The destination's stays, and the source's is left out and reported.
    case refuse
    /// The source's takes its place; the destination's goes to the vault.
    case replace
    /// The destination's stays.
    case keep
    /// ``replace`` or ``keep``, by the later modification date or the larger size; ``both`` where these are the same, or
    /// nobody knows them.
    case newer, larger
  }

  public var conflict = Conflict.both
  /// Where the user was asked, and decided otherwise.
  public var decisions = Decisions()
  /// Has no older version take the place of a newer one, whatever the record says.
  public var onlyUpdates = false
  /// Whether the run goes by the record of earlier ones, and adds to it. One that does not stands for itself, as `cp`
  /// does; it still records its steps, and the dates that storages cannot hold.
  public var keepsRecord = true
  /// Copies only what is missing by name, and compares nothing.
  public var ignoreExisting = false
  /// Compares the contents of all files of equal size, whatever the dates and the record say.
  public var checksum = false
  /// Whether what is written is read back from the destination, and its digest compared with that of what was read from the
  /// source, before it gets its name.
  public var verifies = false
  /// Whether files are removed at the source once they are at the destination, verified: by who runs it, with
  /// ``SyncRun/prove(_:reading:besides:control:report:)``.
  public var frees = false
  /// Whether the plan tells of each file of the source whether it could be removed there: see ``Plan/proof``.
  public var proves = false
  /// Whether a mirror deletes, or replaces, also what has no original any more since that was removed at the source.
  public var deletesFreed = false
  /// Whether the source is removed once all of it is at the destination.
  public var isMove = false
  public var restoreMissing = RestoreMissing.never
  /// Accepts another or an emptied destination: what the record says about the old one is void.
  public var newDestination = false
  /// Makes the destination what the source is: what the source does not have is deleted, and its version replaces any other.
  /// `nil` for a run that deletes nothing.
  public var mirror: Mirror?
  /// Makes both folders hold the same: what changed on one side since the last run, or is gone from it, does so on the other.
  /// It says what may be deleted on each side. `nil` for a run in one direction. See ``TwoWaySync``.
  public var twoWay: Mirror?
  /// Whether this is the way back of such a run: from the user's second folder to the first.
  public var isBack = false
  /// Whether what is replaced or deleted is kept in a vault.
  public var keepsOldVersions = true

  /// The source is a vault that was filled from this Unix time on, in seconds: no date since then is that of a folder, and
  /// folders that the destination has keep their dates.
  public var vaultSince: Int64?

  /// The command that asked for the run, where the rest does not tell; for the record only.
  public var command: String?

  /// Gives equal files the dates of the source, and does nothing else. What is not equal, or only on one side, is told.
  public var onlyDates = false
  /// Does not even that: tells what is not the same on both sides.
  public var onlyCompares = false

  public init() {}

  /// Whether a file that was cut off is gone on with: by the journal, which knows its beginning for one of this version,
  /// and by its ends. To compare all of it would cost as much as to send it anew. A move compares all of what it has not
  /// sent itself; a part is what a move has sent.
  public var goesOnInside: Bool { !checksum || isMove }

  /// Why a version stays that ``Conflict/refuse`` keeps.
  var reasonToRefuse: Reason { onlyDates ? .different : isMove ? .notReplaced : .occupied }

  /// What may be deleted at the destination; `nil` for a run that deletes nothing.
  var deletions: Mirror? { mirror ?? twoWay }

  /// A mirror: see ``mirror``. What is gone from the destination is copied again.
  public static func mirror(_ mirror: Mirror = Mirror()) -> SyncPolicy {
    var policy = SyncPolicy()
    policy.mirror = mirror
    policy.conflict = .replace
    policy.restoreMissing = .always
    return policy
  }

  /// See ``onlyCompares``. Files are the same by size and date, or with `checksum` by their contents and date.
  public static func check(checksum: Bool) -> SyncPolicy {
    var policy = SyncPolicy.dates
    policy.onlyCompares = true
    policy.checksum = checksum
    policy.command = "check"
    return policy
  }

  /// See ``onlyDates``. Makes no record, but keeps true what there is.
  public static var dates: SyncPolicy {
    var policy = SyncPolicy()
    policy.onlyDates = true
    policy.conflict = .refuse
    return policy
  }
}
