internal import Foundation
internal import GRDB

extension JournalError {
  /// What an error of SQLite, of Foundation or of our own means for the journal at `path`.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as JournalError:
      self = error
    case let error as DatabaseError:
      self.init(Self.reason(of: error, path: path), detail: error.message ?? "SQLite error", path: path)
    case let error as CocoaError where error.code == .fileWriteOutOfSpace:
      self.init(.full, detail: error.localizedDescription, path: path)
    default:
      self.init(.unreadable, detail: error.localizedDescription, path: path)
    }
  }

  private static func reason(of error: DatabaseError, path: String) -> Reason {
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt
    case .SQLITE_BUSY, .SQLITE_LOCKED: .locked
    case .SQLITE_FULL: .full
    // On a full file system the log or its shared memory cannot grow, which SQLite calls an I/O error or no opening.
    case .SQLITE_IOERR, .SQLITE_CANTOPEN: FileSystem.isFull(path) ? .full : .unreadable
    default: .unreadable
    }
  }

  private init(_ reason: Reason, detail: String, path: String) {
    let detail = FileSystem.isReadOnly(path) ? "its file system is read-only" : detail
    switch reason {
    case .corrupt:
      self.init(
        reason,
        cause: "The journal \(path) is damaged (\(detail))",
        cure: "Move it away, with its -wal and -shm files, and run again: files that are already there are recognised"
      )
    case .locked:
      self.init(
        reason,
        cause: FileSystem.writer(of: path).map { writer in
          "The journal \(path) is held by \(writer.name ?? "another program") (process \(writer.pid))"
        } ?? "Another process holds the journal \(path)",
        cure: "Wait until it has finished, then run again"
      )
    case .full:
      self.init(
        reason,
        cause: "There is no room for the journal \(path) on its file system",
        cure: "Free some space there and run again: it goes on where it stopped"
      )
    case .newer, .unreadable, .ambiguous:
      self.init(
        reason,
        cause: "The journal \(path) cannot be used (\(detail))",
        cure: "Check that you may read and write it and its folder, and that the disk is sound"
      )
    }
  }
}
