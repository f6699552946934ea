internal import CLibMTP
internal import Storage

/// Keeps a transfer waiting on the interrupt endpoint. Events must be taken off a phone: each one left there blocks
/// one of its threads (measured on Android 14's server).
@safe final class EventEndpoint {
  private let handle: OpaquePointer
  private let endpoint: UInt8
  private let transfer: BulkTransfer

  init(of handle: OpaquePointer, endpoint: UInt8) throws(StorageError) {
    unsafe self.handle = handle
    self.endpoint = endpoint
    // An event container has at most three parameters, 24 bytes; 1,024 is the longest interrupt packet there is.
    transfer = try BulkTransfer(capacity: 1024)
  }

  /// Takes what has come and waits for more. An endpoint that fails is left alone: events are not needed.
  func drain() {
    for _ in 0..<64 {
      if transfer.isInFlight, !transfer.wait(milliseconds: 0) { return }
      let status = unsafe transfer.submit(
        LIBUSB_TRANSFER_TYPE_INTERRUPT,
        to: handle,
        endpoint: endpoint,
        length: transfer.capacity
      )
      if status != 0 { return }
    }
  }

  /// Takes the waiting transfer back, before the handle is closed.
  func stop() { transfer.stop() }
}
