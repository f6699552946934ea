internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// Drops the records of files that neither side has any more, by their paths at the destination: a run that was cut off
  /// after it had deleted them left these.
  package func dropRecords(_ paths: [RelativePath], in run: RunTicket) throws(JournalError) {
    try write { database in
      for path in paths { try dropRecord(path, database, run) }
    }
  }

  /// Drops the records of these files of the source: they say that both sides have the same, which is not so.
  package func dropRecords(
    of paths: [RelativePath],
    from source: StorageIdentity,
    to destination: StorageIdentity
  ) throws(JournalError) {
    guard !paths.isEmpty else { return }
    try write { database in
      guard let (root, other) = try Recognition(database: database).findEnds(source, destination) else { return }
      let column = root < other ? "a_path" : "b_path"
      for path in paths {
        try database.cachedStatement(
          sql: "DELETE FROM baseline WHERE pair = (SELECT id FROM pair WHERE a = ? AND b = ?) AND \(column) = ?"
        ).execute(arguments: [min(root, other), max(root, other), Data(path.bytes)])
      }
    }
  }

  private nonisolated func dropRecord(_ path: RelativePath, _ database: Database, _ run: RunTicket) throws {
    let column = run.sourceIsA ? "b_path" : "a_path"
    try database.cachedStatement(sql: "DELETE FROM baseline WHERE pair = ? AND \(column) = ?")
      .execute(arguments: [run.pair, Data(path.bytes)])
  }

  /// Has what is on record of a file of the destination end with it; its dates and true name go along into a vault.
  nonisolated func take(_ removal: StepEnd.Removal, of path: RelativePath, _ database: Database, _ run: RunTicket)
    throws
  {
    if case .replaced = removal {} else { try dropRecord(path, database, run) }
    let below = StoragePath.below(run.destinationRoot)
    let old = Data(below + path.bytes)
    for table in ["name", "truth", "freed"] {
      switch removal {
      case .deleted:
        try database.cachedStatement(sql: "DELETE FROM \(table) WHERE storage = ? AND path = ?")
          .execute(arguments: [run.destinationStorage, old])
      case .moved(let place), .replaced(let place):
        try database.cachedStatement(sql: "UPDATE OR REPLACE \(table) SET path = ? WHERE storage = ? AND path = ?")
          .execute(arguments: [Data(below + place.bytes), run.destinationStorage, old])
      }
    }
  }
}
