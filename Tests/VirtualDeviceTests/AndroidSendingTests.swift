import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// What Android's own server does with what is sent to it: each test is a measurement of it.
@Suite struct AndroidSendingTests {
  private let folder: TemporaryFolder
  private let root = USBInitiator.root

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFolder("DCIM")
  }

  private func start(faults: [Fault] = [], zone: String = "UTC", space: UInt64? = nil) throws -> USBInitiator {
    let host = try USBInitiator(.android, folder.path, faults: faults, zone: zone, space: space)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectHandles, 0x0001_0001, 0, root).data == [1, 0, 0, 0, 1, 0, 0, 0])
    return host
  }

  // MARK: Dates

  @Test(arguments: [
    // New York: winter and summer time, before 1970, far ahead.
    ("20240115T120000Z", 1_705_320_000), ("20240715T120000Z", 1_721_044_800), ("19650203T040506Z", -154_900_494),
    ("21500101T000000Z", 5_680_281_600), ("20240115T120000.0Z", 1_705_320_000),
    ("20240115T120000.00Z", 1_705_338_000), ("20240115T120000", 1_705_338_000),
    ("20240715T120000", 1_721_059_200), ("20240115T120000+0100", 1_705_338_000),
    ("20240115T120000.0-0800", 1_705_338_000), ("20231301T000000Z", 1_704_067_200),
  ])
  func modificationDatesAreKept(date: String, time: Int64) throws {
    let host = try start(zone: "America/New_York")
    for (name, size) in [("empty", 0), ("small", 10), ("large", 100_000)] {
      #expect(try host.announce(PTPString(name), UInt64(size), modified: PTPString(date))?.code == .ok)
      #expect(try host.sendObject(pattern(size)).response?.code == .ok)
      #expect(folder.modified(name) == time)
    }
  }

  @Test(arguments: ["", "19700101T000000Z", "20240115", "20240115T1200Z", "yesterday at noon"])
  func whatIsNoDateMeansNow(date: String) throws {
    let host = try start()
    // The file system's clock may be a tick behind.
    let before = Int64(Date().timeIntervalSince1970) - 1
    #expect(try host.announce("a", 1, modified: PTPString(date), created: "20010101T000000Z")?.code == .ok)
    #expect(try host.sendObject([1]).response?.code == .ok)
    let modified = try #require(folder.modified("a"))
    #expect(before <= modified && modified <= Int64(Date().timeIntervalSince1970))
  }

  @Test func foldersAreDatedNow() throws {
    let host = try start()
    let response = try host.announce("new", 0, format: .association, modified: "20010101T000000Z")
    #expect(response?.parameters == [0x0001_0001, 0, 2])
    #expect(try #require(folder.modified("new")) > 1_700_000_000)
    #expect(try host.announce("in it", 1, in: 2)?.parameters == [0x0001_0001, 2, 3])
    #expect(try host.sendObject([7]).response?.code == .ok)
    #expect(folder.bytes("new/in it") == [7])
  }

  @Test func editsResetTheDate() throws {
    let host = try start()
    #expect(try host.announce("a", 5, modified: "20010101T000000Z")?.parameters.last == 2)
    #expect(try host.sendObject(pattern(5)).response?.code == .ok)
    #expect(folder.modified("a") == 978_307_200)
    #expect(try host.send(.beginEditObject, 2).response?.code == .ok)
    #expect(try host.send(.beginEditObject, 2).response?.code == .generalError)
    #expect(try host.send(.sendPartialObject, 2, 5, 0, 3, data: [7, 8, 9]).response?.parameters == [0])
    #expect(try host.send(.truncateObject, 2, 7, 0).response?.code == .ok)
    #expect(try host.send(.endEditObject, 2).response?.code == .ok)
    #expect(folder.bytes("a") == pattern(5) + [7, 8])
    #expect(try #require(folder.modified("a")) > 1_700_000_000)
  }

  // MARK: Sizes

  @Test func everySizeArrivesWhole() throws {
    let host = try start()
    let boundaries: [Int] = [512, 16_384, 1 << 20, (2 << 20) + 16_384]
    let around: [Int] = boundaries.flatMap { Array(($0 - 14)...($0 + 2)) }
    let longest = pattern((2 << 20) + 16_386)
    for size in Array(0...40) + around {
      for separate in [false, true] {
        #expect(try host.announce("f", UInt64(size), modified: "20240115T120000Z")?.code == .ok)
        let data = Array(longest.prefix(size))
        let answer = try host.sendObject(data, separateHeader: separate)
        let isWhole = folder.bytes("f") == data
        #expect(answer.response?.code == .ok && isWhole, "\(size) bytes, header apart: \(separate)")
        #expect(try host.send(.deleteObject, try #require(try last(host))).response?.code == .ok)
      }
    }
    #expect(try host.isInSync())
  }

  /// The handle of the last object in the root.
  private func last(_ host: USBInitiator) throws -> UInt32? {
    try HandleList.decode(try #require(try host.send(.getObjectHandles, 0x0001_0001, 0, root).data)).last
  }

  @Test func aFileOfUnknownSizeEndsWithAShortPacket() throws {
    // Taken for 4 GiB, which must be free.
    let host = try start(space: 1 << 33)
    for (name, size) in [("a", 20_000), ("b", 16_372 + 4096), ("c", 3 << 20)] {
      #expect(try host.announce(PTPString(name), 5 << 30)?.code == .ok)
      #expect(try host.sendObject(pattern(size), length: 5 << 30).response?.code == .ok)
      let isWhole = folder.bytes(name) == pattern(size)
      #expect(isWhole)
    }
    // What comes with the header leaves the device waiting for another short packet.
    #expect(try host.announce("d", 5 << 30)?.code == .ok)
    let parts = host.beginObject(5 << 30)
    for bytes in [parts.command, parts.header + pattern(100), []] { #expect(try host.host.write(bytes).error == nil) }
    #expect(try host.readResponse().response?.code == .ok)
    #expect(folder.bytes("d") == pattern(100))
  }

  @Test func aMissingZeroLengthPacketSwallowsTheNextCommand() throws {
    let host = try start()
    #expect(try host.announce("a", 500)?.code == .ok)
    let parts = host.beginObject(500)
    for bytes in [parts.command, parts.header + pattern(500)] { #expect(try host.host.write(bytes).error == nil) }
    #expect(try host.readResponse(timeout: 50).failure == .timeout)
  }

  @Test(arguments: [(1000, 10), (10, 20)])
  func aWrongSizeSwallowsTheNextCommand(announced: UInt64, sent: Int) throws {
    let host = try start()
    #expect(try host.announce("a", announced)?.code == .ok)
    let parts = host.beginObject(UInt64(sent))
    for bytes in [parts.command, parts.header + pattern(sent)] { #expect(try host.host.write(bytes).error == nil) }
    let upload = host.transaction
    #expect(try host.readResponse(timeout: 50).failure == .timeout)
    #expect(try host.send(.getStorageIDs).response == Response(.generalError, transactionID: upload))
    #expect(folder.names == ["DCIM"])
  }

  @Test(arguments: [(100_000, 40_001), (20_000, 60_000)])
  func aWrongSizeOfALargerFileIsAnError(announced: UInt64, sent: Int) throws {
    let host = try start()
    #expect(try host.announce("a", announced)?.code == .ok)
    #expect(try host.sendObject(pattern(sent)).response?.code == .generalError)
    #expect(folder.names == ["DCIM"])
    #expect(try host.isInSync())
  }

  @Test func extraBytesEndTheServer() throws {
    let host = try start()
    #expect(try host.announce("a", 16_372 + 512)?.code == .ok)
    // Answered after what was announced and the packet behind it; the rest is taken for a command.
    let parts = host.beginObject(60_000)
    #expect(try host.host.write(parts.command).error == nil)
    let write = try AsyncTransfer(host.host, endpoint: 0x02, sending: parts.header + pattern(60_000))
    #expect(try host.readResponse().response?.code == .generalError)
    write.wait()
    #expect(try host.isIgnored(.getStorageIDs))
    #expect(try host.host.reset() == nil)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
  }

  // MARK: Names

  @Test(arguments: ["", ".", "..", "a/b"] as [PTPString] + [PTPString(units: [0x61, 0xD83D])])
  func namesThatCannotBe(name: PTPString) throws {
    let host = try start()
    #expect(try host.announce(name, 1)?.code == .invalidParameter)
    #expect(folder.names == ["DCIM"])
  }

  @Test func namesThatExist() throws {
    let host = try start()
    #expect(try host.announce("dcim", 1)?.code == .generalError)
    #expect(try host.announce("DCIM", 0, format: .association)?.code == .generalError)
    #expect(try host.announce(PTPString(String(repeating: "x", count: 254)), 1)?.code == .ok)
    #expect(try host.sendObject([1]).response?.code == .ok)
  }

  @Test func aNameOfMoreThan255BytesFailsWithTheData() throws {
    let host = try start()
    let name = PTPString(String(repeating: "名", count: 86))
    #expect(try host.announce(name, 10)?.code == .ok)
    #expect(try host.sendObject(pattern(10)).response?.code == .generalError)
    // With more data than comes with the header, the device stops reading.
    #expect(try host.announce(name, 100_000)?.code == .ok)
    let parts = host.beginObject(100_000)
    #expect(try host.host.write(parts.command).error == nil)
    let write = try host.host.write(parts.header + pattern(100_000), timeout: 2000)
    #expect(write.error == .timeout && write.count == 16_384)
    #expect(try host.readResponse().response?.code == .generalError)
    #expect(try host.isInSync())
    #expect(folder.names == ["DCIM"])
  }

  @Test func parents() throws {
    let host = try start()
    #expect(try host.announce("a", 1, in: 0)?.code == .invalidObjectHandle)
    #expect(try host.announce("a", 1, in: 77)?.code == .invalidObjectHandle)
    #expect(try host.announce("a", 1, storage: 0x0009_0001)?.code == .invalidStorageID)
    #expect(try host.announce("a", 1, in: 1)?.parameters == [0x0001_0001, 1, 2])
    #expect(try host.sendObject([1]).response?.code == .ok)
    #expect(try host.announce("b", 1, in: 2)?.code == .invalidParentObject)
  }

  // MARK: Order

  @Test func anAnnouncedNameStaysTakenUntilTheCableIsPulled() throws {
    let host = try start()
    #expect(try host.announce("a", 10)?.parameters.last == 2)
    // Any other operation drops what was announced.
    #expect(try host.isInSync())
    #expect(try host.names() == ["DCIM", "a"])
    let info = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, 2).data)).info
    #expect(info.size == 0 && info.modificationDate == "19700101T000000")
    #expect(try host.announce("a", 10)?.code == .generalError)
    #expect(try host.send(.deleteObject, 2).response?.code == .partialDeletion)
    var name = ByteWriter()
    try name.string("b", "name")
    #expect(try host.send(.setObjectPropValue, 2, 0xDC07, data: name.bytes).response?.code == .generalError)
    #expect(try host.send(.closeSession).response?.code == .ok)
    #expect(try host.send(.openSession, 2).response?.code == .ok)
    #expect(try host.announce("a", 10)?.code == .generalError)
    try host.device.replug()
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.names() == ["DCIM"])
    #expect(try host.announce("a", 1)?.code == .ok)
  }

  @Test func theWholeSizeOfALargeFileIsKept() throws {
    let host = try start(space: 1 << 34)
    #expect(try host.announce("a", 0xFFFF_FFFF, modified: "20010101T000000Z")?.code == .ok)
    let parts = host.beginObject(5 << 30)
    #expect(try host.host.write(parts.command).error == nil)
    let piece = [UInt8](repeating: 0, count: 4 << 20)
    #expect(try host.host.write(parts.header + piece.dropLast(ContainerHeader.size)).error == nil)
    for _ in 1..<1280 { #expect(try host.host.write(piece).error == nil) }
    #expect(try host.host.write([1, 2, 3]).error == nil)
    #expect(try host.readResponse().response?.code == .ok)
    let size: UInt64 = (5 << 30) - 12 + 3
    #expect(FileStatus(path: folder.path + "/a")?.size == size)
    #expect(folder.modified("a") == 978_307_200)
  }

  @Test func anEmptyPacketFreesAnAnnouncedName() throws {
    let host = try start()
    #expect(try host.announce("a", 10)?.code == .ok)
    let parts = host.beginObject(10)
    for bytes in [parts.command, parts.header, []] { #expect(try host.host.write(bytes).error == nil) }
    #expect(try host.readResponse().response?.code == .generalError)
    #expect(try host.names() == ["DCIM"])
    #expect(try host.announce("a", 1)?.code == .ok)
  }

  @Test(arguments: [OperationCode.sendObject, .sendPartialObject])
  func dataThatNobodyExpectsIsNotRead(code: OperationCode) throws {
    let host = try start()
    let parts = host.beginObject(1000, code, 1, 0, 0, 1000)
    #expect(try host.host.write(parts.command).error == nil)
    let write = try host.host.write(parts.header + pattern(1000), timeout: 50)
    #expect(write.error == .timeout && write.count == 0)
    let expected: ResponseCode = code == .sendObject ? .noValidObjectInfo : .generalError
    #expect(try host.readResponse().response?.code == expected)
    #expect(try host.isInSync())
  }

  // MARK: Ends that come early

  @Test func anEmptyPacketAbortsAnUpload() throws {
    let host = try start()
    #expect(try host.announce("a", 1 << 20)?.code == .ok)
    let parts = host.beginObject(1 << 20)
    for bytes in [parts.command, parts.header + pattern(20 * 512 * 64 - 12), []] {
      #expect(try host.host.write(bytes).error == nil)
    }
    #expect(try host.readResponse().response?.code == .generalError)
    #expect(folder.names == ["DCIM"])
    // Before 16 KiB, it takes a second one.
    #expect(try host.announce("a", 1 << 20)?.code == .ok)
    let again = host.beginObject(1 << 20)
    for bytes in [again.command, again.header + pattern(500), []] { #expect(try host.host.write(bytes).error == nil) }
    #expect(try host.readResponse(timeout: 50).failure == .timeout)
    #expect(try host.host.write([]).error == nil)
    #expect(try host.readResponse().response?.code == .generalError)
    #expect(folder.names == ["DCIM"])
    #expect(try host.isInSync())
  }

  @Test func aCancelDropsTheFile() throws {
    let host = try start()
    #expect(try host.announce("a", 1 << 20)?.code == .ok)
    let parts = host.beginObject(1 << 20)
    for bytes in [parts.command, parts.header + pattern(200 * 512 - 12)] {
      #expect(try host.host.write(bytes).error == nil)
    }
    #expect(try host.host.control(0x21, 0x64, length: 6).error == nil)
    #expect(try host.isInSync())
    #expect(folder.names == ["DCIM"])
    #expect(try host.announce("a", 1)?.code == .ok)
  }

  @Test func aPulledCableDropsTheFile() throws {
    let fault = Fault(.unplug, at: .operation(.sendObject, occurrence: 1), offset: 70_000)
    let host = try start(faults: [fault])
    #expect(try host.announce("a", 1 << 20)?.code == .ok)
    #expect(try host.sendObject(pattern(1 << 20)).failure == .noDevice)
    host.device.unplug()
    #expect(folder.names == ["DCIM"])
    #expect(host.device.statistics.dataReceived > 70_000)
  }

  // MARK: Space

  @Test func aFileLargerThanTheFreeSpaceIsRefused() throws {
    try folder.makeFile("DCIM/old", pattern(3000))
    let host = try start(space: 10_000)
    let info = try StorageInfo(try #require(try host.send(.getStorageInfo, 0x0001_0001).data))
    #expect(info.capacity == 10_000 && info.free == 7000)
    #expect(try host.announce("a", 7001)?.code == .storeFull)
    #expect(try host.announce("a", 7000)?.code == .ok)
    #expect(try host.sendObject(pattern(7000)).response?.code == .ok)
    #expect(try host.announce("b", 1)?.code == .storeFull)
  }

  @Test func aDeviceThatFillsUpHaltsItsEndpoints() throws {
    let host = try start(faults: [Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 1 << 20)])
    #expect(try host.announce("a", 9 << 20)?.code == .ok)
    let parts = host.beginObject(9 << 20)
    #expect(try host.host.write(parts.command).error == nil)
    #expect(try host.host.write(parts.header + pattern(9 << 20)).error == .pipe)
    #expect(try host.readResponse().failure == .pipe)
    #expect(try host.host.control(0xA1, 0x67, length: 20).bytes == [8, 0, 0x1F, 0x20, 0xFF, 0, 0xFF, 0])
    #expect(try host.host.control(0xA1, 0x67, length: 20).bytes == [4, 0, 0x01, 0x20])
    let port = host.device.port
    for endpoint in [port.description.bulkIn, port.description.bulkOut] {
      #expect(try host.host.clearHalt(endpoint) == nil)
    }
    #expect(try host.isInSync())
    #expect(folder.names == ["DCIM"])
  }

  @Test func theLastPieceMayBeLostWithoutAWord() throws {
    // MtpFfsHandle::receiveFile looks at a write only when the next piece has come.
    let host = try start(faults: [Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 50_000)])
    #expect(try host.announce("a", 100_000)?.code == .ok)
    #expect(try host.sendObject(pattern(100_000)).response?.code == .ok)
    #expect(folder.bytes("a")?.count == 50_000)
  }

  // MARK: Events

  @Test func everyFileIsAnnouncedByAnEvent() throws {
    let host = try start()
    for (index, size) in [10, 0, 10, 10].enumerated() {
      #expect(try host.announce(PTPString("\(index)"), UInt64(size))?.code == .ok)
      #expect(try host.sendObject(pattern(size)).response?.code == .ok)
    }
    // One is in the endpoint's slot; in the phone, the others block a thread each.
    #expect(host.device.statistics.port.mostEventsWaiting == 2)
    let handles = try (0..<3).map { _ in try Event(host.host.readEvent().bytes).parameters }
    #expect(handles == [[2], [4], [5]])
    #expect(try host.host.readEvent(timeout: 30).error == .timeout)
  }

  // MARK: Other operations

  @Test func deletingAndMovingAndCopying() throws {
    try folder.makeFile("DCIM/a", [1, 2, 3])
    try folder.makeFile("b", [4])
    let host = try USBInitiator(.android, folder.path)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    // 1 is DCIM, 2 is b, 3 is DCIM/a.
    #expect(try host.names() == ["DCIM", "b"])
    #expect(try host.names(in: 1) == ["a"])
    #expect(try host.send(.copyObject, 3, 0x0001_0001, 0).response?.parameters == [4])
    #expect(folder.bytes("a") == [1, 2, 3])
    #expect(try host.send(.copyObject, 3, 0x0001_0001, 0).response?.code == .generalError)
    #expect(try host.send(.moveObject, 2, 0x0001_0001, root).response?.code == .invalidObjectHandle)
    #expect(try host.send(.moveObject, 2, 0x0001_0001, 1).response?.code == .ok)
    #expect(folder.bytes("DCIM/b") == [4])
    #expect(folder.modified("DCIM/b") == 1_700_000_000)
    #expect(try host.names(in: 1) == ["a", "b"])
    #expect(try host.send(.copyObject, 1, 0x0001_0001, 1).response?.code == .generalError)
    #expect(try host.send(.deleteObject, 1).response?.code == .ok)
    #expect(folder.names == ["a"])
    #expect(try host.send(.getObjectInfo, 2).response?.code == .invalidObjectHandle)
  }
}
