internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// The dates and true names that are kept for devices, of all or of those that `isMeant`. Those of folders on disk stay
  /// out: their paths mean nothing elsewhere.
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
        let (number, index) = (row["number"] as Int64, manifest.storages.count)
        let files = try cursor(of: "truth", database, storage: number)
        while let row = try files.next() {
          guard let truth = Truth(row, below: []), truth.times != FileTimes(),
            let run = UUID(uuidString: row["uuid"])
          else { continue }
          manifest.files.append(Manifest.File(storage: index, truth: truth, run: run, recorded: row["started"]))
        }
        let names = try cursor(of: "name", database, storage: number)
        while let row = try names.next() {
          guard let name = TrueName(row), let run = UUID(uuidString: row["uuid"]) else { continue }
          manifest.names.append(Manifest.Name(storage: index, trueName: name, run: run, recorded: row["started"]))
        }
        if manifest.files.last?.storage == index || manifest.names.last?.storage == index {
          manifest.storages.append(identity)
        }
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

  /// Takes the dates and names of another journal's manifest, all in one transaction. Where both have dates of a file, or
  /// a name, those of the run stay that began later; this journal's, if it was the same moment.
  package func merge(_ manifest: Manifest) throws(JournalError) -> Manifest.Merged {
    try write { database in
      var merging = Merging(database: database)
      for file in manifest.files { try merging.take(file, of: manifest.storages[file.storage]) }
      for name in manifest.names { try merging.take(name, of: manifest.storages[name.storage]) }
      return merging.merged
    }
  }
}

/// The rows of a table of a storage, each with its run.
private func cursor(of table: String, _ database: Database, storage: Int64) throws -> RowCursor {
  try Row.fetchCursor(
    database,
    sql: "SELECT \(table).*, uuid, started FROM \(table) JOIN run ON run.id = run WHERE storage = ? ORDER BY path",
    arguments: [storage]
  )
}

/// One manifest on its way into the journal.
///
/// What is on record needs a run. That of the other journal is put on record with its number and its time, as one from a
/// place that no folder has to the root of the storage, and with an ending of its own.
private struct Merging {
  let database: Database
  var merged = Manifest.Merged()
  private var storages: [StorageIdentity: Int64] = [:]
  private var runs: [UUID: Run] = [:]

  typealias Run = (id: Int64, started: Int64)

  init(database: Database) { self.database = database }

  mutating func take(_ file: Manifest.File, of identity: StorageIdentity) throws {
    let storage = try storage(identity, at: file.recorded)
    let run = try run(file.run, began: file.recorded, storage)
    let old = try row(of: "truth", storage, file.truth.path)
    let isKnown = old.map { Truth($0, below: []) == file.truth } ?? false
    guard merged.dates.isToTake(besides: old, isKnown: isKnown, of: run) else { return }
    try file.truth.save(database, storage: storage, path: file.truth.path.bytes, run: run.id)
  }

  mutating func take(_ name: Manifest.Name, of identity: StorageIdentity) throws {
    let storage = try storage(identity, at: name.recorded)
    let run = try run(name.run, began: name.recorded, storage)
    let old = try row(of: "name", storage, name.trueName.path)
    let isKnown = old.map { TrueName($0) == name.trueName } ?? false
    guard merged.names.isToTake(besides: old, isKnown: isKnown, of: run) else { return }
    try name.trueName.save(database, storage: storage, path: name.trueName.path.bytes, run: run.id)
  }

  private func row(of table: String, _ storage: Int64, _ path: RelativePath) throws -> Row? {
    try Row.fetchOne(
      database,
      sql: "SELECT \(table).*, started FROM \(table) JOIN run ON run.id = run WHERE storage = ? AND \(table).path = ?",
      arguments: [storage, Data(path.bytes)]
    )
  }

  private mutating func storage(_ identity: StorageIdentity, at time: Int64) throws -> Int64 {
    if let known = storages[identity] { return known }
    let storage = try Recognition(database: database).findOrAddStorage(identity, now: time)
    storages[identity] = storage
    return storage
  }

  private mutating func run(_ uuid: UUID, began recorded: Int64, _ storage: Int64) throws -> Run {
    if let known = runs[uuid] { return known }
    let row = try Row.fetchOne(
      database,
      sql: "SELECT id, started FROM run WHERE uuid = ?",
      arguments: [uuid.uuidString]
    )
    var run = row.map { (id: $0["id"] as Int64, started: $0["started"] as Int64) }
    if run == nil {
      let nowhere = StorageIdentity(device: nil, volume: "manifest", root: [])
      let other = try Recognition(database: database).findOrAdd(nowhere, now: recorded)
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
        arguments: StatementArguments(ends) + [uuid.uuidString, recorded]
      )
      run = (database.lastInsertedRowID, recorded)
    }
    guard let run else { throw DatabaseError(message: "the run is gone") }
    runs[uuid] = run
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

extension Manifest.Taken {
  /// Counts a record, and tells whether it takes the place of what the journal has of its path.
  fileprivate mutating func isToTake(besides old: Row?, isKnown: Bool, of run: Merging.Run) -> Bool {
    guard let old else {
      added += 1
      return true
    }
    if isKnown {
      known += 1
      return false
    }
    guard run.started > old["started"] as Int64 else {
      older += 1
      return false
    }
    updated += 1
    return true
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
