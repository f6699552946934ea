/// What a container carries (MTP 1.1 appendix H; USB still image class, section 7).
public enum ContainerKind: UInt16, Hashable, Sendable {
  case command = 1
  case data = 2
  case response = 3
  case event = 4
}

/// The 12 bytes that begin every container.
public struct ContainerHeader: Hashable, Sendable {
  /// In bytes.
  public static let size = 12
  /// The length that stands for "4 GiB or more": the receiver reads up to the short packet.
  public static let unknownLength: UInt32 = 0xFFFF_FFFF

  /// The whole container in bytes, this header included, or ``unknownLength``.
  public var length: UInt32
  public var kind: ContainerKind
  /// An ``OperationCode`` in commands and data, a ``ResponseCode`` or an ``EventCode`` elsewhere.
  public var code: UInt16
  public var transactionID: UInt32

  /// The header of a container with `payload` bytes after it.
  public init(kind: ContainerKind, code: UInt16, transactionID: UInt32, payload: UInt64) {
    let length = payload.addingReportingOverflow(UInt64(Self.size))
    self.length = length.overflow ? Self.unknownLength : UInt32(clamping: length.partialValue)
    self.kind = kind
    self.code = code
    self.transactionID = transactionID
  }

  /// Bytes after the header; `nil` if only the end of the transfer tells.
  public var payload: UInt64? {
    length == Self.unknownLength ? nil : UInt64(length) - UInt64(Self.size)
  }

  /// Reads a header. Throws `truncated`, and `badValue` for an unknown kind or a length below 12.
  public init(from reader: inout ByteReader) throws(PTPError) {
    let start = reader.offset
    length = try reader.integer("ContainerLength")
    guard length >= UInt32(Self.size) else { throw PTPError(.badValue, at: start, in: "ContainerLength") }
    guard let kind = ContainerKind(rawValue: try reader.integer("ContainerType")) else {
      throw PTPError(.badValue, at: start + 4, in: "ContainerType")
    }
    self.kind = kind
    code = try reader.integer("Code")
    transactionID = try reader.integer("TransactionID")
  }

  /// Reads the header at the beginning of `bytes`.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
  }

  public func encode(to writer: inout ByteWriter) {
    writer.integer(length)
    writer.integer(kind.rawValue)
    writer.integer(code)
    writer.integer(transactionID)
  }

  /// The 12 bytes.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    encode(to: &writer)
    return writer.bytes
  }
}
