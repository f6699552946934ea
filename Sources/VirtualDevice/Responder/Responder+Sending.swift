internal import Glibc
internal import PTP

// Objects that an initiator sends: SendObjectInfo, and SendObject after it.
extension Responder {
  // MARK: SendObjectInfo

  mutating func sendObjectInfo(_ command: Command, _ data: [UInt8]) -> Reply {
    guard command.parameters.count >= 2 || !profile.rules.sending.isAndroid else { return .code(.invalidParameter) }
    let place: (folder: StoredObject?, storage: StorageID)
    switch destination(command.parameter(1), on: command.parameter(0)) {
    case .success(let found): place = found
    case .failure(let refusal) where refusal.code == .invalidObjectHandle && profile.rules.sending == .umtp:
      // Nothing is made, and that is reported as a success (parse_incomming_dataset).
      return .code(.ok, command.parameter(0), command.parameter(1), 0xFFFF_FFFF)
    case .failure(let refusal): return .code(refusal.code)
    }
    guard let info = SentObjectInfo(data) else { return .code(profile.rules.unreadableInfo) }
    return announce(
      info.name,
      isFolder: info.format == .association,
      size: info.size,
      modified: profile.rules.sending.isAndroid ? clock.androidTime(info.modified) : nil,
      in: place
    )
  }

  /// Where a new object goes: a folder, or a storage's root, which is 0xFFFFFFFF as a parent and for most devices 0 too
  /// (Android: InvalidObjectHandle).
  func destination(_ parent: UInt32, on id: UInt32) -> Result<(folder: StoredObject?, storage: StorageID), Refusal> {
    // Storage 0 is the responder's choice.
    let storage = id == 0 ? storages.first : storages.first { $0.rawValue == id }
    guard let storage else { return .failure(Refusal(code: .invalidStorageID)) }
    guard profile.storage.access == StorageInfo.Access.readWrite else {
      return .failure(Refusal(code: .storeReadOnly))
    }
    // Older Androids take 0 for the root of the first storage, whichever is named (MtpDatabase.getObjectFilePath).
    if parent == 0, profile.rules.sending == .androidLegacy { return .success((nil, storages.first ?? storage)) }
    if parent == 0xFFFF_FFFF || parent == 0 && profile.rules.sending != .android { return .success((nil, storage)) }
    guard let folder = object(parent) else { return .failure(Refusal(code: .invalidObjectHandle)) }
    guard folder.isFolder else { return .failure(Refusal(code: .invalidParentObject)) }
    return .success((folder, storage))
  }

  /// Makes a folder, or gets ready for a file's data.
  mutating func announce(
    _ sentName: PTPString,
    isFolder: Bool,
    size: UInt64,
    modified: Int64?,
    in place: (folder: StoredObject?, storage: StorageID)
  ) -> Reply {
    // What no file can be called is refused by all: also uMTP, which would follow a path out of the folder.
    guard var name = try? sentName.text(), !["", ".", ".."].contains(name), !name.utf8.contains(UInt8(ascii: "/"))
    else { return .code(profile.rules.sending == .umtp ? .accessDenied : profile.rules.unreadableInfo) }
    // MtpServer::doSendObjectInfo, on a removable storage.
    if profile.rules.sending == .android, place.storage != store.roots[0].id { name = name.trimmed }
    // uMTP looks at no free space.
    if profile.rules.sending != .umtp, size > space(of: place.storage).free { return .code(.storeFull) }

    let known = store.child(name, of: place.folder, on: place.storage, folding: profile.rules.foldsNames)
    if let known, ![.umtp, .garmin].contains(profile.rules.sending) || isFolder || known.isFolder {
      return .code(profile.rules.sending == .umtp ? .accessDenied : .generalError)
    }
    let displaced = profile.rules.sending == .garmin ? known : nil
    let object =
      (displaced == nil ? known : nil) ?? store.add(name, to: place.folder, on: place.storage, isFolder: isFolder)
    if isFolder {
      guard unsafe mkdir(object.path, 0o755) == 0 else {
        store.remove(object)
        return .code(.generalError)
      }
      store.settle(object)
    } else if !profile.rules.sending.isAndroid {
      // uMTP empties what is there already now; the others are taken to do alike with what is new.
      guard IncomingFile(replacing: object.path, room: 0) != nil else {
        store.remove(object)
        return .code(.accessDenied)
      }
      store.settle(object)
    }
    if profile.rules.sending == .androidLegacy, !isFolder {
      announced[object.handle] = FileStatus(size: size, date: modified ?? 0)
    }
    pending = Upload(object: object, size: UInt32(clamping: size), modified: modified, displaced: displaced)
    return .code(
      .ok,
      place.storage.rawValue,
      place.folder?.handle.rawValue ?? profile.rules.rootInResponse,
      (lies.isAboutAnother ? store.neighbor(of: object.handle) ?? object.handle : object.handle).rawValue
    )
  }

  // MARK: SendObject

  /// Decides on a command whose data is a file's: SendObject or SendPartialObject.
  mutating func accept(_ command: Command) -> Acceptance {
    guard profile.info.operations.contains(command.code) else { return .refused(.operationNotSupported) }
    guard session != nil || !profile.rules.needsSession else { return .refused(.sessionNotOpen) }
    defer { pending = nil }
    if command.code == .sendPartialObject { return acceptPart(command) }
    guard !isLocked else { return .refused(.generalError) }
    guard let pending else {
      return .refused(profile.rules.sending == .umtp ? .invalidObjectHandle : .noValidObjectInfo)
    }
    return pending.object.isFolder ? .nothing : .file(pending)
  }

  /// Opens the file that an upload goes to; `nil` if that cannot be, as with a name of more than 255 bytes.
  func open(_ upload: Upload) -> IncomingFile? {
    let room = space(of: upload.object.storage).free
    return switch upload.purpose {
    case .whole: IncomingFile(replacing: upload.object.path, room: room)
    case .part(let offset): IncomingFile(editing: upload.object.path, from: offset, room: room)
    }
  }

  /// Does what is left to do after an upload's data.
  mutating func finish(_ upload: Upload, _ ending: Upload.Ending) {
    guard upload.purpose == .whole else { return finishPart(upload, ending) }
    if let displaced = upload.displaced {
      _ = Folder.remove(upload.object.path)
      store.lose(displaced)
      return store.lose(upload.object)
    }
    guard ending != .complete, profile.rules.sending.isAndroid else { return store.settle(upload.object) }
    // Android drops what is not whole, and its name is free again.
    _ = Folder.remove(upload.object.path)
    store.remove(upload.object)
  }
}

extension String {
  /// Without the white space around it (android::base::Trim).
  fileprivate var trimmed: String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    return String(decoding: utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
  }
}
