package import Foundation
internal import GRDB
package import Storage

/// A run that is on record and not ended.
package struct RunTicket: Sendable {
  package let id: Int64
  package let uuid: UUID
  /// The run before this one, if that did not come to its end.
  package let resumes: UUID?
  let pair: Int64
  let sourceIsA: Bool
  let sourceStorage: Int64
  let sourceRoot: [UInt8]
  let destinationStorage: Int64
  let destinationRoot: [UInt8]
}

extension Journal {
  /// Throws ``JournalError/Reason/locked`` while another living run has the same pair of folders. Writes nothing.
  package func checkFree(from source: StorageIdentity, to destination: StorageIdentity) throws(JournalError) {
    try read { database in
      guard let (root, other) = try Recognition(database: database).findEnds(source, destination) else { return }
      let pair = try Int64.fetchOne(
        database,
        sql: "SELECT id FROM pair WHERE a = ? AND b = ?",
        arguments: [min(root, other), max(root, other)]
      )
      if let pair { try checkNobodyRuns(pair, database) }
    }
  }

  /// Puts a run on record, and with it whatever is new about its storages.
  /// The policy is given as JSON; `disk` is that of the destination, as its traits have it. While another living run
  /// has the same pair of folders, it throws ``JournalError/Reason/locked``.
  package func begin(
    from source: StorageIdentity,
    to destination: StorageIdentity,
    disk: String? = nil,
    policy: String
  ) throws(JournalError) -> RunTicket {
    let process = process
    return try write { database in
      let now = Int64(Date().timeIntervalSince1970)
      let recognition = Recognition(database: database)
      var from = try recognition.findOrAdd(source, now: now)
      let to = try recognition.findOrAdd(destination, now: now)
      if from.root == to.root { from.root = try recognition.findOrAddWithin(source, storage: from.storage) }
      let sourceIsA = from.root < to.root
      let ends = [min(from.root, to.root), max(from.root, to.root)]
      try database.execute(
        sql: "INSERT INTO pair(a, b) VALUES (?, ?) ON CONFLICT(a, b) DO NOTHING",
        arguments: StatementArguments(ends)
      )
      let pair = try Int64.fetchOne(
        database,
        sql: "SELECT id FROM pair WHERE a = ? AND b = ?",
        arguments: StatementArguments(ends)
      )
      guard let pair else { throw DatabaseError(message: "the pair is gone") }
      try checkNobodyRuns(pair, database)
      let last = try Row.fetchOne(
        database,
        sql: "SELECT uuid, ending FROM run WHERE pair = ? ORDER BY id DESC LIMIT 1",
        arguments: [pair]
      )
      let uuid = UUID()
      try database.execute(
        sql: """
          INSERT INTO run(uuid, pair, source_is_a, policy, boot, pid, process_started, started, disk)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          uuid.uuidString, pair, sourceIsA, policy, process.boot, process.pid, process.started, now, disk,
        ]
      )
      return RunTicket(
        id: database.lastInsertedRowID,
        uuid: uuid,
        resumes: last.flatMap { isComplete($0["ending"]) ? nil : UUID(uuidString: $0["uuid"]) },
        pair: pair,
        sourceIsA: sourceIsA,
        sourceStorage: from.storage,
        sourceRoot: source.root,
        destinationStorage: to.storage,
        destinationRoot: destination.root
      )
    }
  }

  /// Puts the end of a run on record. Endings other than `done` and `someFailed` leave something to resume; the counts
  /// are given as JSON. Of a run that is `losingParts` no file is gone on with inside: nobody knows how much of what it
  /// wrote has come to the disk.
  package func end(
    _ run: RunTicket,
    ending: String,
    counts: String,
    losingParts: Bool = false
  ) throws(JournalError) {
    try write { database in
      if losingParts {
        try database.execute(
          sql: "UPDATE step SET token = NULL WHERE run = ? AND phase IN ('intent', 'sent')",
          arguments: [run.id]
        )
      }
      try database.execute(
        sql: "UPDATE run SET ended = ?, ending = ?, counts = ? WHERE id = ?",
        arguments: [Int64(Date().timeIntervalSince1970), ending, counts, run.id]
      )
    }
  }

  /// The numbers of the runs that still go on in some process, `run` excepted: their temporaries are in use.
  package func livingRuns(besides run: RunTicket) throws(JournalError) -> Set<Int64> {
    let open = try read { try openRuns($0) }
    return Set(open.filter { $0.id != run.id && $0.process.isAlive }.map(\.id))
  }
}

/// Throws if a living run has the pair.
private func checkNobodyRuns(_ pair: Int64, _ database: Database) throws {
  guard let other = try openRuns(database).first(where: { $0.pair == pair && $0.process.isAlive }) else { return }
  let time = Date.ISO8601FormatStyle(timeZone: .current).year().month().day().dateTimeSeparator(.space)
    .time(includingFractionalSeconds: false)
  let since = Date(timeIntervalSince1970: Double(other.started)).formatted(time)
  let process = "\(other.process.name ?? "unknown") (process \(other.process.pid))"
  throw JournalError(
    .locked,
    cause: "Another run of the same folders is going on, since \(since): \(process)",
    cure: "Wait until it has finished, then run again"
  )
}

private func isComplete(_ ending: String?) -> Bool { ending == "done" || ending == "someFailed" }

private struct OpenRun {
  var id: Int64
  var pair: Int64
  /// Unix time in seconds.
  var started: Int64
  var process: RunningProcess
}

private func openRuns(_ database: Database) throws -> [OpenRun] {
  try Row.fetchAll(database, sql: "SELECT id, pair, boot, pid, process_started, started FROM run WHERE ended IS NULL")
    .map {
      OpenRun(
        id: $0["id"],
        pair: $0["pair"],
        started: $0["started"],
        process: RunningProcess(pid: $0["pid"], boot: $0["boot"], started: $0["process_started"])
      )
    }
}
