internal import PTP

/// What a device answers to each command, apart from how the bytes travel: the session, the objects, the profile's
/// rules.
struct Responder {
  let profile: Profile
  let clock: DeviceClock
  let serial: String
  let folders: [String]
  /// What each storage holds, in bytes; `nil` for what the host's file system does.
  let spaceLimit: UInt64?
  /// Folders in one another that are not on disk.
  private let nestedFolders: Int

  /// Whether the device shows no storage, as a phone does while its screen is locked.
  var isLocked = false
  /// Whether something on the device itself took all the room that was left: after a fault.
  var isFull = false
  /// Whether the first storage was taken out, as a card can be; until the device is plugged in again.
  var hasLostStorage = false
  /// What is not true in the answer to this command.
  var lies = Lies()

  var store: ObjectStore
  /// What SendObjectInfo announced, for the SendObject that should follow.
  var pending: Upload?
  /// What was announced of objects of which nothing has come, where a device shows that (older Androids: the row that
  /// MtpDatabase.beginSendObject inserts has the size and the date that were sent).
  var announced: [ObjectHandle: FileStatus] = [:]
  /// The objects that are open for editing, and their sizes in bytes.
  var edits: [ObjectHandle: UInt64] = [:]
  /// Creation dates that were set, in Unix seconds.
  var createdDates: [ObjectHandle: Int64] = [:]
  private(set) var session: UInt32?
  private var generation = 0

  init(
    profile: Profile,
    clock: DeviceClock,
    serial: String,
    folders: [String],
    names: [String: PTPString] = [:],
    space: UInt64? = nil,
    nestedFolders: Int = 0
  ) {
    self.profile = profile
    self.clock = clock
    self.serial = serial
    self.folders = folders
    spaceLimit = space
    self.nestedFolders = nestedFolders
    store = ObjectStore(
      folders: folders,
      names: names,
      generation: 0,
      namelessFolders: profile.rules.namelessFolders,
      nestedFolders: nestedFolders
    )
  }

  /// What pulling the cable does: as a reset; and when it is in again, so is the card.
  mutating func unplugged() {
    reset()
    hasLostStorage = false
  }

  /// What a bus reset, or a new cable, does to the session and the handles.
  mutating func reset() {
    session = nil
    forgetTransfers()
    if profile.rules.handles != .forever { renewHandles() }
  }

  private mutating func forgetTransfers() {
    pending = nil
    edits = [:]
  }

  /// Whether a command is followed by a dataset from the host, which the device reads before anything else. Android's
  /// server reads it for these four alone (MtpServer::run).
  func takesDataset(_ operation: OperationCode) -> Bool {
    switch operation {
    case .sendObjectInfo, .setDevicePropValue, .setObjectPropValue, .setObjectReferences: true
    case .setObjectPropList, .sendObjectPropList: !profile.rules.sending.isAndroid
    default: false
    }
  }

  /// Whether a command is followed by a file's data, for which the responder is asked first.
  static func takesFile(_ operation: OperationCode) -> Bool { [.sendObject, .sendPartialObject].contains(operation) }

