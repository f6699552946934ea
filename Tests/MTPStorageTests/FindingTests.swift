import Foundation
import Glibc
import MTPStorage
import Storage
import StorageContract
import Testing

@Suite("Finding devices in sysfs")
struct FindingTests {
  /// A folder that looks like `/`, as far as devices go.
  private final class Root {
    let store: FolderStore
    var bus: USBBus { USBBus(root: store.path) }

    init() throws {
      store = try FolderStore()
      try make("sys/bus/usb/devices")
    }

    func make(_ folder: String) throws {
      try FileManager.default.createDirectory(
        atPath: "\(store.path)/\(folder)",
        withIntermediateDirectories: true
      )
    }

    func write(_ folder: String, _ values: [String: String]) throws {
      try make(folder)
      for (name, value) in values {
        try Data((value + "\n").utf8).write(to: URL(fileURLWithPath: "\(store.path)/\(folder)/\(name)"))
      }
    }

    func device(_ port: String, _ vendorID: String, _ productID: String, more: [String: String] = [:]) throws {
      let values = ["busnum": "1", "devnum": "7", "idVendor": vendorID, "idProduct": productID]
      try write("sys/bus/usb/devices/\(port)", values.merging(more) { $1 })
    }

    /// `kind` is class, subclass and protocol in hexadecimal.
    func interface(
      _ port: String,
      number: Int = 0,
      _ kind: (String, String, String),
      endpoints: Int = 3,
      name: String? = nil
    ) throws {
      var values = [
        "bInterfaceNumber": "0\(number)", "bInterfaceClass": kind.0, "bInterfaceSubClass": kind.1,
        "bInterfaceProtocol": kind.2, "bNumEndpoints": "0\(endpoints)",
      ]
      values["interface"] = name
      try write("sys/bus/usb/devices/\(port):1.\(number)", values)
    }

    func bind(_ interface: String, to driver: String) throws {
      try make("sys/bus/usb/drivers/\(driver)")
      try FileManager.default.createSymbolicLink(
        atPath: "\(store.path)/sys/bus/usb/devices/\(interface)/driver",
        withDestinationPath: "../../drivers/\(driver)"
      )
    }

    func node(mode: Int) throws -> String {
      try write("dev/bus/usb/001", ["007": ""])
      let path = "\(store.path)/dev/bus/usb/001/007"
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      return path
    }
  }

  private static let stillImage = ("06", "01", "01")
  private static let vendorSpecific = ("ff", "ff", "00")

  @Test("A phone is described from its descriptors")
  func phone() throws {
    let root = try Root()
    try root.device(
      "1-4.2",
      "18d1",
      "4ee1",
      more: ["manufacturer": "Google", "product": "Pixel 7", "serial": "2A1"]
    )
    try root.interface("1-4.2", Self.stillImage, name: "MTP")
    _ = try root.node(mode: 0o666)
    let device = try #require(try root.bus.devices().first)
    #expect(device.place == "001:007")
    #expect(device.port == "1-4.2")
    #expect(device.name == "Google Pixel 7")
    #expect(device.serial == "2A1")
    #expect(device.state == .ready)
    #expect(device.interface == 0)
    #expect(!device.isCamera)
  }

  @Test("A camera that libmtp has never heard of is found by its class")
  func camera() throws {
    let root = try Root()
    try root.device("1-1", "1209", "2301", more: ["manufacturer": "NIKON", "product": "NIKON D1"])
    try root.interface("1-1", Self.stillImage)
    let device = try #require(try root.bus.devices().first)
    #expect(device.isCamera)
    // The product repeats its maker.
    #expect(device.name == "NIKON D1")
  }

