internal import Foundation
internal import GRDB
internal import Storage

/// Finds the rows of a device, a storage and a root by the evidence that a storage gives.
///
/// - A device with a trustworthy serial (MTP or USB) is the one on record with such a serial, the same vendor and, if
///   several are left, the same model. Product ids change with a phone's USB mode, so they count for nothing.
/// - A device without one is the only device on record that has none either, is of the same vendor and model, and has a
///   storage of the same id and capacity. Two cameras of one model without serials are one to the journal until their
///   cards differ.
/// - Two candidates are an error that names both: a guess could compare one device's files with another's record.
struct Recognition {
  let database: Database

  /// What is on record for a storage; `nil` for what is not.
  struct Place {
    var device: Int64?
    var storage: Int64?
    var root: Int64?
  }

  func find(_ identity: StorageIdentity) throws -> Place {
    var place = Place()
    if let device = identity.device {
      place.device = try find(device, with: identity)
      guard let known = place.device else { return place }
      place.storage = try find(storage: identity, on: known)
    } else {
      place.storage = try Int64.fetchOne(
        database,
        sql: "SELECT id FROM storage WHERE device IS NULL AND volume = ?",
        arguments: [identity.volume]
      )
    }
    guard let storage = place.storage else { return place }
    place.root = try Int64.fetchOne(
      database,
      sql: "SELECT id FROM root WHERE storage = ? AND path = ?",
      arguments: [storage, Data(identity.root)]
    )
    return place
  }

  /// Finds the storage and puts on record what was not, and what changed.
  /// - Returns: the rows of the storage and of the root.
  func findOrAdd(_ identity: StorageIdentity, now: Int64) throws -> (storage: Int64, root: Int64) {
    var place = try find(identity)
    if let device = identity.device {
      place.device = try save(device, as: place.device, now: now)
    }
    try database.execute(
      sql: """
        INSERT INTO storage(id, device, volume, label, capacity) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT(id) DO UPDATE SET volume = excluded.volume, label = excluded.label, capacity = excluded.capacity
        """,
      arguments: [
        place.storage, place.device, identity.volume, identity.label, identity.capacity.map { Int64(bitPattern: $0) },
      ]
    )
    let storage = place.storage ?? database.lastInsertedRowID
    if let root = place.root { return (storage, root) }
    try database.execute(
      sql: "INSERT INTO root(storage, path) VALUES (?, ?)",
      arguments: [storage, Data(identity.root)]
    )
    return (storage, database.lastInsertedRowID)
  }

  /// The row of a folder as the source of a run within itself: a pair has two ends, so that it goes by a path there that
  /// no folder has.
  func findWithin(_ identity: StorageIdentity, storage: Int64) throws -> Int64? {
    try Int64.fetchOne(
      database,
      sql: "SELECT id FROM root WHERE storage = ? AND path = ?",
      arguments: [storage, Data(within(identity))]
    )
  }

  /// The two roots of a pair; a run within one folder has that of ``findWithin(_:storage:)`` for its source.
  func findEnds(_ source: StorageIdentity, _ destination: StorageIdentity) throws -> (
    source: Int64, destination: Int64
  )? {
    let from = try find(source)
    guard let storage = from.storage, let root = from.root, let other = try find(destination).root else { return nil }
    guard root == other else { return (root, other) }
    return try findWithin(source, storage: storage).map { ($0, other) }
  }

  /// ``findWithin(_:storage:)``, put on record if it was not.
  func findOrAddWithin(_ identity: StorageIdentity, storage: Int64) throws -> Int64 {
    if let root = try findWithin(identity, storage: storage) { return root }
    try database.execute(
      sql: "INSERT INTO root(storage, path) VALUES (?, ?)",
      arguments: [storage, Data(within(identity))]
    )
    return database.lastInsertedRowID
  }

