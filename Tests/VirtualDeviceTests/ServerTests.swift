import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// A device behind its cable: data phases, class requests, faults.
@Suite struct ServerTests {
  private let folder: TemporaryFolder
  private let small = Array(0...255) as [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFile("file", small)
  }

  /// Opens a session and lists the root. The handle of the folder's only file is 1 then.
  private func start(_ profile: Profile = .android, _ faults: [Fault] = []) throws -> USBInitiator {
    let host = try USBInitiator(profile, folder.path, faults: faults)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectHandles, 0x0001_0001, 0, 0xFFFF_FFFF).data == [1, 0, 0, 0, 1, 0, 0, 0])
    return host
  }

  // MARK: Data

  @Test(arguments: [0, 1, 499, 500, 501, 1012, 16_372, (1 << 20) - 12, 1 << 20, (2 << 20) - 12, 2_500_000])
  func everySizeArrivesWhole(size: Int) throws {
    // A period that is prime, so that no two packets are alike.
    var content = (0..<1009).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    while content.count < size { content += content }
    content.removeLast(content.count - size)
    try folder.makeFile("file", content)
    let host = try start()
    let answer = try host.send(.getObject, 1)
    let isWhole = answer.data == content
    #expect(isWhole)
    #expect(answer.response == Response(.ok, transactionID: host.transaction))
    #expect(host.device.statistics.dataSent == UInt64(size) + 8)
  }

  @Test func aFileFrom4GiBOnHasNoLengthInItsHeader() throws {
    try folder.makeSparseFile("file", size: 5 << 30)
    let host = try start()
    let command = Command(.getObject, transactionID: 9, parameters: [1])
    #expect(try host.host.write(command.encoded).error == nil)
    let first = try host.host.read(1 << 22)
    #expect(first.bytes.count == 1 << 22)
    #expect(try ContainerHeader(first.bytes).payload == nil)
  }

  @Test func aPartOfAFileBeyond4GiB() throws {
    try folder.makeSparseFile("file", size: 5 << 30)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/file"))
    try file.seek(toOffset: 5 << 30 - 100)
    try file.write(contentsOf: Data(small.prefix(100)))
    try file.close()
    let host = try start()
    #expect(try host.send(.getPartialObject64, 1, 0x4000_0000 - 100, 1, 1000).data == Array(small.prefix(100)))
  }

  @Test func propertiesCanBeSetWithTheHeaderApart() throws {
    let host = try start()
    var name = ByteWriter()
    try name.string("renamed", "name")
    #expect(try host.send(.setObjectPropValue, 1, 0xDC07, data: name.bytes, separateHeader: true).response?.code == .ok)
    #expect(FileManager.default.fileExists(atPath: folder.path + "/renamed"))
    #expect(try host.send(.setObjectPropValue, 1, 0xDC09, data: name.bytes).response?.code == .objectPropNotSupported)
  }

  // MARK: Class requests, resets

  @Test func aShortStatusRequestEndsAndroidsServerUntilAReset() throws {
    let host = try start()
    #expect(try host.host.control(0xA1, 0x67, length: 8).bytes == [4, 0, 0x01, 0x20])
    #expect(try host.host.control(0xA1, 0x67, length: 4).error != nil)
    #expect(try host.isIgnored(.getStorageIDs))
    #expect(try host.host.reset() == nil)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(host.device.statistics.port.resets == 1)
    #expect(host.device.statistics.port.controlRequests[0x67] == 2)
  }

  @Test func otherDevicesTakeAShortStatusRequest() throws {
    let host = try start(.umtp)
    #expect(try host.host.control(0xA1, 0x67, length: 4).bytes == [4, 0, 0x01, 0x20])
    #expect(try host.send(.getStorageIDs).response?.code == .ok)
  }

  @Test func aCancelEndsADownload() throws {
    try folder.makeSparseFile("file", size: 1 << 30)
    let host = try start()
    let command = Command(.getObject, transactionID: 3, parameters: [1])
    #expect(try host.host.write(command.encoded).error == nil)
    #expect(try host.host.read(1 << 20).bytes.count == 1 << 20)
    #expect(try host.host.control(0x21, 0x64, length: 6).error == nil)
    while try host.host.read(1 << 20, timeout: 150).error == nil {}
    // No response follows, and the next command is understood.
    #expect(try host.send(.getStorageIDs).response?.code == .ok)
  }

  @Test func anIdleCancelSwallowsTheNextData() throws {
    let host = try start()
    #expect(try host.host.control(0x21, 0x64, length: 6).error == nil)
    #expect(try host.send(.getStorageIDs).response?.code == .ok)
    #expect(try host.isIgnored(.setObjectPropValue, 0xFFFF_FF00, 0xDC07, data: [2, 0x78, 0, 0, 0]))
  }

  @Test func aStrayPacketEndsAndroidsServer() throws {
    let host = try start()
    #expect(try host.host.write([]).error == nil)
    #expect(try host.isIgnored(.getStorageIDs))
  }

  @Test func aResetRenumbersAndroidsObjects() throws {
    try folder.makeFile("another")
    let host = try USBInitiator(.android, folder.path)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectHandles, 0x0001_0001, 0, 0xFFFF_FFFF).response?.code == .ok)
    let before = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, 1).data)).info
    // A program that ends without closing its session leaves it open.
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .sessionAlreadyOpen)
    #expect(try host.host.reset() == nil)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getObjectInfo, 1).response?.code == .invalidObjectHandle)
    #expect(try host.send(.getObjectHandles, 0x0001_0001, 0, 0xFFFF_FFFF).response?.code == .ok)
    let after = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, 1).data)).info
    #expect(before.filename == "another" && after.filename == "file")
  }

  // MARK: Locking

  @Test func unlockingAnnouncesTheStorage() throws {
    let host = try USBInitiator(.android, folder.path, locked: true)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getStorageIDs).data == [0, 0, 0, 0])
    try host.device.unlock()
    #expect(try Event(host.host.readEvent().bytes).code == .storeAdded)
    #expect(try host.send(.getStorageIDs).data == [1, 0, 0, 0, 1, 0, 1, 0])
  }

  @Test func unlockingMayBringAnotherProductID() throws {
    let host = try USBInitiator(.android, folder.path, locked: true, product: 0x4EE2)
    let address = host.device.port.address
    try host.device.unlock()
    #expect(host.device.port.description.productID == 0x4EE2)
    #expect(host.device.port.address != address)
    #expect(try host.send(.openSession, 1).failure == .noDevice)
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(try host.send(.getStorageIDs).data == [1, 0, 0, 0, 1, 0, 1, 0])
  }

  // MARK: Faults

  private func fault(_ effect: Fault.Effect, offset: UInt64 = 0) -> [Fault] {
    [Fault(effect, at: .operation(.getObject, occurrence: 1), offset: offset)]
  }

  @Test func unplug() throws {
    let host = try start(.android, fault(.unplug))
    #expect(try host.send(.getObject, 1).failure == .noDevice)
    try host.device.replug()
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
    #expect(host.device.statistics.port.opens == 2)
  }

  @Test func unplugAmidTheData() throws {
    try folder.makeSparseFile("file", size: 10_000_000)
    let host = try start(.android, fault(.unplug, offset: 3_000_000))
    #expect(try host.send(.getObject, 1).failure == .noDevice)
    #expect(host.device.statistics.dataSent == 3_000_008)
  }

  @Test func theOldAnswerComesAfterAReplug() throws {
    try folder.makeSparseFile("file", size: 10_000_000)
    let host = try start(.android, fault(.unplug, offset: 3_000_000))
    #expect(try host.send(.getObject, 1).failure == .noDevice)
    try host.device.replug()
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .generalError)
  }

  @Test func reconnect() throws {
    let host = try start(.android, fault(.reconnect(.newAddress)))
    let address = host.device.port.address
    #expect(try host.send(.getObject, 1).failure == .noDevice)
    while host.device.port.address == address { sched_yield() }
    try host.reopen()
    #expect(try host.send(.openSession, 1).response?.code == .ok)
  }

  @Test func stall() throws {
    let host = try start(.android, fault(.stall))
    #expect(try host.send(.getObject, 1).failure == .pipe)
    #expect(try host.host.clearHalt(host.device.port.description.bulkIn) == nil)
    #expect(try host.send(.getObject, 1).data == small)
  }

  @Test func silence() throws {
    let host = try start(.android, fault(.silence))
    #expect(try host.isIgnored(.getObject, 1))
    #expect(try host.send(.getObject, 1).data == small)
  }

  @Test func wedge() throws {
    let host = try start(.umtp, fault(.wedge))
    #expect(try host.isIgnored(.getObject, 1))
    #expect(try host.isIgnored(.getObject, 1))
    #expect(try host.host.reset() == nil)
    #expect(try host.send(.openSession, 1).response?.code == .ok)
  }

  @Test func garbage() throws {
    let host = try start(.android, fault(.garbage))
    let answer = try host.send(.getObject, 1)
    #expect(answer.response == nil && answer.data == nil)
    #expect(throws: PTPError.self) { try ContainerHeader(answer.first) }
  }

  @Test func wrongResponseAndWrongTransaction() throws {
    let host = try start(.android, fault(.respond(.deviceBusy)) + [Fault(.wrongTransactionID, at: .transaction(4))])
    #expect(try host.send(.getObject, 1).response == Response(.deviceBusy, transactionID: 3))
    let answer = try host.send(.getObject, 1)
    #expect(answer.data == small)
    #expect(answer.response?.transactionID == 5)
  }

  @Test func truncatedData() throws {
    let host = try start(.android, fault(.truncate(56)))
    let answer = try host.send(.getObject, 1)
    #expect(answer.data == Array(small.prefix(200)))
    #expect(try ContainerHeader(answer.first).payload == 256)
    #expect(answer.response?.code == .ok)
  }

  /// Of all data together: at that byte, and neither before nor after it.
  @Test func aFaultAtAByteComesOnce() throws {
    // The list of the root is eight bytes long.
    let host = try start(.android, [Fault(.truncate(56), at: .bytes(8 + 256 + 200))])
    #expect(try host.send(.getObject, 1).data == small)
    #expect(try host.send(.getObject, 1).data == Array(small.prefix(200)))
    #expect(try host.send(.getObject, 1).data == small)
  }

  @Test func lyingSize() throws {
    let host = try start(.android, [Fault(.lieAboutSize(1000), at: .operation(.getObjectInfo, occurrence: nil))])
    let info = try ObjectInfo.decode(try #require(try host.send(.getObjectInfo, 1).data)).info
    #expect(info.size == 1256)
    #expect(try host.send(.getObject, 1).data == small)
  }

  @Test func withoutAZeroLengthPacketTheResponseSticksToTheData() throws {
    try folder.makeFile("file", [UInt8](repeating: 7, count: 500))
    let host = try start(.android, fault(.noZeroLengthPacket))
    #expect(try host.host.write(Command(.getObject, transactionID: 3, parameters: [1]).encoded).error == nil)
    let all = try host.host.read(4096).bytes
    #expect(all.count == 512 + 12)
    #expect(try Response(Array(all.suffix(12))).code == .ok)
  }
}
