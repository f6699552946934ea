internal import PTP
internal import Storage

/// The bytes of one data phase, as they arrive in USB transfers: the container's header, the payload, and where it
/// ends. A short packet ends it, not the length in the header, which devices get wrong beyond 4 GiB.
struct DataPhase {
  /// What a transfer meant.
  enum Step {
    case more
    /// The data has ended; the response comes next.
    case end
    /// The response was in this transfer: the device refused, or left out the zero-length packet after the data.
    case response([UInt8])
  }

  private let sink: any ByteSink
  private let control: TransferControl
  private let expected: UInt64?
  private var header: ContainerHeader?
  private static let mostStaleResponses = 8
  private var staleResponses = 0
  /// Payload bytes that have come, delivered or dropped.
  private var received: UInt64 = 0
  /// Payload bytes that the sink took.
  private(set) var delivered: UInt64 = 0
  /// Why bytes are being dropped: the sink failed, or the run was cancelled.
  private(set) var failure: StorageError?

  init(sink: any ByteSink, control: TransferControl, expected: UInt64?) {
    self.sink = sink
    self.control = control
    self.expected = expected
  }

  /// The whole payload's length, as far as anybody knows it.
  private var length: UInt64? {
    guard let header else { return expected }
    guard let claimed = header.payload else { return expected }
    // Past 4 GiB a header can hold only the low 32 bits (libmtp and others write them).
    if let expected, expected > claimed, UInt32(truncatingIfNeeded: expected) == UInt32(truncatingIfNeeded: claimed) {
      return expected
    }
    return claimed
  }

  /// Payload bytes still to come; `nil` if unknown.
  var missing: UInt64? {
    guard let length, received <= length else { return nil }
    return length - received
  }

  /// Payload bytes that came and that nobody wanted any more.
  var dropped: UInt64 { received - delivered }

  /// Takes what a transfer brought.
  /// - Throws: `deviceProtocol` for what is neither data nor the response of this transaction.
  mutating func take(_ transfer: BulkTransfer, transaction id: UInt32) throws(StorageError) -> Step {
    var result: Result<Step, StorageError> = .success(.more)
    transfer.withBytes { span in
      do throws(StorageError) {
        result = .success(try take(span, endedShort: transfer.endedShort, transaction: id))
      } catch { result = .failure(error) }
    }
    return try result.get()
  }

  private mutating func take(
    _ span: RawSpan,
    endedShort: Bool,
    transaction id: UInt32
  ) throws(StorageError) -> Step {
    var payload = span
    if header == nil {
      let first = try parseHeader(span)
      if first.kind == .response {
        // The answer to an earlier command, as after a replug, is passed over. A wrong id on data is a slip (some
        // responders cut or forget it): what follows is what was asked for.
        let isOurs = UInt16(truncatingIfNeeded: first.transactionID) == UInt16(truncatingIfNeeded: id)
        staleResponses += isOurs ? 0 : 1
        guard isOurs || staleResponses > Self.mostStaleResponses else { return .more }
        return .response(Self.copy(span))
      }
      guard first.kind == .data else { throw wrong("a container of the wrong kind") }
      header = first
      payload = span.extracting(droppingFirst: ContainerHeader.size)
      // Some responders send the header as a packet of its own.
      if payload.byteCount == 0, first.payload != 0 { return .more }
    }
    if let length, received + UInt64(payload.byteCount) > length {
      return try takeBeyond(payload, length: length, endedShort: endedShort)
    }
    deliver(payload)
    return endedShort ? .end : .more
  }

  /// More came than the data's length: the response, where a device leaves out the zero-length packet that must
  /// follow data of whole packets; or garbage.
  private mutating func takeBeyond(
    _ payload: RawSpan,
    length: UInt64,
    endedShort: Bool
  ) throws(StorageError) -> Step {
    let inside = Int(length - min(length, received))
    let rest = payload.extracting(droppingFirst: inside)
    if endedShort, rest.byteCount >= ContainerHeader.size, rest.byteCount <= ContainerHeader.size + 20,
      let header = try? ContainerHeader(Self.copy(rest)), header.kind == .response
    {
      deliver(payload.extracting(first: inside))
      return .response(Self.copy(rest))
    }
    // The header did not say how much would come; the listing did, and was wrong (uMTP cuts sizes to 32 bits).
    guard header?.payload == nil else { throw wrong("more data than it announced") }
    failure =
      failure
      ?? StorageError(.wrongLength, .nextFile, cause: "The file is longer than the device says in its listing")
    deliver(payload)
    return endedShort ? .end : .more
  }

  private mutating func deliver(_ payload: RawSpan) {
    received += UInt64(payload.byteCount)
    guard payload.byteCount > 0, failure == nil else { return }
    do throws(StorageError) {
      try control.check()
      try sink.write(payload)
      delivered += UInt64(payload.byteCount)
    } catch { failure = error }
  }

  private func parseHeader(_ span: RawSpan) throws(StorageError) -> ContainerHeader {
    do {
      return try ContainerHeader(Self.copy(span.extracting(first: min(span.byteCount, ContainerHeader.size))))
    } catch { throw wrong("something that is no container (\(error))") }
  }

  private func wrong(_ what: String) -> StorageError {
    StorageError(.deviceProtocol, .reopen, cause: "The device sent \(what)")
  }

  private static func copy(_ span: RawSpan) -> [UInt8] {
    var bytes: [UInt8] = []
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }
}
