internal import Foundation
internal import GRDB
internal import Storage

/// What older versions put on record for true names after a conflict.
///
/// Each side calls one of the two versions otherwise then: `a` there is `a (Pixel 2024-01-01)` here. The `a` of here went
/// there as `a (2)`, which was put on record as if it were truly called `a`. A further copy would swap the two.
enum FalseNames {
  /// Forgets them: names of files whose twin is called so, while what is called so at their own side, and has no other
  /// true name, is another file, whose twin is called otherwise. Only a conflict leaves that; names that differ in case, or
  /// in how letters are composed, count as the same.
  static func drop(from database: Database) throws {
    let names = try Row.fetchAll(
      database,
      sql: """
        SELECT name.storage, name.path, true_name, root.id AS root, root.path AS folder
        FROM name JOIN root ON root.storage = name.storage
        """
    )
    for row in names {
      let below = StoragePath.below(Array(row["folder"] as Data))
      let path = Array(row["path"] as Data)
      guard path.starts(with: below), let file = RelativePath(Array(path.dropFirst(below.count))) else { continue }
      let name = Array(row["true_name"] as Data)
      guard let other = file.parent.appending(name), other != file,
        try twins(of: file, root: row["root"], database).contains(where: { $0.name.elementsEqual(name) }),
        try twins(of: other, root: row["root"], database).contains(where: { !isSame($0.name, name) }),
        try !hasName(below + other.bytes, storage: row["storage"], database)
      else { continue }
      try database.execute(
        sql: "DELETE FROM name WHERE storage = ? AND path = ?",
        arguments: [row["storage"] as Int64, Data(path)]
      )
    }
  }

  /// Where a recorded file is at the other ends of its pairs.
  private static func twins(of file: RelativePath, root: Int64, _ database: Database) throws -> [RelativePath] {
    try Data.fetchAll(
      database,
      sql: """
        SELECT b_path FROM baseline JOIN pair ON pair.id = pair WHERE a = ?1 AND a_path = ?2
        UNION ALL SELECT a_path FROM baseline JOIN pair ON pair.id = pair WHERE b = ?1 AND b_path = ?2
        """,
      arguments: [root, Data(file.bytes)]
    ).compactMap { RelativePath(Array($0)) }
  }

  private static func hasName(_ path: [UInt8], storage: Int64, _ database: Database) throws -> Bool {
    let sql = "SELECT count(*) > 0 FROM name WHERE storage = ? AND path = ?"
    return try Bool.fetchOne(database, sql: sql, arguments: [storage, Data(path)]) ?? false
  }

  private static func isSame(_ one: some Collection<UInt8>, _ other: [UInt8]) -> Bool {
    func folded(_ name: some Collection<UInt8>) -> String {
      String(decoding: name, as: UTF8.self).precomposedStringWithCanonicalMapping.lowercased()
    }
    return folded(one) == folded(other)
  }
}