  /// Finds the storage, or puts it on record with its device; for evidence that is another journal's, and changes nothing
  /// of what is known.
  func findOrAddStorage(_ identity: StorageIdentity, now: Int64) throws -> Int64 {
    var place = try find(identity)
    if let storage = place.storage { return storage }
    if let device = identity.device, place.device == nil { place.device = try save(device, as: nil, now: now) }
    try database.execute(
      sql: "INSERT INTO storage(device, volume, label, capacity) VALUES (?, ?, ?, ?)",
      arguments: [place.device, identity.volume, identity.label, identity.capacity.map { Int64(bitPattern: $0) }]
    )
    return database.lastInsertedRowID
  }

  private func within(_ identity: StorageIdentity) -> [UInt8] { StoragePath.below(identity.root) + [UInt8(ascii: ".")] }

  private func find(_ device: DeviceIdentity, with identity: StorageIdentity) throws -> Int64? {
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT id, mtp_serial, usb_serial, vendor, model FROM device WHERE vendor = ?",
      arguments: [device.vendorID]
    )
    func serials(_ row: Row) -> Set<String> {
      var recorded = device
      recorded.mtpSerial = row["mtp_serial"]
      recorded.usbSerial = row["usb_serial"]
      return recorded.trustworthySerials
    }
    func differ(_ recorded: String?, _ now: String?) -> Bool {
      if let recorded, let now { recorded != now } else { false }
    }
    var candidates: [Row]
    if device.hasTrustworthySerial {
      candidates = rows.filter { !serials($0).isDisjoint(with: device.trustworthySerials) }
      if candidates.count > 1 { candidates = candidates.filter { $0["model"] == device.model } }
    } else {
      candidates = try rows.filter { row in
        guard row["model"] == device.model, serials(row).isEmpty else { return false }
        // One that two devices share tells nothing; two that differ do, however short they are.
        guard !differ(row["mtp_serial"], device.mtpSerial), !differ(row["usb_serial"], device.usbSerial) else {
          return false
        }
        return try Bool.fetchOne(
          database,
          sql: "SELECT EXISTS(SELECT 1 FROM storage WHERE device = ? AND volume = ? AND capacity IS ?)",
          arguments: [row["id"] as Int64, identity.volume, identity.capacity.map { Int64(bitPattern: $0) }]
        ) ?? false
      }
    }
    guard candidates.count < 2 else {
      let names = candidates.map { row -> String in
        let serial: String = row["mtp_serial"] ?? row["usb_serial"] ?? "none"
        return "\(row["model"] as String) (number \(row["id"] as Int64), serial \(serial))"
      }
      throw JournalError(
        .ambiguous,
        cause: "The \(device.model) could be either of these on record: \(names.joined(separator: ", "))",
        cure: "Connect one of them at a time and use another journal for each"
      )
    }
    return candidates.first?["id"]
  }

  /// A storage id is a counter on Android and a label is translated, so one of them must agree, and the capacity too.
  private func find(storage identity: StorageIdentity, on device: Int64) throws -> Int64? {
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT id, volume, label FROM storage WHERE device = ? AND capacity IS ?",
      arguments: [device, identity.capacity.map { Int64(bitPattern: $0) }]
    )
    let sameVolume = rows.filter { $0["volume"] == identity.volume }
    if let row = sameVolume.first { return row["id"] }
    let sameLabel = rows.filter { identity.label != nil && $0["label"] == identity.label }
    return sameLabel.count == 1 ? sameLabel[0]["id"] : nil
  }

  private func save(_ device: DeviceIdentity, as id: Int64?, now: Int64) throws -> Int64 {
    try database.execute(
      sql: """
        INSERT INTO device(id, mtp_serial, usb_serial, vendor, model, firmware, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(id) DO UPDATE SET mtp_serial = coalesce(excluded.mtp_serial, mtp_serial),
          usb_serial = coalesce(excluded.usb_serial, usb_serial), model = excluded.model,
          firmware = excluded.firmware, last_seen = excluded.last_seen
        """,
      arguments: [id, device.mtpSerial, device.usbSerial, device.vendorID, device.model, device.firmware, now]
    )
    return id ?? database.lastInsertedRowID
  }
}
