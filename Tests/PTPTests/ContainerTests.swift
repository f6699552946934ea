import PTP
import Testing

@Suite struct ContainerTests {
  /// GetObjectHandles(0xFFFFFFFF, 0, 0xFFFFFFFF), transaction 5.
  private let command: [UInt8] = [
    24, 0, 0, 0, 1, 0, 0x07, 0x10, 5, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
  ]

  @Test func commands() throws {
    let value = Command(.getObjectHandles, transactionID: 5, parameters: [0xFFFF_FFFF, 0, 0xFFFF_FFFF])
    #expect(value.encoded == command)
    #expect(try Command(command) == value)
    #expect(value.parameter(2) == 0xFFFF_FFFF)
    #expect(value.parameter(4) == 0)
    expectEveryPrefixRefused(command) { bytes throws(PTPError) in try Command(bytes) }
    expectNoTrap(from: command) { bytes throws(PTPError) in try Command(bytes) }
  }

  @Test func responsesAndEvents() throws {
    let response: [UInt8] = [12, 0, 0, 0, 3, 0, 0x01, 0x20, 7, 0, 0, 0]
    #expect(try Response(response) == Response(.ok, transactionID: 7))
    let event: [UInt8] = [16, 0, 0, 0, 4, 0, 0x02, 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 9, 0, 0, 0]
    #expect(try Event(event) == Event(.objectAdded, transactionID: 0xFFFF_FFFF, parameters: [9]))
    #expect(throws: PTPError(.badValue, at: 4, in: "ContainerType")) { try Response(event) }
  }

  @Test(
    arguments: [
      // A length that is no whole number of parameters; six parameters; a length below the header's; an unknown kind.
      ([14, 0, 0, 0, 3, 0, 1, 0x20, 0, 0, 0, 0, 0, 0], 0),
      ([36, 0, 0, 0, 3, 0, 1, 0x20, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 24), 0),
      ([11, 0, 0, 0, 3, 0, 1, 0x20, 0, 0, 0, 0], 0),
      ([12, 0, 0, 0, 9, 0, 1, 0x20, 0, 0, 0, 0], 4),
      ([0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 1, 0x20, 0, 0, 0, 0], 0),
    ] as [([UInt8], Int)]
  )
  func wrongContainers(bytes: [UInt8], offset: Int) {
    let error = #expect(throws: PTPError.self) { try Response(bytes) }
    #expect(error?.reason == .badValue)
    #expect(error?.offset == offset)
  }

  @Test(
    arguments: [
      (0, 12), (500, 512), (0xFFFF_FFF2, 0xFFFF_FFFE), (0xFFFF_FFF3, 0xFFFF_FFFF), (0x1_0000_0000, 0xFFFF_FFFF),
      (UInt64.max, 0xFFFF_FFFF),
    ] as [(UInt64, UInt32)]
  )
  func lengths(payload: UInt64, length: UInt32) throws {
    let header = ContainerHeader(kind: .data, code: 0x1009, transactionID: 1, payload: payload)
    #expect(header.length == length)
    #expect(header.payload == (length == 0xFFFF_FFFF ? nil : payload))
    #expect(try ContainerHeader(header.encoded) == header)
  }
}
