internal import Foundation

/// A device's entries in the bus's directory, laid out as the real `/sys` and `/dev` have them.
struct SysfsTree: Sendable {
  let directory: String
  let description: USBDescription
  let busNumber: UInt8
  let address: UInt8
  /// Number of the port of the root hub.
  let portNumber: Int

  var portName: String { "\(busNumber)-\(portNumber)" }
  private var devices: String { "\(directory)/sys/bus/usb/devices" }
  private var interface: String { "\(devices)/\(portName):1.0" }
  /// Path of the device node.
  var node: String { "\(directory)/dev/bus/usb/\(Self.decimal(busNumber))/\(Self.decimal(address))" }
  /// Folder and name of the device's socket.
  var ports: String { "\(directory)/ports" }
  var socketName: String { "\(Self.decimal(busNumber))-\(Self.decimal(address))" }

  static func decimal(_ number: UInt8) -> String { String(format: "%03d", Int(number)) }
  private static func hex(_ number: UInt8) -> String { String(format: "%02x", Int(number)) }
  private static func hex(_ number: UInt16) -> String { String(format: "%04x", Int(number)) }

  /// Makes the folders of an empty bus.
  static func makeBus(_ directory: String, busNumber: UInt8) throws {
    let tree = ["sys/bus/usb/devices", "sys/bus/usb/drivers/usbfs", "dev/bus/usb/\(decimal(busNumber))", "ports"]
    for folder in tree {
      try FileManager.default.createDirectory(atPath: "\(directory)/\(folder)", withIntermediateDirectories: true)
    }
  }

  /// Makes the device appear, all at once for whoever lists the devices.
  func add() throws {
    let files = FileManager.default
    guard files.createFile(atPath: node, contents: nil, attributes: [.posixPermissions: 0o664]) else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: node])
    }
    try fill(interface, interfaceAttributes)
    for (address, kind, size) in [
      (description.bulkIn, "Bulk", description.speed.packetSize),
      (description.bulkOut, "Bulk", description.speed.packetSize),
      (description.interruptIn, "Interrupt", USBDescription.eventPacketSize),
    ] {
      let attributes = [
        "bEndpointAddress": Self.hex(address), "bmAttributes": kind == "Bulk" ? "02" : "03", "bLength": "07",
        "direction": address & 0x80 != 0 ? "in" : "out", "type": kind, "wMaxPacketSize": Self.hex(UInt16(size)),
      ]
      try fill("\(interface)/ep_\(Self.hex(address))", attributes)
    }
    // Nobody takes a folder whose name begins with a dot for a device, so it is complete when it gets its name.
    let hidden = "\(devices)/.\(portName)"
    try fill(hidden, deviceAttributes)
    let descriptors = Data(description.deviceDescriptor + description.configurationDescriptor)
    try descriptors.write(to: URL(fileURLWithPath: "\(hidden)/descriptors"))
    if let wait = description.longestWait { try fill(hidden, ["longest_wait": "\(wait)"]) }
    try files.moveItem(atPath: hidden, toPath: "\(devices)/\(portName)")
  }

  /// Makes the device disappear, in the kernel's order: first what its configuration is made of, then itself. What is gone
  /// already is no matter.
  func remove() {
    let files = FileManager.default
    removeConfiguration()
    for path in ["\(devices)/\(portName)", node, "\(ports)/\(socketName)"] {
      try? files.removeItem(atPath: path)
    }
  }

  /// Takes the device's configuration away, as the kernel does when a cable was pulled and before the device disappears.
  func removeConfiguration() {
    try? FileManager.default.removeItem(atPath: interface)
    guard let value = FileHandle(forWritingAtPath: "\(devices)/\(portName)/bConfigurationValue") else { return }
    try? value.truncate(atOffset: 0)
  }

  /// Shows or hides the driver that a claimed interface has.
  func setClaimed(_ claimed: Bool) {
    // A failure is not worth an error: the folder is gone, with the device.
    let link = "\(interface)/driver"
    try? FileManager.default.removeItem(atPath: link)
    if claimed {
      try? FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "../../drivers/usbfs")
    }
  }

  private func fill(_ folder: String, _ attributes: [String: String]) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, value) in attributes {
      try Data("\(value)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
  }

  private var deviceAttributes: [String: String] {
    let megabits = [USBDescription.Speed.full: "12", .high: "480", .superSpeed: "5000"]
    let version = [USBDescription.Speed.full: " 1.10", .high: " 2.00", .superSpeed: " 3.00"]
    let ids = [description.vendorID, description.productID, description.release].map { String($0, radix: 16) }
    var attributes = [
      "busnum": "\(busNumber)", "devnum": "\(address)", "devpath": "\(portNumber)",
      "idVendor": Self.hex(description.vendorID), "idProduct": Self.hex(description.productID),
      "bcdDevice": Self.hex(description.release), "version": version[description.speed] ?? "",
      "speed": megabits[description.speed] ?? "", "bDeviceClass": "00", "bDeviceSubClass": "00",
      "bDeviceProtocol": "00", "bNumConfigurations": "1", "bConfigurationValue": "1", "bNumInterfaces": " 1",
      "maxchild": "0",
      "uevent": """
      MAJOR=189
      MINOR=\((Int(busNumber) - 1) * 128 + Int(address) - 1)
      DEVNAME=bus/usb/\(Self.decimal(busNumber))/\(Self.decimal(address))
      DEVTYPE=usb_device
      DRIVER=usb
      PRODUCT=\(ids.joined(separator: "/"))
      TYPE=0/0/0
      BUSNUM=\(Self.decimal(busNumber))
      DEVNUM=\(Self.decimal(address))
      """,
    ]
    // As in the real tree, a string that the device has not got has no file.
    let strings = [
      "manufacturer": description.manufacturer, "product": description.product, "serial": description.serial,
    ]
    for (name, text) in strings where !text.isEmpty { attributes[name] = text }
    return attributes
  }

  private var interfaceAttributes: [String: String] {
    var attributes = [
      "bInterfaceNumber": "00", "bAlternateSetting": " 0", "bNumEndpoints": "03",
      "bInterfaceClass": Self.hex(description.interfaceClass),
      "bInterfaceSubClass": Self.hex(description.interfaceSubclass),
      "bInterfaceProtocol": Self.hex(description.interfaceProtocol),
      "uevent": "DEVTYPE=usb_interface",
    ]
    if !description.interfaceName.isEmpty { attributes["interface"] = description.interfaceName }
    return attributes
  }
}
