internal import PTP

/// The data phase from the device to the host: streams a payload in pieces of whole packets, ends it as USB demands
/// (a zero-length packet after a last packet that is full), and stops where a fault wants it to.
struct DataPhase {
  private static let pieceSize = 1 << 20

  private let port: USBPort
  private let header: [UInt8]
  private let payload: Reply.Payload
  /// In bytes, without the header.
  private let length: UInt64

  init(_ payload: Reply.Payload, of command: Command, to port: USBPort) {
    self.port = port
    self.payload = payload
    length = payload.length
    header =
      ContainerHeader(
        kind: .data,
        code: command.code.rawValue,
        transactionID: command.transactionID,
        payload: length
      ).encoded
  }

  /// Sends the payload up to `limit` bytes of it, or all of it.
  /// - Returns: how many bytes of the payload were sent; fewer than meant if a file turned out shorter.
  func send(upTo limit: UInt64?, endsWithZeroLengthPacket: Bool = true) throws(USBPortError) -> UInt64 {
    let end = min(length, limit ?? length)
    // A multiple of every packet size, so that only the last write can be a short packet.
    var buffer = [UInt8](repeating: 0, count: min(Self.pieceSize, header.count + Int(clamping: end)))
    buffer.replaceSubrange(0..<header.count, with: header)
    let file: OpenFile? = if case .file(let path, _, _) = payload { OpenFile(path: path) } else { nil }

    var sent: UInt64 = 0
    var filled = header.count
    repeat {
      let wanted = Int(min(UInt64(buffer.count - filled), end - sent))
      var got = 0
      switch payload {
      case .bytes(let bytes):
        buffer.replaceSubrange(filled..<filled + wanted, with: bytes[Int(sent)..<Int(sent) + wanted])
        got = wanted
      case .file(_, let offset, _):
        got = file?.read(wanted, at: offset + sent, into: &buffer, from: filled) ?? 0
      }
      try unsafe port.writeIn(buffer.span.bytes.extracting(0..<filled + got))
      sent += UInt64(got)
      filled = 0
      guard got == wanted else { return sent }
    } while sent < end
    let isWhole = (UInt64(header.count) + sent).isMultiple(of: UInt64(port.description.speed.packetSize))
    if limit == nil, isWhole, endsWithZeroLengthPacket { try port.writeIn([]) }
    return sent
  }
}
