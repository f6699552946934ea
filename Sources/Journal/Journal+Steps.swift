internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// Puts steps on record before they are taken, in one transaction, with the true names of what they make.
  package func intend(_ steps: [Intent], in run: RunTicket) throws(JournalError) {
    try write { database in
      let statement = try database.cachedStatement(
        sql: """
          INSERT INTO step(run, seq, change, reason, path, target, size, token, token_version, at, phase)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'intent')
          """
      )
      let now = Int64(Date().timeIntervalSince1970)
      for step in steps {
        try statement.execute(
          arguments: [
            run.id, step.sequence, step.change, step.reason, Data(step.path.bytes), Data(step.target.bytes),
            step.size.map { Int64(bitPattern: $0) }, step.token.map { Data($0.bytes) }, step.token?.version, now,
          ]
        )
        if step.makesTarget { try saveName(of: step, database, run) }
      }
    }
  }

  /// Puts on record where in the host's vault the version is that a step is about to replace.
  package func keep(_ path: RelativePath, for step: Intent, in run: RunTicket) throws(JournalError) {
    try write { database in
      try database.execute(
        sql: "UPDATE step SET kept = ? WHERE run = ? AND seq = ?",
        arguments: [Data(path.bytes), run.id, step.sequence]
      )
    }
  }

  /// Puts on record where and how much a step is about to write that found out only now.
  package func redirect(_ step: Intent, in run: RunTicket) throws(JournalError) {
    try write { database in
      try database.execute(
        sql: """
          UPDATE step SET phase = 'intent', change = ?, target = ?, size = ?, token = ?, token_version = ?
          WHERE run = ? AND seq = ?
          """,
        arguments: [
          step.change, Data(step.target.bytes), step.size.map { Int64(bitPattern: $0) },
          step.token.map { Data($0.bytes) }, step.token?.version, run.id, step.sequence,
        ]
      )
      if step.makesTarget { try saveName(of: step, database, run) }
    }
  }

  /// Puts on record that all bytes of these steps were sent, before anybody looked whether they arrived; in one
  /// transaction.
  package func markSent(_ steps: [Intent], in run: RunTicket) throws(JournalError) {
    try write { database in
      let statement = try database.cachedStatement(
        sql: "UPDATE step SET phase = 'sent', at = ? WHERE run = ? AND seq = ?"
      )
      let now = Int64(Date().timeIntervalSince1970)
      for step in steps { try statement.execute(arguments: [now, run.id, step.sequence]) }
    }
  }

  /// Puts the ends of steps on record, with what they left, in one transaction. A step that is done also closes what
  /// an earlier run that died had left open at its path.
  package func record(_ ends: [StepEnd], in run: RunTicket) throws(JournalError) {
    try write { database in
      let now = Int64(Date().timeIntervalSince1970)
      for end in ends {
        let path = Data(end.intent.path.bytes)
        try database.cachedStatement(
          sql: """
            INSERT INTO step(run, seq, change, reason, path, target, code, at, phase) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(run, seq) DO UPDATE SET phase = excluded.phase, change = excluded.change,
              target = excluded.target, code = excluded.code, at = excluded.at
            """
        ).execute(
          arguments: [
            run.id, end.intent.sequence, end.intent.change, end.intent.reason, path, Data(end.intent.target.bytes),
            end.code, now, end.phase.rawValue,
          ]
        )
        if let origin = end.origin { try take(.moved(to: end.intent.target), of: origin, database, run) }
        if let removal = end.removal { try take(removal, of: end.intent.target, database, run) }
        if end.phase == .done {
          try save(end.intent.trueName, end.size, of: end.intent.target, database, run)
          try database.cachedStatement(
            sql: """
              UPDATE step SET phase = 'failed', code = 'unfinished' WHERE phase IN ('intent', 'sent') AND path = ?
              AND run != ? AND run IN (SELECT id FROM run WHERE pair = ? AND source_is_a = ?)
              """
          ).execute(arguments: [path, run.id, run.pair, run.sourceIsA])
        }
        if let record = end.record {
          try save(record, database, run)
          try dropFreed(record, database, run)
        }
        if let truth = end.truth {
          let path = StoragePath.below(run.destinationRoot) + truth.path.bytes
          try truth.save(database, storage: run.destinationStorage, path: path, run: run.id)
        } else if end.kept != FileTimes() {
          let path = StoragePath.below(run.destinationRoot) + (end.record?.destinationPath ?? end.intent.target).bytes
          try Truth.drop(end.kept, database, storage: run.destinationStorage, path: path)
        }
      }
    }
  }

  /// Puts the dates of the destination's folders on record that it does not keep, in one transaction.
  /// - Parameter kept: Folders whose dates it has itself, so that what there was of them is void.
  package func record(folders: [Truth], kept: [RelativePath], in run: RunTicket) throws(JournalError) {
    try write { database in
      let root = StoragePath.below(run.destinationRoot)
      for folder in folders {
        try folder.save(database, storage: run.destinationStorage, path: root + folder.path.bytes, run: run.id)
      }
      for path in kept {
        try database.cachedStatement(sql: "DELETE FROM truth WHERE storage = ? AND path = ?")
          .execute(arguments: [run.destinationStorage, Data(root + path.bytes)])
      }
    }
  }

  /// Puts true names of what is at the destination on record, in one transaction.
  package func record(_ names: [TrueName], in run: RunTicket) throws(JournalError) {
    try write { database in
      for name in names { try save(name, database, run) }
    }
  }

  private nonisolated func saveName(of step: Intent, _ database: Database, _ run: RunTicket) throws {
    // Until it is done nobody knows how much of it is there.
    try save(step.trueName, nil, of: step.target, database, run)
  }

  private nonisolated func save(
    _ name: [UInt8]?,
    _ size: UInt64?,
    of path: RelativePath,
    _ database: Database,
    _ run: RunTicket
  ) throws {
    if let name { return try save(TrueName(path: path, name: name, size: size), database, run) }
    try database.cachedStatement(sql: "DELETE FROM name WHERE storage = ? AND path = ?")
      .execute(arguments: [run.destinationStorage, Data(StoragePath.below(run.destinationRoot) + path.bytes)])
  }

  private nonisolated func save(_ name: TrueName, _ database: Database, _ run: RunTicket) throws {
    let path = StoragePath.below(run.destinationRoot) + name.path.bytes
    try name.save(database, storage: run.destinationStorage, path: path, run: run.id)
  }

  private nonisolated func save(_ record: Record, _ database: Database, _ run: RunTicket) throws {
    let (a, b) = run.sourceIsA ? (record.source, record.destination) : (record.destination, record.source)
    let paths = [Data(record.path.bytes), Data(record.destinationPath.bytes)]
    let values: [(any DatabaseValueConvertible)?] = [
      run.pair, paths[run.sourceIsA ? 0 : 1], paths[run.sourceIsA ? 1 : 0], record.isRacy,
    ]
    try database.cachedStatement(
      // Of a file that was moved on one side, the run counts that found it: by its direction that side is known.
      sql: """
        INSERT OR REPLACE INTO baseline VALUES (?1, ?2, ?3, ?4,  ?5, ?6, ?7, ?8, ?9,  ?10, ?11, ?12, ?13, ?14,
          coalesce((SELECT run FROM baseline WHERE pair = ?1 AND a_path = ?2 AND b_path = ?3 AND ?2 != ?3), ?15),
          ?16, ?17)
        """
    ).execute(
      arguments: StatementArguments(
        values + columns(a) + columns(b)
          + [run.id, record.verification.map { Data($0.digest.bytes) }, record.verification?.at]
      )
    )
  }

  private nonisolated func columns(_ fingerprint: Fingerprint) -> [(any DatabaseValueConvertible)?] {
    [
      fingerprint.size.map { Int64(bitPattern: $0) },
      fingerprint.token.map { Data($0.bytes) },
      fingerprint.token?.version,
      fingerprint.modified?.seconds,
      fingerprint.modified?.nanoseconds,
    ]
  }
}
