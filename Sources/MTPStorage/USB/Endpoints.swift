internal import CLibMTP
internal import Storage

/// The three endpoints of an MTP interface (MTP 1.1 appendix C.1).
struct Endpoints {
  var bulkIn: UInt8
  var bulkOut: UInt8
  var interruptIn: UInt8
  /// Of the bulk endpoints, in bytes: 64 at full speed, 512 at high speed, 1024 at super speed.
  var packetSize: Int

  /// Reads them from the active configuration of an open device.
  init(of handle: OpaquePointer, interface: Int32) throws(StorageError) {
    var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
    let status = unsafe libusb_get_active_config_descriptor(libusb_get_device(handle), &configuration)
    guard status == 0, let configuration = unsafe configuration else {
      throw USBStatus.error(status, doing: "read the configuration of the device")
    }
    defer { unsafe libusb_free_config_descriptor(configuration) }
    var found: Endpoints?
    for index in 0..<Int(unsafe configuration.pointee.bNumInterfaces) {
      let candidate = unsafe configuration.pointee.interface[index]
      guard unsafe candidate.num_altsetting > 0 else { continue }
      let setting = unsafe candidate.altsetting[0]
      guard Int32(unsafe setting.bInterfaceNumber) == interface else { continue }
      found = unsafe Endpoints(setting)
    }
    guard let found else {
      throw StorageError(
        .deviceProtocol,
        .stop,
        cause: "Interface \(interface) lacks the three endpoints that MTP needs"
      )
    }
    self = found
  }

  private init?(_ setting: libusb_interface_descriptor) {
    var bulkIn: UInt8?
    var bulkOut: UInt8?
    var interruptIn: UInt8?
    var packetSize = 512
    for index in 0..<Int(unsafe setting.bNumEndpoints) {
      let endpoint = unsafe setting.endpoint[index]
      let address = unsafe endpoint.bEndpointAddress
      // Bits 0 and 1 are the transfer type, bit 7 of the address the direction (USB 2.0 section 9.6.6).
      switch (unsafe endpoint.bmAttributes & 3, address & 0x80) {
      case (2, 0x80):
        bulkIn = address
        packetSize = Int(unsafe endpoint.wMaxPacketSize & 0x7FF)
      case (2, _): bulkOut = address
      case (3, 0x80): interruptIn = address
      default: break
      }
    }
    guard let bulkIn, let bulkOut, let interruptIn, packetSize > 0 else { return nil }
    (self.bulkIn, self.bulkOut, self.interruptIn) = (bulkIn, bulkOut, interruptIn)
    self.packetSize = packetSize
  }
}
