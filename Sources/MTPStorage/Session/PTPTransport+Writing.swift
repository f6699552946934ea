internal import PTP
internal import Storage

extension PTPTransport {
  var sendsDates: Bool { true }

  var showsOldDates: Bool { false }

  func abilities() throws(StorageError) -> WritingAbilities {
    if let known = knownAbilities { return known }
    var abilities = WritingAbilities()
    abilities.sends = [.sendObjectInfo, .sendObject, .deleteObject].allSatisfy(supports)
    abilities.moves = supports(.moveObject)
    abilities.edits = [.beginEditObject, .sendPartialObject, .endEditObject].allSatisfy(supports)
    if supports(.setObjectPropValue), supports(.getObjectPropDesc) {
      abilities.renames = try canSet(.objectFileName)
      abilities.setsModified = try canSet(.dateModified)
      abilities.setsCreated = try canSet(.dateCreated)
    }
    knownAbilities = abilities
    return abilities
  }

  private func canSet(_ property: ObjectPropertyCode) throws(StorageError) -> Bool {
    let format = UInt32(ObjectFormat.undefined.rawValue)
    let description = try ask(.getObjectPropDesc, [UInt32(property.rawValue), format]) {
      try? ObjectPropertyDescription($0)
    }
    return description?.isSettable == true
  }

  func record(of object: ObjectHandle) throws(StorageError) -> ObjectRecord? {
    if let record = try propertyRecord(of: object) { return record }
    do throws(StorageError) {
      return try describe(object)
    } catch {
      if error.reason == .notFound { return nil }
      throw error
    }
  }

  // MARK: Sending

  func send(
    _ file: NewObject,
    size: UInt64,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError) -> ObjectHandle {
    try control.check()
    let abilities = try abilities()
    let data = try channel.prepare(source, size: size)
    if let old = file.replacing { try delete(old) }
    let object = try announce(file, format(of: file), size: size)
    do throws(StorageError) {
      // Nothing may come in between: Android's server forgets the description at any other operation.
      let response = try channel.send(.sendObject, [], data, control)
      try response.code.check("take a file")
      try setDates(of: object, file, abilities)
      return object
    } catch {
      guard !channel.isDead else { throw error }
      // Before what has come of it makes room again.
      let isFull = isFull(error, file.store, size)
      try? delete(object)
      throw isFull ? StorageError.full(code: error.code) : error
    }
  }

  /// Sets the dates of a file that has come.
  func setDates(of object: ObjectHandle, _ file: NewObject, _ abilities: WritingAbilities) throws(StorageError) {
    guard abilities.setsModified || abilities.setsCreated else { return }
    // A refusal may pass: the device has just stored the file. One that stays is found when the file is verified.
    for _ in 0..<2 where !channel.isDead {
      if (try? setDates(modified: file.modified, created: file.created, of: object)) != nil { break }
    }
    if channel.isDead { throw StorageError(.deviceLost, .reopen, cause: "The session with the device has ended") }
  }

  /// Players play only what comes with its format. One that the device does not list, or that it could take for a list
  /// of its own making, is not named.
  private func format(of file: NewObject) -> ObjectFormat {
    let format = ObjectFormat(fileName: file.finalName)
    let lists: [ObjectFormat] = [.m3uPlaylist, .plsPlaylist]
    return deviceInfo.playbackFormats.contains(format) && !lists.contains(format) ? format : .undefined
  }

  func makeFolder(_ folder: NewObject) throws(StorageError) -> ObjectHandle {
    try announce(folder, .association, size: 0)
  }

  /// SendObjectInfo (MTP 1.1 appendix D.2.12).
  private func announce(
    _ object: NewObject,
    _ format: ObjectFormat,
    size: UInt64
  ) throws(StorageError) -> ObjectHandle {
    var info = ObjectInfo()
    info.storage = StorageID(rawValue: object.store)
    info.format = format
    info.size = size
    info.associationType = format == .association ? 1 : 0
    info.parent = object.parent == .all ? .none : object.parent
    info.filename = PTPString(object.name)
    info.modificationDate = PTPString(object.modified)
    info.captureDate = PTPString(object.created)
    let dataset: [UInt8]
    do {
      dataset = try info.encoded()
    } catch { throw StorageError(.nameNotAllowed, .nextFile, cause: "The name is too long for MTP") }
    // The root is 0xFFFFFFFF; Android refuses 0.
    let response = try channel.send(.sendObjectInfo, [object.store, object.parent.rawValue], dataset)
    try response.code.check(format == .association ? "make a folder" : "take a file")
    let handle = ObjectHandle(rawValue: response.parameter(2))
    // uMTP says yes with the handle of all objects when the folder is gone.
    guard handle.isOneObject else {
      throw StorageError(.deviceProtocol, .nextFile, cause: "The device took a description and did not say as what")
    }
    return handle
  }

  /// Whether a refusal means that the storage is full: some devices say so, some halt the endpoint, some fail in
  /// general.
  func isFull(_ error: StorageError, _ store: UInt32, _ size: UInt64) -> Bool {
    guard error.reason == .deviceRefused else { return false }
    let free = (try? stores())?.first { $0.id == store }?.space.free
    return free.map { $0 < size } ?? false
  }

  // MARK: What is there

  func delete(_ object: ObjectHandle) throws(StorageError) {
    try object.checkIsOneObject()
    let response = try channel.transact(.deleteObject, [object.rawValue, 0])
    do throws(StorageError) {
      try response.code.check("delete it")
    } catch { throw error.asDeletion }
  }

  func rename(_ object: ObjectHandle, to name: String) throws(StorageError) {
    var writer = ByteWriter()
    do {
      try writer.string(PTPString(name), "ObjectFileName")
    } catch { throw StorageError(.nameNotAllowed, .nextFile, cause: "The name is too long for MTP") }
    let property = UInt32(ObjectPropertyCode.objectFileName.rawValue)
    let response = try channel.send(.setObjectPropValue, [object.rawValue, property], writer.bytes)
    try response.code.check("rename an object")
  }

  func move(_ object: ObjectHandle, to parent: ObjectHandle, in store: UInt32) throws(StorageError) {
    // The root is 0 here (MTP 1.1 appendix D.2.25).
    let folder = parent == .all ? ObjectHandle.none : parent
    let response = try channel.transact(.moveObject, [object.rawValue, store, folder.rawValue])
    try response.code.check("move an object")
  }

  func setDates(modified: String?, created: String?, of object: ObjectHandle) throws(StorageError) {
    let abilities = try abilities()
    do throws(StorageError) {
      if let modified, abilities.setsModified { try handle.set(.modified, of: object, to: modified) }
      if let created, abilities.setsCreated { try handle.set(.created, of: object, to: created) }
    } catch {
      // After an input or output error libmtp's next call would take the answer to this one for its own.
      if error.recovery == .reopen { channel.abandon() }
      throw error
    }
  }
}

extension ObjectHandle {
  /// 0 and 0xFFFFFFFF stand for none and for all of them.
  var isOneObject: Bool { self != .none && self != .all }

  /// Nothing is ever deleted by a handle that could mean more than one object.
  func checkIsOneObject() throws(StorageError) {
    if !isOneObject { throw StorageError(.deviceProtocol, .nextFile, cause: "The device gave no handle of its own") }
  }
}

extension StorageError {
  static func full(code: Int32? = nil) -> StorageError {
    StorageError(.noSpace, .waitForUser(.freeSpace), cause: "The storage of the device is full", code: code)
  }
}
