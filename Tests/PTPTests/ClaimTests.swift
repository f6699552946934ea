import PTP
import Testing

/// Counts that no bytes follow, up to 2^32 - 1: they are refused where they stand, before anything is made room for.
@Suite struct ClaimTests {
  private static let claims: [UInt32] = [2, 65_535, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]

  private func bytes(_ count: UInt32) -> [UInt8] {
    var writer = ByteWriter()
    writer.integer(count)
    return writer.bytes
  }

  @Test(arguments: claims) func listsAndArrays(count: UInt32) {
    let bytes = bytes(count) + [0, 0, 0, 0]
    #expect(throws: PTPError(.truncated, at: 0, in: "Handles")) { try HandleList.decode(bytes) }
    #expect(throws: PTPError(.truncated, at: 0, in: "NumberOfElements")) { try ObjectPropertyList(bytes) }
    for raw in UInt16(1)...10 {
      // The smallest elements may fit where there are few.
      let type = DataType.array(of: DataType(rawValue: raw))
      guard UInt64(count) * UInt64(type.element?.size ?? 0) > 4 else { continue }
      var reader = ByteReader(bytes)
      #expect(throws: PTPError(.truncated, at: 0, in: "Value")) { try PropertyValue(type, from: &reader, "Value") }
    }
  }

  /// Each of the five lists of what a device can do.
  @Test(arguments: claims, 0..<5) func abilities(count: UInt32, list: Int) throws {
    let whole = try DeviceInfo().encoded()
    // Two numbers, an empty string and another number stand before the lists, which are empty.
    let place = 2 + 4 + 2 + 1 + 2 + 4 * list
    var lying = whole
    lying.replaceSubrange(place..<place + 4, with: bytes(count))
    let error = #expect(throws: PTPError.self) { try DeviceInfo(Array(lying.prefix(place + 5))) }
    #expect(error?.reason == .truncated && error?.offset == place)
  }

  /// A name of 65,535 units can only come as an array, and is none.
  @Test func aNameThatIsAnArray() throws {
    let units = PropertyValue.array([UInt16](repeating: 0x61, count: 65_535))
    let list = ObjectPropertyList([.init(ObjectHandle(rawValue: 1), .objectFileName, units)])
    let decoded = try ObjectPropertyList(try list.encoded())
    #expect(decoded == list && decoded.elements[0].value.string == nil)
  }
}
