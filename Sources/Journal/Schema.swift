internal import Foundation
internal import GRDB

/// The tables, and how older journals become current ones. Migrations only go forward and are never edited.
enum Schema {
  /// "FSyn": marks the file as ours, see `application_id` in SQLite's file format.
  private static let applicationID = 0x4653_796e

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: version1)
      try database.execute(
        sql: "INSERT INTO meta(key, value) VALUES ('uuid', ?)",
        arguments: [UUID().uuidString]
      )
    }
    migrator.registerMigration("2") { try $0.execute(sql: version2) }
    migrator.registerMigration("3") { try $0.execute(sql: version3) }
    migrator.registerMigration("4") { try $0.execute(sql: version4) }
    migrator.registerMigration("5") { try $0.execute(sql: version5) }
    migrator.registerMigration("6") { try $0.execute(sql: version6) }
    migrator.registerMigration("7") { try FalseNames.drop(from: $0) }
    migrator.registerMigration("8") { try $0.execute(sql: version8) }
    migrator.registerMigration("9") { try $0.execute(sql: version9) }
    migrator.registerMigration("10") { try $0.execute(sql: version10) }
    return migrator
  }

  /// Checks that the file is ours and not from the future, saves a copy before it is changed, and migrates it.
  static func prepare(_ database: DatabaseQueue, path: String, migrator: DatabaseMigrator) throws {
    try database.inDatabase { db in
      let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
      let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
      guard application == applicationID || tables == 0 else { throw foreign(path) }
      if try migrator.hasBeenSuperseded(db) {
        throw JournalError(
          .newer,
          cause: "The journal \(path) was written by a newer version of FileSync",
          cure: "Update FileSync, or name another journal"
        )
      }
      // A write-ahead log needs shared memory, which network file systems do not give.
      try db.execute(sql: "PRAGMA journal_mode = \(FileSystem.isRemote(path) ? "DELETE" : "WAL")")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      if application != applicationID { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
      let applied = try migrator.appliedIdentifiers(db)
      if let newest = applied.compactMap({ Int($0) }).max(), try !migrator.hasCompletedMigrations(db) {
        let backup = "\(path).version-\(newest)"
        try? FileManager.default.removeItem(atPath: backup)
        try db.execute(sql: "VACUUM INTO ?", arguments: [backup])
      }
    }
    try migrator.migrate(database)
  }

  static func foreign(_ path: String) -> JournalError {
    JournalError(
      .corrupt,
      cause: "\(path) is no journal of FileSync",
      cure: "Move it away, or name another journal"
    )
  }

  /// Sizes are the bit pattern of an unsigned 64-bit number; dates are seconds since 1970 and nanoseconds; paths are
  /// raw bytes. `a` and `b` are the two ends of a pair, whichever is the source: a copy back shares the record.
  private static let version1 = """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE device(id INTEGER PRIMARY KEY, mtp_serial TEXT, usb_serial TEXT, vendor INTEGER NOT NULL,
      model TEXT NOT NULL, firmware TEXT NOT NULL, last_seen INTEGER NOT NULL) STRICT;
    CREATE TABLE storage(id INTEGER PRIMARY KEY, device INTEGER REFERENCES device, volume TEXT NOT NULL, label TEXT,
      capacity INTEGER) STRICT;
    CREATE TABLE root(id INTEGER PRIMARY KEY, storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL,
      UNIQUE(storage, path)) STRICT;
    CREATE TABLE pair(id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES root, b INTEGER NOT NULL REFERENCES root,
      CHECK(a < b), UNIQUE(a, b)) STRICT;
    CREATE TABLE run(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, pair INTEGER NOT NULL REFERENCES pair,
      source_is_a INTEGER NOT NULL, policy TEXT NOT NULL, boot TEXT NOT NULL, pid INTEGER NOT NULL,
      process_started INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER, ending TEXT, counts TEXT) STRICT;
    CREATE INDEX run_open ON run(pair) WHERE ended IS NULL;
    CREATE TABLE baseline(pair INTEGER NOT NULL REFERENCES pair, a_path BLOB NOT NULL, b_path BLOB NOT NULL,
      racy INTEGER NOT NULL,
      a_size INTEGER, a_token BLOB, a_token_version INTEGER, a_modified_s INTEGER, a_modified_ns INTEGER,
      b_size INTEGER, b_token BLOB, b_token_version INTEGER, b_modified_s INTEGER, b_modified_ns INTEGER,
      run INTEGER NOT NULL REFERENCES run, PRIMARY KEY(pair, a_path), UNIQUE(pair, b_path)) STRICT, WITHOUT ROWID;
    CREATE TABLE truth(storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL, size INTEGER NOT NULL,
      token BLOB NOT NULL, token_version INTEGER NOT NULL, modified_s INTEGER, modified_ns INTEGER,
      created_s INTEGER, created_ns INTEGER, run INTEGER NOT NULL REFERENCES run,
      PRIMARY KEY(storage, path)) STRICT, WITHOUT ROWID;
    CREATE TABLE step(run INTEGER NOT NULL REFERENCES run, seq INTEGER NOT NULL, change TEXT NOT NULL,
      reason TEXT NOT NULL, path BLOB NOT NULL, code TEXT, at INTEGER NOT NULL,
      phase TEXT NOT NULL CHECK(phase IN ('intent', 'done', 'skipped', 'failed')),
      PRIMARY KEY(run, seq)) STRICT, WITHOUT ROWID;
    CREATE INDEX step_open ON step(path) WHERE phase = 'intent';
    """

  /// Steps know where at the destination they write and how much, so that a part of a file that a run left under its
  /// real name is told from somebody's file; where on the host the version is that they replace; and whether all was
  /// sent.
  private static let version2 = """
    CREATE TABLE step_2(run INTEGER NOT NULL REFERENCES run, seq INTEGER NOT NULL, change TEXT NOT NULL,
      reason TEXT NOT NULL, path BLOB NOT NULL, target BLOB, size INTEGER, kept BLOB, code TEXT, at INTEGER NOT NULL,
      phase TEXT NOT NULL CHECK(phase IN ('intent', 'sent', 'done', 'skipped', 'failed')),
      PRIMARY KEY(run, seq)) STRICT, WITHOUT ROWID;
    INSERT INTO step_2(run, seq, change, reason, path, code, at, phase)
      SELECT run, seq, change, reason, path, code, at, phase FROM step;
    DROP TABLE step;
    ALTER TABLE step_2 RENAME TO step;
    CREATE INDEX step_open ON step(path) WHERE phase IN ('intent', 'sent');
    """
  /// The true names of what a storage holds under other ones, since it cannot hold these: whole paths from the storage's
  /// root, and true names without a folder. The size of a file tells whether it still is what was called so.
  private static let version3 = """
    CREATE TABLE name(storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL, true_name BLOB NOT NULL,
      size INTEGER, run INTEGER NOT NULL REFERENCES run, PRIMARY KEY(storage, path)) STRICT, WITHOUT ROWID;
    """

  /// Steps know the change token of the file they read, so that a part of it that is left can be gone on with.
  private static let version4 = """
    ALTER TABLE step ADD COLUMN token BLOB;
    ALTER TABLE step ADD COLUMN token_version INTEGER;
    """

  /// Files are known whose dates a device told without a zone, so that one was assumed, with the name of the device.
  private static let version5 = """
    ALTER TABLE truth ADD COLUMN assumed_from TEXT;
    """

  /// Runs know the disk that they wrote to from the same one after it was pulled out.
  private static let version6 = """
    ALTER TABLE run ADD COLUMN disk TEXT;
    """

  /// Records know the SHA-256 of what was read back from the destination, and when, as Unix time. Of files that were removed
  /// at a source once they were verified here, it is known what they were and where: no mirror deletes the last copy.
  private static let version8 = """
    ALTER TABLE baseline ADD COLUMN digest BLOB;
    ALTER TABLE baseline ADD COLUMN verified INTEGER;
    CREATE TABLE freed(storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL, size INTEGER, token BLOB,
      token_version INTEGER, origin INTEGER NOT NULL REFERENCES storage, origin_path BLOB NOT NULL,
      run INTEGER NOT NULL REFERENCES run, PRIMARY KEY(storage, path)) STRICT, WITHOUT ROWID;
    """

  /// A file can be the last copy of several: of what was removed in one place, and then of its equal in another one.
  private static let version9 = """
    CREATE TABLE freed_9(storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL, size INTEGER, token BLOB,
      token_version INTEGER, origin INTEGER NOT NULL REFERENCES storage, origin_path BLOB NOT NULL,
      run INTEGER NOT NULL REFERENCES run, PRIMARY KEY(storage, path, origin, origin_path)) STRICT, WITHOUT ROWID;
    INSERT INTO freed_9 SELECT * FROM freed;
    DROP TABLE freed;
    ALTER TABLE freed_9 RENAME TO freed;
    """

  /// Of a last copy it is known in which folder, by its path from the root of the storage, it is not any more.
  private static let version10 = """
    ALTER TABLE freed ADD COLUMN missing_from BLOB;
    """
}
