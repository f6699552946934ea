internal import PTP
internal import Storage

/// How entries of ``MTPStorage`` and objects of the device are told from one another.
extension MTPDevice {
  /// The object of an entry, if it is still what the entry says.
  /// - Throws: `notFound` or `changed`.
  func find(_ entry: Entry, in place: Place) throws(StorageError) -> ObjectRecord {
    let object = try object(of: entry, in: place)
    guard let record = try connected().transport.record(of: object) else { throw Self.gone(entry) }
    // Handles are used again, and things are renamed.
    guard try isNamed(record, as: entry, in: place), record.isFolder == entry.isDirectory,
      entry.token.map(record.matches) ?? true
    else { throw StorageError(.changed, .nextFile, path: entry.path, cause: "It has changed on the device") }
    return record
  }

  /// Whether an object still is what an entry stands for, by the name that the device has for it now.
  private func isNamed(_ record: ObjectRecord, as entry: Entry, in place: Place) throws(StorageError) -> Bool {
    let path = entry.path
    if let name = try? record.name.text(), path.name.elementsEqual(name.utf8) { return true }
    // Of those that share a name, paths are others when one is gone.
    if let name = entry.ownName { return name.text == record.name.lossy }
    let contents = try connected().contents(of: place.path(path.parent), in: currentID(of: place.store))
    guard let name = contents.name(of: record.handle) else { return false }
    return path.name.elementsEqual(name.bytes) && name.raw == record.name
  }

  /// The object of an entry: by its handle in the session that listed it, else by its name.
  /// - Throws: `notFound`, or `ambiguousName` for a name that is there twice.
  func object(of entry: Entry, in place: Place) throws(StorageError) -> ObjectHandle {
    if let handle = entry.handle, handle.generation == generation {
      return ObjectHandle(rawValue: UInt32(truncatingIfNeeded: handle.value))
    }
    let contents = try connected().contents(of: place.path(entry.path.parent), in: currentID(of: place.store))
    do throws(StorageError) {
      guard let object = try contents.object(named: entry.path.name) else { throw Self.gone(entry) }
      return object
    } catch { throw error.about(entry.path) }
  }

  private static func gone(_ entry: Entry) -> StorageError {
    StorageError(.notFound, .nextFile, path: entry.path, cause: "It is no longer on the device")
  }

  func handle(_ object: ObjectHandle) -> Entry.Handle {
    Entry.Handle(value: UInt64(object.rawValue), generation: generation)
  }

  /// An object as an entry at `path`.
  func entry(
    _ record: ObjectRecord,
    at path: RelativePath,
    _ zone: DeviceZone,
    ownName: Entry.OwnName? = nil
  ) -> Entry {
    Entry(
      path: path,
      kind: record.isFolder ? .directory : .file,
      size: record.size,
      times: zone.times(modified: record.modified, created: record.created),
      token: record.isFolder ? nil : record.token,
      handle: handle(record.handle),
      ownName: ownName,
      hasAssumedZone: zone.assumes(record.modified) || zone.assumes(record.created)
    )
  }
}
