import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// What sets an older Android, an e-reader, a watch and a camera apart from the others.
@Suite struct ProfileTests {
  private let folder: TemporaryFolder
  private let root = USBInitiator.root
  private let storage: UInt32 = 0x0001_0001

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFile("old", pattern(1000), modified: 1_000_000_000)
  }

  /// Opens a session and lists the root.
  private func start(_ profile: Profile, space: UInt64? = nil, isSlow: Bool = false) throws -> USBInitiator {
    let host = try USBInitiator(profile, folder.path, space: space, isSlow: isSlow)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectHandles, storage, 0, root).response?.code == .ok)
    return host
  }

  private func name(_ text: String) throws -> [UInt8] {
    var writer = ByteWriter()
    try writer.string(PTPString(text), "name")
    return writer.bytes
  }

  // MARK: Android up to 8.0

  @Test func anOldAndroidListsTheChildrenOfWhateverItIsAskedAbout() throws {
    try folder.makeFolder("folder")
    try folder.makeFile("folder/one")
    var device = try Initiator(.androidLegacy, [folder.path])
    let handle = try device.handle("folder")
    let file = try device.handle("old")
    func names(_ list: ObjectPropertyList) -> [String?] { list.elements.map { $0.value.string?.lossy } }
    #expect(try names(device.list(handle, .objectFileName, depth: 1)) == ["one"])
    #expect(try names(device.list(handle, .objectFileName, depth: 0)) == ["folder"])
    #expect(try names(device.list(0, .objectFileName, depth: 1)) == ["folder", "old"])
    #expect(try names(device.list(0, .objectFileName, depth: 0)) == [])
    // What is no folder, or is not there, has no children, and that is no error.
    #expect(try names(device.list(file, .objectFileName, depth: 1)) == [])
    #expect(try names(device.list(9999, .objectFileName, depth: 0)) == [])
    #expect(try device.handles(in: file) == [] && device.handles(in: 9999) == [])
    #expect(device.ask(.getObjectPropList, handle, 0, 0xDC07, 0, 2).response == .specificationByDepthUnsupported)
  }

  @Test func anOldAndroidKeepsHandlesAndLosesDates() throws {
    var device = try Initiator(.androidLegacy, [folder.path], zone: "America/New_York")
    let handle = try device.handle("old")
    device.responder.reset()
    #expect(device.ask(.openSession, 1).response == .ok)
    #expect(try device.handle("old") == handle)
    let info = try device.info(handle)
    #expect(info.modificationDate == "20010908T214640")
    let status = try #require(FileStatus(path: folder.path + "/old"))
    #expect(info.captureDate.lossy == device.responder.clock.string(status.added))
    var reader = ByteReader(try device.data(.getObjectPropValue, handle, 0xDC09))
    #expect(try reader.string("DateModified").lossy == "19691231T190000")
    for operation in [OperationCode.moveObject, .copyObject, .sendObjectPropList, .resetDevice] {
      #expect(device.ask(operation).response == .operationNotSupported)
    }
  }

  @Test func anOldAndroidTakesAShortFileForWhole() throws {
    let host = try start(.androidLegacy)
    for (announced, sent) in [(100_000, 40_001), (100_000, 70_000), (20_000, 16_373)] {
      #expect(try host.announce("short", UInt64(announced))?.code == .ok)
      #expect(try host.sendObject(pattern(sent)).response?.code == .ok)
      #expect(folder.bytes("short") == pattern(sent))
      #expect(try host.isInSync())
      let handle = try #require(try host.send(.getObjectHandles, storage, 0, root).data?.suffix(4).first)
      #expect(try host.send(.deleteObject, UInt32(handle)).response?.code == .ok)
    }
  }

  @Test func anOldAndroidTakesEverySize() throws {
    let host = try start(.androidLegacy)
    let longest = pattern(17_000)
    for size in [0, 1, 499, 500, 501, 1012, 16_371, 16_372, 16_373, 16_884] {
      let data = Array(longest.prefix(size))
      let handle = try #require(try host.announce("f", UInt64(size))?.parameters.last)
      #expect(try host.sendObject(data).response?.code == .ok)
      #expect(folder.bytes("f") == data, "\(size) bytes")
      #expect(try host.send(.deleteObject, handle).response?.code == .ok)
    }
    #expect(folder.names == ["old"])
  }

  @Test func anOldAndroidShowsAWholeFileOfWhichNothingHasCome() throws {
    let host = try start(.androidLegacy)
    let handle = try #require(try host.announce("new", 5000, modified: "20010203T040506Z")?.parameters.last)
    try host.device.replug()
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.names() == ["old", "new"])
    let info = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, handle).data)).info
    #expect(info.size == 5000 && info.modificationDate == "20010203T040506")
    #expect(try host.send(.getObject, handle).response?.code == .generalError)
    #expect(try host.announce("new", 5000)?.code == .generalError)
    #expect(try host.send(.deleteObject, handle).response?.code == .ok)
    #expect(try host.names() == ["old"])
  }

  @Test func anOldAndroidRenamesOverAFile() throws {
    try folder.makeFile("new", pattern(10))
    var device = try Initiator(.androidLegacy, [folder.path])
    let handle = try device.handle("new")
    #expect(device.ask(.setObjectPropValue, handle, 0xDC07, data: try name("old")).response == .ok)
    #expect(folder.bytes("old") == pattern(10) && folder.names == ["old"])
  }

  @Test func anOldAndroidTakes0ForTheRootOfTheFirstStorage() throws {
    let host = try start(.androidLegacy)
    #expect(try host.announce("new", 3, in: 0)?.parameters.prefix(2) == [storage, 0])
    #expect(try host.sendObject(pattern(3)).response?.code == .ok)
    #expect(folder.bytes("new") == pattern(3))
  }

  // MARK: E-readers

  @Test func anEReaderHasFoldersWithoutANameAndNoOtherNames() throws {
    var device = try Initiator(.ereader, [folder.path])
    let infos = try device.handles().map { try device.info($0) }
    #expect(infos.map(\.filename.lossy).sorted() == ["", "", "old"])
    for info in infos where info.filename.isEmpty {
      #expect(info.format == .association && !info.captureDate.isEmpty)
    }
    #expect(try device.handles(in: 0).count == 3)
    let handle = try device.handle("old")
    #expect(device.ask(.setObjectPropValue, handle, 0xDC07, data: try name("new")).response == .operationNotSupported)
    #expect(device.ask(.getObjectPropList, handle, 0, 0xDC07, 0, 0).response == .operationNotSupported)
  }

  @Test func anEReaderTakesFilesAndNoWiderObjectInfo() throws {
    let host = try start(.ereader)
    #expect(try host.announce("new", 3, modified: "20010101T000000Z")?.code == .ok)
    #expect(try host.sendObject(pattern(3)).response?.code == .ok)
    #expect(folder.bytes("new") == pattern(3))
    #expect(try #require(folder.modified("new")) > 1_700_000_000)
    var info = ObjectInfo()
    info.filename = "other"
    // As libmtp packs it once it believes in 64 bits: the size is 4 bytes longer.
    var bytes = try info.encoded()
    bytes.insert(contentsOf: [0, 0, 0, 0], at: 12)
    #expect(try host.send(.sendObjectInfo, storage, root, data: bytes).response?.code == .invalidDataset)
    #expect(folder.names == ["new", "old"])
  }

  @Test func anEReaderLeavesAtAReset() throws {
    let host = try start(.ereader)
    _ = try host.host.reset()
    host.device.port.waitUntilClosed()
    #expect(try host.send(.getDeviceInfo).failure == .noDevice)
    try host.device.replug()
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
  }

  @Test func aSlowDeviceTakesItsTime() throws {
    let host = try start(.ereader, isSlow: true)
    let begin = ContinuousClock.now
    for _ in 0..<4 { _ = try host.send(.getStorageIDs) }
    // Only the least is certain.
    #expect(ContinuousClock.now - begin >= Profile.ereader.pace * 4)
  }

  // MARK: Watches

  @Test func aWatchDeletesNothing() throws {
    let host = try start(.garmin)
    #expect(Profile.garmin.info.operations.contains(.deleteObject))
    #expect(try host.send(.deleteObject, 1).response?.code == .accessDenied)
    #expect(try host.announce("new", 1000)?.parameters.last == 2)
    #expect(try host.sendObject(pattern(10)).response?.code == .incompleteTransfer)
    #expect(try host.send(.deleteObject, 2).response?.code == .accessDenied)
    #expect(folder.bytes("new") == pattern(10) && folder.bytes("old") == pattern(1000))
  }

  @Test func aWatchLosesAFileThatIsSentTwice() throws {
    let host = try start(.garmin)
    #expect(try host.announce("old", 3)?.parameters.last == 2)
    #expect(try host.sendObject(pattern(3)).response?.code == .ok)
    #expect(folder.names == [])
    for handle in [1, 2] as [UInt32] {
      #expect(try host.send(.getObjectInfo, handle).response?.code == .invalidObjectHandle)
    }
    #expect(try host.send(.getObjectHandles, storage, 0, root).data == [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
    // The name stays spoilt until the cable is pulled.
    #expect(try host.announce("old", 3)?.code == .ok)
    #expect(try host.sendObject(pattern(3)).response?.code == .ok)
    #expect(folder.names == [])
    try host.device.replug()
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectHandles, storage, 0, root).data == [0, 0, 0, 0])
    #expect(try host.announce("old", 3)?.code == .ok)
    #expect(try host.sendObject(pattern(3)).response?.code == .ok)
    #expect(folder.bytes("old") == pattern(3))
  }

  @Test func aWatchSaysThatItSetADate() throws {
    let host = try start(.garmin)
    let answer = try host.send(.getObjectPropDesc, 0xDC09, 0x3000)
    #expect(try ObjectPropertyDescription(try #require(answer.data)).isSettable)
    let date = try name("20010203T040506Z")
    #expect(try host.send(.setObjectPropValue, 1, 0xDC09, data: date).response?.code == .ok)
    #expect(try host.send(.setObjectPropValue, 1, 0xDC08, data: date).response?.code == .invalidObjectPropCode)
    #expect(folder.modified("old") == 1_000_000_000)
    #expect(try host.send(.setObjectPropValue, 1, 0xDC07, data: name("new")).response?.code == .ok)
    #expect(folder.names == ["new"])
    #expect(try host.send(.getObjectPropList, 1, 0, 0xDC07, 0, 0).response?.code == .specificationByDepthUnsupported)
  }

  // MARK: Cameras

  @Test func aCamerasCaptureDateIsTheCreation() throws {
    var device = try Initiator(.camera, [folder.path])
    let handle = try device.handle("old")
    let status = try #require(FileStatus(path: folder.path + "/old"))
    #expect(try device.info(handle).captureDate.lossy == device.responder.clock.string(status.created))
    // A picture that was changed a day after it was taken.
    device.responder.createdDates[ObjectHandle(rawValue: handle)] = 1_000_000_000 - 86_400
    let info = try device.info(handle)
    #expect(info.captureDate == "20010908T014640" && info.modificationDate == "20010909T014640")
  }
}
