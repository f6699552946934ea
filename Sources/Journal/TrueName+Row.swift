internal import Foundation
internal import GRDB
internal import Storage

extension TrueName {
  /// Reads a row of `name`, with the path from the storage's root; `nil` if that is none.
  init?(_ row: Row) {
    guard let path = RelativePath(row["path"] as Data) else { return nil }
    let size = (row["size"] as Int64?).map { UInt64(bitPattern: $0) }
    self.init(path: path, name: Array(row["true_name"] as Data), size: size)
  }

  /// Puts it on record, in place of what is there; `path` is from the storage's root.
  func save(_ database: Database, storage: Int64, path: [UInt8], run: Int64) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO name VALUES (?, ?, ?, ?, ?)")
      .execute(arguments: [storage, Data(path), Data(name), size.map { Int64(bitPattern: $0) }, run])
  }
}
