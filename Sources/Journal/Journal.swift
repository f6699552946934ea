internal import Foundation
internal import GRDB
internal import Storage

/// The record of what earlier runs did, and of the dates that storages could not hold: one SQLite file.
///
/// Every change is a transaction that is on the disk when the call returns (`synchronous = FULL`). Several processes
/// may use one journal at the same time, but only one may run a given pair of folders.
public actor Journal {
  /// Eight hexadecimal digits that tell this journal's temporaries from those of others, see `TemporaryName`.
  public nonisolated let id: String

  private let path: String
  private let database: DatabaseQueue
  /// Who this is in the rows of runs; another one only in tests.
  let process: RunningProcess
  /// SQLite blocks, so it works on a thread of its own.
  private let thread = StorageThread(label: "journal")

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

  /// Opens the journal at `path`, or makes it, with the folders above it.
  /// - Throws: ``JournalError``; a journal that cannot be used is left as it is.
  public static func open(at path: String) throws(JournalError) -> Journal {
    try Journal(path: path, process: .current, migrator: Schema.migrator)
  }

  /// For tests: as another process, or as a version of the program with another schema.
  init(path: String, process: RunningProcess, migrator: DatabaseMigrator) throws(JournalError) {
    self.path = path
    self.process = process
    do {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(
        at: folder,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
      var configuration = Configuration()
      configuration.label = "journal"
      // Another process holds the journal for some milliseconds at a time.
      configuration.busyMode = .timeout(10)
      database = try DatabaseQueue(path: path, configuration: configuration)
      try Schema.prepare(database, path: path, migrator: migrator)
      let uuid = try database.read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'uuid'") }
      guard let uuid, uuid.count >= 8 else { throw Schema.foreign(path) }
      id = String(uuid.prefix(8)).lowercased()
    } catch {
      throw JournalError(error, path: path)
    }
  }

  /// Runs `body` in one transaction.
  func write<Result>(_ body: (Database) throws -> Result) throws(JournalError) -> Result {
    do { return try database.write(body) } catch { throw JournalError(error, path: path) }
  }

  /// Runs `body` on a consistent view.
  func read<Result>(_ body: (Database) throws -> Result) throws(JournalError) -> Result {
    do { return try database.read(body) } catch { throw JournalError(error, path: path) }
  }

  /// Runs `body` outside of any transaction, for settings of the connection.
  func withoutTransaction(_ body: (Database) throws -> Void) throws(JournalError) {
    do { try database.inDatabase(body) } catch { throw JournalError(error, path: path) }
  }
}