  @Test("A vendor-specific interface counts if it is named MTP, known to libmtp, or probed at plug-in; else not")
  func vendorSpecific() throws {
    let named = try Root()
    try named.device("1-1", "1209", "0001")
    try named.interface("1-1", number: 1, Self.vendorSpecific, name: "MTP")
    #expect(try named.bus.devices().first?.interface == 1)

    let known = try Root()
    // Creative ZEN Vision, the first entry of libmtp's table.
    try known.device("1-1", "041e", "411f")
    try known.interface("1-1", Self.vendorSpecific)
    #expect(try known.bus.devices().count == 1)

    let probed = try Root()
    try probed.device("1-1", "1209", "0001")
    try probed.interface("1-1", Self.vendorSpecific)
    #expect(try probed.bus.devices().isEmpty)
    try probed.write("run/udev/data", ["c189:6": "E:ID_MTP_DEVICE=1"])
    #expect(try probed.bus.devices().count == 1)
  }

  @Test("Disks, keyboards and hubs are no devices, whoever made them", arguments: ["03", "08", "09", "01"])
  func others(_ interfaceClass: String) throws {
    let root = try Root()
    // Samsung also makes disks.
    try root.device("1-1", "04e8", "61f5")
    try root.interface("1-1", (interfaceClass, "06", "50"), endpoints: 2)
    #expect(try root.bus.devices().isEmpty)
  }

  @Test("A phone that offers no file transfer only charges")
  func charging() throws {
    let root = try Root()
    try root.device("1-1", "18d1", "4ee7", more: ["product": "Pixel 7", "bNumInterfaces": " 1"])
    try root.interface("1-1", ("ff", "42", "01"), endpoints: 2)
    let device = try #require(try root.bus.devices().first)
    #expect(device.state == .chargingOnly)
    #expect(device.interface == nil)
  }

  @Test(
    "A phone that is coming or going, which the kernel shows without its interfaces, is not there",
    arguments: ["", " 1"]
  )
  func comingOrGoing(interfaces: String) throws {
    let root = try Root()
    try root.device("1-1", "18d1", "4ee1", more: ["bNumInterfaces": interfaces])
    #expect(try root.bus.devices().isEmpty)
  }

  @Test("A device that a program has claimed is busy, and the holder is named")
  func busy() throws {
    let root = try Root()
    try root.device("1-1", "18d1", "4ee1")
    try root.interface("1-1", Self.stillImage, name: "MTP")
    let node = try root.node(mode: 0o666)
    try root.bind("1-1:1.0", to: "usbfs")
    #expect(try root.bus.devices().first?.state == .busy(holders: []))

    try root.write(
      "proc/4711",
      ["comm": "gvfsd-mtp", "stat": "4711 (a) b) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1234 0"]
    )
    try root.write("proc", ["stat": "cpu 1 2\nbtime 1000\n"])
    try root.make("proc/4711/fd")
    try FileManager.default.createSymbolicLink(
      atPath: "\(root.store.path)/proc/4711/fd/9",
      withDestinationPath: node
    )
    let holder = Holder(pid: 4711, name: "gvfsd-mtp", started: 1000 + 1234 / Int64(sysconf(Int32(_SC_CLK_TCK))))
    #expect(try root.bus.devices().first?.state == .busy(holders: [holder]))
  }

  @Test("A node that may not be opened makes the device forbidden")
  func forbidden() throws {
    let root = try Root()
    try root.device("1-1", "18d1", "4ee1")
    try root.interface("1-1", Self.stillImage, name: "MTP")
    let node = try root.node(mode: 0)
    #expect(try root.bus.devices().first?.state == .forbidden(node: node))
  }

  @Test("A machine without USB says so")
  func withoutUSB() throws {
    let error = #expect(throws: StorageError.self) { _ = try USBBus(root: "/nonexistent").devices() }
    #expect(error?.reason == .deviceAbsent)
  }

  @Test("Strange text in descriptors neither crashes nor hides a device")
  func strangeText() throws {
    let root = try Root()
    try root.device("1-1", "18d1", "4ee1", more: ["serial": "\u{1B}[2J", "product": ""])
    try Data([0xFF, 0xFE, 0x41]).write(
      to: URL(fileURLWithPath: "\(root.store.path)/sys/bus/usb/devices/1-1/manufacturer")
    )
    try root.interface("1-1", Self.stillImage, name: "MTP")
    #expect(try root.bus.devices().first?.manufacturer == "\u{FFFD}\u{FFFD}A")
  }
}
