/// The value of a property of an object or of the device.
public enum PropertyValue: Hashable, Sendable {
  /// No value: data type 0.
  case undefined
  /// An integer of any size; `bits` holds it in its low bytes, the rest is zero.
  case integer(DataType, bits: UInt128)
  case string(PTPString)
  /// An array; `bytes` are its elements as on the wire, so that it takes no more memory than it was sent with.
  case array(of: DataType, bytes: [UInt8])

  /// Its type on the wire.
  public var type: DataType {
    switch self {
    case .undefined: .undefined
    case .integer(let type, _): type
    case .string: .string
    case .array(let element, _): .array(of: element)
    }
  }

  /// Reads a value of the type `type`. Throws `truncated`, or `unknownDataType`, after which the rest of a dataset
  /// cannot be read.
  public init(_ type: DataType, from reader: inout ByteReader, _ field: String) throws(PTPError) {
    if type == .undefined {
      self = .undefined
    } else if type == .string {
      self = .string(try reader.string(field))
    } else if let size = type.size {
      self = .integer(type, bits: Self.bits(try reader.raw(size, field)))
    } else if let element = type.element, let size = element.size {
      let count = try reader.count(of: size, field)
      self = .array(of: element, bytes: try reader.raw(count * size, field))
    } else {
      throw PTPError(.unknownDataType, at: reader.offset, in: field)
    }
  }

  /// Writes the value, without its type. Throws `stringTooLong`.
  public func encode(to writer: inout ByteWriter, _ field: String) throws(PTPError) {
    switch self {
    case .undefined: break
    case .integer(let type, let bits):
      for index in 0..<(type.size ?? 0) { writer.integer(UInt8(truncatingIfNeeded: bits >> (8 * index))) }
    case .string(let string): try writer.string(string, field)
    case .array(let element, let bytes):
      let size = element.size ?? 1
      writer.integer(UInt32(bytes.count / size))
      writer.raw(bytes.prefix(bytes.count / size * size))
    }
  }

  private static func bits(_ bytes: [UInt8]) -> UInt128 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt128($1) }
  }
}

// Making and reading the common kinds.
extension PropertyValue {
  public static func uint8(_ value: UInt8) -> Self { .integer(.uint8, bits: UInt128(value)) }
  public static func uint16(_ value: UInt16) -> Self { .integer(.uint16, bits: UInt128(value)) }
  public static func uint32(_ value: UInt32) -> Self { .integer(.uint32, bits: UInt128(value)) }
  public static func uint64(_ value: UInt64) -> Self { .integer(.uint64, bits: UInt128(value)) }
  public static func uint128(_ value: UInt128) -> Self { .integer(.uint128, bits: value) }

  /// An array of 8- to 128-bit integers.
  public static func array<T: FixedWidthInteger & UnsignedInteger>(_ elements: [T]) -> Self {
    var writer = ByteWriter()
    for element in elements { writer.integer(element) }
    let type = DataType(rawValue: UInt16(T.bitWidth.trailingZeroBitCount - 3) * 2 + 2)
    return .array(of: type, bytes: writer.bytes)
  }

  /// The integer, if it is one and is not negative.
  public var unsigned: UInt128? {
    guard case .integer(let type, let bits) = self, let size = type.size else { return nil }
    return type.isSigned && bits >> (size * 8 - 1) & 1 == 1 ? nil : bits
  }

  /// The integer, if it is one and fits.
  public var signed: Int128? {
    guard case .integer(let type, let bits) = self, let size = type.size else { return nil }
    guard type.isSigned else { return Int128(exactly: bits) }
    let unused = 128 - size * 8
    return Int128(truncatingIfNeeded: bits << unused) >> unused
  }

  /// The string, if it is one.
  public var string: PTPString? {
    if case .string(let string) = self { string } else { nil }
  }
}
