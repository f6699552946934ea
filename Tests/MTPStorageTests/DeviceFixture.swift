import Foundation
import MTPStorage
import PTP
import Storage
import StorageContract
import Synchronization
import VirtualDevice

/// A virtual device over a folder, on the bus of this process, where the real libmtp finds it.
final class Rig: Sendable {
  let store: FolderStore
  let device: VirtualDevice
  let bus: USBBus
  let serial: String

  private static let count = Atomic<Int>(0)

  init(
    _ profile: Profile,
    holding tree: [TreeItem] = [],
    storages: Int = 1,
    zone: TimeZone = .current,
    faults: [Fault] = [],
    space: UInt64? = nil,
    isLocked: Bool = false,
    productIDUnlocked: UInt16? = nil,
    names: [String: [UInt16]] = [:],
    nestedFolders: Int = 0,
    longestWait: Int? = nil,
    serial: String? = nil,
    store: FolderStore? = nil
  ) throws {
    self.store = try store ?? FolderStore(holding: tree)
    let number = Self.count.add(1, ordering: .relaxed).newValue
    self.serial = serial ?? "RIG\(number)X\(profile.name.uppercased())"
    let virtual = try VirtualBus.ofThisProcess.get()
    device = try VirtualDevice(
      VirtualDevice.Configuration(
        profile: profile,
        folders: Array(repeating: self.store.path, count: storages),
        serial: self.serial,
        zone: zone,
        faults: faults,
        isLocked: isLocked,
        productIDUnlocked: productIDUnlocked,
        space: space,
        names: names,
        nestedFolders: nestedFolders,
        longestWait: longestWait
      ),
      on: virtual
    )
    bus = USBBus(root: virtual.directory)
  }

  deinit { device.unplug() }

  /// The device as sysfs shows it now.
  func find() throws -> USBDevice {
    guard let found = try bus.devices().first(where: { $0.serial == serial }) else {
      throw ContractViolation("\(serial) is not on the bus")
    }
    return found
  }

  func open(_ options: MTPOptions = .impatient) async throws -> MTPDevice {
    try await MTPDevice.open(try find(), on: bus, options: options)
  }

  /// Runs `body` with the root of the first storage.
  func withStorage(
    _ options: MTPOptions = .impatient,
    at root: RelativePath = .root,
    _ body: (any Storage) async throws -> Void
  ) async throws {
    let opened = try await open(options)
    do {
      let stores = try await opened.stores()
      try await body(try await opened.storage(of: stores[0], at: root))
    } catch {
      await opened.close()
      throw error
    }
    await opened.close()
  }

  /// How many transactions of each operation `body` costs.
  func transactions(_ body: () async throws -> Void) async throws -> [OperationCode: Int] {
    let before = device.statistics.operations
    try await body()
    return device.statistics.operations.reduce(into: [:]) { costs, now in
      let more = now.value - (before[now.key] ?? 0)
      if more > 0 { costs[now.key] = more }
    }
  }
}

extension MTPOptions {
  /// Waits less long than for a real device, which nothing here is slower than.
  static var impatient: MTPOptions {
    var options = MTPOptions()
    options.silence = 2
    options.firstByte = 2
    options.comeback = 10
    return options
  }

  static var libmtpOnly: MTPOptions {
    var options = impatient
    options.transport = .libmtp
    return options
  }
}

/// A way to a device: a profile and a transport.
struct Route: Sendable, CustomStringConvertible {
  var profile: Profile
  var transport: MTPOptions.Transport

  var description: String { "\(profile.name) over \(transport)" }

  var options: MTPOptions { transport == .libmtp ? .libmtpOnly : .impatient }

  static let all = Profile.all.flatMap { profile in
    [Route(profile: profile, transport: .automatic), Route(profile: profile, transport: .libmtp)]
  }

  static let writable = all.filter(\.isWritable)

  /// Whether it takes files. libmtp's own way to an e-reader does not: see ``ContractTests/namelessFolders()``.
  var isWritable: Bool {
    profile.info.operations.contains(.sendObject) && (profile.rules.namelessFolders == 0 || transport == .automatic)
  }
}

/// Runs the storage contract over a virtual device: all checks on one device, and in one session for as long as that
/// lives. Each has a folder of its own on it.
actor DeviceFixture: StorageFixture {
  private let route: Route
  private let rig: Rig
  private var opened: MTPDevice?

  init(route: Route) throws {
    self.route = route
    rig = try Rig(route.profile)
  }

  func withStorage(
    holding tree: [TreeItem],
    _ body: @Sendable (any Storage, any BackingStore) async throws -> Void
  ) async throws {
    let store = try FolderStore(holding: tree, in: rig.store.path)
    let name = String(store.path.dropFirst(rig.store.path.count + 1))
    let device = try await device()
    try await body(try await device.storage(of: try await device.stores()[0], at: .of(name)), store)
  }

  /// The device, which is opened again if the last check was the end of its session.
  private func device() async throws -> MTPDevice {
    if let opened, (try? await opened.stores()) != nil { return opened }
    await close()
    let device = try await rig.open(route.options)
    opened = device
    return device
  }

  func close() async {
    await opened?.close()
    opened = nil
  }
}
