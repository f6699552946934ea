/// Why the journal could not be used. Programs branch on ``reason``, never on text.
public struct JournalError: Error, Hashable, Sendable {
  /// What went wrong. The raw values are stable words, used in JSON.
  public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is no SQLite database, or its pages are damaged.
    case corrupt
    /// A newer version of the program wrote it.
    case newer
    /// Another process writes it, or runs the same pair of folders.
    case locked
    /// Its file system has no room.
    case full
    /// It cannot be opened, read or written: permissions, a read-only file system, a failing disk.
    case unreadable
    /// Two recorded devices or storages fit the one that is there.
    case ambiguous
  }

  public var reason: Reason
  /// The cause in plain words, one sentence without a full stop.
  public var cause: String
  /// What to do, one sentence without a full stop.
  public var cure: String

  public init(_ reason: Reason, cause: String, cure: String) {
    self.reason = reason
    self.cause = cause
    self.cure = cure
  }
}
