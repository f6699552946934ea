/// What a virtual device says of itself in its USB descriptors: one configuration, one interface, three endpoints.
public struct USBDescription: Hashable, Sendable {
  /// Signalling rate, which decides the packet size of the bulk endpoints (USB 2.0 section 5.8.3, USB 3.2 section 8).
  public enum Speed: Hashable, Sendable, CaseIterable {
    /// 12 Mbit/s, packets of 64 bytes.
    case full
    /// 480 Mbit/s, packets of 512 bytes.
    case high
    /// 5 Gbit/s, packets of 1024 bytes.
    case superSpeed

    /// Largest packet of a bulk endpoint, in bytes.
    public var packetSize: Int {
      switch self {
      case .full: 64
      case .high: 512
      case .superSpeed: 1024
      }
    }
  }

  public var vendorID: UInt16
  public var productID: UInt16
  /// Release number of the device, binary-coded decimal (`bcdDevice`).
  public var release: UInt16
  /// Empty where the device has no such string.
  public var manufacturer: String
  public var product: String
  public var serial: String
  /// 6 for "still image", which PTP and most MTP devices use; 0xFF for vendor-specific ones.
  public var interfaceClass: UInt8
  public var interfaceSubclass: UInt8
  public var interfaceProtocol: UInt8
  /// The interface's string, which says "MTP" on Android; empty for none.
  public var interfaceName: String
  public var speed: Speed
  /// Endpoint addresses; bit 7 is set for those that lead to the host.
  public var bulkIn: UInt8
  public var bulkOut: UInt8
  public var interruptIn: UInt8
  /// Set if no time-out of a host's transfer shall be longer, in milliseconds: no property of a device, but what spares a
  /// test the 20 s that libmtp waits for a silent one.
  public var longestWait: Int?

  public init(
    vendorID: UInt16,
    productID: UInt16,
    release: UInt16 = 0x0100,
    manufacturer: String,
    product: String,
    serial: String,
    interfaceClass: UInt8 = 6,
    interfaceSubclass: UInt8 = 1,
    interfaceProtocol: UInt8 = 1,
    interfaceName: String = "MTP",
    speed: Speed = .high,
    bulkIn: UInt8 = 0x81,
    bulkOut: UInt8 = 0x02,
    interruptIn: UInt8 = 0x83
  ) {
    self.vendorID = vendorID
    self.productID = productID
    self.release = release
    self.manufacturer = manufacturer
    self.product = product
    self.serial = serial
    self.interfaceClass = interfaceClass
    self.interfaceSubclass = interfaceSubclass
    self.interfaceProtocol = interfaceProtocol
    self.interfaceName = interfaceName
    self.speed = speed
    self.bulkIn = bulkIn
    self.bulkOut = bulkOut
    self.interruptIn = interruptIn
  }
}
