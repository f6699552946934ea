import Foundation
import GRDB
import Storage

@testable import Journal

/// A place for one journal, removed with the object.
final class JournalFile: Sendable {
  let folder: URL
  var path: String { folder.appending(path: "state/journal.sqlite").path }

  init() {
    folder = FileManager.default.temporaryDirectory.appending(path: "filesync-journal-\(UUID().uuidString)")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func open(
    as process: RunningProcess = .current,
    migrator: DatabaseMigrator = Schema.migrator
  ) throws(JournalError) -> Journal {
    try Journal(path: path, process: process, migrator: migrator)
  }

  /// A file of any contents in the journal's place.
  func plant(_ contents: Data) throws {
    try FileManager.default.createDirectory(
      at: folder.appending(path: "state"),
      withIntermediateDirectories: true
    )
    try contents.write(to: URL(fileURLWithPath: path))
  }
}
