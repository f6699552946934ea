import Testing

@testable import SyncEngine

@Suite("A command at the end of a part")
struct StrayCommandTests {
  private static let data: [UInt8] = Array(repeating: 7, count: 100)

  @Test("OpenSession and GetDeviceInfo are commands")
  func commands() {
    let openSession: [UInt8] = [16, 0, 0, 0, 1, 0, 0x02, 0x10, 0, 0, 0, 0, 1, 0, 0, 0]
    #expect(StrayCommand.length(atEndOf: Self.data + openSession) == 16)
    #expect(StrayCommand.length(atEndOf: openSession) == 16)
    let getDeviceInfo: [UInt8] = [12, 0, 0, 0, 1, 0, 0x01, 0x10, 1, 0, 0, 0]
    #expect(StrayCommand.length(atEndOf: Self.data + getDeviceInfo) == 12)
  }

  @Test("A command that was taken for the header of the data leaves its parameter")
  func parameter() {
    #expect(StrayCommand.length(atEndOf: [1, 0, 0, 0]) == 4)
    #expect(StrayCommand.length(atEndOf: Self.data + [1, 0, 0, 0]) == nil)
  }

  @Test("Other ends are a file's own")
  func others() {
    #expect(StrayCommand.length(atEndOf: []) == nil)
    #expect(StrayCommand.length(atEndOf: Self.data) == nil)
    #expect(StrayCommand.length(atEndOf: Array(repeating: 0, count: 100)) == nil)
    // Of another length than it says, and data instead of a command.
    #expect(StrayCommand.length(atEndOf: [16, 0, 0, 0, 1, 0, 0x02, 0x10, 0, 0, 0, 0]) == nil)
    #expect(StrayCommand.length(atEndOf: Self.data + [12, 0, 0, 0, 2, 0, 0x01, 0x10, 1, 0, 0, 0]) == nil)
  }
}
