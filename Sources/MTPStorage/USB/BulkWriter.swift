internal import CLibMTP
internal import PTP
internal import Storage

/// Sends the initiator's data phase: the container's header and payload, and the packet that ends it (MTP 1.1 appendix
/// H). Several large transfers are in flight at once, so that the bus never waits for us.
@safe final class BulkWriter {
  /// How a data phase came out. The response has not been read yet.
  enum End {
    case complete
    /// The source failed, or the run was cancelled: a short packet told the device so.
    case aborted(StorageError)
    /// The device takes no more; it may have said why.
    case refused
  }

  /// 4 MiB in flight for a device: usbfs has 16 MiB for the whole system.
  private static let depth = 4
  private static let largest = 1 << 20
  /// How long the oldest transfer may take at most before we look whether the device has refused, in seconds.
  private var turn: Double { min(2, deadlines.silence) }

  /// While this is cancelled, a silent device is waited for only a little.
  var patience: TransferControl?
  /// Whether one was silent for longer than that.
  private(set) var hasGivenUp = false

  private let handle: OpaquePointer
  private let endpoint: UInt8
  private let packetSize: Int
  private let deadlines: Deadlines
  /// Called now and then while a data phase lasts.
  private let tend: () -> Void
  /// What is filled and not yet taken by the device, oldest first.
  private var queue: [Piece] = []
  /// How many of the queue, from its beginning, are in flight.
  private var flying = 0
  private var idle: [BulkTransfer] = []
  /// Bytes of one transfer: halved when usbfs has no memory.
  private var chunk = largest

  init(_ handle: OpaquePointer, endpoint: UInt8, packetSize: Int, deadlines: Deadlines, tend: @escaping () -> Void) {
    unsafe self.handle = handle
    self.endpoint = endpoint
    self.packetSize = packetSize
    self.deadlines = deadlines
    self.tend = tend
  }

  /// Fills the first transfer of a payload, before a word is said to the device: a source that cannot begin costs
  /// nothing then.
  /// - Parameter size: of the payload in bytes; no device has room for more than half of 2^64.
  /// - Throws: what the source threw; `wrongLength` if it ended, and not after `size` bytes.
  func prepare(_ source: any ByteSource, size: UInt64) throws(StorageError) -> Outgoing {
    var outgoing = Outgoing(source, size: size)
    outgoing.first = try fill(&outgoing, after: ContainerHeader.size)
    return outgoing
  }

  /// Sends a container whose payload was prepared.
  /// - Parameter hasResponded: looks for a moment whether the device has something to say.
  /// - Throws: when only a new session can help.
  func send(
    _ outgoing: Outgoing,
    _ header: ContainerHeader,
    _ control: TransferControl,
    hasResponded: () throws(StorageError) -> Bool
  ) throws(StorageError) -> End {
    defer { clear() }
    var outgoing = outgoing
    var failure: StorageError?
    var silence: Double = 0
    var hasEnd = false
    // Whoever took usbfs's memory may have given it back.
    chunk = Self.largest
    if let first = outgoing.first {
      first.transfer.fill(header.encoded)
      queue.append(first)
    }
    while true {
      try launch()
      tend()
      if queue.count < Self.depth, !outgoing.isEnded {
        do throws(StorageError) {
          try control.check()
          if let piece = try fill(&outgoing, after: 0) { queue.append(piece) }
        } catch {
          failure = error
          outgoing.isEnded = true
        }
        continue
      }
      if outgoing.isEnded, !hasEnd {
        hasEnd = true
        // Whole packets do not end a data phase, nor does anything else of one that is given up.
        if failure != nil || outgoing.total.isMultiple(of: UInt64(packetSize)) {
          queue.append(Piece(try take(0), end: 0))
        }
        continue
      }
      guard let oldest = queue.first else { break }
      if oldest.transfer.wait(until: turn) {
        silence = 0
        guard try land() else { return .refused }
      } else {
        // A device may refuse before it has read the data, and then waits for us to take its response. To go on at
        // the byte where it stopped loses nothing (measured on Android 14's server).
        silence = suspend() ? 0 : silence + turn
        if try hasResponded() { return .refused }
        if silence > 0, control.isCancelled || patience?.isCancelled == true {
          hasGivenUp = true
          throw TransferControl.cancellation
        }
        guard silence < deadlines.silence else {
          throw StorageError(
            .deviceTimedOut,
            .reopen,
            cause: "The device has stopped taking data (silent for \(Int(silence.rounded(.up))) s)"
          )
        }
      }
    }
    return failure.map { .aborted($0) } ?? .complete
  }

  /// Sends an empty packet.
  /// - Returns: whether the device took it.
  func sendEmptyPacket() throws(StorageError) -> Bool {
    defer { clear() }
    queue = [Piece(try take(0), end: 0)]
    try launch()
    guard queue[0].transfer.wait(until: turn) else { return false }
    return try land()
  }

  /// Takes back whatever is in flight, and forgets what is filled.
  func clear() {
    suspend()
    idle += queue.map(\.transfer)
    queue = []
  }

  // MARK: Pieces

  /// A filled transfer.
  fileprivate struct Piece {
    let transfer: BulkTransfer
    /// Where the bytes begin that the device has not taken.
    var offset = 0
    let end: Int
    /// Where those end that are in flight.
    var submitted = 0

    init(_ transfer: BulkTransfer, end: Int) {
      self.transfer = transfer
      self.end = end
    }
  }

