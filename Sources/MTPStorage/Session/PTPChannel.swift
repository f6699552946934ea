internal import CLibMTP
internal import PTP
internal import Storage

/// Our own transactions in the session that libmtp opened: command, data phase, response (MTP 1.1 section 4.4), one
/// at a time, over libusb's asynchronous transfers. Confined to the device's thread.
///
/// A transaction that did not end with its own response makes the channel dead: every later call throws, and nothing
/// but closing the device may follow, since a stray answer would be taken for the next one's. So does the response that
/// there is no session: a device has forgotten it that another program, or the waking up of this computer, has reset.
@safe final class PTPChannel {
  private(set) var isDead = false
  /// Whether the session ended by the class request that cancels: one that comes too late makes Android's server swallow
  /// the next data (measured).
  private(set) var wasCancelled = false

  /// Whether the session may have ended without a word, so that the device is to be asked.
  private var isDoubtful = false
  /// Whether it is being asked.
  private var isAsking = false

  /// While this is cancelled, a silent device is waited for only a little, in any transaction. It stops none that goes on.
  var patience: TransferControl? {
    didSet {
      reader.patience = patience
      writer.patience = patience
    }
  }

  /// Whether the session was ended because the device was silent when it was to be left.
  var hasGivenUp: Bool { hasGivenUpCommand || reader.hasGivenUp || writer.hasGivenUp }
  private var hasGivenUpCommand = false

  let deadlines: Deadlines
  private let handle: OpaquePointer
  private let interface: Int32
  private let endpoints: Endpoints
  private let events: EventEndpoint
  private let reader: BulkReader
  private let writer: BulkWriter
  private let command: BulkTransfer
  private var ids: TransactionIDs

  init(
    _ handle: OpaquePointer,
    interface: Int32,
    endpoints: Endpoints,
    ids: TransactionIDs,
    deadlines: Deadlines
  ) throws(StorageError) {
    unsafe self.handle = handle
    self.interface = interface
    self.endpoints = endpoints
    self.ids = ids
    self.deadlines = deadlines
    let events = try unsafe EventEndpoint(of: handle, endpoint: endpoints.interruptIn)
    self.events = events
    reader = try unsafe BulkReader(
      handle,
      endpoint: endpoints.bulkIn,
      packetSize: endpoints.packetSize,
      deadlines: deadlines,
      tend: { events.drain() }
    )
    writer = unsafe BulkWriter(
      handle,
      endpoint: endpoints.bulkOut,
      packetSize: endpoints.packetSize,
      deadlines: deadlines,
      tend: { events.drain() }
    )
    command = try BulkTransfer(capacity: 4096)
  }

  /// A transaction without data.
  func transact(_ operation: OperationCode, _ parameters: [UInt32] = []) throws(StorageError) -> Response {
    try run(operation, parameters) { (_, id) throws(StorageError) in
      try reader.expectAnswer(data: nil)
      return note(try reader.response(to: id))
    }
  }

  /// A transaction whose data is a dataset, kept in memory as far as it came, up to `limit` bytes.
  func receive(
    _ operation: OperationCode,
    _ parameters: [UInt32] = [],
    limit: Int = 64 << 20
  ) throws(StorageError) -> (response: Response, data: [UInt8]) {
    let dataset = Dataset(limit: limit)
    let (response, _) = try receive(operation, parameters, size: nil, into: dataset, TransferControl())
    return (response, dataset.bytes)
  }

