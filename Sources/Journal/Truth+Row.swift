internal import Foundation
internal import GRDB
internal import Storage

extension Truth {
  /// Reads a row of `truth`, with the path from below `folder`; `nil` if it has none from there.
  init?(_ row: Row, below folder: [UInt8]) {
    guard let path = RelativePath((row["path"] as Data).dropFirst(folder.count)) else { return nil }
    self.init(
      path: path,
      size: UInt64(bitPattern: row["size"]),
      token: ChangeToken(bytes: Array(row["token"] as Data), version: row["token_version"]),
      times: FileTimes(modified: timestamp(row, "modified"), created: timestamp(row, "created")),
      assumedFrom: row["assumed_from"]
    )
  }

  /// Puts it on record, in place of what is there; `path` is from the storage's root.
  func save(_ database: Database, storage: Int64, path: [UInt8], run: Int64) throws {
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO truth VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(
      arguments: [
        storage, Data(path), Int64(bitPattern: size), Data(token.bytes), token.version,
        times.modified?.seconds, times.modified?.nanoseconds,
        times.created?.seconds, times.created?.nanoseconds, run, assumedFrom,
      ]
    )
  }

  /// Forgets dates that a file has itself, whichever these are, and that its date was doubtful.
  static func drop(_ kept: FileTimes, _ database: Database, storage: Int64, path: [UInt8]) throws {
    for (column, isKept) in [("modified", kept.modified != nil), ("created", kept.created != nil)] where isKept {
      try database.cachedStatement(
        sql: "UPDATE truth SET \(column)_s = NULL, \(column)_ns = NULL WHERE storage = ? AND path = ?"
      ).execute(arguments: [storage, Data(path)])
    }
    if kept.modified != nil { return try confirm(database, storage: storage, path: path) }
    try dropIfEmpty(database, storage: storage, path: path)
  }

  /// Tells that the dates of a file are not doubtful any more.
  static func confirm(_ database: Database, storage: Int64, path: [UInt8]) throws {
    try database.cachedStatement(sql: "UPDATE truth SET assumed_from = NULL WHERE storage = ? AND path = ?")
      .execute(arguments: [storage, Data(path)])
    try dropIfEmpty(database, storage: storage, path: path)
  }

  private static func dropIfEmpty(_ database: Database, storage: Int64, path: [UInt8]) throws {
    try database.cachedStatement(
      sql: """
        DELETE FROM truth WHERE storage = ? AND path = ?
        AND modified_s IS NULL AND created_s IS NULL AND assumed_from IS NULL
        """
    ).execute(arguments: [storage, Data(path)])
  }
}

/// A date of two columns.
func timestamp(_ row: Row, _ column: String) -> Timestamp? {
  guard let seconds = row["\(column)_s"] as Int64? else { return nil }
  let nanoseconds: Int64 = row["\(column)_ns"] ?? 0
  return Timestamp(seconds: seconds, nanoseconds: UInt32(clamping: min(max(nanoseconds, 0), 999_999_999)))
}
