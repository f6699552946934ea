internal import CLibMTP

/// libmtp's own table of devices: what they are called, and which of their faults it works around.
struct KnownDevices: Sendable {
  static let shared = KnownDevices()

  private struct Key: Hashable {
    var vendorID: UInt16
    var productID: UInt16
  }

  private let flags: [Key: UInt32]
  private let vendors: Set<UInt16>

  private init() {
    LibMTP.start()
    var table: UnsafeMutablePointer<LIBMTP_device_entry_t>?
    var count: Int32 = 0
    var flags: [Key: UInt32] = [:]
    // The table is static in libmtp, and asking for it does no USB (libmtp 1.1.20, libusb1-glue.c).
    if unsafe LIBMTP_Get_Supported_Devices_List(&table, &count) == 0, let table = unsafe table {
      for index in 0..<Int(count) {
        let entry = unsafe table[index]
        unsafe flags[Key(vendorID: entry.vendor_id, productID: entry.product_id)] = entry.device_flags
      }
    }
    self.flags = flags
    vendors = Set(flags.keys.map(\.vendorID))
  }

  func contains(_ vendorID: UInt16, _ productID: UInt16) -> Bool {
    flags[Key(vendorID: vendorID, productID: productID)] != nil
  }

  func contains(vendor: UInt16) -> Bool { vendors.contains(vendor) }

  /// libmtp's flags for a device; 0 for one it does not know.
  func flags(_ vendorID: UInt16, _ productID: UInt16) -> UInt32 {
    flags[Key(vendorID: vendorID, productID: productID)] ?? 0
  }
}
