internal import Foundation
internal import GRDB
internal import Storage

/// The files below a folder that are on record of runs between other folders: with a folder in it, with one that it is in, or
/// with the folder itself, by their paths from there; and those of them whose other side was another storage than the source's.
/// - Parameters:
///   - ends: The two folders whose record does not count; `nil` where they have none.
///   - source: The storage of the source; `nil` for one that no run had yet.
func recordedByOthers(
  _ database: Database,
  storage: Int64,
  root: [UInt8],
  besides ends: Set<Int64>?,
  source: Int64?
) throws -> (all: Set<RelativePath>, fromElsewhere: Set<RelativePath>) {
  let below = StoragePath.below(root)
  let pairs = try Row.fetchAll(
    database,
    sql: """
      SELECT pair.id, a, b, root.id AS root, root.path AS path, other.storage AS other FROM pair
      JOIN root ON root.id IN (a, b) JOIN root AS other ON other.id = CASE root.id WHEN a THEN b ELSE a END
      WHERE root.storage = ?
      """,
    arguments: [storage]
  )
  var paths: (all: Set<RelativePath>, fromElsewhere: Set<RelativePath>) = ([], [])
  for pair in pairs where ends != [pair["a"], pair["b"]] {
    let other = StoragePath.below(Array(pair["path"] as Data))
    guard other.starts(with: below) || below.starts(with: other) else { continue }
    let isFromElsewhere = source != pair["other"]
    let column = pair["root"] as Int64 == pair["a"] ? "a_path" : "b_path"
    let rows = try Data.fetchCursor(
      database,
      sql: "SELECT \(column) FROM baseline WHERE pair = ?",
      arguments: [pair["id"] as Int64]
    )
    while let row = try rows.next() {
      let whole = other + Array(row)
      guard whole.starts(with: below), let path = RelativePath(Array(whole.dropFirst(below.count))) else { continue }
      paths.all.insert(path)
      if isFromElsewhere { paths.fromElsewhere.insert(path) }
    }
  }
  return paths
}
