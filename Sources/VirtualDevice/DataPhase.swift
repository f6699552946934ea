internal import PTP

/// How a data phase to the host, or a response, is not as it should be: for faults.
struct Flaws {
  var length: Fault.Length?
  var hasWrongID = false
  /// Bytes that are none of it, at the end.
  var extra = 0
  var lacksZeroLengthPacket = false
  var hasExtraZeroLengthPacket = false
  /// After so many bytes of the payload something else happens.
  var pause: UInt64?
  /// Whether what was sent by then ends in a short packet.
  var pausesShort = false

  init() {}

  /// - Parameter length: of the payload, in bytes.
  init(_ faults: [DueFault], length: UInt64) {
    for fault in faults {
      switch fault.effect {
      case .length(let lie): self.length = lie
      case .wrongDataID: hasWrongID = true
      case .extend(let count): extra = Int(count)
      case .noZeroLengthPacket: lacksZeroLengthPacket = true
      case .extraZeroLengthPacket: hasExtraZeroLengthPacket = true
      case .shortPacket where fault.offset < length: (pause, pausesShort) = (fault.offset, true)
      case .lock, .loseStorage, .renumber, .vanish, .change, .kill, .interrupt:
        if fault.offset > 0, fault.offset < length { pause = fault.offset }
      default: break
      }
    }
  }

  func apply(to header: ContainerHeader) -> [UInt8] {
    var header = header
    switch length {
    case .exactly(let number): header.length = number
    case .off(let number): header.length = UInt32(clamping: Int64(header.length) + number)
    case nil: break
    }
    if hasWrongID { header.transactionID &+= 1 }
    return header.encoded
  }

  func apply(toResponse bytes: [UInt8]) -> [UInt8] {
    guard let header = try? ContainerHeader(bytes) else { return bytes }
    let parameters = bytes.dropFirst(ContainerHeader.size)
    return apply(to: header) + parameters + [UInt8](repeating: 0xA5, count: extra)
  }
}

/// The data phase from the device to the host: streams a payload in pieces of whole packets, ends it as USB demands
/// (a zero-length packet after a last packet that is full), and stops where a fault wants it to.
struct DataPhase {
  private static let pieceSize = 1 << 20

  private let port: any ResponderPort
  private let header: [UInt8]
  private let payload: Reply.Payload
  private let flaws: Flaws
  /// In bytes, without the header.
  private let length: UInt64

  init(_ payload: Reply.Payload, of command: Command, to port: any ResponderPort, _ flaws: Flaws) {
    self.port = port
    self.payload = payload
    self.flaws = flaws
    length = payload.length
    header = flaws.apply(
      to: ContainerHeader(
        kind: .data,
        code: command.code.rawValue,
        transactionID: command.transactionID,
        payload: length
      )
    )
  }

  /// Sends the payload up to `limit` bytes of it, or all of it.
  /// - Parameter pause: called where the flaws want it.
  /// - Returns: how many bytes of the payload were sent; fewer than meant if a file turned out shorter.
  func send(upTo limit: UInt64?, pause: () -> Void) throws(USBPortError) -> UInt64 {
    let end = min(length, limit ?? length)
    let packetSize = UInt64(port.packetSize)
    // A multiple of every packet size, so that only the last write can be a short packet.
    var buffer = [UInt8](repeating: 0, count: min(Self.pieceSize, header.count + Int(clamping: end)))
    buffer.replaceSubrange(0..<header.count, with: header)
    let file: OpenFile? = if case .file(let path, _, _) = payload { OpenFile(path: path) } else { nil }
    var stop = flaws.pause.map { offset in
      // Before a packet, or within one that becomes short.
      let sent = UInt64(header.count) + offset
      let isShort = flaws.pausesShort && !sent.isMultiple(of: packetSize)
      return max(isShort ? sent : sent / packetSize * packetSize, UInt64(header.count)) - UInt64(header.count)
    }

    var sent: UInt64 = 0
    var filled = header.count
    repeat {
      if let place = stop, sent >= place {
        if filled > 0, flaws.pausesShort {
          try unsafe port.writeIn(buffer.span.bytes.extracting(0..<filled))
          filled = 0
        }
        pause()
        stop = nil
      }
      let wanted = Int(min(UInt64(buffer.count - filled), min(end, stop ?? end) - sent))
      var got = 0
      switch payload {
      case .bytes(let bytes):
        buffer.replaceSubrange(filled..<filled + wanted, with: bytes[Int(sent)..<Int(sent) + wanted])
        got = wanted
      case .file(_, let offset, _):
        got = file?.read(wanted, at: offset + sent, into: &buffer, from: filled) ?? 0
      }
      sent += UInt64(got)
      if sent == end, limit == nil, flaws.extra > 0 {
        // In one write, else a short packet would end the data before them.
        try port.writeIn(buffer[0..<filled + got] + [UInt8](repeating: 0xA5, count: flaws.extra))
      } else {
        try unsafe port.writeIn(buffer.span.bytes.extracting(0..<filled + got))
      }
      filled = 0
      guard got == wanted else { return sent }
    } while sent < end
    let isWhole = (UInt64(header.count) + sent + UInt64(flaws.extra)).isMultiple(of: packetSize)
    let owesOne = isWhole && !flaws.lacksZeroLengthPacket
    if limit == nil, owesOne || flaws.hasExtraZeroLengthPacket { try port.writeIn([]) }
    return sent
  }
}