  /// Answers a command. `data` is what came with it.
  mutating func answer(_ command: Command, data: [UInt8]) -> Reply {
    // Android drops what was announced, with its name reserved (MtpServer::handleRequest).
    if profile.rules.sending.isAndroid { pending = nil }
    guard profile.info.operations.contains(command.code) else { return .code(.operationNotSupported) }
    switch command.code {
    case .getDeviceInfo: return deviceInfo()
    case .openSession: return openSession(command)
    case .closeSession, .resetDevice: return closeSession()
    default: break
    }
    if session == nil, profile.rules.needsSession || Self.alwaysNeedsSession.contains(command.code) {
      return .code(.sessionNotOpen)
    }
    let command = lies.isAboutAnother ? aboutAnother(command) : command
    switch command.code {
    case .getStorageIDs: return .data(HandleList.encode(storages.map(\.rawValue)))
    case .getStorageInfo: return storageInfo(command)
    case .getNumObjects: return numberOfObjects(command)
    case .getObjectHandles: return objectHandles(command)
    case .getObjectInfo: return objectInfo(command)
    case .getObject: return wholeObject(command)
    case .getPartialObject, .getPartialObject64: return partialObject(command)
    case .sendObjectInfo: return sendObjectInfo(command, data)
    case .sendObjectPropList: return sendObjectPropList(command, data)
    case .deleteObject: return deleteObject(command)
    case .moveObject: return move(command)
    case .copyObject: return copy(command)
    case .beginEditObject: return beginEdit(command)
    case .truncateObject: return truncate(command)
    case .endEditObject: return endEdit(command)
    case .getDevicePropDesc: return devicePropertyDescription(command)
    case .getDevicePropValue: return devicePropertyValue(command)
    case .getObjectPropsSupported: return .data(objectPropertiesSupported())
    case .getObjectPropDesc: return objectPropertyDescription(command)
    case .getObjectPropValue: return objectPropertyValue(command)
    case .setObjectPropValue: return setObjectPropertyValue(command, data)
    case .getObjectPropList: return objectPropertyList(command)
    default: return .code(.operationNotSupported)
    }
  }

  /// Those that even Android's server refuses without a session (MtpServer.cpp).
  private static let alwaysNeedsSession: Set<OperationCode> = [
    .getStorageIDs, .getStorageInfo, .getNumObjects, .getObjectHandles, .getObjectPropsSupported,
  ]

  // MARK: Device and session

  private func deviceInfo() -> Reply {
    var info = profile.info
    info.serialNumber = serial
    return (try? info.encoded()).map { .data($0) } ?? .code(.generalError)
  }

  private mutating func openSession(_ command: Command) -> Reply {
    if let session { return .code(.sessionAlreadyOpen, session) }
    guard command.parameter(0) != 0 else { return .code(.invalidParameter) }
    session = command.parameter(0)
    return .code(.ok)
  }

  private mutating func closeSession() -> Reply {
    guard session != nil else { return .code(.sessionNotOpen) }
    session = nil
    if !profile.rules.sending.isAndroid { forgetTransfers() }
    if profile.rules.handles == .whileSessionLasts { renewHandles() }
    return .code(.ok)
  }

  /// Makes a new table of objects: the handles that were given out stand for others from now on, or for none.
  mutating func renewHandles() {
    generation += 1
    store = ObjectStore(
      folders: folders,
      names: store.names,
      generation: generation,
      namelessFolders: profile.rules.namelessFolders,
      nestedFolders: nestedFolders
    )
  }

  /// Whether a session is open.
  var hasSession: Bool { session != nil }

  // MARK: Storages

  /// The storages that can be seen now.
  var storages: [StorageID] { isLocked ? [] : store.roots.dropFirst(hasLostStorage ? 1 : 0).map(\.id) }

  private func storageInfo(_ command: Command) -> Reply {
    let id = StorageID(rawValue: command.parameter(0))
    guard storages.contains(id), let index = store.roots.firstIndex(where: { $0.id == id }) else {
      return .code(.invalidStorageID)
    }
    let template = profile.storage
    let space = space(of: id)
    var info = StorageInfo()
    // A second storage is a card (Android: MtpStorage::getType).
    info.kind = index == 0 ? template.kind : StorageInfo.Kind.removableRAM
    info.fileSystem = template.fileSystem
    info.access = template.access
    info.capacity = space.capacity
    info.free = space.free
    info.freeObjects = template.freeObjects
    info.description = template.descriptions[min(index, template.descriptions.count - 1)]
    if let prefix = template.volumePrefix {
      let digits = String(id.rawValue, radix: 16, uppercase: true)
      info.volumeIdentifier = prefix + String(repeating: "0", count: 8 - digits.count) + digits
    }
    return (try? info.encoded()).map { .data($0) } ?? .code(.generalError)
  }
}
