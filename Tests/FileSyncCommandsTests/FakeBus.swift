import Foundation
import LocalStorage
import Storage
import Synchronization
import SystemPackage

@testable import FileSyncCommands
@testable import MTPStorage

/// A bus whose devices a test plugs in, locks, and changes as time passes. Time passes only when a command pauses.
final class FakeBus: DeviceBus {
  private struct State {
    var devices: [USBDevice] = []
    var isLocked = false
    var time = 0.0
    var opened = 0
    var closed = 0
    var changes: [(time: Double, change: @Sendable (FakeBus) -> Void)] = []
    var folder: String?
    var isReadOnly = false
    var unlisted: String?
    var doubled: String?
    var isCaseSensitive = true
    var isUntried = false
    var label = "Internal shared storage"
    var size: UInt64?
    var isLoop = false
    var fault: FakeStorage.Fault = { _, _ in nil }
  }

  private let state = Mutex(State())

  var time: Double { state.withLock(\.time) }
  var opened: Int { state.withLock(\.opened) }
  var closed: Int { state.withLock(\.closed) }
  var isLocked: Bool { state.withLock(\.isLocked) }

  func plug(_ devices: USBDevice...) { state.withLock { $0.devices = devices } }
  /// What the devices call their storage.
  func label(_ label: String) { state.withLock { $0.label = label } }
  /// Has all folders be the same one.
  func loop() { state.withLock { $0.isLoop = true } }
  /// Has the storage take names that differ in case only for one, until a probe shows that they are two.
  func hideCaseSensitivity() {
    state.withLock { state in
      state.isCaseSensitive = false
      state.isUntried = true
    }
  }
  fileprivate var isUntried: Bool { state.withLock(\.isUntried) }
  fileprivate func probe() {
    state.withLock { state in
      state.isCaseSensitive = true
      state.isUntried = false
    }
  }
  /// Has every file listed with this size.
  func size(_ size: UInt64) { state.withLock { $0.size = size } }
  fileprivate var label: String { state.withLock(\.label) }
  func lock(_ isLocked: Bool) { state.withLock { $0.isLocked = isLocked } }

  /// Gives the devices' storage contents: this folder's. `isReadOnly` is how devices are whose files cannot be written;
  /// `unlisted` is missing from each folder's listing, `doubled` is there twice; without `isCaseSensitive` a name is one
  /// in all its spellings; `fault` says which operations fail.
  func fill(
    from folder: String,
    isReadOnly: Bool = false,
    unlisted: String? = nil,
    doubled: String? = nil,
    isCaseSensitive: Bool = true,
    fault: @escaping FakeStorage.Fault = { _, _ in nil }
  ) {
    state.withLock { state in
      state.folder = folder
      state.isReadOnly = isReadOnly
      state.unlisted = unlisted
      state.doubled = doubled
      state.isCaseSensitive = isCaseSensitive
      state.fault = fault
    }
  }

  /// Changes the bus when a command has paused this long.
  func after(_ seconds: Double, _ change: @escaping @Sendable (FakeBus) -> Void) {
    state.withLock { $0.changes.append((seconds, change)) }
  }

  func pause(_ seconds: Double) {
    let due = state.withLock { state in
      state.time += seconds
      let due = state.changes.filter { $0.time <= state.time }
      state.changes.removeAll { $0.time <= state.time }
      return due
    }
    for item in due { item.change(self) }
  }

  func devices() throws(StorageError) -> [USBDevice] { state.withLock(\.devices) }

  func open(
    _ device: USBDevice,
    log: @escaping @Sendable (String) -> Void
  ) async throws(StorageError) -> any OpenDevice {
    state.withLock { $0.opened += 1 }
    return FakeDevice(bus: self, device: device)
  }

  fileprivate func storage(_ name: String, at root: RelativePath) throws(StorageError) -> any Storage {
    let state = state.withLock(\.self)
    let absent = StorageError(.notFound, .nextFile, path: root, cause: "There is no such folder on the device")
    guard let folder = state.folder else { throw absent }
    let storage: LocalStorage
    do throws(StorageError) {
      storage = try LocalStorage.open(FilePath("\(folder)/\(root.text)"))
    } catch { throw error.reason == .notADirectory ? error : absent }
    var fake = FakeStorage(storage, name: name, root: root, session: self, fault: state.fault)
    if state.isReadOnly { fake.traits.capabilities = .partialRead }
    fake.traits.names.isCaseSensitive = state.isCaseSensitive
    fake.unlisted = state.unlisted
    fake.doubled = state.doubled
    fake.size = state.size
    fake.isLoop = state.isLoop
    return fake
  }

  fileprivate func close() { state.withLock { $0.closed += 1 } }
}

/// A device with one storage, or none while it is locked. It is gone when its address is.
struct FakeDevice: OpenDevice {
  let bus: FakeBus
  let device: USBDevice
  var name: String { device.name }

  func stores() async throws(StorageError) -> [Store] {
    guard try bus.devices().contains(where: { $0.address == device.address }) else {
      throw StorageError(.deviceLost, .reopen, cause: "The device was unplugged")
    }
    if bus.isLocked { throw StorageError(.deviceLocked, .waitForUser(.unlock), cause: "\(name) shows no storage") }
    return [.fake(1, .internal, bus.label)]
  }

  func storage(of store: Store, at root: RelativePath) async throws(StorageError) -> any Storage {
    try bus.storage(name, at: root)
  }

  func knowledge() async throws(StorageError) -> DeviceKnowledge {
    let identity = DeviceIdentity(
      mtpSerial: device.serial,
      usbSerial: device.serial,
      vendorID: device.vendorID,
      productID: device.productID,
      manufacturer: device.manufacturer,
      model: device.product,
      firmware: "1"
    )
    return DeviceKnowledge(device: identity, learned: 0)
  }

  func probe(_ store: Store, _ control: TransferControl) async throws(StorageError) -> ProbeResult {
    try control.check()
    var known = try await knowledge()
    known.storages["card"] = StoreKnowledge(label: "card")
    known.storages["card"]?.keepsModified = true
    known.probed = 1
    return ProbeResult(knowledge: known)
  }

  func isUntried(_ store: Store) async throws(StorageError) -> Bool { bus.isUntried }

  func probeOnce(_ store: Store, _ control: TransferControl) async throws(StorageError) -> ProbeResult {
    bus.probe()
    return ProbeResult(knowledge: try await knowledge())
  }

  func removeProbeLeftovers(_ store: Store) async throws(StorageError) {}

  func close() async { bus.close() }
}

extension USBDevice {
  static func fake(
    _ product: String = "Pixel 7",
    serial: String = "2B1111",
    address: Int = 5,
    state: DeviceState = .ready
  ) -> USBDevice {
    USBDevice(
      bus: 1,
      address: address,
      port: "1-\(serial)",
      vendorID: 0x18d1,
      productID: 0x4ee1,
      manufacturer: "Google",
      product: product,
      serial: serial,
      interface: 0,
      isCamera: false,
      state: state
    )
  }
}

extension Store {
  static func fake(_ id: UInt32, _ kind: Kind, _ label: String) -> Store {
    Store(
      id: id,
      kind: kind,
      label: label,
      volume: "",
      space: StorageSpace(free: 50_000_000_000, capacity: 128_000_000_000),
      isReadOnly: false
    )
  }
}
