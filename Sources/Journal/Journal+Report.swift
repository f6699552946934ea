internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// The last runs, the newest last.
  package func runs(last count: Int) throws(JournalError) -> [RunRecord] {
    try read { database in
      try RunRecord.fetch(database, "ending IS NOT '\(importedEnding)'", [count]).reversed()
    }
  }

  /// The run of this number or identifier; without one the last.
  package func run(_ name: String?) throws(JournalError) -> RunRecord? {
    try read { database in
      guard let name else { return try RunRecord.fetch(database, "ending IS NOT '\(importedEnding)'", [1]).first }
      let condition = "CAST(run.id AS TEXT) = ?2 OR uuid = upper(?2)"
      return try RunRecord.fetch(database, condition, [1, name]).first
    }
  }

  /// The number of a folder, as ``RunRecord/End/root`` has it; `nil` if no run had it. Throws
  /// ``JournalError/Reason/ambiguous`` where it could be on either of two devices.
  package func root(of folder: StorageIdentity) throws(JournalError) -> Int64? {
    try read { database in try Recognition(database: database).find(folder).root }
  }

  /// The steps that a run began, and those that its plan left out, in their order.
  package func steps(of run: RunRecord) throws(JournalError) -> [StepRecord] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM step WHERE run = ? ORDER BY seq", arguments: [run.id])
        .compactMap { row in
          guard let path = RelativePath(row["path"] as Data) else { return nil }
          return StepRecord(
            sequence: row["seq"],
            change: row["change"],
            reason: row["reason"],
            path: path,
            target: (row["target"] as Data?).flatMap { RelativePath($0) },
            phase: row["phase"],
            code: row["code"]
          )
        }
    }
  }
}

extension RunRecord {
  /// The newest runs of which a condition holds, the newest first; the first argument is their greatest number.
  fileprivate static func fetch(
    _ database: Database,
    _ condition: String,
    _ arguments: StatementArguments
  ) throws -> [RunRecord] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT run.*, a, b FROM run JOIN pair ON pair.id = pair WHERE \(condition) ORDER BY run.id DESC LIMIT ?1
        """,
      arguments: arguments
    ).compactMap { row in
      guard let uuid = UUID(uuidString: row["uuid"]) else { return nil }
      let ends = (try end(database, root: row["a"]), try end(database, root: row["b"]))
      let process = RunningProcess(pid: row["pid"], boot: row["boot"], started: row["process_started"])
      let sourceIsA: Bool = row["source_is_a"]
      return RunRecord(
        id: row["id"],
        uuid: uuid,
        started: row["started"],
        ended: row["ended"],
        ending: row["ending"],
        goesOn: row["ended"] as Int64? == nil && process.isAlive,
        policy: row["policy"],
        counts: row["counts"],
        source: sourceIsA ? ends.0 : ends.1,
        destination: sourceIsA ? ends.1 : ends.0
      )
    }
  }

  private static func end(_ database: Database, root: Int64) throws -> End {
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT path, label, device.* FROM root JOIN storage ON storage.id = storage LEFT JOIN device ON device.id = device
        WHERE root.id = ?
        """,
      arguments: [root]
    )
    guard let row else { return End(root: root, device: nil, label: nil, path: []) }
    let isOnDevice = row["model"] as String? != nil
    return End(
      root: root,
      device: isOnDevice ? device(row) : nil,
      label: row["label"],
      path: Array(row["path"] as Data)
    )
  }
}
