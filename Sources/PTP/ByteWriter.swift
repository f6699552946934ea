/// Builds a dataset of little-endian values.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Appends an integer.
  public mutating func integer<T: FixedWidthInteger>(_ value: T) {
    for shift in stride(from: 0, to: T.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  /// Appends a code.
  public mutating func code(_ code: some Code) { integer(code.rawValue) }

  /// Appends bytes as they are.
  public mutating func raw(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Appends an array: a count of 32 bits, then the elements.
  public mutating func array<T: FixedWidthInteger>(_ elements: some Collection<T>) {
    integer(UInt32(elements.count))
    for element in elements { integer(element) }
  }

  /// Appends an array of codes.
  public mutating func codes(_ codes: some Collection<some Code>) { array(codes.map(\.rawValue)) }

  /// Appends a string: a count byte, the UTF-16 units, a NUL; an empty string is one zero byte.
  /// Throws `stringTooLong` beyond 254 units.
  public mutating func string(_ string: PTPString, _ field: String) throws(PTPError) {
    guard string.units.count <= PTPString.maximumUnits else {
      throw PTPError(.stringTooLong, at: bytes.count, in: field)
    }
    guard !string.units.isEmpty else { return integer(UInt8(0)) }
    integer(UInt8(string.units.count + 1))
    for unit in string.units { integer(unit) }
    integer(UInt16(0))
  }
}
