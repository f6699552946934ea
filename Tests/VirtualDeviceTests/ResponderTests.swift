import Foundation
import PTP
import Testing

@testable import VirtualDevice

@Suite struct ResponderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFile("a.jpg", [1, 2, 3])
    try folder.makeFolder("DCIM")
    // New York: winter and summer time.
    try folder.makeFile("DCIM/winter.jpg", Array(0...255), modified: 1_705_320_000)
    try folder.makeFile("DCIM/summer.txt", [], modified: 1_720_000_000)
    try folder.makeFolder("DCIM/Подпапка")
    try folder.makeFile("DCIM/Подпапка/名前 😀.bin", [9])
  }

  @Test(arguments: Profile.all.map(\.name))
  func everyProfileShowsTheWholeFolder(profile: String) throws {
    var device = try Initiator(try #require(Profile.named(profile)), [folder.path])
    var found: [String: [UInt8]] = [:]
    var pending: [(handle: UInt32, path: String)] = try device.handles().map { ($0, "") }
    while let (handle, above) = pending.popLast() {
      let info = try device.info(handle)
      let path = above + "/" + (try info.filename.text())
      if info.format == .association {
        pending += try device.handles(in: handle).map { ($0, path) }
        #expect(info.associationType == 1)
      } else {
        found[path] = try device.data(.getObject, handle)
        #expect(info.size == UInt64(found[path]?.count ?? -1))
      }
    }
    #expect(
      found == [
        "/a.jpg": [1, 2, 3], "/DCIM/winter.jpg": Array(0...255), "/DCIM/summer.txt": [], "/DCIM/Подпапка/名前 😀.bin": [9],
      ]
    )
  }

  @Test(arguments: ["android", "umtp", "camera"])
  func datesAreTheDevicesTimeOfDay(profile: String) throws {
    var device = try Initiator(try #require(Profile.named(profile)), [folder.path], zone: "America/New_York")
    let dcim = try device.handle("DCIM")
    #expect(try device.info(device.handle("winter.jpg", in: dcim)).modificationDate == "20240115T070000")
    #expect(try device.info(device.handle("summer.txt", in: dcim)).modificationDate == "20240703T054640")
    let zones = try Initiator(.android, [folder.path], zone: "Asia/Kathmandu")
    #expect(zones.responder.clock.string(1_705_320_000) == "20240115T174500")
  }

  @Test func aMinimalDeviceHasNoDates() throws {
    var device = try Initiator(.minimal, [folder.path])
    let info = try device.info(device.handle("a.jpg"))
    #expect(info.modificationDate.isEmpty && info.captureDate.isEmpty)
    #expect(device.ask(.getPartialObject, 1, 0, 1).response == .operationNotSupported)
    #expect(device.ask(.getObjectPropList, 1, 0, 1, 0, 1).response == .operationNotSupported)
  }

  @Test func aFileFrom4GiBOnHasAnUnknownSize() throws {
    try folder.makeSparseFile("large", size: 6 << 30)
    var android = try Initiator(.android, [folder.path])
    let handle = try android.handle("large")
    #expect(try android.info(handle).size == ObjectInfo.unknownSize)
    #expect(try android.list(handle, .objectSize, depth: 0).elements.map(\.value) == [.uint64(6 << 30)])
    // uMTP writes the lower half.
    var umtp = try Initiator(.umtp, [folder.path])
    #expect(try umtp.info(umtp.handle("large")).size == 2 << 30)
    #expect(try umtp.list(umtp.handle("large"), .objectSize, depth: 0).elements.map(\.value) == [.uint64(6 << 30)])
  }

  @Test func partialReadsAreClipped() throws {
    var device = try Initiator(.android, [folder.path])
    let handle = try device.handle("winter.jpg", in: device.handle("DCIM"))
    #expect(try device.data(.getPartialObject64, handle, 250, 0, 100) == Array(250...255))
    #expect(try device.data(.getPartialObject64, handle, 256, 0, 100) == [])
    let beyond = device.ask(.getPartialObject64, handle, 257, 0, 100)
    #expect(beyond.response == .generalError)
    #expect(beyond.payload == nil)
    #expect(device.ask(.getPartialObject64, handle, 0, 1, 100).response == .generalError)
    #expect(device.ask(.getPartialObject, handle, 250, 100).parameters == [6])
  }

  @Test func namesThatMTPCannotHoldAreLeftOut() throws {
    // 255 bytes of UTF-8 in 255 units: one unit too many.
    try folder.makeFile(String(repeating: "x", count: 255))
    try folder.makeFile(String(repeating: "y", count: 254))
    // Bytes that are no UTF-8.
    let path = Array((folder.path + "/").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
    let descriptor = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "a.jpg")
    var device = try Initiator(.camera, [folder.path])
    let names = try device.handles().map { try device.info($0).filename.lossy }
    #expect(names == ["DCIM", "a.jpg", String(repeating: "y", count: 254)])
  }

  @Test func aLockedDeviceHasNoStorage() throws {
    var device = try Initiator(.android, [folder.path])
    let handle = try device.handle("a.jpg")
    device.responder.isLocked = true
    #expect(try device.data(.getStorageIDs) == HandleList.encode([]))
    #expect(device.ask(.getObjectInfo, handle).response == .invalidObjectHandle)
    #expect(device.ask(.getStorageInfo, 0x0001_0001).response == .invalidStorageID)
    #expect(device.ask(.getObjectHandles, 0xFFFF_FFFF, 0, 0xFFFF_FFFF).response == .invalidStorageID)
    device.responder.isLocked = false
    #expect(try device.data(.getStorageIDs) == HandleList.encode([0x0001_0001]))
  }

  @Test func severalStorages() throws {
    let card = try TemporaryFolder()
    try card.makeFile("card.jpg")
    var device = try Initiator(.android, [folder.path, card.path])
    #expect(try HandleList.decode(try device.data(.getStorageIDs)) == [0x0001_0001, 0x0002_0001])
    let info = try StorageInfo(try device.data(.getStorageInfo, 0x0002_0001))
    #expect(info.description == "SD card")
    #expect(info.capacity > info.free)
    #expect(try device.handles(storage: 0x0002_0001).count == 1)
    #expect(try device.handles(storage: 0xFFFF_FFFF).count == 3)
  }

  @Test func sessions() throws {
    var device = try Initiator(.camera, [folder.path], session: false)
    #expect(device.ask(.getObjectHandles, 0xFFFF_FFFF, 0, 0xFFFF_FFFF).response == .sessionNotOpen)
    #expect(device.ask(.closeSession).response == .sessionNotOpen)
    #expect(try DeviceInfo(try device.data(.getDeviceInfo)).serialNumber == "SERIAL")
    #expect(device.ask(.openSession, 7).response == .ok)
    let again = device.ask(.openSession, 8)
    #expect(again.response == .sessionAlreadyOpen)
    #expect(again.parameters == [7])
    #expect(device.ask(.closeSession).response == .ok)
  }

  @Test(arguments: [("android", false, true), ("umtp", true, true), ("camera", false, false)])
  func handlesLastAsLongAsTheProfileSays(profile: String, sessionEnds: Bool, resetEnds: Bool) throws {
    var device = try Initiator(try #require(Profile.named(profile)), [folder.path])
    let first = try device.handle("a.jpg")
    #expect(device.ask(.closeSession).response == .ok)
    #expect(device.ask(.openSession, 1).response == .ok)
    #expect((try device.handle("a.jpg") != first) == sessionEnds)
    let second = try device.handle("a.jpg")
    device.responder.reset()
    #expect(device.ask(.openSession, 1).response == .ok)
    #expect((try device.handle("a.jpg") != second) == resetEnds)
  }

  @Test func whatChangesOnTheDeviceIsSeen() throws {
    var device = try Initiator(.android, [folder.path])
    let before = try device.handles()
    try FileManager.default.removeItem(atPath: folder.path + "/a.jpg")
    try folder.makeFile("new.txt")
    let after = try device.handles()
    #expect(Set(after).subtracting(before).count == 1)
    #expect(Set(before).subtracting(after).count == 1)
    let gone = try #require(Set(before).subtracting(after).first)
    #expect(device.ask(.getObjectInfo, gone).response == .invalidObjectHandle)
  }

  @Test func deletingTakesAFolderWithAllInIt() throws {
    var device = try Initiator(.android, [folder.path])
    let dcim = try device.handle("DCIM")
    let inside = try device.handle("winter.jpg", in: dcim)
    #expect(device.ask(.deleteObject, dcim).response == .ok)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/DCIM"))
    #expect(FileManager.default.fileExists(atPath: folder.path + "/a.jpg"))
    #expect(device.ask(.getObjectInfo, inside).response == .invalidObjectHandle)
  }
}
