internal import CLibMTP

/// A reset of one device on the bus, as if it were unplugged and plugged in. Phones fall back to charging, and some
/// e-readers stay away, so it comes after everything else.
enum USBReset {
  static func perform(bus: Int, address: Int) {
    unsafe USBHandle.lend(bus: bus, address: address) { unsafe _ = libusb_reset_device($0) }
  }
}
