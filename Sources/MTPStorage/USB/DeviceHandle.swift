internal import CLibMTP
internal import Storage
internal import Synchronization

/// Owns a device that libmtp has opened. libmtp knows the quirks of 1,400 devices and opens the session; our own
/// transactions then run over its USB handle.
@safe struct DeviceHandle: ~Copyable {
  /// libmtp's device.
  let device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>
  /// libusb's handle inside it, `nil` where it could not be proven: then only libmtp's own calls may be used.
  let usb: OpaquePointer?
  /// The interface that libmtp claimed.
  let interface: Int32

  /// Opens `usbDevice` without libmtp's cache, which would scan the whole device.
  /// - Throws: `deviceLost` if it has gone, `deviceTimedOut` if it does not answer. libmtp gives no reason.
  init(opening usbDevice: USBDevice) throws(StorageError) {
    LibMTP.start()
    StaleData.discard(from: usbDevice)
    let began = ContinuousClock.now
    var opened = LibMTP.opening.withLock { _ in unsafe Opened(Self.open(usbDevice)) }
    // A device whose sender was killed in the middle of a file takes OpenSession for the last of the file, and answers
    // to SendObject; then it is free. One that is silent fails late, and not better the second time.
    if unsafe opened.device == nil, ContinuousClock.now - began < Self.silence {
      StaleData.discard(from: usbDevice)
      opened = LibMTP.opening.withLock { _ in unsafe Opened(Self.open(usbDevice)) }
    }
    guard let device = unsafe opened.device else {
      throw StorageError(
        .deviceTimedOut,
        .waitForUser(.plugIn),
        cause: "\(usbDevice.name) does not answer over USB"
      )
    }
    unsafe self.device = device
    interface = Int32(usbDevice.interface ?? 0)
    unsafe usb = Self.provenHandle(of: device, usbDevice)
  }

  /// Less than libmtp waits for an answer while it opens a device (5 s).
  private static let silence = Duration.seconds(3)

  // A pointer is not Sendable; this one is made under the lock and handed to the one thread that waits for it.
  @safe private struct Opened: @unchecked Sendable {
    let device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>?
    init(_ device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>?) { unsafe self.device = device }
  }

  private static func open(_ usbDevice: USBDevice) -> UnsafeMutablePointer<LIBMTP_mtpdevice_t>? {
    // libmtp finds the device again by bus and address. Its own detection would open every device on the bus, and
    // misses cameras that are not in its table.
    var raw = unsafe LIBMTP_raw_device_t()
    unsafe raw.device_entry.vendor_id = usbDevice.vendorID
    unsafe raw.device_entry.product_id = usbDevice.productID
    unsafe raw.device_entry.device_flags = KnownDevices.shared.flags(usbDevice.vendorID, usbDevice.productID)
    unsafe raw.bus_location = UInt32(usbDevice.bus)
    unsafe raw.devnum = UInt8(truncatingIfNeeded: usbDevice.address)
    return unsafe LIBMTP_Open_Raw_Device_Uncached(&raw)
  }

  /// The libusb handle at the beginning of libmtp's private USB structure, if three facts agree that it is one: the
  /// structure points back at libmtp's parameters, the handle is not null, and its device has our bus and address.
  private static func provenHandle(
    of device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>,
    _ usbDevice: USBDevice
  ) -> OpaquePointer? {
    guard let info = unsafe device.pointee.usbinfo, let params = unsafe device.pointee.params else { return nil }
    let prefix = unsafe info.assumingMemoryBound(to: clibmtp_usb_prefix.self).pointee
    guard unsafe prefix.params == params, let handle = unsafe prefix.handle else { return nil }
    guard let owner = unsafe libusb_get_device(handle) else { return nil }
    let place = unsafe (Int(libusb_get_bus_number(owner)), Int(libusb_get_device_address(owner)))
    return unsafe place == (usbDevice.bus, usbDevice.address) ? handle : nil
  }

  deinit {
    if let usb = unsafe usb {
      // Not LIBMTP_Release_Device: it resets the bus on half of libmtp's table and on every Android device, which
      // throws phones back to charging. Its own 14 KiB stay allocated (measured, libmtp 1.1.20).
      unsafe libusb_release_interface(usb, interface)
      unsafe libusb_close(usb)
    } else {
      unsafe LIBMTP_Release_Device(device)
    }
  }
}
