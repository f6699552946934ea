internal import Foundation
public import Storage

/// The USB devices of this machine, read from sysfs: nothing is opened, nothing is sent, nothing is reset.
public struct USBBus: Sendable {
  /// Holds `sys`, `dev`, `proc` and `run`: `/`, or another one for tests.
  public let root: String

  public init(root: String = "/") { self.root = root.hasSuffix("/") ? root : root + "/" }

  /// All devices that speak MTP or PTP, and phones that only charge, by bus and address.
  /// - Throws: `deviceAbsent` where the kernel shows no USB at all, as in a container.
  public func devices() throws(StorageError) -> [USBDevice] {
    let folder = Sysfs(path: root + "sys/bus/usb/devices")
    guard let names = folder.children() else {
      throw StorageError(.deviceAbsent, .waitForUser(.plugIn), cause: "This computer shows no USB (\(folder.path))")
    }
    var interfaces: [String: [USBInterface]] = [:]
    for name in names {
      guard let colon = name.firstIndex(of: ":") else { continue }
      guard let interface = USBInterface(folder.child(name)) else { continue }
      interfaces[String(name[..<colon]), default: []].append(interface)
    }
    let devices = names.filter { !$0.contains(":") }.compactMap { port in
      device(at: folder.child(port), port: port, interfaces: interfaces[port] ?? [])
    }
    return devices.sorted { ($0.bus, $0.address) < ($1.bus, $1.address) }
  }

  /// The device node that a driver in user space opens.
  func node(bus: Int, address: Int) -> String { root + "dev/bus/usb/\(threeDigits(bus))/\(threeDigits(address))" }

  /// Tells the time for which a device is plugged in from all its others, and from those of other devices: a node of
  /// devtmpfs gets a number that no other one has had since this computer was started. `nil` where there is no node.
  func stay(of device: USBDevice) -> String? {
    let node = node(bus: device.bus, address: device.address)
    let boot = Sysfs(path: root + "proc/sys/kernel/random").text("boot_id")
    let attributes = try? FileManager.default.attributesOfItem(atPath: node)
    return (attributes?[.systemFileNumber] as? UInt64).map { "\(boot) \(node) \($0)" }
  }

  private func device(at folder: Sysfs, port: String, interfaces: [USBInterface]) -> USBDevice? {
    guard let bus = folder.decimal("busnum"), let address = folder.decimal("devnum"),
      let vendorID: UInt16 = folder.hexadecimal("idVendor"), let productID: UInt16 = folder.hexadecimal("idProduct")
    else { return nil }
    var device = USBDevice(
      bus: bus,
      address: address,
      port: port,
      vendorID: vendorID,
      productID: productID,
      manufacturer: folder.text("manufacturer"),
      product: folder.text("product"),
      serial: folder.text("serial"),
      interface: nil,
      isCamera: false,
      state: .ready
    )
    let known = KnownDevices.shared
    if let interface = choose(interfaces, of: device, known: known) {
      device.interface = interface.number
      device.isCamera = interface.isStillImage && !interface.isNamedMTP && !known.contains(vendorID, productID)
      device.state = state(of: device, interface: interface)
      return device
    }
    // While a device comes or goes, the kernel shows it without its interfaces: that one is not there, and charges nothing.
    guard folder.decimal("bNumInterfaces") == interfaces.count else { return nil }
    guard known.contains(vendor: vendorID), interfaces.allSatisfy(\.couldBePhone) else { return nil }
    device.state = .chargingOnly
    return device
  }

  /// The interface that speaks MTP, the most certain one first.
  private func choose(_ interfaces: [USBInterface], of device: USBDevice, known: KnownDevices) -> USBInterface? {
    let able = interfaces.filter(\.hasThreeEndpoints)
    if let named = able.first(where: \.isNamedMTP) { return named }
    if let image = able.first(where: \.isStillImage) { return image }
    // Only vendor-specific interfaces are left. libmtp's table knows many; udev's mtp-probe asked the rest at plug-in.
    guard known.contains(device.vendorID, device.productID) || wasProbed(device) else { return nil }
    return able.first { $0.interfaceClass == 0xFF && !$0.isDebugBridge }
  }

  /// Whether udev's `mtp-probe` (package libmtp-runtime) found MTP when the device was plugged in.
  private func wasProbed(_ device: USBDevice) -> Bool {
    // usbfs nodes have major 189 and minor (bus - 1) * 128 + address - 1 (Linux, drivers/usb/core/devio.c).
    let minor = (device.bus - 1) * 128 + device.address - 1
    return Sysfs(path: root + "run/udev/data").text("c189:\(minor)").contains("ID_MTP_DEVICE=1")
  }

  private func state(of device: USBDevice, interface: USBInterface) -> DeviceState {
    let node = node(bus: device.bus, address: device.address)
    if interface.driver == "usbfs" { return .busy(holders: Holder.of(node: node, processes: root + "proc")) }
    return isAccessible(node) ? .ready : .forbidden(node: node)
  }

  private func isAccessible(_ node: String) -> Bool {
    // A missing node is left to the open, which says what is wrong.
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: node) else { return true }
    // Nobody at all may open a node of mode 0; asked as root, the system would say yes.
    if let mode = attributes[.posixPermissions] as? Int, mode == 0 { return false }
    return FileManager.default.isReadableFile(atPath: node) && FileManager.default.isWritableFile(atPath: node)
  }
}
