internal import CUSBStandIn
internal import Foundation

/// The device's end of one handle that a program has open on it.
final class HostConnection: Sendable {
  let socket: Int32
  /// Keeps frames of the function's thread and of the port's apart.
  private let sending = NSLock()

  /// Owns `socket` from now on.
  init(socket: Int32) { self.socket = socket }

  deinit { close(socket) }

  /// Sends a frame, blocking. A host that hung up is not told; the port's thread finds it gone.
  func send(
    _ kind: virtual_usb_kind,
    id: UInt32,
    status: virtual_usb_status = VIRTUAL_USB_COMPLETED,
    length: Int = 0,
    payload: RawSpan
  ) {
    sending.lock()
    defer { sending.unlock() }
    unsafe payload.withUnsafeBytes { bytes in
      var frame = virtual_usb_frame(
        kind: UInt8(kind.rawValue),
        endpoint: 0,
        status: UInt16(status.rawValue),
        id: id,
        length: UInt32(length),
        payload: UInt32(bytes.count)
      )
      _ = unsafe virtual_usb_send(socket, &frame, bytes.baseAddress)
    }
  }

  /// Reports the end of a transfer or a request, see ``send(_:id:status:length:payload:)``.
  func done(
    _ id: UInt32,
    _ status: virtual_usb_status = VIRTUAL_USB_COMPLETED,
    length: Int = 0,
    payload: [UInt8] = []
  ) {
    unsafe send(VIRTUAL_USB_DONE, id: id, status: status, length: length, payload: payload.span.bytes)
  }

  /// Receives the next frame and its payload, blocking; `nil` if the host hung up.
  func receive() -> (frame: virtual_usb_frame, payload: [UInt8])? {
    var frame = virtual_usb_frame()
    guard unsafe virtual_usb_receive(socket, &frame, MemoryLayout<virtual_usb_frame>.size) == 0 else { return nil }
    let count = Int(frame.payload)
    // The host submits at most what usbfs allows, 16 MiB.
    guard count <= 1 << 24 else { return nil }
    var arrived = false
    let payload = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      arrived = unsafe count == 0 || virtual_usb_receive(socket, buffer.baseAddress, count) == 0
      initialized = arrived ? count : 0
    }
    return arrived ? (frame, payload) : nil
  }

  /// Whether a frame, or the end, is there to be received.
  var hasInput: Bool {
    var polled = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&polled, 1, 0) > 0
  }

  /// Kills the program at the other end, unless it is this one. - Returns: whether it did.
  func killProgram() -> Bool { virtual_usb_signal_peer(socket, SIGKILL) == 0 }

  /// Interrupts the program at the other end, unless it is this one.
  func interruptProgram() { _ = virtual_usb_signal_peer(socket, SIGINT) }

  /// Hangs up; what the host has not read yet stays readable for it.
  func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }
}

/// A transfer that the host submitted and that has not ended.
final class HostTransfer {
  let connection: HostConnection
  let id: UInt32
  /// In bytes, as the host asked.
  let length: Int
  /// What the host sends.
  let data: [UInt8]
  /// Whether a zero-length packet follows the data.
  let addsZeroPacket: Bool
  var moved = 0
  /// The function's thread is sending bytes of it. Until that is over, another thread can end it only by `ending`.
  var isBusy = false
  var ending: virtual_usb_status?

  init(_ connection: HostConnection, _ frame: virtual_usb_frame, data: [UInt8]) {
    self.connection = connection
    id = frame.id
    length = Int(frame.length)
    self.data = data
    addsZeroPacket = frame.status == 1
  }
}