  /// Fills a transfer: whole packets, but for the last of a payload.
  /// - Returns: `nil` if the payload has no more bytes, and no header needs the room.
  private func fill(_ outgoing: inout Outgoing, after offset: Int) throws(StorageError) -> Piece? {
    let transfer = try take(Int(min(UInt64(chunk - offset), outgoing.left)) + offset)
    do throws(StorageError) {
      let end = try outgoing.fill(transfer, after: offset, upTo: min(chunk, transfer.capacity))
      if end > 0 { return Piece(transfer, end: end) }
      idle.append(transfer)
      return nil
    } catch {
      idle.append(transfer)
      throw error
    }
  }

  /// Puts into flight as much of the queue as usbfs has room for.
  private func launch() throws(StorageError) {
    while flying < queue.count {
      // Nothing flies behind a piece of which a part is on the ground.
      if flying > 0, queue[flying - 1].submitted < queue[flying - 1].end { return }
      let piece = queue[flying]
      let length = min(piece.end - piece.offset, chunk)
      let status = unsafe piece.transfer.submit(to: handle, endpoint: endpoint, from: piece.offset, length: length)
      if status == 0 {
        queue[flying].submitted = piece.offset + length
        flying += 1
        continue
      }
      guard status == Int32(LIBUSB_ERROR_NO_MEM.rawValue) else { throw USBStatus.error(status, doing: "send") }
      if flying > 0 { return }
      guard length > packetSize else { throw USBStatus.error(status, doing: "send") }
      chunk = max(packetSize, length / 2 / packetSize * packetSize)
    }
  }

  /// Takes the oldest transfer, which has ended, out of flight.
  /// - Returns: `false` if the device halted the endpoint: it takes no more of this.
  private func land() throws(StorageError) -> Bool {
    flying -= 1
    queue[0].offset += queue[0].transfer.count
    let piece = queue[0]
    let isLost = piece.transfer.status != LIBUSB_TRANSFER_COMPLETED || piece.offset < piece.submitted
    // What is in flight stands first in the queue, so what failed leaves it, like what is done.
    if isLost || piece.offset == piece.end { idle.append(queue.removeFirst().transfer) }
    switch piece.transfer.status {
    case LIBUSB_TRANSFER_COMPLETED where isLost:
      throw StorageError(.deviceLost, .reopen, cause: "The connection broke: USB lost a part of a transfer")
    case LIBUSB_TRANSFER_COMPLETED: return true
    case LIBUSB_TRANSFER_STALL: return false
    default: throw USBStatus.error(piece.transfer.status)
    }
  }

  /// Takes everything out of flight, the youngest first, so that nothing is sent out of turn.
  /// - Returns: whether the device has taken anything.
  @discardableResult
  private func suspend() -> Bool {
    var hasMoved = false
    for index in (0..<flying).reversed() {
      queue[index].transfer.stop()
      queue[index].offset += queue[index].transfer.count
      hasMoved = hasMoved || queue[index].transfer.count > 0
    }
    // One that was cancelled after its last byte is done all the same. An empty one is not, unless it says so.
    let isDone = queue.prefix(flying).map {
      $0.offset == $0.end && ($0.end > 0 || $0.transfer.status == LIBUSB_TRANSFER_COMPLETED)
    }
    flying = 0
    for index in isDone.indices.reversed() where isDone[index] { idle.append(queue.remove(at: index).transfer) }
    return hasMoved
  }

  private func take(_ length: Int) throws(StorageError) -> BulkTransfer {
    if let index = idle.firstIndex(where: { $0.capacity >= length }) { return idle.remove(at: index) }
    // Small ones are kept for small files; a large file needs large ones.
    return try BulkTransfer(capacity: length <= 65536 ? 65536 : Self.largest)
  }
}

/// The payload of a data phase on its way out, as far as it was not filled into transfers.
struct Outgoing {
  private let source: any ByteSource
  /// Payload bytes not yet filled.
  private(set) var left: UInt64
  /// Of the container, header included, in bytes.
  let total: UInt64
  /// Whether nothing more is to be filled.
  fileprivate(set) var isEnded = false
  /// The first transfer, with room for the header in front.
  fileprivate var first: BulkWriter.Piece?

  init(_ source: any ByteSource, size: UInt64) {
    self.source = source
    left = size
    total = size + UInt64(ContainerHeader.size)
  }

  /// Fills a transfer, from `offset`. That the source ends where it must is seen before its last bytes are sent: after
  /// them a device would take the file for whole.
  /// - Returns: where the bytes end.
  fileprivate mutating func fill(_ transfer: BulkTransfer, after offset: Int, upTo room: Int) throws(StorageError)
    -> Int
  {
    let end = offset + Int(min(UInt64(room - offset), left))
    let filled = try transfer.fill(from: source, offset, upTo: end)
    left -= UInt64(filled - offset)
    guard filled == end else { throw wrongLength("Fewer bytes came than were listed") }
    if left == 0 {
      isEnded = true
      var more: [UInt8] = [0]
      var span = more.mutableSpan
      var bytes = unsafe span.mutableBytes
      guard try source.read(into: &bytes) == 0 else { throw wrongLength("More bytes came than were listed") }
    }
    return filled
  }

  private func wrongLength(_ cause: String) -> StorageError { StorageError(.wrongLength, .nextFile, cause: cause) }
}

/// Bytes in memory, as a source.
// @unchecked: created for one call, and read by it alone, on the device's thread.
final class BytesInMemory: ByteSource, @unchecked Sendable {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    let count = min(buffer.byteCount, bytes.count)
    unsafe buffer.withUnsafeMutableBytes { target in
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<count]).copyBytes(from: bytes.prefix(count))
    }
    bytes.removeFirst(count)
    return count
  }
}
