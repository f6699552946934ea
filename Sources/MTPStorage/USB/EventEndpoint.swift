internal import CLibMTP
internal import PTP
internal import Storage

/// Keeps a transfer waiting on the interrupt endpoint. Events must be taken off a phone: each one left there blocks
/// one of its threads (measured on Android 14's server).
@safe final class EventEndpoint {
  private let handle: OpaquePointer
  private let endpoint: UInt8
  private let transfer: BulkTransfer
  /// What came since ``take()``. Bounded: a device that talks without end says nothing worth more memory.
  private var events: [Event] = []
  private static let mostEvents = 4096

  init(of handle: OpaquePointer, endpoint: UInt8) throws(StorageError) {
    unsafe self.handle = handle
    self.endpoint = endpoint
    // An event container has at most three parameters, 24 bytes; 1,024 is the longest interrupt packet there is.
    transfer = try BulkTransfer(capacity: 1024)
  }

  /// Takes what has come and waits for more. An endpoint that fails is left alone: events are not needed.
  func drain() {
    for _ in 0..<64 {
      if transfer.isInFlight {
        guard transfer.wait(milliseconds: 0) else { return }
        keep()
      }
      let status = unsafe transfer.submit(
        LIBUSB_TRANSFER_TYPE_INTERRUPT,
        to: handle,
        endpoint: endpoint,
        length: transfer.capacity
      )
      if status != 0 { return }
    }
  }

  /// The events that came, oldest first; they are forgotten then.
  func take() -> [Event] {
    drain()
    defer { events = [] }
    return events
  }

  private func keep() {
    guard events.count < Self.mostEvents else { return }
    var bytes: [UInt8] = []
    transfer.withBytes { span in unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    if let event = try? Event(bytes) { events.append(event) }
  }

  /// Takes the waiting transfer back, before the handle is closed.
  func stop() { transfer.stop() }
}
