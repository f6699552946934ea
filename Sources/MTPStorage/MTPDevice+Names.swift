internal import PTP
internal import Storage

/// How ``MTPStorage`` makes, removes and renames, on the device's thread.
extension MTPDevice {
  func createDirectory(_ path: RelativePath, in place: Place) throws(StorageError) -> Entry {
    do throws(StorageError) {
      if path.isRoot { return Entry(path: path, kind: .directory) }
      let connection = try connected()
      let id = currentID(of: place.store)
      let contents = try connection.contents(of: place.path(path.parent), in: id)
      if let there = try contents.object(named: path.name) {
        guard let record = try connection.transport.record(of: there), record.isFolder else {
          throw StorageError(.alreadyExists, .nextFile, cause: "There is a file of this name on the device")
        }
        return entry(record, at: path, connection.zone)
      }
      try place.names.check(path.name)
      if try contents.has(path.name, caseSensitive: place.names.isCaseSensitive) {
        throw StorageError(.alreadyExists, .nextFile, cause: "The device has this name in other letters")
      }
      let name = String(decoding: path.name, as: UTF8.self)
      let parent = try connection.folder(place.path(path.parent), in: id)
      let new = NewObject(name: name, finalName: name, parent: parent, store: id)
      let made = try connection.transport.makeFolder(new)
      try connection.noteNew(made, path: place.path(path), in: id)
      connection.noteMade(place.path(path), made, in: id)
      return Entry(path: path, kind: .directory, handle: handle(made))
    } catch { throw error.about(path) }
  }

  /// Makes the folders down to `path` that are not there.
  func makeFolders(to path: RelativePath, in place: Place) throws(StorageError) {
    var reached = RelativePath.root
    for component in path.components {
      guard let next = reached.appending(component) else { return }
      if try !connected().knows(place.path(next), in: currentID(of: place.store)) {
        _ = try createDirectory(next, in: place)
      }
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
      try delete(object, isOurs: !object.isFolder && TemporaryName.matches(entry.path.name))
      if object.isFolder { connection.forget(path, in: id) }
      connection.note(path.parent, in: id) { $0.remove(object.handle) }
    } catch { throw error.about(entry.path) }
  }

  /// Deletes an object that was looked at just now. `isOurs` if it is a file that we have sent, and that has no name of
  /// its own yet: as nobody has a reason to protect it, a refusal tells that the device deletes nothing. That is
  /// remembered until it deletes something after all.
  /// - Throws: `deletionRefused`, or `nameReserved` for what Android's server lists of a file whose SendObjectInfo was not followed by its
  ///   SendObject: its deletion is "partial" (measured).
  func delete(_ object: ObjectRecord, isOurs: Bool) throws(StorageError) {
    let connection = try connected()
    do throws(StorageError) {
      // A single refusal may pass, and is no proof.
      try delete(object.handle, attempts: isOurs ? 2 : 1)
      connection.noteDeletion(true)
    } catch {
      guard error.code == Int32(ResponseCode.partialDeletion.rawValue),
        entry(object, at: .root, connection.zone).mayBeReservedName
      else {
        if isOurs, error.saysNothingIsDeleted { connection.noteDeletion(false) }
        throw error
      }
      let cause = "The device keeps this name for a file that was announced to it and never sent"
      throw StorageError(.nameReserved, .nextFile, cause: cause, code: error.code)
    }
  }

  private func delete(_ object: ObjectHandle, attempts: Int) throws(StorageError) {
    let transport = try connected().transport
    do throws(StorageError) {
      try transport.delete(object)
    } catch {
      guard error.saysNothingIsDeleted else { throw error }
      // A device may say so and have deleted it.
      guard try transport.record(of: object) != nil else { return }
      guard attempts > 1 else { throw error }
      try delete(object, attempts: attempts - 1)
    }
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

  func move(
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
    guard try !contents.has(new.name, caseSensitive: caseSensitive) else {
      throw StorageError(.alreadyExists, .nextFile, path: new, cause: "There is a file of this name already")
    }
    let name = try connection.contents(of: place.path(old.parent), in: id).name(of: object) ?? EntryName(old.name)
    let isRenamed = name.raw != EntryName(new.name).raw
    if old.parent != new.parent {
      let parent = try connection.folder(place.path(new.parent), in: id)
      if isRenamed, try contents.has(name.raw.lossy.utf8, caseSensitive: place.names.isCaseSensitive) {
        throw StorageError(.alreadyExists, .nextFile, path: new, cause: "A file of the old name is in the way there")
      }
      try connection.transport.move(object, to: parent, in: id)
    }
    if isRenamed {
      let text = String(decoding: new.name, as: UTF8.self)
      try connection.transport.rename(object, to: text)
      // libmtp tells what it once saw.
      if connection.transport.listsSurely,
        try connection.transport.record(of: object).flatMap({ try? $0.name.text() }) != text
      {
        let cause = "The device accepted the new name of a file and did not give it"
        throw StorageError(.verificationFailed, .nextFile, cause: cause)
      }
    }
    if connection.knows(place.path(old), in: id) { connection.forget(place.path(old), in: id) }
    connection.note(place.path(old.parent), in: id) { $0.remove(object) }
    connection.note(place.path(new.parent), in: id) { $0.add(new.name, object) }
  }

  private func isSameButForCase(_ one: RelativePath, _ other: RelativePath) -> Bool {
    let folding = NameFolding(isCaseSensitive: false)
    return one.parent == other.parent && folding.key(one) == folding.key(other)
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
}

extension StorageError {
  /// Whether the refusal to delete what is ours tells of the device, and not only of this time: it has to say that it may
  /// not be done.
  fileprivate var saysNothingIsDeleted: Bool {
    let codes: [ResponseCode] = [.accessDenied, .objectWriteProtected, .operationNotSupported]
    return recovery == .nextFile && codes.contains { code == Int32($0.rawValue) }
  }
}

extension NameRules {
  func check(_ name: some Collection<UInt8>) throws(StorageError) {
    if !allow(name) { throw Self.refusal }
  }

  static let refusal = StorageError(.nameNotAllowed, .nextFile, cause: "The device cannot hold a file of this name")
}
