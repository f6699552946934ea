internal import CLibMTP

/// A device opened with libusb alone, for what has to happen outside libmtp's session.
enum USBHandle {
  /// Lends libusb's handle of the device at this place to `body`. Does nothing if there is no such device, or if it
  /// cannot be opened.
  static func lend(bus: Int, address: Int, to body: (OpaquePointer) -> Void) {
    var context: OpaquePointer?
    guard unsafe libusb_init(&context) == 0 else { return }
    defer { unsafe libusb_exit(context) }
    var list: UnsafeMutablePointer<OpaquePointer?>?
    let count = unsafe libusb_get_device_list(context, &list)
    guard count >= 0, let list = unsafe list else { return }
    defer { unsafe libusb_free_device_list(list, 1) }
    for index in 0..<count {
      guard let device = unsafe list[index],
        unsafe (Int(libusb_get_bus_number(device)), Int(libusb_get_device_address(device))) == (bus, address)
      else { continue }
      var handle: OpaquePointer?
      guard unsafe libusb_open(device, &handle) == 0, let handle = unsafe handle else { return }
      unsafe body(handle)
      unsafe libusb_close(handle)
    }
  }
}
