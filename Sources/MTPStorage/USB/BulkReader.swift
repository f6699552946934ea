internal import CLibMTP
internal import PTP
internal import Storage

/// Reads the device's half of a transaction: its data phase and its response. Several large transfers are in flight at
/// once, so that the bus never waits for us.
@safe final class BulkReader {
  /// 4 MiB in flight for a device: usbfs has 16 MiB for the whole system.
  private static let depth = 4
  private static let largest = 1 << 20
  /// How much of a data phase nobody wants any more is still taken, in bytes, to keep the session in step.
  private static let longestDrop: UInt64 = 64 << 20
  /// How long a response is waited for after a halt at most, in seconds: it is ready by then, or none comes.
  private static let patienceAfterHalt: Double = 1

  private let handle: OpaquePointer
  private let endpoint: UInt8
  private let packetSize: Int
  private let deadlines: Deadlines
  /// Called now and then while an answer is awaited.
  private let tend: () -> Void
  /// Oldest first: the order in which bytes arrive.
  private var inFlight: [BulkTransfer] = []
  private var idle: [BulkTransfer] = []
  /// Whether the last one in flight is there for the response.
  private var hasSpare = false
  /// Halved when usbfs has no memory.
  private var chunk = largest
  /// Whether the last transaction ended with its own response, and nothing of it is left on the way.
  private(set) var isInStep = true
  /// While this is cancelled, a silent device is waited for only a little.
  var patience: TransferControl?
  /// Whether one was silent for longer than that.
  private(set) var hasGivenUp = false

  init(
    _ handle: OpaquePointer,
    endpoint: UInt8,
    packetSize: Int,
    deadlines: Deadlines,
    tend: @escaping () -> Void
  ) throws(StorageError) {
    unsafe self.handle = handle
    self.endpoint = endpoint
    self.packetSize = packetSize
    self.deadlines = deadlines
    self.tend = tend
  }

  /// Called before a command is sent.
  func beginTransaction() { isInStep = false }

  /// Queues the transfers for the answer, once the command has been taken. Not earlier: QEMU's xHCI never asks its MTP
  /// device again when that had nothing to say yet (measured, QEMU 7.2).
  /// - Parameter data: `nil` where no data phase can come; else the bytes expected in it, `nil` if unknown.
  func expectAnswer(data: UInt64??) throws(StorageError) {
    if let expected = data { try fill(expecting: expected) } else { try submit(packetSize) }
  }

  /// Takes back whatever is in flight.
  func stop() {
    for transfer in inFlight { transfer.stop() }
    idle += inFlight
    inFlight = []
    hasSpare = false
  }

  /// Drops what still comes, until nothing has come for `seconds`.
  func drain(until seconds: Double) {
    let hadGivenUp = hasGivenUp
    defer { hasGivenUp = hadGivenUp }
    for _ in 0..<1024 {
      guard (try? submit(Self.largest)) != nil, (try? head(within: seconds)).map(retire) != nil else { return }
    }
  }

  // MARK: Response

  /// Reads the response of transaction `id`.
  func response(to id: UInt32) throws(StorageError) -> Response {
    var seconds = deadlines.firstByte
    // Answers of an earlier transaction, as after a replug, and stray empty packets are passed over.
    for _ in 0..<8 {
      if inFlight.isEmpty { try submit(packetSize) }
      let transfer = try head(within: seconds, isResponse: true)
      seconds = deadlines.silence
      defer { retire(transfer) }
      guard transfer.count > 0 else { continue }
      if let response = try parseResponse(Self.copy(transfer), to: id) {
        endTransaction()
        return response
      }
    }
    throw outOfStep("no response to its own transaction")
  }

  /// The response of transaction `id` if it comes within `seconds`; the transaction goes on otherwise.
  func earlyResponse(to id: UInt32, within seconds: Double) throws(StorageError) -> Response? {
    if inFlight.isEmpty { try submit(packetSize) }
    if inFlight[0].wait(until: seconds) {
      let transfer = try head(within: seconds)
      defer { retire(transfer) }
      return try response(in: transfer, to: id)
    }
    // It may have come while it was being taken back.
    let transfer = inFlight.removeFirst()
    transfer.stop()
    stop()
    defer { retire(transfer) }
    return try response(in: transfer, to: id)
  }

  private func response(in transfer: BulkTransfer, to id: UInt32) throws(StorageError) -> Response? {
    guard transfer.count > 0, let response = try parseResponse(Self.copy(transfer), to: id) else { return nil }
    endTransaction()
    return response
  }

  /// - Returns: `nil` for the response of another transaction. Some responders (buteo) cut the id to 16 bits.
  private func parseResponse(_ bytes: [UInt8], to id: UInt32) throws(StorageError) -> Response? {
    do {
      let response = try Response(bytes)
      return UInt16(truncatingIfNeeded: response.transactionID) == UInt16(truncatingIfNeeded: id) ? response : nil
    } catch { throw outOfStep("something that is no response (\(error))") }
  }

  // MARK: Data

