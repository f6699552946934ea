internal import PTP
internal import Storage

/// What ``MTPStorage`` writes, on the device's thread.
extension MTPDevice {
  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl,
    in place: Place
  ) throws(StorageError) -> Written {
    do throws(StorageError) {
      let connection = try connected()
      let id = currentID(of: place.store)
      let parent = try connection.folder(place.path(order.path.parent), in: id)
      let contents = try connection.contents(of: place.path(order.path.parent), in: id)
      try place.names.check(order.path.name)
      var name = Array(order.path.name)
      if let old = order.replacing {
        let object = try find(old, in: place)
        if try connection.transport.abilities().renames {
          name = order.temporaryName
        } else {
          // A name can be had only once, and the bytes go under it or nowhere. The caller has a copy.
          try connection.transport.delete(object.handle)
          connection.note(place.path(order.path.parent), in: id) { $0[name] = nil }
        }
      } else if contents.has(name, caseSensitive: place.names.isCaseSensitive) {
        throw StorageError(.alreadyExists, .nextFile, cause: "There is a file of this name on the device already")
      }
      guard let path = order.path.parent.appending(name) else { throw place.names.refusal(name) }
      var new = NewObject(
        name: String(decoding: name, as: UTF8.self),
        finalName: String(decoding: order.path.name, as: UTF8.self),
        parent: parent,
        store: id
      )
      new.modified = order.times.modified.flatMap { PTPDate.utc($0.seconds) } ?? ""
      new.created = order.times.created.flatMap { PTPDate.utc($0.seconds) } ?? ""
      let object = try connection.transport.send(new, size: order.size, from: source, control)
      connection.note(place.path(path.parent), in: id) { $0[name] = object }
      return Written(
        order: order,
        temporary: Entry(path: path, kind: .file, size: order.size, handle: handle(object))
      )
    } catch { throw error.about(order.path) }
  }

  /// One listing for each folder, however many files of the batch are in it.
  func verify(_ batch: [Written], in place: Place) throws(StorageError) -> [Result<Verified, StorageError>] {
    let connection = try connected()
    let id = currentID(of: place.store)
    var records: [RelativePath: [[UInt8]: ObjectRecord]] = [:]
    for folder in Set(batch.map(\.temporary.path.parent)) {
      let path = place.path(folder)
      let listing = try connection.children(of: try connection.folder(path, in: id), at: path, in: id)
      var named: [[UInt8]: ObjectRecord] = [:]
      for record in listing.records {
        if let name = try? record.name.text() { named[Array(name.utf8)] = record }
      }
      records[folder] = named
    }
    let found = batch.map { records[$0.temporary.path.parent]?[Array($0.temporary.path.name)] }
    connection.learnZone(from: zip(batch, found).compactMap { DateObservation($0, $1) })
    return zip(batch, found).map { written, record in
      guard let record, !record.isFolder else {
        return .failure(
          StorageError(.verificationFailed, .nextFile, path: written.order.path, cause: "The device does not list it")
        )
      }
      // A device that knows 32 bits of sizes only says nothing of what is longer.
      guard record.size == written.order.size || (record.size == nil && written.order.size >= ObjectInfo.unknownSize)
      else {
        let size = record.size.map { "\($0)" } ?? "an unknown number of"
        return .failure(
          StorageError(
            .verificationFailed,
            .nextFile,
            path: written.order.path,
            cause: "The device has \(size) bytes of the \(written.order.size) that were sent"
          )
        )
      }
      var written = written
      written.temporary = entry(record, at: written.temporary.path, connection.zone)
      return .success(Verified(written: written, times: written.temporary.times))
    }
  }

  func commit(_ batch: [Verified], in place: Place) throws(StorageError) -> [Result<Entry, StorageError>] {
    var results: [Result<Entry, StorageError>] = []
    for verified in batch {
      do throws(StorageError) {
        results.append(.success(try commit(verified.written, in: place)))
      } catch {
        let error = error.about(verified.written.order.path)
        if error.recovery == .reopen { throw error }
        results.append(.failure(error))
      }
    }
    return results
  }

  /// Gives a file its name in place of the one that makes room. The new one is whole on the device by then.
  private func commit(_ written: Written, in place: Place) throws(StorageError) -> Entry {
    let order = written.order
    guard written.temporary.path != order.path else { return written.temporary }
    let connection = try connected()
    let id = currentID(of: place.store)
    let new = try find(written.temporary, in: place)
    if let old = order.replacing {
      let old = try find(old, in: place)
      if let kept = order.keepOldAs {
        try makeFolders(to: kept.parent, in: place)
        try move(old.handle, from: order.path, to: kept, in: place)
      } else {
        try connection.transport.delete(old.handle)
        connection.note(place.path(order.path.parent), in: id) { $0[order.path.name] = nil }
      }
    }
    try move(new.handle, from: written.temporary.path, to: order.path, in: place)
    var entry = written.temporary
    entry.path = order.path
    entry.handle = handle(new.handle)
    return entry
  }

  func discard(_ written: Written, in place: Place) throws(StorageError) {
    let connection = try connected()
    let path = written.temporary.path
    let object: ObjectHandle
    do throws(StorageError) {
      if let handle = written.temporary.handle, handle.generation == generation {
        object = ObjectHandle(rawValue: UInt32(truncatingIfNeeded: handle.value))
      } else {
        let folder = place.path(path.parent)
        guard let found = try connection.contents(of: folder, in: currentID(of: place.store))[path.name] else { return }
        object = found
      }
      try connection.transport.delete(object)
    } catch {
      if error.reason != .notFound { throw error.about(path) }
    }
    connection.note(place.path(path.parent), in: currentID(of: place.store)) { $0[path.name] = nil }
  }

  // MARK: Names

  func createDirectory(_ path: RelativePath, in place: Place) throws(StorageError) -> Entry {
    do throws(StorageError) {
      if path.isRoot { return Entry(path: path, kind: .directory) }
      let connection = try connected()
      let id = currentID(of: place.store)
      let parent = try connection.folder(place.path(path.parent), in: id)
      let contents = try connection.contents(of: place.path(path.parent), in: id)
      if let there = contents[path.name] {
        guard let record = try connection.transport.record(of: there), record.isFolder else {
          throw StorageError(.alreadyExists, .nextFile, cause: "There is a file of this name on the device")
        }
        return entry(record, at: path, connection.zone)
      }
      try place.names.check(path.name)
      if contents.has(path.name, caseSensitive: place.names.isCaseSensitive) {
        throw StorageError(.alreadyExists, .nextFile, cause: "The device has this name in other letters")
      }
      let name = String(decoding: path.name, as: UTF8.self)
      let new = NewObject(name: name, finalName: name, parent: parent, store: id)
      let made = try connection.transport.makeFolder(new)
      connection.noteMade(place.path(path), made, in: id)
      return Entry(path: path, kind: .directory, handle: handle(made))
    } catch { throw error.about(path) }
  }

  /// Makes the folders down to `path` that are not there.
  private func makeFolders(to path: RelativePath, in place: Place) throws(StorageError) {
    var reached = RelativePath.root
    for component in path.components {
      guard let next = reached.appending(component) else { return }
      _ = try createDirectory(next, in: place)
      reached = next
    }
  }

  func remove(_ entry: Entry, in place: Place) throws(StorageError) {
    do throws(StorageError) {
      let object = try find(entry, in: place)
      let connection = try connected()
      let id = currentID(of: place.store)
      let path = place.path(entry.path)
      // A device deletes a folder with all that is in it.
      if object.isFolder {
        let listing = try connection.children(of: object.handle, at: path, in: id)
        guard listing.records.isEmpty, listing.unlisted.isEmpty else {
          throw StorageError(.directoryNotEmpty, .nextFile, cause: "The folder is not empty")
        }
        guard connection.transport.listsSurely else {
          throw StorageError(.unsupported, .nextFile, cause: "libmtp cannot tell whether the folder is empty")
        }
      }
      try connection.transport.delete(object.handle)
      connection.forget(path, in: id)
      connection.note(path.parent, in: id) { $0[path.name] = nil }
    } catch { throw error.about(entry.path) }
  }

  func move(_ entry: Entry, to path: RelativePath, in place: Place) throws(StorageError) -> Entry {
    do throws(StorageError) {
      let object = try find(entry, in: place)
      try move(object.handle, from: entry.path, to: path, in: place)
      var moved = self.entry(object, at: path, try connected().zone)
      moved.handle = handle(object.handle)
      return moved
    } catch { throw error.about(path) }
  }

  private func move(
    _ object: ObjectHandle,
    from old: RelativePath,
    to new: RelativePath,
    in place: Place
  ) throws(StorageError) {
    let connection = try connected()
    let id = currentID(of: place.store)
    try place.names.check(new.name)
    let contents = try connection.contents(of: place.path(new.parent), in: id)
    // To write a name in other letters is no collision with itself.
    let caseSensitive = place.names.isCaseSensitive || isSameButForCase(old, new)
    guard !contents.has(new.name, caseSensitive: caseSensitive) else {
      throw StorageError(.alreadyExists, .nextFile, path: new, cause: "There is a file of this name already")
    }
    if old.parent != new.parent {
      let parent = try connection.folder(place.path(new.parent), in: id)
      if Array(old.name) != Array(new.name), contents.has(old.name, caseSensitive: place.names.isCaseSensitive) {
        throw StorageError(.alreadyExists, .nextFile, path: new, cause: "A file of the old name is in the way there")
      }
      try connection.transport.move(object, to: parent, in: id)
    }
    if Array(old.name) != Array(new.name) {
      try connection.transport.rename(object, to: String(decoding: new.name, as: UTF8.self))
    }
    connection.forget(place.path(old), in: id)
    connection.note(place.path(old.parent), in: id) { $0[old.name] = nil }
    connection.note(place.path(new.parent), in: id) { $0[new.name] = object }
  }

  private func isSameButForCase(_ one: RelativePath, _ other: RelativePath) -> Bool {
    one.parent == other.parent && one.text.lowercased() == other.text.lowercased()
  }

  func setTimes(_ times: FileTimes, of entry: Entry, in place: Place) throws(StorageError) -> Entry {
    do throws(StorageError) {
      let object = try find(entry, in: place)
      let connection = try connected()
      try connection.transport.setDates(
        modified: times.modified.flatMap { PTPDate.utc($0.seconds) },
        created: times.created.flatMap { PTPDate.utc($0.seconds) },
        of: object.handle
      )
      guard let record = try connection.transport.record(of: object.handle) else {
        throw StorageError(.notFound, .nextFile, cause: "It is no longer on the device")
      }
      return self.entry(record, at: entry.path, connection.zone)
    } catch { throw error.about(entry.path) }
  }

  // MARK: Looking again

  /// The object of an entry, if it is still what the entry says.
  /// - Throws: `notFound` or `changed`.
  private func find(_ entry: Entry, in place: Place) throws(StorageError) -> ObjectRecord {
    let connection = try connected()
    let object: ObjectHandle?
    if let handle = entry.handle, handle.generation == generation {
      object = ObjectHandle(rawValue: UInt32(truncatingIfNeeded: handle.value))
    } else {
      let folder = place.path(entry.path.parent)
      object = try connection.contents(of: folder, in: currentID(of: place.store))[entry.path.name]
    }
    guard let object, let record = try connection.transport.record(of: object) else {
      throw StorageError(.notFound, .nextFile, path: entry.path, cause: "It is no longer on the device")
    }
    // Handles are used again, and things are renamed.
    guard let name = try? record.name.text(), Array(name.utf8) == Array(entry.path.name),
      record.isFolder == entry.isDirectory, entry.token.map(record.matches) ?? true
    else { throw StorageError(.changed, .nextFile, path: entry.path, cause: "It has changed on the device") }
    return record
  }

  func handle(_ object: ObjectHandle) -> Entry.Handle {
    Entry.Handle(value: UInt64(object.rawValue), generation: generation)
  }

  /// An object as an entry at `path`.
  func entry(_ record: ObjectRecord, at path: RelativePath, _ zone: DeviceZone) -> Entry {
    Entry(
      path: path,
      kind: record.isFolder ? .directory : .file,
      size: record.size,
      times: FileTimes(modified: zone.instant(record.modified), created: zone.instant(record.created)),
      token: record.isFolder ? nil : record.token,
      handle: handle(record.handle)
    )
  }
}

extension DateObservation {
  /// `nil` where a date is missing or names its own zone.
  fileprivate init?(_ written: Written, _ record: ObjectRecord?) {
    guard let sent = written.order.times.modified, let raw = record?.modified, let date = try? PTPDate(raw),
      date.zone == .deviceLocal
    else { return nil }
    self.init(sent: sent.seconds, reported: date.civil.seconds)
  }
}

extension NameRules {
  fileprivate func check(_ name: some Collection<UInt8>) throws(StorageError) {
    if !allow(name) { throw refusal(name) }
  }

  fileprivate func refusal(_ name: some Collection<UInt8>) -> StorageError {
    StorageError(.nameNotAllowed, .nextFile, cause: "The device cannot hold a file of this name")
  }
}
