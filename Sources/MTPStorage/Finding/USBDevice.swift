/// A USB device that speaks MTP or PTP, as the kernel describes it. Nothing was opened to learn this.
public struct USBDevice: Hashable, Sendable {
  /// Bus number, 1 to 999.
  public var bus: Int
  /// Address on the bus, 1 to 127; another one after each plugging in.
  public var address: Int
  /// The kernel's name for the port, such as `1-4.2`.
  public var port: String
  public var vendorID: UInt16
  public var productID: UInt16
  /// The string descriptors; empty where the device has none.
  public var manufacturer: String
  public var product: String
  public var serial: String
  /// Of the interface that speaks MTP; `nil` if there is none, as on a phone that only charges.
  public var interface: Int?
  /// Whether the interface says that it is a PTP camera (class 6/1/1) and not by name an MTP device.
  public var isCamera: Bool
  public var state: DeviceState

  /// Manufacturer and product, or the ids where the device has no strings.
  public var name: String {
    let words = [manufacturer, product].filter { !$0.isEmpty }
    guard !words.isEmpty else { return "USB device \(hexadecimal(vendorID)):\(hexadecimal(productID))" }
    // Many products repeat their maker: "SAMSUNG SAMSUNG_Android".
    if words.count == 2, product.lowercased().hasPrefix(manufacturer.lowercased()) { return product }
    return words.joined(separator: " ")
  }

  /// `bus:address` with three digits each, as `lsusb` writes them.
  public var place: String { "\(threeDigits(bus)):\(threeDigits(address))" }
}

/// Whether a device can be opened, as far as can be told without opening it. A locked phone looks ready: that shows
/// only in its empty list of storages.
public enum DeviceState: Hashable, Sendable {
  case ready
  /// Other programs hold the interface. Empty if the kernel says so, and no holder could be found.
  case busy(holders: [Holder])
  /// The user may not open the device node, at this path.
  case forbidden(node: String)
  /// A phone that offers no file transfer, only charging.
  case chargingOnly
}

func hexadecimal(_ value: UInt16) -> String { padded(String(value, radix: 16), to: 4) }
func threeDigits(_ value: Int) -> String { padded(String(value), to: 3) }
func padded(_ text: String, to width: Int) -> String {
  String(repeating: "0", count: max(0, width - text.count)) + text
}
