/// The type of a property's value (MTP 1.1 section 3.2.1).
public struct DataType: Code {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// No value. Android sends it for properties that an object does not have.
  public static let undefined = DataType(rawValue: 0x0000)
  public static let int8 = DataType(rawValue: 0x0001)
  public static let uint8 = DataType(rawValue: 0x0002)
  public static let int16 = DataType(rawValue: 0x0003)
  public static let uint16 = DataType(rawValue: 0x0004)
  public static let int32 = DataType(rawValue: 0x0005)
  public static let uint32 = DataType(rawValue: 0x0006)
  public static let int64 = DataType(rawValue: 0x0007)
  public static let uint64 = DataType(rawValue: 0x0008)
  public static let int128 = DataType(rawValue: 0x0009)
  public static let uint128 = DataType(rawValue: 0x000A)
  public static let string = DataType(rawValue: 0xFFFF)

  /// An array of the integer type `element`.
  public static func array(of element: DataType) -> DataType { DataType(rawValue: element.rawValue | 0x4000) }

  /// What an array's elements are; `nil` if this is no array.
  public var element: DataType? {
    let element = DataType(rawValue: rawValue & ~0x4000)
    return rawValue & 0x4000 != 0 && element.size != nil ? element : nil
  }

  /// Bytes that an integer of this type takes; `nil` for strings, arrays and unknown types.
  public var size: Int? {
    guard (0x0001...0x000A).contains(rawValue) else { return nil }
    return 1 << ((Int(rawValue) - 1) / 2)
  }

  /// Whether an integer of this type has a sign.
  public var isSigned: Bool { size != nil && rawValue % 2 == 1 }

  public static let names: [UInt16: String] = {
    var names: [UInt16: String] = [0: "Undefined", 0xFFFF: "String"]
    for (index, bits) in [8, 16, 32, 64, 128].enumerated() {
      let code = UInt16(index * 2 + 1)
      names[code] = "INT\(bits)"
      names[code + 1] = "UINT\(bits)"
      names[code | 0x4000] = "AINT\(bits)"
      names[(code + 1) | 0x4000] = "AUINT\(bits)"
    }
    return names
  }()
}
