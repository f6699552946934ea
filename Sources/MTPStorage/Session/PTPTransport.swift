internal import PTP
internal import Storage

/// Lists, reads and writes objects by our own transactions in libmtp's session.
final class PTPTransport: ObjectTransport {
  let deviceInfo: DeviceInfo
  let channel: PTPChannel
  /// Whether this device's property lists can be used, learned at the first folder.
  var propertyLists: PropertyListVerdict
  /// What can be written, once it was asked for.
  var knownAbilities: WritingAbilities?
  let handle: DeviceHandle

  init(_ handle: consuming DeviceHandle, channel: PTPChannel) throws(StorageError) {
    do throws(StorageError) {
      let (response, data) = try channel.receive(.getDeviceInfo)
      try response.code.check("describe itself")
      // libmtp has just read it, so that the device can tell: it was reset in between.
      do { deviceInfo = try DeviceInfo(data) } catch {
        throw StorageError(.deviceLost, .reopen, cause: "The device broke off while it was opened")
      }
    } catch {
      // The channel's transfers must end before the handle, which goes with this scope.
      channel.close()
      throw error
    }
    self.channel = channel
    self.handle = handle
    propertyLists = deviceInfo.operations.contains(.getObjectPropList) ? .untried : .unusable
  }

  deinit { channel.abandon() }

  var isDead: Bool { channel.isDead }

  /// Every list is held against GetObjectHandles.
  var listsSurely: Bool { true }

  var readsPartially: Bool { supports(.getPartialObject64) || supports(.getPartialObject) }

  func supports(_ operation: OperationCode) -> Bool { deviceInfo.operations.contains(operation) }

  /// Far more than any device has.
  private static let mostStores = 256

  func stores() throws(StorageError) -> [Store] {
    let (response, data) = try channel.receive(.getStorageIDs)
    // Locked, some devices refuse and others answer with an empty list.
    if response.code == .storeNotAvailable || response.code == .accessDenied { return [] }
    try response.code.check("list its storages")
    let ids: [UInt32]
    do { ids = try HandleList.decode(data) } catch { throw error.error("GetStorageIDs") }
    // Each is asked for: a list of millions would take days.
    guard ids.count <= Self.mostStores else {
      throw StorageError(.deviceProtocol, .stop, cause: "The device lists \(ids.count) storages")
    }
    var stores: [Store] = []
    // An id whose lower half is 0 is an empty card slot (MTP 1.1 section 5.2.1).
    for id in ids where id & 0xFFFF != 0 {
      let (response, data) = try channel.receive(.getStorageInfo, [id])
      if response.code == .storeNotAvailable || response.code == .accessDenied { continue }
      try response.code.check("describe a storage")
      do { stores.append(Store(id: id, try StorageInfo(data))) } catch { throw error.error("GetStorageInfo") }
    }
    return stores
  }

  func clock() throws(StorageError) -> String? {
    guard deviceInfo.deviceProperties.contains(.dateTime) else { return nil }
    return try ask(.getDevicePropValue, [UInt32(DevicePropertyCode.dateTime.rawValue)]) { data in
      var reader = ByteReader(data)
      return try? reader.string("DateTime").lossy
    }
  }

  /// Asks for what is taken for true as long as the session lives: once more if there was no answer that tells, since a
  /// device that is busy now is not one that cannot.
  func ask<Value>(
    _ operation: OperationCode,
    _ parameters: [UInt32],
    _ read: ([UInt8]) -> Value?
  ) throws(StorageError) -> Value? {
    for _ in 0..<2 {
      let (response, data) = try channel.receive(operation, parameters)
      if response.code == .ok, let value = read(data) { return value }
      if response.code.isFinal { return nil }
    }
    return nil
  }

  var leavesDoubt: Bool { channel.wasCancelled }

  var hasGivenUp: Bool { channel.hasGivenUp }

  func takesData() -> Bool { supports(.setObjectPropValue) ? channel.takesData() : true }

  func shorten(_ control: TransferControl?) { channel.patience = control }

  func takeEvents() -> [Event] { channel.takeEvents() }

  func close() { channel.close() }
}

extension Store {
  init(id: UInt32, _ info: StorageInfo) {
    self.id = id
    switch info.kind {
    case StorageInfo.Kind.fixedRAM, StorageInfo.Kind.fixedROM: kind = .internal
    case StorageInfo.Kind.removableRAM, StorageInfo.Kind.removableROM: kind = .card
    default: kind = .other
    }
    label = info.description
    volume = info.volumeIdentifier
    space = StorageSpace(free: info.free, capacity: info.capacity)
    isReadOnly = info.access != StorageInfo.Access.readWrite
  }
}
