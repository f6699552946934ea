internal import CLibMTP

/// A reset of one device on the bus, as if it were unplugged and plugged in. Phones fall back to charging, and some
/// e-readers stay away, so it comes after everything else.
enum USBReset {
  static func perform(bus: Int, address: Int) {
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
      unsafe _ = libusb_reset_device(handle)
      unsafe libusb_close(handle)
    }
  }
}
