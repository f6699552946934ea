import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// GetObjectPropList and its relatives, as MTP's responders really answer them.
@Suite struct PropertyListTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFile("root.txt", [1])
    try folder.makeFolder("folder")
    try folder.makeFile("folder/one.jpg", [1, 2])
    try folder.makeFile("folder/two.jpg", [1, 2, 3])
  }

  private func names(_ list: ObjectPropertyList) -> [String?] { list.elements.map { $0.value.string?.lossy } }

  @Test func androidListsAFolderAndThenTheFolderItself() throws {
    var device = try Initiator(.android, [folder.path])
    let handle = try device.handle("folder")
    #expect(try names(device.list(handle, .objectFileName, depth: 1)) == ["one.jpg", "two.jpg", "folder"])
    #expect(try names(device.list(handle, .objectFileName, depth: 0)) == ["folder"])
    #expect(try names(device.list(0, .objectFileName, depth: 1)) == ["folder", "root.txt"])
    #expect(try names(device.list(0, .objectFileName, depth: 0)) == ["folder", "root.txt"])
    #expect(
      try names(device.list(0xFFFF_FFFF, .objectFileName, depth: 0)) == ["folder", "one.jpg", "two.jpg", "root.txt"]
    )
  }

  @Test func androidRefusesOtherDepths() throws {
    var device = try Initiator(.android, [folder.path])
    let handle = try device.handle("folder")
    let file = try device.handle("root.txt")
    let name = UInt32(ObjectPropertyCode.objectFileName.rawValue)
    #expect(device.ask(.getObjectPropList, handle, 0, name, 0, 2).response == .specificationByDepthUnsupported)
    #expect(
      device.ask(.getObjectPropList, handle, 0, name, 0, 0xFFFF_FFFF).response == .specificationByDepthUnsupported
    )
    #expect(device.ask(.getObjectPropList, file, 0, name, 0, 1).response == .invalidObjectHandle)
    #expect(device.ask(.getObjectPropList, 9999, 0, name, 0, 1).response == .invalidObjectHandle)
    #expect(device.ask(.getObjectPropList, handle, 0, 0, 0, 1).response == .parameterNotSupported)
    #expect(device.ask(.getObjectPropList, handle, 0, 0, 1, 1).response == .specificationByGroupUnsupported)
  }

  @Test func androidSendsUnknownPropertiesWithoutAValue() throws {
    var device = try Initiator(.android, [folder.path])
    let list = try device.list(try device.handle("folder"), .dateCreated, depth: 1)
    #expect(list.elements.map(\.value) == [.undefined, .undefined, .undefined])
    #expect(device.ask(.getObjectPropValue, 1, 0xDC08).response == .objectPropNotSupported)
  }

  @Test func umtpAnswersForTheFolderAlone() throws {
    var device = try Initiator(.umtp, [folder.path])
    let handle = try device.handle("folder")
    for depth in [0, 1, 0xFFFF_FFFF] as [UInt32] {
      #expect(try names(device.list(handle, .objectFileName, depth: depth)) == ["folder"])
    }
    #expect(device.ask(.getObjectPropList, 0, 0, 0xDC07, 0, 1).response == .invalidObjectHandle)
    #expect(device.ask(.getObjectHandles, 0xFFFF_FFFF, 0, 0xFFFF_FFFF).response == .invalidStorageID)
  }

  @Test func umtpsSingleDatesAreConstant() throws {
    var device = try Initiator(.umtp, [folder.path])
    let handle = try device.handle("root.txt")
    var reader = ByteReader(try device.data(.getObjectPropValue, handle, 0xDC09))
    #expect(try reader.string("DateModified").lossy == "20100102T101112")
    #expect(try names(device.list(handle, .dateModified, depth: 0)) == ["20231114T221320"])
  }

  @Test func everyAnnouncedPropertyHasADescriptionAndAValueOfItsType() throws {
    for profile in [Profile.android, .umtp, .player] {
      var device = try Initiator(profile, [folder.path])
      let handle = try device.handle("root.txt")
      var reader = ByteReader(try device.data(.getObjectPropsSupported, 0x3004))
      for property in try reader.codes("properties", of: ObjectPropertyCode.self) {
        let description = try ObjectPropertyDescription(
          try device.data(.getObjectPropDesc, UInt32(property.rawValue), 0x3004)
        )
        let list = try device.list(handle, property, depth: 0)
        #expect(list.elements.map(\.value.type) == [description.type], "\(property)")
      }
      for property in profile.info.deviceProperties {
        let description = try DevicePropertyDescription(
          try device.data(.getDevicePropDesc, UInt32(property.rawValue))
        )
        var value = ByteReader(try device.data(.getDevicePropValue, UInt32(property.rawValue)))
        #expect(try PropertyValue(description.type, from: &value, "value") == description.currentValue)
        #expect(value.remaining == 0)
      }
    }
  }

  @Test func onlyTheNameCanBeSet() throws {
    var device = try Initiator(.android, [folder.path])
    let handle = try device.handle("root.txt")
    var name = ByteWriter()
    try name.string("folder", "name")
    #expect(device.ask(.setObjectPropValue, handle, 0xDC07, data: name.bytes).response == .generalError)
    name = ByteWriter()
    try name.string("new.txt", "name")
    #expect(device.ask(.setObjectPropValue, handle, 0xDC09, data: name.bytes).response == .objectPropNotSupported)
    #expect(device.ask(.setObjectPropValue, 0xFFFF_FF00, 0xDC07, data: name.bytes).response == .invalidObjectHandle)
    #expect(device.ask(.setObjectPropValue, handle, 0xDC07, data: name.bytes).response == .ok)
    #expect(try device.handle("new.txt") == handle)
    #expect(FileManager.default.fileExists(atPath: folder.path + "/new.txt"))
    name = ByteWriter()
    try name.string("../escape", "name")
    #expect(device.ask(.setObjectPropValue, handle, 0xDC07, data: name.bytes).response == .invalidParameter)
  }

  @Test func aCamerasClockCanBeRead() throws {
    var device = try Initiator(.camera, [folder.path], zone: "Asia/Kathmandu")
    let before = device.responder.clock.now
    var reader = ByteReader(try device.data(.getDevicePropValue, UInt32(DevicePropertyCode.dateTime.rawValue)))
    let now = try reader.string("DateTime").lossy
    #expect(before <= now && now <= device.responder.clock.now)
    #expect(try PTPDate(now).zone == .deviceLocal)
  }
}
