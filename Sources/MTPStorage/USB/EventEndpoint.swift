internal import CLibMTP
internal import PTP
internal import Storage

/// Keeps transfers waiting on the interrupt endpoint. Events must be taken off a device: each one left there blocks a
/// thread of a phone (measured on Android 14's server), and uMTP-Responder 1.3.10 as a whole, in the middle of a file
/// (measured: 20 files that appeared on it while one was sent).
@safe final class EventEndpoint {
  private let handle: OpaquePointer
  private let endpoint: UInt8
  /// Those that wait, the oldest first, and those that do not.
  private var waiting: [BulkTransfer] = []
  private var idle: [BulkTransfer]
  /// As many events can come between two looks.
  private static let depth = 32
  /// What came since ``take()``. Bounded: a device that talks without end says nothing worth more memory.
  private var events: [Event] = []
  private static let mostEvents = 4096
  /// Whether some had to be dropped.
  private var isOverflown = false
  /// Whether transfers have ended without an event, as all do when another program resets the device: libusb calls that
  /// completed where the kernel took them back (1.0.26).
  private var wasDisturbed = false

  init(of handle: OpaquePointer, endpoint: UInt8) throws(StorageError) {
    unsafe self.handle = handle
    self.endpoint = endpoint
    // An event container has at most three parameters, 24 bytes; 1,024 is the longest interrupt packet there is.
    var transfers: [BulkTransfer] = []
    for _ in 0..<Self.depth { transfers.append(try BulkTransfer(capacity: 1024)) }
    idle = transfers
  }

  /// Takes what has come and waits for more. An endpoint that fails is left alone: events are not needed.
  func drain() {
    for _ in 0..<Self.depth {
      guard let oldest = waiting.first, oldest.wait(milliseconds: 0) else { break }
      let wasTakenBack = oldest.status == LIBUSB_TRANSFER_CANCELLED
      guard wasTakenBack || oldest.status == LIBUSB_TRANSFER_COMPLETED else { return }
      if wasTakenBack || oldest.count == 0 { wasDisturbed = true }
      keep(oldest)
      idle.append(waiting.removeFirst())
    }
    while let transfer = idle.last {
      let status = unsafe transfer.submit(
        LIBUSB_TRANSFER_TYPE_INTERRUPT,
        to: handle,
        endpoint: endpoint,
        length: transfer.capacity
      )
      if status != 0 { return }
      waiting.append(idle.removeLast())
    }
  }

  /// The events that came, oldest first; they are forgotten then. Where some were dropped, DeviceReset is among them: all
  /// may be different.
  func take() -> [Event] {
    drain()
    defer { (events, isOverflown) = ([], false) }
    return isOverflown ? events + [Event(.deviceReset, transactionID: 0)] : events
  }

  /// Whether the device may have been reset since the last call.
  func takeDisturbance() -> Bool {
    defer { wasDisturbed = false }
    return wasDisturbed
  }

  private func keep(_ transfer: BulkTransfer) {
    guard events.count < Self.mostEvents else { return isOverflown = true }
    var bytes: [UInt8] = []
    transfer.withBytes { span in unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    if let event = try? Event(bytes) { events.append(event) }
  }

  /// Takes the waiting transfers back, before the handle is closed; the youngest first, so that no event is lost between
  /// two of them.
  func stop() {
    for transfer in waiting.reversed() { transfer.stop() }
    idle += waiting
    waiting = []
  }
}