  /// A transaction whose data goes into `sink`. When the sink fails or `control` is cancelled, the rest of the data is
  /// taken and dropped, so that the session stays in step; callers keep transactions short (see ``PieceSizes``).
  /// - Parameter size: bytes that are expected, where the caller knows; for devices whose header cannot say.
  /// - Returns: the response, and how many bytes came.
  func receive(
    _ operation: OperationCode,
    _ parameters: [UInt32],
    size: UInt64?,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> (response: Response, count: UInt64) {
    try run(operation, parameters) { (command, id) throws(StorageError) in
      try reader.expectAnswer(data: .some(size))
      let (response, count) = try reader.data(for: id, command: command, expected: size, into: sink, control)
      return (note(response), count)
    }
  }

  private func note(_ response: Response) -> Response {
    if response.code == .sessionNotOpen { isDead = true }
    // Android says so of handles that were given out before a reset, which shows otherwise a moment later.
    if response.code == .invalidObjectHandle { isDoubtful = true }
    return response
  }

  /// A transaction with a dataset from here.
  func send(
    _ operation: OperationCode,
    _ parameters: [UInt32],
    _ dataset: [UInt8]
  ) throws(StorageError) -> Response {
    let data = try prepare(BytesInMemory(dataset), size: UInt64(dataset.count))
    return try send(operation, parameters, data, TransferControl())
  }

  /// The beginning of data for ``send(_:_:_:_:)``, read from its source before any transaction.
  /// - Throws: what the source threw; `wrongLength` if it ended, and not after `size` bytes.
  func prepare(_ source: any ByteSource, size: UInt64) throws(StorageError) -> Outgoing {
    try writer.prepare(source, size: size)
  }

  /// A transaction with data from here. When its source fails or `control` is cancelled, the device is told by a short
  /// packet, and the session stays in step where it answers that.
  /// - Returns: the response, also of a device that refused before it had all the data.
  /// - Throws: what the source threw; `wrongLength` if it has more or less than was said; `deviceRefused` for a device
  ///   that takes no more and does not say why.
  func send(
    _ operation: OperationCode,
    _ parameters: [UInt32] = [],
    _ data: Outgoing,
    _ control: TransferControl
  ) throws(StorageError) -> Response {
    try run(operation, parameters) { (_, id) throws(StorageError) in
      let size = data.total - UInt64(ContainerHeader.size)
      let header = ContainerHeader(kind: .data, code: operation.rawValue, transactionID: id, payload: size)
      var early: Response?
      let end = try writer.send(data, header, control) { () throws(StorageError) in
        early = try reader.earlyResponse(to: id, within: Self.glance)
        return early != nil
      }
      switch end {
      case .complete: return note(try reader.response(to: id))
      case .refused:
        if let early { return note(early) }
        return note(try refusal(of: id))
      case .aborted(let error):
        early = try reader.earlyResponse(to: id, within: abortAnswer)
        // Android's server takes the first empty packet for the end of its first read (measured, below 16 KiB).
        if early == nil, try writer.sendEmptyPacket() { early = try reader.earlyResponse(to: id, within: abortAnswer) }
        throw error
      }
    }
  }

  /// Whether the device still takes data: a name for an object that cannot exist must be refused, and soon.
  func takesData() -> Bool {
    guard let data = try? prepare(BytesInMemory([2, 0x78, 0, 0, 0]), size: 5) else { return false }
    let property = UInt32(ObjectPropertyCode.objectFileName.rawValue)
    let response = try? run(.setObjectPropValue, [0xFFFF_FF00, property]) { (_, id) throws(StorageError) in
      let header = ContainerHeader(
        kind: .data,
        code: OperationCode.setObjectPropValue.rawValue,
        transactionID: id,
        payload: 5
      )
      _ = try writer.send(data, header, TransferControl()) { () throws(StorageError) in false }
      guard let response = try reader.earlyResponse(to: id, within: min(3, deadlines.silence)) else {
        throw StorageError(.deviceTimedOut, .reopen, cause: "The device does not take data")
      }
      return response
    }
    return response != nil
  }

  /// How long the response to data that was broken off is waited for, in seconds.
  private var abortAnswer: Double { min(1, deadlines.silence) }

  /// How long a response is looked for that may not be there, in seconds.
  private static let glance: Double = 0.3

  /// What a device says that has stopped taking data: it halts its endpoints when its disk is full (Android), and may
  /// say nothing at all.
  private func refusal(of id: UInt32) throws(StorageError) -> Response {
    unsafe _ = libusb_clear_halt(handle, endpoints.bulkOut)
    unsafe _ = libusb_clear_halt(handle, endpoints.bulkIn)
    if let response = try reader.earlyResponse(to: id, within: Self.glance) { return response }
    reader.endTransaction()
    throw StorageError(.deviceRefused, .nextFile, cause: "The device stopped taking the file")
  }

  /// What the device told of by itself since the last call.
  func takeEvents() -> [Event] { isDead ? [] : events.take() }

  /// Ends the session and takes the event transfer back, before the handle is closed.
  func close() {
    if !isDead { _ = try? transact(.closeSession) }
    abandon()
  }

  /// Takes every transfer back without a word to the device. Needed before the handle is closed.
  func abandon() {
    isDead = true
    writer.clear()
    reader.stop()
    events.stop()
  }

  /// Asks a device that may have been reset for what needs a session. Without one, handles would mean other objects, and
  /// Android takes files all the same.
  private func checkSession() throws(StorageError) {
    events.drain()
    if events.takeDisturbance() { isDoubtful = true }
    guard isDoubtful, !isAsking, !isDead else { return }
    isDoubtful = false
    isAsking = true
    defer { isAsking = false }
    _ = try receive(.getStorageIDs)
    guard !isDead else { throw Self.ended }
  }

  private static let ended = StorageError(.deviceLost, .reopen, cause: "The session with the device has ended")

  private func run<Result>(
    _ operation: OperationCode,
    _ parameters: [UInt32],
    _ phases: (_ command: Command, _ id: UInt32) throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    guard !isDead else { throw Self.ended }
    try checkSession()
    let id = ids.next()
    let message = Command(operation, transactionID: id, parameters: parameters)
    do throws(StorageError) {
      reader.beginTransaction()
      try send(message)
      let result = try phases(message, id)
      // Half of it may be from before a reset.
      try checkSession()
      return result
    } catch {
      // A failed sink or a cancel leaves the session in step: the reader took the rest of the data.
      guard reader.isInStep else {
        isDead = true
        reader.stop()
        // Only a transfer that we give up gets the class request: after anything else it could hit the next one.
        if error.reason == .cancelled || error.recovery != .reopen { cancel(id) }
        throw error
      }
      throw error
    }
  }

  /// The class request that ends a transaction in the middle (PIMA 15740 over USB, section 5.2.1), then what is still
  /// on the way until the device is quiet. The last means there is: some devices never recover from it, so the
  /// channel stays dead, and the session is opened anew.
  private func cancel(_ id: UInt32) {
    wasCancelled = true
    var writer = ByteWriter()
    writer.integer(EventCode.cancelTransaction.rawValue)
    writer.integer(id)
    var request = writer.bytes
    unsafe _ = libusb_control_transfer(
      handle,
      0x21,
      0x64,
      0,
      UInt16(truncatingIfNeeded: interface),
      &request,
      UInt16(request.count),
      1000
    )
    reader.drain(until: 0.3)
  }

  private func send(_ message: Command) throws(StorageError) {
    let bytes = message.encoded
    command.fill(bytes)
    for attempt in 0..<2 {
      let status = unsafe command.submit(to: handle, endpoint: endpoints.bulkOut, length: bytes.count)
      guard status == 0 else { throw USBStatus.error(status, doing: "send a command") }
      let hasEnded = command.wait(until: deadlines.command, orOnce: deadlines.afterCancel) {
        patience?.isCancelled == true
      }
      guard hasEnded else {
        command.stop()
        if patience?.isCancelled == true {
          hasGivenUpCommand = true
          throw TransferControl.cancellation
        }
        throw StorageError(.deviceTimedOut, .reopen, cause: "The device does not take a command")
      }
      switch command.status {
      case LIBUSB_TRANSFER_COMPLETED where command.count == bytes.count: return
      // A device may stall after a fault of its own; one clearing is allowed (PIMA 15740 over USB, section 7.3.2).
      case LIBUSB_TRANSFER_STALL where attempt == 0 && command.count == 0:
        unsafe _ = libusb_clear_halt(handle, endpoints.bulkOut)
      default: throw USBStatus.error(command.status)
      }
    }
    throw USBStatus.error(LIBUSB_TRANSFER_STALL)
  }
}

/// How long to wait for a device, in seconds of silence.
struct Deadlines: Sendable {
  /// To take a command.
  var command: Double
  /// To begin an answer: the listing of a folder of thousands takes a phone minutes.
  var firstByte: Double
  /// Inside a data phase.
  var silence: Double
  /// Once the run was cancelled. A phone that is at work, as on a list, may be silent for a second or two.
  var afterCancel: Double { min(4, silence) }
}

/// Takes a dataset into memory: only what really came, and no more than `limit` bytes.
// @unchecked: created, filled and read within one call on the device's thread.
private final class Dataset: ByteSink, @unchecked Sendable {
  private(set) var bytes: [UInt8] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func write(_ span: RawSpan) throws(StorageError) {
    guard bytes.count + span.byteCount <= limit else {
      throw StorageError(.deviceProtocol, .nextFile, cause: "The device sent an answer of more than \(limit) bytes")
    }
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}
