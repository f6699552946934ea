package import Journal
public import Storage

/// What of a source could be removed there, since the destination has it.
public struct Proof: Sendable {
  /// What is known of a file at the destination.
  public enum Verdict: Hashable, Sendable {
    /// It is there, and the same: it was read back at that Unix time, in seconds, and neither side has changed it since; or
    /// both were compared just now.
    case verified(at: Int64)
    /// It is there under its name and size, and nobody has read it back.
    case unverified
    /// It was verified or copied, and one side has changed it since.
    case changed
    /// It is the same, but for its date, which is known nowhere but at the source.
    case otherDate
    /// It is the same, but for who may read, write and execute it.
    case otherRights
    case differs, notThere
    /// It could not be read.
    case failed(StorageError)
  }

  /// One file of the source, or a link or something special, which is there if it has the same target, or never.
  public struct File: Sendable {
    public var entry: Entry
    /// What the destination has in its place.
    public var copy: Entry?
    public var verdict: Verdict
    /// What is on record of its contents, if that holds.
    package var verification: Verification?
    /// What is on record of it, if that holds and a later change shows in the dates of both sides.
    package var record: Record?
    /// The same, with what was read of it just now.
    package var readBack: Record?
    /// Whether its date is known nowhere but at the source.
    var hasOtherDate = false
    /// Whether both sides keep access rights, and those of the copy are others.
    var hasOtherRights = false
    /// Whether the record takes both for what a run left there.
    var isOnRecord = false

    init(_ entry: Entry, copy: Entry? = nil, _ verdict: Verdict) {
      self.entry = entry
      self.copy = copy
      self.verdict = verdict
    }
  }

  public var files: [File] = []
  /// How much of the source could not be listed, so that nothing is known of it.
  public package(set) var unlisted = 0

  /// What of the source takes no part, so that nothing is said of it: by a filter, or since its name is FileSync's own, as those
  /// of unfinished files and of the vault are. A folder stands for all in it.
  public package(set) var filtered: [RelativePath] = []
  public package(set) var own: [RelativePath] = []

  public init() {}

  /// Whether all of the source could be removed that takes part.
  public var isWhole: Bool { unlisted == 0 && files.allSatisfy(\.isVerified) }
}

extension Proof.File {
  public var isVerified: Bool { if case .verified = verdict { true } else { false } }
}
