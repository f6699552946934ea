internal import CLibMTP

/// What a device has still to say to a program that is gone. Killed in the middle of a download, it leaves the rest of
/// the data phase and the response in the device. libmtp would take them for the answer to its OpenSession, and reset
/// the device, from which uMTP-Responder 1.3.10 does not recover (measured).
enum StaleData {
  /// Waiting for the first of it; a device without any costs this much.
  private static let firstWait: UInt32 = 50
  /// Waiting for more of it. The response can follow the data after a while.
  private static let nextWait: UInt32 = 300
  /// A device that sends more than the longest piece of a file, or for ever, is not emptied; opening it will tell.
  private static let limit = 64 << 20
  private static let patience = Duration.seconds(3)

  /// Reads and forgets it, before the device is opened.
  static func discard(from device: USBDevice) {
    guard let number = device.interface else { return }
    let interface = Int32(number)
    unsafe USBHandle.lend(bus: device.bus, address: device.address) { handle in
      guard let endpoints = unsafe try? Endpoints(of: handle, interface: interface),
        unsafe libusb_claim_interface(handle, interface) == 0
      else { return }
      defer { unsafe _ = libusb_release_interface(handle, interface) }
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var total = 0
      var mayClear = true
      let deadline = ContinuousClock.now + patience
      while total < limit, ContinuousClock.now < deadline {
        var received: Int32 = 0
        let status = unsafe libusb_bulk_transfer(
          handle,
          endpoints.bulkIn,
          &buffer,
          Int32(buffer.count),
          &received,
          total == 0 ? firstWait : nextWait
        )
        total += Int(received)
        if status == Int32(LIBUSB_ERROR_PIPE.rawValue), mayClear {
          // A halt outlives the program that met it.
          mayClear = false
          unsafe _ = libusb_clear_halt(handle, endpoints.bulkIn)
          continue
        }
        if status != 0, received == 0 { return }
      }
    }
  }
}
