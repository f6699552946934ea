internal import CLibMTP
internal import Storage

/// One USB transfer with its buffer. Confined to its device's thread, but for the callback, which may run on the
/// thread of another device, whichever handles libusb's events at the moment.
@safe final class BulkTransfer {
  private let transfer: UnsafeMutablePointer<libusb_transfer>
  private let completed: UnsafeMutablePointer<Int32>
  private let buffer: UnsafeMutableRawBufferPointer
  private(set) var isInFlight = false

  /// - Parameter capacity: in bytes; for an IN endpoint a multiple of the packet size, or a packet could overflow.
  init(capacity: Int) throws(StorageError) {
    guard let transfer = unsafe libusb_alloc_transfer(0) else {
      throw StorageError(.inputOutput, .stop, cause: "There is no memory for a USB transfer")
    }
    unsafe self.transfer = transfer
    unsafe completed = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    unsafe completed.initialize(to: 0)
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096)
  }

  deinit {
    if isInFlight { stop() }
    unsafe libusb_free_transfer(transfer)
    unsafe completed.deallocate()
    unsafe buffer.deallocate()
  }

  private var hasEnded: Bool { unsafe clibmtp_is_set(completed) != 0 }

  var capacity: Int { unsafe buffer.count }

  /// Why the transfer ended.
  var status: libusb_transfer_status { unsafe transfer.pointee.status }

  /// Bytes that were moved, also by one that was cancelled or failed.
  var count: Int { min(Int(unsafe transfer.pointee.actual_length), capacity) }

  /// Bytes that were asked for.
  var length: Int { Int(unsafe transfer.pointee.length) }

  /// Whether it ended with a short packet, or an empty one: what ends a data phase.
  var endedShort: Bool { count < length }

  /// What was received.
  func withBytes<Failure: Error>(_ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
    let received = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
    try unsafe body(received.bytes)
  }

  /// Hands the transfer to the kernel: `length` bytes of the buffer from `offset` on.
  /// - Returns: the status of libusb: 0, or LIBUSB_ERROR_NO_MEM where usbfs has no room for more.
  func submit(
    _ kind: libusb_transfer_type = LIBUSB_TRANSFER_TYPE_BULK,
    to handle: OpaquePointer,
    endpoint: UInt8,
    from offset: Int = 0,
    length: Int
  ) -> Int32 {
    precondition(!isInFlight && offset + length <= capacity)
    unsafe completed.pointee = 0
    unsafe libusb_fill_bulk_transfer(
      transfer,
      handle,
      endpoint,
      buffer.baseAddress?.advanced(by: offset).assumingMemoryBound(to: UInt8.self),
      Int32(length),
      { finished in unsafe clibmtp_set(finished?.pointee.user_data.assumingMemoryBound(to: Int32.self)) },
      completed,
      0
    )
    unsafe transfer.pointee.type = UInt8(kind.rawValue)
    let status = unsafe libusb_submit_transfer(transfer)
    isInFlight = status == 0
    return status
  }

  /// Lets libusb work until the transfer has ended.
  /// - Returns: whether it has, before `milliseconds` were over.
  func wait(milliseconds: Int) -> Bool {
    guard isInFlight else { return true }
    if !hasEnded { unsafe LibMTP.handleEvents(until: completed, milliseconds: milliseconds) }
    guard hasEnded else { return false }
    isInFlight = false
    return true
  }

  /// Lets libusb work until the transfer has ended.
  /// - Parameters:
  ///   - seconds: how long at most.
  ///   - short: how much longer at most, in seconds, once `isUrgent` says so.
  ///   - isUrgent: asked from time to time.
  /// - Returns: whether it has ended.
  func wait(until seconds: Double, orOnce short: Double = 0, isUrgent: () -> Bool = { false }) -> Bool {
    var deadline = ContinuousClock.now + .seconds(seconds)
    var isHurrying = false
    while true {
      if !isHurrying, isUrgent() {
        isHurrying = true
        deadline = min(deadline, .now + .seconds(short))
      }
      let left = deadline - .now
      let milliseconds = Int(left.components.seconds) * 1000 + Int(left.components.attoseconds / 1_000_000_000_000_000)
      // Another thread may be handling the events; then this one looks again from time to time.
      if wait(milliseconds: max(0, min(milliseconds, 200))) { return true }
      if left <= .zero { return false }
    }
  }

  /// Takes the transfer back from the kernel; what it had moved by then is in ``count``.
  func stop() {
    guard isInFlight else { return }
    unsafe _ = libusb_cancel_transfer(transfer)
    // A cancelled transfer always completes: the kernel gives it back, also when the device is gone.
    while !wait(milliseconds: 100) {}
  }

  /// Fills the buffer, for an OUT transfer.
  func fill(_ bytes: [UInt8]) {
    precondition(bytes.count <= capacity)
    unsafe buffer.copyBytes(from: bytes)
  }

  /// Fills the buffer from `offset` up to `end` with what `source` gives.
  /// - Returns: where it ends; before `end` only if the source did.
  func fill(from source: any ByteSource, _ offset: Int, upTo end: Int) throws(StorageError) -> Int {
    precondition(!isInFlight && offset <= end && end <= capacity)
    var filled = offset
    while filled < end {
      var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<end]))
      let count = try source.read(into: &span)
      if count == 0 { break }
      filled += count
    }
    return filled
  }
}
