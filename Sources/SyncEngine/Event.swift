public import Foundation
public import Journal
public import Storage

/// What a run tells while it works. The progress bar, the JSON output and the logs all consume this stream.
public enum Event: Sendable {
  case started(run: UUID, resumes: UUID?)
  case scanning(Side, entries: Int, at: RelativePath)
  /// A whole scan: every entry that was found, and what could not be listed, by folder. An empty name there stands for
  /// the whole folder.
  case scanned(Side, entries: [Entry], unlisted: [RelativePath: [Unlisted]])
  case planned(Plan)
  case began(Action.ID)
  /// A version of the source has another name now, beside the other one that comes there.
  case setAside(SetAside)
  /// Bytes of one step that have arrived; at most ten a second, never logged.
  case progress(Action.ID, bytes: UInt64)
  /// A step goes on inside its file, behind the bytes that an attempt before, or an interrupted run, has brought.
  case resuming(Action.ID, at: UInt64)
  /// A file is read back from the destination, and so many bytes of it have been; at most ten a second, never logged. Of a
  /// run's step, or of a file that a proof looks at.
  case verifying(Action.ID?, RelativePath, bytes: UInt64)
  /// What a step has written was read back, is what was sent, and is in its place.
  case verified(Action.ID)
  case ended(Action.ID, Outcome)
  /// The same step is tried again, or the device is opened again.
  case retrying(Action.ID?, StorageError, attempt: Int)
  /// Nothing can go on until the user did something, so the run ends.
  case waiting(StorageError)
  case warning(StorageError)
  /// Where the versions are that the run has replaced or deleted, and how many: in a folder of the destination or, `onHost`, of
  /// ``SyncRun/host``.
  case keptVersions(Int, in: RelativePath, onHost: Bool)
  case finished(Ending, Counts)
}

/// How one step ended.
public enum Outcome: Hashable, Sendable {
  case done(modified: DateFate, created: DateFate)
  case skipped(Reason)
  case failed(StorageError)
}

/// What became of one date of a copied file.
public enum DateFate: String, Hashable, Sendable, Codable {
  /// Read back from the destination, equal within its precision.
  case verified
  /// The source's date was without a zone, from the hour that clocks repeat in autumn: it may be that much too early.
  case doubtful
  /// The destination cannot hold it; the journal does, for the way back.
  case manifest
  /// Neither could be had.
  case lost
  /// The source has none.
  case absent
}

/// How a run ended. This alone decides the exit status.
public enum Ending: Hashable, Sendable {
  case done
  case someFailed
  /// Not ready: device absent, locked or busy. Trying again may help.
  case notReady(StorageError)
  /// Stopped by a safety rule.
  case refused([Refusal])
  case notPossible(StorageError)
  /// The journal could not be written, so nothing more was done.
  case journalFailed(JournalError)
  case declined
  case interrupted

  /// A stable word, used in JSON, logs and the journal.
  public var word: String {
    switch self {
    case .done: "done"
    case .someFailed: "someFailed"
    case .notReady: "notReady"
    case .refused: "refused"
    case .notPossible: "notPossible"
    case .journalFailed: "journalFailed"
    case .declined: "declined"
    case .interrupted: "interrupted"
    }
  }
}

/// Numbers of a run, for the summary.
public struct Counts: Hashable, Sendable, Codable {
  public var foldersMade = 0
  public var filesCopied = 0
  public var filesReplaced = 0
  public var filesKeptBoth = 0
  public var linksCopied = 0
  /// Copies that got the new places of files which were renamed or moved at the source.
  public var filesMoved = 0
  /// Files whose record followed them to where they are at the destination now.
  public var filesFollowed = 0
  /// What a mirror deleted; links are among the files.
  public var filesDeleted = 0
  public var foldersDeleted = 0
  /// Of these files.
  public var bytesDeleted: UInt64 = 0
  /// Equal files and folders that got the source's access rights.
  public var permissionsSet = 0
  /// Equal files that were already there and are now on record.
  public var adopted = 0
  public var unchanged = 0
  public var skipped = 0
  public var failed = 0
  public var missingFromCheckpoint = 0
  /// Steps that gave something another name than its true one, or its true one again.
  public var namesMapped = 0
  public var namesRestored = 0
  /// Files that got a name of their own, since a conflict had put another version at theirs.
  public var namesBeside = 0
  public var bytesCopied: UInt64 = 0
  /// Files that were read back from the destination, and are what was sent.
  public var verified = 0
  /// Files that were given their right dates, since the zone is known now in which those had been read wrongly.
  public var datesMended = 0
  /// Files that got, or were compared by, dates of which nobody told in which time zone they are.
  public var datesInAssumedZone = 0
  /// What was given another place within its storage; `nil` for a run that moves nothing in this way.
  public var moved: Int?
  /// Files and folders that were removed; `nil` for a run that removes nothing by itself.
  public var removed: Int?
  /// Modification dates, by fate.
  public var modified: [DateFate: Int] = [:]
  /// Creation dates, by fate.
  public var created: [DateFate: Int] = [:]
  /// Modification dates of folders, by fate: of those that were made, or whose dates were set again.
  public var folderDates: [DateFate: Int] = [:]
  /// Their creation dates, by fate.
  public var folderCreated: [DateFate: Int] = [:]

  public init() {}
}

extension Counts {
  /// Reads also what a version wrote that did not count all of this yet: what is missing is none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Int { try values.decodeIfPresent(Int.self, forKey: key) ?? 0 }
    func fates(_ key: CodingKeys) throws -> [DateFate: Int] {
      try values.decodeIfPresent([DateFate: Int].self, forKey: key) ?? [:]
    }
    foldersMade = try number(.foldersMade)
    filesCopied = try number(.filesCopied)
    filesReplaced = try number(.filesReplaced)
    filesKeptBoth = try number(.filesKeptBoth)
    linksCopied = try number(.linksCopied)
    filesMoved = try number(.filesMoved)
    filesFollowed = try number(.filesFollowed)
    filesDeleted = try number(.filesDeleted)
    foldersDeleted = try number(.foldersDeleted)
    bytesDeleted = try values.decodeIfPresent(UInt64.self, forKey: .bytesDeleted) ?? 0
    permissionsSet = try number(.permissionsSet)
    adopted = try number(.adopted)
    unchanged = try number(.unchanged)
    skipped = try number(.skipped)
    failed = try number(.failed)
    missingFromCheckpoint = try number(.missingFromCheckpoint)
    namesMapped = try number(.namesMapped)
    namesRestored = try number(.namesRestored)
    namesBeside = try number(.namesBeside)
    bytesCopied = try values.decodeIfPresent(UInt64.self, forKey: .bytesCopied) ?? 0
    verified = try number(.verified)
    datesMended = try number(.datesMended)
    datesInAssumedZone = try number(.datesInAssumedZone)
    moved = try values.decodeIfPresent(Int.self, forKey: .moved)
    removed = try values.decodeIfPresent(Int.self, forKey: .removed)
    modified = try fates(.modified)
    created = try fates(.created)
    folderDates = try fates(.folderDates)
    folderCreated = try fates(.folderCreated)
  }
}
