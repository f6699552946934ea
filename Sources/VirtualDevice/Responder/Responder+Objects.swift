internal import PTP

// Listing, describing, reading and deleting objects.
extension Responder {
  /// The object of a handle, while its storage can be seen.
  func object(_ handle: UInt32) -> StoredObject? {
    guard !isLocked, let object = store.object(ObjectHandle(rawValue: handle)) else { return nil }
    return storages.contains(object.storage) ? object : nil
  }

  // MARK: Listing

  /// The objects that GetObjectHandles and GetNumObjects mean, or why there are none.
  private mutating func objects(_ command: Command) -> Result<[StoredObject], Refusal> {
    let storage = StorageID(rawValue: command.parameter(0))
    var chosen = storages
    if storage != .all || !profile.rules.takesAllStorages {
      guard chosen.contains(storage) else { return .failure(Refusal(code: .invalidStorageID)) }
      chosen = [storage]
    } else if chosen.isEmpty {
      return .failure(Refusal(code: .invalidStorageID))
    }
    var found: [StoredObject] = []
    switch ObjectHandle(rawValue: command.parameter(2)) {
    case .none where profile.rules.parentZero == .everything:
      for storage in chosen { found += store.everything(in: storage) }
    case .none, .all:
      for storage in chosen { found += store.children(ofRoot: storage) }
    case let handle:
      guard let folder = store.object(handle) else {
        return profile.rules.listsWhatIsNoFolder
          ? .success([]) : .failure(Refusal(code: .invalidObjectHandle))
      }
      guard folder.isFolder else {
        if profile.rules.listsWhatIsNoFolder { return .success([]) }
        // MtpStorageManager.getObjects returns none, which becomes InvalidObjectHandle; the standard says so too
        // for a parent that is no association, by another code.
        return .failure(
          Refusal(code: profile.rules.propertyList == .android ? .invalidObjectHandle : .invalidParentObject)
        )
      }
      found = store.children(of: folder)
    }
    let format = command.parameter(1)
    if format != 0, format != 0xFFFF_FFFF { found.removeAll { self.format(of: $0).rawValue != format } }
    return .success(lies.listed(found, in: store))
  }

  /// A response code as an error.
  struct Refusal: Error { var code: ResponseCode }

  mutating func objectHandles(_ command: Command) -> Reply {
    switch objects(command) {
    case .success(let found): .data(HandleList.encode(found.map(\.handle.rawValue)))
    case .failure(let refusal): .code(refusal.code)
    }
  }

  mutating func numberOfObjects(_ command: Command) -> Reply {
    switch objects(command) {
    case .success(let found): .code(.ok, UInt32(found.count))
    case .failure(let refusal): .code(refusal.code, 0)
    }
  }

  // MARK: Describing

  /// What an object is on disk; `nil` if it is gone. What is announced only is empty and from 1970 (measured on Android
  /// 14), or as it was announced.
  func status(of object: StoredObject) -> FileStatus? {
    if store.isLost(object) { return nil }
    if object.path.isEmpty { return .nameless }
    return store.isReserved(object) ? announced[object.handle] ?? .reserved : FileStatus(path: object.path)
  }

  /// Unix time of the creation that is reported: as it was set, else the file's own.
  func created(_ object: StoredObject, _ status: FileStatus) -> Int64 {
    if let date = createdDates[object.handle] ?? createdBefore(object) { return date }
    return switch profile.dates {
    case .creationAndModification: status.created
    case .additionAndModification: status.added
    case .modificationTwice, .none: status.modified
    }
  }

  /// As it was set in an earlier session.
  private func createdBefore(_ object: StoredObject) -> Int64? {
    profile.rules.settableDates.contains(.dateCreated) ? Folder.creationDate(of: object.path) : nil
  }

  func format(of object: StoredObject) -> ObjectFormat {
    if object.isFolder { return .association }
    return profile.rules.guessesFormats ? ObjectFormat(fileName: object.name) : .undefined
  }

  /// A date as it is reported.
  func date(_ unixTime: Int64) -> PTPString { PTPString(lies.date ?? clock.string(unixTime)) }

  /// The size that is reported, in bytes.
  func size(of object: StoredObject, _ status: FileStatus) -> UInt64 {
    if object.isFolder && !profile.rules.foldersHaveSizes { return 0 }
    let off = object.isFolder ? 0 : lies.sizeOff
    return off < 0 ? status.size - min(status.size, off.magnitude) : status.size &+ off.magnitude
  }

  func objectInfo(_ command: Command) -> Reply {
    guard let object = object(command.parameter(0)), let status = status(of: object) else {
      return .code(.invalidObjectHandle)
    }
    var info = ObjectInfo()
    info.storage = object.storage
    info.format = format(of: object)
    info.size = size(of: object, status)
    if profile.rules.largeSize == .lower32Bits { info.size &= 0xFFFF_FFFF }
    info.parent = object.parent
    info.associationType = object.isFolder ? 1 : 0
    info.filename = store.name(of: object)
    switch profile.dates {
    case .modificationTwice, .creationAndModification, .additionAndModification:
      info.captureDate = date(created(object, status))
      info.modificationDate = date(status.modified)
    case .none: break
    }
    return (try? info.encoded()).map { .data($0) } ?? .code(.generalError)
  }

  // MARK: Reading

  func wholeObject(_ command: Command) -> Reply {
    guard let object = object(command.parameter(0)), let status = status(of: object) else {
      return .code(.invalidObjectHandle)
    }
    guard !object.isFolder, !store.isReserved(object) else { return .code(.generalError) }
    return Reply(payload: .file(path: object.path, offset: 0, length: status.size), response: .ok)
  }

  func partialObject(_ command: Command) -> Reply {
    guard let object = object(command.parameter(0)), let status = status(of: object) else {
      return .code(.invalidObjectHandle)
    }
    guard !object.isFolder, !store.isReserved(object) else { return .code(.generalError) }
    let is64 = command.code == .getPartialObject64
    guard command.parameters.count >= (is64 ? 4 : 3) else { return .code(.invalidParameter) }
    let offset = UInt64(command.parameter(1)) | (is64 ? UInt64(command.parameter(2)) << 32 : 0)
    let wanted = UInt64(command.parameter(is64 ? 3 : 2))
    guard offset <= status.size else {
      return profile.rules.beyondTheEnd == .ok ? .data([], 0) : .code(profile.rules.beyondTheEnd)
    }
    let length = min(wanted, status.size - offset)
    return Reply(
      payload: .file(path: object.path, offset: offset, length: length),
      response: .ok,
      parameters: [UInt32(length)]
    )
  }

  // MARK: Deleting

  mutating func deleteObject(_ command: Command) -> Reply {
    guard let object = object(command.parameter(0)) else { return .code(.invalidObjectHandle) }
    guard profile.storage.access != StorageInfo.Access.readOnly else { return .code(.storeReadOnly) }
    if let refusal = profile.rules.refusesToDelete { return .code(refusal) }
    guard !store.isLost(object) else { return .code(.generalError) }
    // Older Androids delete the row first, and do not look at what becomes of the file (MtpServer::doDeleteObject).
    guard Folder.remove(object.path) || profile.rules.sending == .androidLegacy else { return .code(.partialDeletion) }
    store.remove(object)
    return .code(.ok)
  }
}
