import PTP
import Testing

@Suite struct ByteTests {
  @Test func integersAreLittleEndian() throws {
    var writer = ByteWriter()
    writer.integer(UInt8(0x01))
    writer.integer(UInt16(0x0302))
    writer.integer(UInt32(0x0706_0504))
    writer.integer(UInt64(0x0F0E_0D0C_0B0A_0908))
    writer.integer(Int16(-2))
    #expect(writer.bytes == Array(1...15) + [0xFE, 0xFF])

    var reader = ByteReader(writer.bytes)
    #expect(try reader.integer("a") as UInt8 == 1)
    #expect(try reader.integer("b") as UInt16 == 0x0302)
    #expect(try reader.integer("c") as UInt32 == 0x0706_0504)
    #expect(try reader.integer("d") as UInt64 == 0x0F0E_0D0C_0B0A_0908)
    #expect(try reader.integer("e") as Int16 == -2)
    #expect(throws: PTPError(.truncated, at: 17, in: "f")) { try reader.integer("f", as: UInt8.self) }
  }

  @Test func aCountIsCheckedBeforeAnythingIsAllocated() {
    var reader = ByteReader([0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4])
    #expect(throws: PTPError(.truncated, at: 0, in: "handles")) { try reader.array("handles", of: UInt32.self) }
  }

  @Test func arrays() throws {
    let bytes: [UInt8] = [2, 0, 0, 0, 1, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF]
    #expect(try HandleList.decode(bytes) == [0x0001_0001, 0xFFFF_FFFF])
    #expect(HandleList.encode([0x0001_0001, 0xFFFF_FFFF]) == bytes)
    #expect(try HandleList.decode([0, 0, 0, 0]) == [])
    expectEveryPrefixRefused(bytes, HandleList.decode)
    #expect(throws: PTPError(.trailingBytes, at: 12, in: "Handles")) { try HandleList.decode(bytes + [0]) }
  }

  @Test func theEmptyStringIsOneByte() throws {
    var writer = ByteWriter()
    try writer.string("", "s")
    #expect(writer.bytes == [0])
    var reader = ByteReader([0])
    #expect(try reader.string("s").text() == "")
    #expect(reader.remaining == 0)
  }

  @Test func stringsCountTheirNUL() throws {
    // "A", then U+1F4F7 as a surrogate pair.
    let bytes: [UInt8] = [4, 0x41, 0x00, 0x3D, 0xD8, 0xF7, 0xDC, 0x00, 0x00]
    var writer = ByteWriter()
    try writer.string("A\u{1F4F7}", "s")
    #expect(writer.bytes == bytes)
    var reader = ByteReader(bytes)
    #expect(try reader.string("s").text() == "A\u{1F4F7}")
    #expect(reader.remaining == 0)
  }

  @Test func aMissingNULAndSeveralAreForgiven() throws {
    var missing = ByteReader([2, 0x41, 0, 0x42, 0, 0xEE])
    #expect(try missing.string("s").text() == "AB")
    #expect(missing.remaining == 1)
    var several = ByteReader([4, 0x41, 0, 0, 0, 0x42, 0, 0, 0])
    #expect(try several.string("s").text() == "A")
    #expect(several.remaining == 0)
  }

  @Test func theLongestStringHas254Units() throws {
    var writer = ByteWriter()
    try writer.string(PTPString(String(repeating: "x", count: 254)), "s")
    #expect(writer.bytes.count == 1 + 255 * 2)
    #expect(writer.bytes[0] == 255)
    #expect(throws: PTPError(.stringTooLong, at: 511, in: "s")) {
      try writer.string(PTPString(String(repeating: "x", count: 255)), "s")
    }
  }

  @Test func loneSurrogatesAreCarriedAndReported() throws {
    let bytes: [UInt8] = [4, 0x41, 0, 0x00, 0xD8, 0x42, 0, 0, 0]
    var reader = ByteReader(bytes)
    let string = try reader.string("s")
    #expect(reader.remaining == 0)
    #expect(throws: PTPError(.loneSurrogate, at: 2, in: "A\u{FFFD}B")) { try string.text() }
    #expect(string.lossy == "A\u{FFFD}B")
    var writer = ByteWriter()
    try writer.string(string, "s")
    #expect(writer.bytes == bytes)
  }

  @Test func codesSayTheirNames() {
    #expect("\(ResponseCode.accessDenied)" == "AccessDenied 0x200F")
    #expect("\(OperationCode(rawValue: 0x9FF))" == "0x09FF")
    #expect(OperationCode("GetPartialObject64") == .getPartialObject64)
    #expect(OperationCode("0x95c1") == .getPartialObject64)
    #expect(OperationCode("nonsense") == nil)
    #expect("\(DataType.array(of: .uint128))" == "AUINT128 0x400A")
  }
}
