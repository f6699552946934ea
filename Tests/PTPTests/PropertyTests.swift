import PTP
import Testing

@Suite struct PropertyTests {
  private let folder = ObjectHandle(rawValue: 3)

  private let listBytes: [UInt8] =
    [5, 0, 0, 0]
    + [3, 0, 0, 0, 0x07, 0xDC, 0xFF, 0xFF, 2, 0x61, 0, 0, 0]
    + [3, 0, 0, 0, 0x04, 0xDC, 0x08, 0x00, 0, 0, 0, 0x80, 1, 0, 0, 0]
    + [3, 0, 0, 0, 0x41, 0xDC, 0x0A, 0x00] + [UInt8](1...16)
    + [3, 0, 0, 0, 0x09, 0xDC, 0x00, 0x00]
    + [3, 0, 0, 0, 0x86, 0xDC, 0x02, 0x40, 3, 0, 0, 0, 7, 8, 9]

  @Test func propertyList() throws {
    let list = ObjectPropertyList([
      .init(folder, .objectFileName, .string("a")),
      .init(folder, .objectSize, .uint64(6 << 30)),
      .init(
        folder,
        .persistentUniqueObjectIdentifier,
        .uint128(0x100F_0E0D_0C0B_0A09_0807_0605_0403_0201)
      ),
      // As Android sends a property that an object does not have.
      .init(folder, .dateModified, .undefined),
      .init(folder, .representativeSampleData, .array([7, 8, 9] as [UInt8])),
    ])
    #expect(try ObjectPropertyList(listBytes) == list)
    #expect(try list.encoded() == listBytes)
    expectEveryPrefixRefused(listBytes) { bytes throws(PTPError) in try ObjectPropertyList(bytes) }
    expectNoTrap(from: listBytes) { bytes throws(PTPError) in try ObjectPropertyList(bytes) }
  }

  @Test func aCountBeyondTheBytesIsRefusedAtOnce() {
    #expect(throws: PTPError(.truncated, at: 0, in: "NumberOfElements")) {
      try ObjectPropertyList([0xFF, 0xFF, 0xFF, 0xFF] + listBytes.dropFirst(4))
    }
  }

  @Test func anUnknownTypeEndsTheList() {
    #expect(throws: PTPError(.unknownDataType, at: 12, in: "Value")) {
      try ObjectPropertyList([1, 0, 0, 0, 3, 0, 0, 0, 7, 0xDC, 0x0B, 0x00])
    }
  }

  @Test func everyDataTypeMakesTheRoundTrip() throws {
    for code in 1...10 as ClosedRange<UInt16> {
      let type = DataType(rawValue: code)
      let size = try #require(type.size)
      #expect(size == [1, 2, 4, 8, 16][(Int(code) - 1) / 2])
      let ones = [UInt8](repeating: 0xFF, count: size)
      var reader = ByteReader(ones)
      let value = try PropertyValue(type, from: &reader, "v")
      #expect(value.type == type)
      #expect(value.signed == (type.isSigned ? -1 : Int128(exactly: value.unsigned ?? 0)))
      #expect((value.unsigned == nil) == type.isSigned)
      var writer = ByteWriter()
      try value.encode(to: &writer, "v")
      #expect(writer.bytes == ones)

      let array = [2, 0, 0, 0] + ones + ones
      reader = ByteReader(array)
      let elements = try PropertyValue(.array(of: type), from: &reader, "v")
      #expect(reader.remaining == 0)
      #expect(elements.type.element == type)
      writer = ByteWriter()
      try elements.encode(to: &writer, "v")
      #expect(writer.bytes == array)
    }
  }

  @Test func arraysKnowTheirTypes() {
    #expect(PropertyValue.array([1] as [UInt8]).type == .array(of: .uint8))
    #expect(PropertyValue.array([1] as [UInt16]).type == .array(of: .uint16))
    #expect(PropertyValue.array([1] as [UInt32]).type == .array(of: .uint32))
    #expect(PropertyValue.array([1] as [UInt64]).type == .array(of: .uint64))
    #expect(PropertyValue.array([1] as [UInt128]).type == .array(of: .uint128))
  }

  @Test func objectPropertyDescription() throws {
    let bytes: [UInt8] = [0x02, 0xDC, 0x04, 0x00, 0, 0x00, 0x30, 1, 0, 0, 0, 2, 2, 0, 0x00, 0x30, 0x01, 0x30]
    let description = ObjectPropertyDescription(
      .objectFormat,
      .uint16,
      defaultValue: .uint16(0x3000),
      group: 1,
      form: .enumeration([.uint16(0x3000), .uint16(0x3001)])
    )
    #expect(try ObjectPropertyDescription(bytes) == description)
    #expect(try description.encoded() == bytes)
    expectEveryPrefixRefused(bytes) { bytes throws(PTPError) in try ObjectPropertyDescription(bytes) }
    expectNoTrap(from: bytes) { bytes throws(PTPError) in try ObjectPropertyDescription(bytes) }
  }

  @Test func devicePropertyDescription() throws {
    // Battery level, 0 to 100 in steps of 1, now 80.
    let bytes: [UInt8] = [0x01, 0x50, 0x02, 0x00, 0, 100, 80, 1, 0, 100, 1]
    let description = DevicePropertyDescription(
      .batteryLevel,
      .uint8,
      defaultValue: .uint8(100),
      currentValue: .uint8(80),
      form: .range(minimum: .uint8(0), maximum: .uint8(100), step: .uint8(1))
    )
    #expect(try DevicePropertyDescription(bytes) == description)
    #expect(try description.encoded() == bytes)
    expectEveryPrefixRefused(bytes) { bytes throws(PTPError) in try DevicePropertyDescription(bytes) }
  }
}
