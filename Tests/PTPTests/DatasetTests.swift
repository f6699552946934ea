import PTP
import Testing

@Suite struct DatasetTests {
  // MARK: DeviceInfo

  private let deviceBytes: [UInt8] =
    [100, 0, 6, 0, 0, 0, 100, 0]
    + [3, 0x6D, 0, 0x3A, 0, 0, 0]  // "m:"
    + [0, 0]
    + [2, 0, 0, 0, 0x01, 0x10, 0xC1, 0x95]
    + [1, 0, 0, 0, 0x02, 0x40]
    + [1, 0, 0, 0, 0x11, 0x50]
    + [0, 0, 0, 0]
    + [1, 0, 0, 0, 0x01, 0x30]
    + [2, 0x41, 0, 0, 0] + [2, 0x42, 0, 0, 0] + [2, 0x31, 0, 0, 0] + [0]

  @Test func deviceInfo() throws {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "m:"
    info.operations = [.getDeviceInfo, .getPartialObject64]
    info.events = [.objectAdded]
    info.deviceProperties = [.dateTime]
    info.playbackFormats = [.association]
    info.manufacturer = "A"
    info.model = "B"
    info.deviceVersion = "1"
    #expect(try DeviceInfo(deviceBytes) == info)
    #expect(try DeviceInfo(deviceBytes + [1, 2, 3]) == info)
    #expect(try info.encoded() == deviceBytes)
    expectEveryPrefixRefused(deviceBytes) { bytes throws(PTPError) in try DeviceInfo(bytes) }
    expectNoTrap(from: deviceBytes) { bytes throws(PTPError) in try DeviceInfo(bytes) }
  }

  // MARK: StorageInfo

  private let storageBytes: [UInt8] =
    [3, 0, 2, 0, 0, 0]
    + [0, 0, 0, 0, 0, 1, 0, 0]  // 2^40
    + [0, 0, 0, 0, 1, 0, 0, 0]  // 2^32
    + [0xFF, 0xFF, 0xFF, 0xFF]
    + [2, 0x53, 0, 0, 0] + [0]

  @Test func storageInfo() throws {
    var info = StorageInfo()
    info.capacity = 1 << 40
    info.free = 1 << 32
    info.description = "S"
    #expect(try StorageInfo(storageBytes) == info)
    #expect(try info.encoded() == storageBytes)
    expectEveryPrefixRefused(storageBytes) { bytes throws(PTPError) in try StorageInfo(bytes) }
    expectNoTrap(from: storageBytes) { bytes throws(PTPError) in try StorageInfo(bytes) }
  }

  // MARK: ObjectInfo

  /// The fields between the size and the strings.
  private let middle: [UInt8] =
    [0x08, 0x38, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0]
    + [1, 0, 8, 0, 0, 0, 9, 0, 0, 0]
  private let strings: [UInt8] = [2, 0x66, 0, 0, 0] + [0] + [2, 0x32, 0, 0, 0] + [0]
  private let beginning: [UInt8] = [1, 0, 1, 0, 0x01, 0x38, 1, 0]

  private var expected: ObjectInfo {
    var info = ObjectInfo()
    info.storage = StorageID(rawValue: 0x0001_0001)
    info.format = .exifJPEG
    info.protection = 1
    info.size = 0x0102
    info.thumbnailFormat = .jfif
    (info.thumbnailSize, info.thumbnailWidth, info.thumbnailHeight) = (1, 2, 3)
    (info.imageWidth, info.imageHeight, info.imageDepth) = (4, 5, 6)
    info.parent = ObjectHandle(rawValue: 7)
    (info.associationType, info.associationDescription, info.sequenceNumber) = (1, 8, 9)
    info.filename = "f"
    info.modificationDate = "2"
    return info
  }

  @Test func objectInfoWith32BitSize() throws {
    let bytes = beginning + [2, 1, 0, 0] + middle + strings
    let (info, layout) = try ObjectInfo.decode(bytes)
    #expect(layout == .size32)
    #expect(info == expected)
    #expect(try info.encoded() == bytes)
    expectEveryPrefixRefused(bytes) { bytes throws(PTPError) in try ObjectInfo(bytes, layout: .size32) }
    expectNoTrap(from: bytes) { bytes throws(PTPError) in try ObjectInfo.decode(bytes) }
  }

  @Test func objectInfoWith64BitSize() throws {
    let bytes = beginning + [2, 1, 0, 0, 0, 0, 0, 0] + middle + strings
    let (info, layout) = try ObjectInfo.decode(bytes)
    #expect(layout == .size64)
    #expect(info == expected)
    #expect(try info.encoded(layout: .size64) == bytes)
    expectEveryPrefixRefused(bytes) { bytes throws(PTPError) in try ObjectInfo(bytes, layout: .size64) }
  }

  @Test func noPrefixOfAnObjectInfoIsTakenForTheOtherLayout() {
    for size in [[2, 1, 0, 0], [2, 1, 0, 0, 0, 0, 0, 0]] as [[UInt8]] {
      let bytes = beginning + size + middle + strings
      for length in 0..<bytes.count {
        #expect(throws: PTPError.self) { try ObjectInfo.decode(Array(bytes.prefix(length))) }
      }
    }
  }

  @Test func sizesFrom4GiBOn() throws {
    var info = ObjectInfo()
    info.size = 6 << 30
    #expect(try ObjectInfo.decode(info.encoded()).info.size == ObjectInfo.unknownSize)
    #expect(try ObjectInfo.decode(info.encoded(layout: .size64)).info.size == 6 << 30)
  }
}
