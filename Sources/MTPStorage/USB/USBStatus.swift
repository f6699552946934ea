internal import CLibMTP
internal import Storage

/// Where a status of libusb becomes a ``StorageError``.
enum USBStatus {
  /// For the negative status of a libusb call.
  static func error(_ status: Int32, doing what: String) -> StorageError {
    switch libusb_error(status) {
    // A device that goes loses its configuration first, and then is: for a moment the kernel shows it without.
    case LIBUSB_ERROR_NO_DEVICE, LIBUSB_ERROR_NOT_FOUND:
      StorageError(.deviceLost, .reopen, cause: "The device was unplugged")
    case LIBUSB_ERROR_TIMEOUT:
      StorageError(.deviceTimedOut, .reopen, cause: "The device stopped answering")
    case LIBUSB_ERROR_ACCESS:
      StorageError(.deviceForbidden, .waitForUser(.installRule), cause: "The system does not let you open the device")
    case LIBUSB_ERROR_BUSY:
      StorageError(.deviceBusy, .waitForUser(.closeOtherProgram), cause: "Another program holds the device")
    // What the kernel says of a transfer that was cut off, too. Whatever it is, plugging in again is the cure.
    default:
      StorageError(
        .deviceLost,
        .reopen,
        cause: "USB failed to \(what): \(unsafe String(cString: libusb_error_name(status)))",
        code: status
      )
    }
  }

  /// For the status of a transfer that ended without being completed.
  static func error(_ status: libusb_transfer_status) -> StorageError {
    switch status {
    case LIBUSB_TRANSFER_NO_DEVICE: error(Int32(LIBUSB_ERROR_NO_DEVICE.rawValue), doing: "")
    case LIBUSB_TRANSFER_TIMED_OUT, LIBUSB_TRANSFER_CANCELLED:
      error(Int32(LIBUSB_ERROR_TIMEOUT.rawValue), doing: "")
    case LIBUSB_TRANSFER_STALL:
      StorageError(.deviceProtocol, .reopen, cause: "The device stalled the transfer")
    case LIBUSB_TRANSFER_OVERFLOW:
      StorageError(.deviceProtocol, .reopen, cause: "The device sent a longer packet than USB allows")
    default: StorageError(.deviceLost, .reopen, cause: "The connection broke: a USB transfer failed")
    }
  }
}
