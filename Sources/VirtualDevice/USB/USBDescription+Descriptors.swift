/// The descriptors of USB 2.0 chapter 9 (USB 3.2 chapter 9 at SuperSpeed).
extension USBDescription {
  /// Indices of the strings, in the order of ``strings``.
  private enum StringIndex: UInt8 { case manufacturer = 1, product, serial, interfaceName }

  /// Packet size of the interrupt endpoint, in bytes; an MTP event has at most 24.
  static let eventPacketSize = 64

  private func index(_ string: StringIndex) -> UInt8 {
    text(string.rawValue)?.isEmpty == false ? string.rawValue : 0
  }

  private func text(_ index: UInt8) -> String? {
    switch StringIndex(rawValue: index) {
    case .manufacturer: manufacturer
    case .product: product
    case .serial: serial
    case .interfaceName: interfaceName
    case nil: nil
    }
  }

  private static func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }

  /// `bcdUSB`.
  var usbVersion: UInt16 {
    switch speed {
    case .full: 0x0110
    case .high: 0x0200
    case .superSpeed: 0x0300
    }
  }

  /// 18 bytes.
  var deviceDescriptor: [UInt8] {
    // At SuperSpeed the size is an exponent of two.
    let controlPacketSize: UInt8 = speed == .superSpeed ? 9 : 64
    return [18, 1] + Self.bytes(usbVersion) + [0, 0, 0, controlPacketSize] + Self.bytes(vendorID)
      + Self.bytes(productID) + Self.bytes(release) + [index(.manufacturer), index(.product), index(.serial), 1]
  }

  /// The configuration with its interface and endpoints.
  var configurationDescriptor: [UInt8] {
    func endpoint(_ address: UInt8, kind: UInt8, packetSize: Int, interval: UInt8) -> [UInt8] {
      let companion: [UInt8] = speed == .superSpeed ? [6, 0x30, 0, 0, 0, 0] : []
      return [7, 5, address, kind] + Self.bytes(UInt16(packetSize)) + [interval] + companion
    }
    let body =
      [9, 4, 0, 0, 3, interfaceClass, interfaceSubclass, interfaceProtocol, index(.interfaceName)]
      + endpoint(bulkIn, kind: 2, packetSize: speed.packetSize, interval: 0)
      + endpoint(bulkOut, kind: 2, packetSize: speed.packetSize, interval: 0)
      + endpoint(interruptIn, kind: 3, packetSize: Self.eventPacketSize, interval: 6)
    return [9, 2] + Self.bytes(UInt16(9 + body.count)) + [1, 1, 0, 0xC0, 50] + body
  }

  /// A string's descriptor; 0 is the list of languages, which holds US English. `nil` if there is none.
  func stringDescriptor(_ index: UInt8) -> [UInt8]? {
    if index == 0 { return [4, 3, 0x09, 0x04] }
    guard let text = text(index), !text.isEmpty else { return nil }
    let units = text.utf16.prefix(126).flatMap(Self.bytes)
    return [UInt8(2 + units.count), 3] + units
  }
}
