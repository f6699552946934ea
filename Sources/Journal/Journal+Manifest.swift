internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// The dates that are kept for devices, of all or of those that `isMeant`. Those of folders on disk stay out: their
  /// paths mean nothing elsewhere.
  package func manifest(of isMeant: (DeviceIdentity) -> Bool) throws(JournalError) -> Manifest {
    try read { database in
      var manifest = Manifest()
      let storages = try Row.fetchAll(
        database,
        sql: """
          SELECT storage.id AS number, storage.*, device.* FROM storage JOIN device ON device.id = device ORDER BY 1
          """
      )
      for row in storages {
        let identity = storage(row)
        guard let device = identity.device, isMeant(device) else { continue }
        let files = try Row.fetchCursor(
          database,
          sql: "SELECT truth.*, uuid, started FROM truth JOIN run ON run.id = run WHERE storage = ? ORDER BY path",
          arguments: [row["number"] as Int64]
        )
        let index = manifest.storages.count
        while let row = try files.next() {
          guard let truth = Truth(row, below: []), let run = UUID(uuidString: row["uuid"]) else { continue }
          manifest.files.append(Manifest.File(storage: index, truth: truth, run: run, recorded: row["started"]))
        }
        if manifest.files.last?.storage == index { manifest.storages.append(identity) }
      }
      return manifest
    }
  }

  /// The devices on record.
  package func devices() throws(JournalError) -> [DeviceIdentity] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM device ORDER BY id").map(device)
    }
  }

  /// Takes the dates of another journal's manifest, all in one transaction. Where both have dates of a file, those of
  /// the run stay that began later; this journal's, if it was the same moment.
  package func merge(_ manifest: Manifest) throws(JournalError) -> Manifest.Merged {
    try write { database in
      var merging = Merging(database: database)
      for file in manifest.files { try merging.take(file, of: manifest.storages[file.storage]) }
      return merging.merged
    }
  }
}

/// One manifest on its way into the journal.
///
/// A date on record needs a run. That of the other journal is put on record with its number and its time, as one from a
/// place that no folder has to the root of the storage, and with an ending of its own.
private struct Merging {
  let database: Database
  var merged = Manifest.Merged()
  private var storages: [StorageIdentity: Int64] = [:]
  private var runs: [UUID: (id: Int64, started: Int64)] = [:]

  init(database: Database) { self.database = database }

  mutating func take(_ file: Manifest.File, of identity: StorageIdentity) throws {
    let storage = try storage(identity, at: file.recorded)
    let run = try run(file, storage)
    let old = try Row.fetchOne(
      database,
      sql: "SELECT truth.*, started FROM truth JOIN run ON run.id = run WHERE storage = ? AND truth.path = ?",
      arguments: [storage, Data(file.truth.path.bytes)]
    )
    if let old {
      if Truth(old, below: []) == file.truth {
        merged.known += 1
        return
      }
      guard run.started > old["started"] as Int64 else {
        merged.older += 1
        return
      }
      merged.updated += 1
    } else {
      merged.added += 1
    }
    try file.truth.save(database, storage: storage, path: file.truth.path.bytes, run: run.id)
  }

  private mutating func storage(_ identity: StorageIdentity, at time: Int64) throws -> Int64 {
    if let known = storages[identity] { return known }
    let storage = try Recognition(database: database).findOrAddStorage(identity, now: time)
    storages[identity] = storage
    return storage
  }

  private mutating func run(_ file: Manifest.File, _ storage: Int64) throws -> (id: Int64, started: Int64) {
    if let known = runs[file.run] { return known }
    let row = try Row.fetchOne(
      database,
      sql: "SELECT id, started FROM run WHERE uuid = ?",
      arguments: [file.run.uuidString]
    )
    var run = row.map { (id: $0["id"] as Int64, started: $0["started"] as Int64) }
    if run == nil {
      let nowhere = StorageIdentity(device: nil, volume: "manifest", root: [])
      let other = try Recognition(database: database).findOrAdd(nowhere, now: file.recorded)
      let ends = [try root(of: storage), other.root]
      try database.execute(
        sql: "INSERT INTO pair(a, b) VALUES (min(?1, ?2), max(?1, ?2)) ON CONFLICT(a, b) DO NOTHING",
        arguments: StatementArguments(ends)
      )
      try database.execute(
        sql: """
          INSERT INTO run(uuid, pair, source_is_a, policy, boot, pid, process_started, started, ended, ending)
          SELECT ?3, id, b = ?1, '{}', '', 0, 0, ?4, ?4, '\(importedEnding)' FROM pair
          WHERE a = min(?1, ?2) AND b = max(?1, ?2)
          """,
        arguments: StatementArguments(ends) + [file.run.uuidString, file.recorded]
      )
      run = (database.lastInsertedRowID, file.recorded)
    }
    guard let run else { throw DatabaseError(message: "the run is gone") }
    runs[file.run] = run
    return run
  }

  private func root(of storage: Int64) throws -> Int64 {
    try database.execute(
      sql: "INSERT INTO root(storage, path) VALUES (?, x'') ON CONFLICT(storage, path) DO NOTHING",
      arguments: [storage]
    )
    let root = try Int64.fetchOne(
      database,
      sql: "SELECT id FROM root WHERE storage = ? AND path = x''",
      arguments: [storage]
    )
    guard let root else { throw DatabaseError(message: "the root is gone") }
    return root
  }
}

/// How runs of other journals have ended.
let importedEnding = "imported"

private func storage(_ row: Row) -> StorageIdentity {
  StorageIdentity(
    device: device(row),
    volume: row["volume"],
    label: row["label"],
    capacity: (row["capacity"] as Int64?).map { UInt64(bitPattern: $0) },
    root: []
  )
}

/// A device as it is on record: without what changes with its mode.
func device(_ row: Row) -> DeviceIdentity {
  DeviceIdentity(
    mtpSerial: row["mtp_serial"],
    usbSerial: row["usb_serial"],
    vendorID: UInt16(truncatingIfNeeded: row["vendor"] as Int64),
    productID: 0,
    manufacturer: "",
    model: row["model"],
    firmware: row["firmware"]
  )
}
