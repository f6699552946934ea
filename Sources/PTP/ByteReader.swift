/// Reads little-endian values from bytes that a device sent. Nothing is read or allocated beyond the bytes that are
/// really there.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  /// Bytes read so far.
  public private(set) var offset = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes not read yet.
  public var remaining: Int { bytes.count - offset }

  /// Reads an integer. `field` names it in errors.
  public mutating func integer<T: FixedWidthInteger>(_ field: String, as type: T.Type = T.self) throws(PTPError) -> T {
    let size = T.bitWidth / 8
    guard remaining >= size else { throw PTPError(.truncated, at: offset, in: field) }
    var value: T = 0
    for index in (offset..<offset + size).reversed() { value = value << 8 | T(truncatingIfNeeded: bytes[index]) }
    offset += size
    return value
  }

  /// Reads a code.
  public mutating func code<T: Code>(_ field: String, as type: T.Type = T.self) throws(PTPError) -> T {
    T(rawValue: try integer(field))
  }

  /// Reads `count` bytes as they are.
  public mutating func raw(_ count: Int, _ field: String) throws(PTPError) -> [UInt8] {
    guard count >= 0, remaining >= count else { throw PTPError(.truncated, at: offset, in: field) }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// Reads a count of 32 bits whose elements take at least `size` bytes each, and which must therefore fit.
  public mutating func count(of size: Int, _ field: String) throws(PTPError) -> Int {
    let start = offset
    let count = Int(try integer(field, as: UInt32.self))
    // A count of 2^32 times the largest size, 16, is far within Int.
    guard count * size <= remaining else { throw PTPError(.truncated, at: start, in: field) }
    return count
  }

  /// Reads an array: a count of 32 bits, then the elements (MTP 1.1 section 3.2.2).
  public mutating func array<T: FixedWidthInteger>(_ field: String, of type: T.Type = T.self) throws(PTPError) -> [T] {
    let count = try count(of: T.bitWidth / 8, field)
    var elements: [T] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try integer(field)) }
    return elements
  }

  /// Reads an array of codes.
  public mutating func codes<T: Code>(_ field: String, of type: T.Type = T.self) throws(PTPError) -> [T] {
    try array(field, of: UInt16.self).map(T.init(rawValue:))
  }

  /// Reads a string: a count byte, then that many UTF-16 units with a closing NUL among them (MTP 1.1
  /// section 3.2.3). Devices forget the NUL, or fill up with several: the text ends at the first one.
  public mutating func string(_ field: String) throws(PTPError) -> PTPString {
    let start = offset
    let count = Int(try integer(field, as: UInt8.self))
    guard remaining >= count * 2 else {
      offset = start
      throw PTPError(.truncated, at: start, in: field)
    }
    var units: [UInt16] = []
    units.reserveCapacity(count)
    for _ in 0..<count { units.append(try integer(field)) }
    return PTPString(units: Array(units.prefix { $0 != 0 }))
  }

  /// Throws `trailingBytes` unless everything was read.
  public func end(of dataset: String) throws(PTPError) {
    guard remaining == 0 else { throw PTPError(.trailingBytes, at: offset, in: dataset) }
  }
}