  /// Reads a data phase into `sink`, then the response. A device that refuses sends the response alone.
  func data(
    for id: UInt32,
    command: Command,
    expected: UInt64?,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> (response: Response, count: UInt64) {
    var phase = DataPhase(sink: sink, control: control, expected: expected)
    var seconds = deadlines.firstByte
    while true {
      let transfer = try head(within: seconds, control)
      seconds = deadlines.silence
      let step: DataPhase.Step
      do throws(StorageError) {
        step = try phase.take(transfer, transaction: id)
      } catch {
        retire(transfer)
        throw error
      }
      retire(transfer)
      // A failed sink is told after the rest was dropped, unless that would take too long to wait for.
      if let failure = phase.failure, max(phase.missing ?? 0, phase.dropped) > Self.longestDrop { throw failure }
      switch step {
      case .more: try fill(expecting: phase.missing)
      case .response(let bytes):
        guard let response = try parseResponse(bytes, to: id) else {
          throw outOfStep("the response of another command")
        }
        return try finish(phase, response)
      case .end: return try finish(phase, try response(to: id))
      }
    }
  }

  private func finish(
    _ phase: DataPhase,
    _ response: Response
  ) throws(StorageError) -> (response: Response, count: UInt64) {
    endTransaction()
    if let failure = phase.failure { throw failure }
    return (response, phase.delivered)
  }

  // MARK: Transfers

  /// Counts the transaction as over: nothing of it is left on the way.
  func endTransaction() {
    stop()
    isInStep = true
  }

  /// Keeps as many transfers in flight as the missing bytes need, and behind them one for the response, so that it
  /// costs no turn of its own.
  private func fill(expecting missing: UInt64?) throws(StorageError) {
    if inFlight.isEmpty { hasSpare = false }
    guard !hasSpare else { return }
    let header = UInt64(ContainerHeader.size)
    // A dataset has no size: it comes by 64 KiB at a time, with a packet to spare for the byte that is added below.
    let wanted = missing.map { min($0, UInt64.max - header - 1) + header } ?? 65024
    var queued = inFlight.reduce(UInt64(0)) { $0 + UInt64($1.length) }
    while queued <= wanted {
      guard inFlight.count < Self.depth else { return }
      let left = min(wanted - queued + 1, UInt64(chunk))
      let length = min(chunk, (Int(left) + packetSize - 1) / packetSize * packetSize)
      guard try submit(length) else { return }
      queued += UInt64(length)
    }
    hasSpare = try submit(packetSize)
  }

  /// - Returns: whether there was room; never `false` when nothing is in flight.
  @discardableResult
  private func submit(_ length: Int) throws(StorageError) -> Bool {
    var length = length
    while true {
      let transfer = try take(length)
      let status = unsafe transfer.submit(to: handle, endpoint: endpoint, length: length)
      if status == 0 {
        inFlight.append(transfer)
        return true
      }
      idle.append(transfer)
      guard status == Int32(LIBUSB_ERROR_NO_MEM.rawValue) else { throw USBStatus.error(status, doing: "read") }
      if !inFlight.isEmpty { return false }
      guard length > packetSize else { throw USBStatus.error(status, doing: "read") }
      length = max(packetSize, length / 2 / packetSize * packetSize)
      chunk = length
    }
  }

  private func take(_ length: Int) throws(StorageError) -> BulkTransfer {
    if let index = idle.firstIndex(where: { $0.capacity >= length }) { return idle.remove(at: index) }
    // Small ones are kept for small files and responses; a large file needs large ones.
    return try BulkTransfer(capacity: length <= 65536 ? 65536 : Self.largest)
  }

  private func retire(_ transfer: BulkTransfer) { idle.append(transfer) }

  /// Waits for the oldest transfer and takes it out of the queue. It may have stalled once: then the device has an
  /// answer ready, which is read after clearing the halt (seen on Lumix cameras).
  ///
  /// After a cancel a silent device is waited for only a little: one that is at work goes on sending, and its session
  /// stays in step.
  private func head(
    within seconds: Double,
    _ control: TransferControl? = nil,
    isResponse: Bool = false
  ) throws(StorageError) -> BulkTransfer {
    var seconds = seconds
    for attempt in 0..<2 {
      let transfer = inFlight.removeFirst()
      let hasEnded = transfer.wait(until: seconds, orOnce: deadlines.afterCancel) {
        tend()
        return control?.isCancelled == true || patience?.isCancelled == true
      }
      guard hasEnded else {
        transfer.stop()
        idle.append(transfer)
        if control?.isCancelled == true || patience?.isCancelled == true {
          hasGivenUp = true
          throw TransferControl.cancellation
        }
        if isResponse, attempt > 0 {
          // Android halts its endpoints when its disk is full, says nothing, and is in step then (measured).
          endTransaction()
          throw StorageError(.deviceRefused, .nextFile, cause: "The device broke off without a reason")
        }
        throw StorageError(
          .deviceTimedOut,
          .reopen,
          cause: "The device has stopped answering (silent for \(Int(seconds.rounded(.up))) s)"
        )
      }
      if transfer.status == LIBUSB_TRANSFER_COMPLETED { return transfer }
      idle.append(transfer)
      guard transfer.status == LIBUSB_TRANSFER_STALL, attempt == 0 else { throw USBStatus.error(transfer.status) }
      stop()
      unsafe _ = libusb_clear_halt(handle, endpoint)
      try submit(packetSize)
      if isResponse { seconds = min(seconds, Self.patienceAfterHalt) }
    }
    throw USBStatus.error(LIBUSB_TRANSFER_STALL)
  }

  private func outOfStep(_ what: String) -> StorageError {
    StorageError(.deviceProtocol, .reopen, cause: "The device sent \(what)")
  }

  private static func copy(_ transfer: BulkTransfer) -> [UInt8] {
    var bytes: [UInt8] = []
    transfer.withBytes { span in unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    return bytes
  }
}
