import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// What the other devices do with what is sent to them.
@Suite struct SendingTests {
  private let folder: TemporaryFolder
  private let root = USBInitiator.root

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFile("old", pattern(1000), modified: 1_000_000_000)
  }

  /// Opens a session and lists the root. The handle of `old` is 1 then.
  private func start(_ profile: Profile, faults: [Fault] = [], space: UInt64? = nil) throws -> USBInitiator {
    let host = try USBInitiator(profile, folder.path, faults: faults, space: space)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectHandles, 0x0001_0001, 0, root).data == [1, 0, 0, 0, 1, 0, 0, 0])
    return host
  }

  private func string(_ text: String) throws -> [UInt8] {
    var writer = ByteWriter()
    try writer.string(PTPString(text), "text")
    return writer.bytes
  }

  @Test(arguments: [Profile.umtp, .player, .minimal])
  func everySizeArrivesWhole(profile: Profile) throws {
    let host = try start(profile)
    let boundaries: [Int] = [512, 16_384, 1 << 20]
    let around: [Int] = boundaries.flatMap { Array(($0 - 14)...($0 + 2)) }
    let longest = pattern((1 << 20) + 2)
    for size in Array(0...20) + around {
      let data = Array(longest.prefix(size))
      let handle = try #require(try host.announce("f", UInt64(size))?.parameters.last)
      #expect(try host.sendObject(data).response?.code == .ok)
      let isWhole = folder.bytes("f") == data
      #expect(isWhole, "\(size) bytes")
      #expect(try host.send(.deleteObject, handle).response?.code == .ok)
    }
    #expect(folder.names == ["old"])
  }

  @Test(arguments: [Profile.androidLegacy, .umtp, .player, .garmin, .minimal])
  func datesInAnObjectInfoAreIgnored(profile: Profile) throws {
    let host = try start(profile)
    #expect(try host.announce("new", 3, modified: "20010101T000000Z", created: "20010101T000000Z")?.code == .ok)
    #expect(try host.sendObject([1, 2, 3]).response?.code == .ok)
    #expect(try #require(folder.modified("new")) > 1_700_000_000)
  }

  @Test(arguments: [Profile.umtp, .player, .garmin, .minimal])
  func foldersCanBeMadeAndFilled(profile: Profile) throws {
    let host = try start(profile)
    let made = try #require(try host.announce("new", 0, in: 0, format: .association))
    #expect(made.parameters == [0x0001_0001, profile.rules.rootInResponse, 2])
    #expect(try host.announce("file", 2, in: 2)?.parameters == [0x0001_0001, 2, 3])
    #expect(try host.sendObject([1, 2]).response?.code == .ok)
    #expect(folder.bytes("new/file") == [1, 2])
    #expect(try host.names(in: 2) == ["file"])
    #expect(try host.announce("new", 0, format: .association)?.code != .ok)
  }

  @Test(arguments: [Profile.umtp, .player, .garmin, .minimal])
  func whatCameBeforeTheCableWasPulledStays(profile: Profile) throws {
    let host = try start(
      profile,
      faults: [Fault(.unplug, at: .operation(.sendObject, occurrence: 1), offset: 70_000)]
    )
    #expect(try host.announce("new", 1 << 20)?.code == .ok)
    #expect(try host.sendObject(pattern(1 << 20)).failure == .noDevice)
    host.device.unplug()
    let count = try #require(folder.bytes("new")?.count)
    #expect(count > 0 && count <= 70_000)
  }

  // MARK: uMTP

  @Test func umtpEmptiesAFileAsSoonAsItIsAnnounced() throws {
    let host = try start(.umtp)
    #expect(try host.announce("old", 5)?.parameters.last == 1)
    #expect(folder.bytes("old") == [])
    #expect(try host.sendObject(pattern(5)).response?.code == .ok)
    #expect(folder.bytes("old") == pattern(5))
  }

  @Test func umtpDoesNotNoticeThatItIsFull() throws {
    let host = try start(.umtp, space: 51_000)
    #expect(try host.announce("new", 100_000)?.code == .ok)
    #expect(try host.sendObject(pattern(100_000)).response?.code == .ok)
    #expect(folder.bytes("new")?.count == 50_000)
    #expect(try host.isInSync())
  }

  @Test func umtpDoesNotNoticeThatAFileIsShort() throws {
    let host = try start(.umtp)
    #expect(try host.announce("new", 100_000)?.code == .ok)
    #expect(try host.sendObject(pattern(10)).response?.code == .ok)
    #expect(folder.bytes("new") == pattern(10))
  }

  @Test func umtpTakesAHeaderAloneForAnEmptyFile() throws {
    let host = try start(.umtp)
    #expect(try host.announce("new", 10)?.code == .ok)
    let parts = host.beginObject(10)
    for bytes in [parts.command, parts.header] { #expect(try host.host.write(bytes).error == nil) }
    #expect(try host.readResponse().response?.code == .ok)
    #expect(folder.bytes("new") == [])
  }

  @Test func umtpRefusesOddly() throws {
    let host = try start(.umtp)
    // Success, with a handle that is none.
    #expect(try host.announce("new", 1, in: 77)?.parameters == [0x0001_0001, 77, 0xFFFF_FFFF])
    #expect(try host.announce("a/b", 1)?.code == .accessDenied)
    let date = try string("20010101T000000Z")
    #expect(try host.send(.setObjectPropValue, 1, 0xDC09, data: date).response?.code == .invalidObjectPropCode)
    #expect(try host.send(.setObjectPropValue, 1, 0xDC07, data: string("new")).response?.code == .ok)
    #expect(folder.modified("new") == 1_000_000_000)
    #expect(!Profile.umtp.info.operations.contains(.sendObjectPropList))
  }

  // MARK: Players

  @Test func aPlayersDatesCanBeSet() throws {
    let host = try start(.player)
    for property in [ObjectPropertyCode.dateModified, .dateCreated, .objectFileName] {
      let answer = try host.send(.getObjectPropDesc, UInt32(property.rawValue), 0x3000)
      #expect(try ObjectPropertyDescription(try #require(answer.data)).isSettable)
    }
    let modified = try string("20010203T040506Z")
    let created = try string("19991231T235959+0100")
    #expect(try host.send(.setObjectPropValue, 1, 0xDC09, data: modified).response?.code == .ok)
    #expect(try host.send(.setObjectPropValue, 1, 0xDC08, data: created).response?.code == .ok)
    #expect(
      try host.send(.setObjectPropValue, 1, 0xDC09, data: string("soon")).response?.code == .invalidObjectPropValue
    )
    #expect(folder.modified("old") == 981_173_106)
    let info = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, 1).data)).info
    #expect(info.modificationDate == "20010203T040506" && info.captureDate == "19991231T225959")
    // Renaming keeps both, and the handle.
    #expect(try host.send(.setObjectPropValue, 1, 0xDC07, data: string("new")).response?.code == .ok)
    let again = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, 1).data)).info
    #expect(again.modificationDate == info.modificationDate && again.captureDate == info.captureDate)
  }

  @Test func aPlayerTakesPropertiesBeforeTheData() throws {
    let host = try start(.player)
    let name = ObjectPropertyList.Element(.none, .objectFileName, .string("song.mp3"))
    let date = ObjectPropertyList.Element(.none, .dateModified, .string("20010203T040506Z"))
    let list = try ObjectPropertyList([name, date]).encoded()
    let answer = try host.send(.sendObjectPropList, 0x0001_0001, root, 0x3009, 0, 1000, data: list)
    #expect(answer.response?.parameters == [0x0001_0001, 0, 2])
    #expect(try host.sendObject(pattern(1000)).response?.code == .ok)
    #expect(folder.modified("song.mp3") == 981_173_106)
    // Sizes have 64 bits; the property that is wrong is named by its number.
    let full = try host.send(.sendObjectPropList, 0x0001_0001, root, 0x3009, 0xFFFF, 0, data: list)
    #expect(full.response?.code == .storeFull)
    let bad = ObjectPropertyList.Element(.none, .artist, .string("Bach"))
    let refused = try host.send(
      .sendObjectPropList,
      0x0001_0001,
      root,
      0x3009,
      0,
      1,
      data: ObjectPropertyList([name, bad]).encoded()
    )
    #expect(refused.response?.code == .invalidObjectPropCode)
    #expect(refused.response?.parameters == [0, 0, 0, 1])
  }

  @Test func aPlayerListsToAnyDepth() throws {
    try folder.makeFolder("a/b")
    try folder.makeFile("a/b/c")
    let host = try USBInitiator(.player, folder.path)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    func names(_ handle: UInt32, _ depth: UInt32) throws -> [String] {
      let list = try ObjectPropertyList(
        try #require(try host.send(.getObjectPropList, handle, 0, 0xDC07, 0, depth).data)
      )
      return list.elements.compactMap { $0.value.string?.lossy }
    }
    #expect(try names(0, 1) == ["a", "old"])
    #expect(try names(1, 0) == ["a"])
    #expect(try names(1, 1) == ["a", "b"])
    #expect(try names(1, 0xFFFF_FFFF) == ["a", "b", "c"])
    #expect(try names(0xFFFF_FFFF, 0) == ["a", "b", "c", "old"])
  }

  @Test(arguments: [Profile.player, .minimal])
  func othersSayThatTheyAreFull(profile: Profile) throws {
    let host = try start(
      profile,
      faults: [Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 30_000)],
      space: 100_000
    )
    #expect(try host.announce("new", 99_001)?.code == .storeFull)
    #expect(try host.announce("new", 99_000)?.code == .ok)
    #expect(try host.sendObject(pattern(99_000)).response?.code == .storeFull)
    #expect(folder.bytes("new")?.count == 30_000)
    #expect(try host.isInSync())
  }

  @Test(arguments: [Profile.player, .minimal])
  func othersSayThatAFileIsShort(profile: Profile) throws {
    let host = try start(profile)
    #expect(try host.announce("new", 10)?.code == .ok)
    #expect(try host.sendObject(pattern(9)).response?.code == .incompleteTransfer)
    #expect(try host.sendObject(pattern(9)).response?.code == .noValidObjectInfo)
    #expect(try host.announce("old", 10)?.code == .generalError)
    #expect(try host.isInSync())
  }

  // MARK: Cameras and the least

  @Test func aCameraTakesNothingButADelete() throws {
    let host = try start(.camera)
    #expect(try host.announce("new", 10)?.code == .operationNotSupported)
    #expect(try host.send(.setObjectPropValue, 1, 0xDC07, data: string("x")).response?.code == .operationNotSupported)
    #expect(try host.send(.deleteObject, 1).response?.code == .ok)
    #expect(folder.names == [])
  }

  @Test func aMinimalDeviceCannotRename() throws {
    let host = try start(.minimal)
    #expect(try host.send(.setObjectPropValue, 1, 0xDC07, data: string("x")).response?.code == .operationNotSupported)
    #expect(try host.send(.moveObject, 1, 0x0001_0001, 0).response?.code == .operationNotSupported)
    #expect(folder.names == ["old"])
  }

  // MARK: Faults

  private func fault(_ effect: Fault.Effect, _ offset: UInt64) -> [Fault] {
    [Fault(effect, at: .operation(.sendObject, occurrence: 1), offset: offset)]
  }

  @Test func stall() throws {
    let host = try start(.android, faults: fault(.stall, 5000))
    #expect(try host.announce("new", 50_000)?.code == .ok)
    #expect(try host.sendObject(pattern(50_000)).failure == .pipe)
    #expect(try host.host.clearHalt(host.device.port.description.bulkOut) == nil)
    #expect(try host.isInSync())
    #expect(folder.names == ["old"])
  }

  @Test func silence() throws {
    let host = try start(.player, faults: fault(.silence, 5000))
    #expect(try host.announce("new", 50_000)?.code == .ok)
    let parts = host.beginObject(50_000)
    #expect(try host.host.write(parts.command).error == nil)
    let write = try host.host.write(parts.header + pattern(50_000), timeout: 2000)
    // Whole packets, the one with byte 5000 among them.
    #expect(write.error == .timeout && write.count == 5120)
    #expect(try host.readResponse(timeout: 50).failure == .timeout)
    #expect(try host.host.control(0x21, 0x64, length: 6).error == nil)
    #expect(try host.isInSync())
  }

  @Test(arguments: [0, 5000] as [UInt64])
  func refusalAmidTheData(offset: UInt64) throws {
    let host = try start(.android, faults: fault(.respond(.accessDenied), offset))
    #expect(try host.announce("new", 50_000)?.code == .ok)
    let parts = host.beginObject(50_000)
    #expect(try host.host.write(parts.command).error == nil)
    #expect(try host.host.write(parts.header + pattern(50_000), timeout: 2000).error == .timeout)
    #expect(try host.readResponse().response?.code == .accessDenied)
    #expect(try host.isInSync())
    #expect(folder.names == ["old"])
  }

  @Test func aWrongResponseAfterTheData() throws {
    let host = try start(.android, faults: fault(.respondAfterAll(.generalError), 0))
    #expect(try host.announce("new", 50_000)?.code == .ok)
    #expect(try host.sendObject(pattern(50_000)).response?.code == .generalError)
    #expect(folder.bytes("new")?.count == 50_000)
  }

  @Test func bytesAreCountedInBothDirections() throws {
    // The ObjectInfo takes 64 of them.
    let host = try start(.umtp, faults: [Fault(.unplug, at: .bytes(8 + 64 + 30_000))])
    #expect(try host.announce("new", 50_000)?.code == .ok)
    #expect(try host.sendObject(pattern(50_000)).failure == .noDevice)
    host.device.unplug()
    #expect(folder.bytes("new")?.count == 30_000)
  }

  @Test func unplugAmidAnObjectInfo() throws {
    let host = try start(.umtp, faults: [Fault(.unplug, at: .operation(.sendObjectInfo, occurrence: 1), offset: 20)])
    #expect(
      try host.send(.sendObjectInfo, 0x0001_0001, root, data: [UInt8](repeating: 0, count: 60)).failure == .noDevice
    )
  }

  @Test func unplugInPlaceOfTheResponse() throws {
    let host = try start(.umtp, faults: fault(.unplug, 50_000))
    #expect(try host.announce("new", 50_000)?.code == .ok)
    #expect(try host.sendObject(pattern(50_000)).failure == .noDevice)
    host.device.unplug()
    #expect(folder.bytes("new")?.count == 50_000)
  }
}
