/// What a device says about one object (MTP 1.1 section 5.3.1).
public struct ObjectInfo: Hashable, Sendable {
  /// How wide ObjectCompressedSize is. The standard says 32 bits; some devices (Kindles among them) send 64.
  public enum Layout: Hashable, Sendable { case size32, size64 }

  /// The size that a 32-bit layout holds for a file of 4 GiB or more; the true one is in the property ObjectSize.
  public static let unknownSize: UInt64 = 0xFFFF_FFFF

  public var storage = StorageID(rawValue: 0)
  public var format = ObjectFormat.undefined
  public var protection: UInt16 = 0
  /// In bytes; ``unknownSize`` may stand for 4 GiB and more.
  public var size: UInt64 = 0
  public var thumbnailFormat = ObjectFormat(rawValue: 0)
  public var thumbnailSize: UInt32 = 0
  public var thumbnailWidth: UInt32 = 0
  public var thumbnailHeight: UInt32 = 0
  public var imageWidth: UInt32 = 0
  public var imageHeight: UInt32 = 0
  public var imageDepth: UInt32 = 0
  /// The folder it is in; ``ObjectHandle/none`` at the root.
  public var parent = ObjectHandle.none
  /// 1 for a plain folder, 0 for what is no folder.
  public var associationType: UInt16 = 0
  public var associationDescription: UInt32 = 0
  public var sequenceNumber: UInt32 = 0
  public var filename = PTPString("")
  /// The creation date as sent: see ``PTPDate``; often empty.
  public var captureDate = PTPString("")
  /// The modification date as sent: see ``PTPDate``; often empty.
  public var modificationDate = PTPString("")
  public var keywords = PTPString("")

  public init() {}

  /// Reads the dataset in the layout that consumes it exactly, the standard one first, and tells which it was.
  /// Throws what is wrong with the standard layout if neither fits.
  public static func decode(_ bytes: [UInt8]) throws(PTPError) -> (info: ObjectInfo, layout: Layout) {
    do {
      return (try ObjectInfo(bytes, layout: .size32), .size32)
    } catch {
      guard let info = try? ObjectInfo(bytes, layout: .size64) else { throw error }
      return (info, .size64)
    }
  }

  /// Reads the dataset in one layout. Throws `truncated` or `trailingBytes`.
  public init(_ bytes: [UInt8], layout: Layout) throws(PTPError) {
    var reader = ByteReader(bytes)
    storage = StorageID(rawValue: try reader.integer("StorageID"))
    format = try reader.code("ObjectFormat")
    protection = try reader.integer("ProtectionStatus")
    switch layout {
    case .size32: size = UInt64(try reader.integer("ObjectCompressedSize", as: UInt32.self))
    case .size64: size = try reader.integer("ObjectCompressedSize")
    }
    thumbnailFormat = try reader.code("ThumbFormat")
    thumbnailSize = try reader.integer("ThumbCompressedSize")
    thumbnailWidth = try reader.integer("ThumbPixWidth")
    thumbnailHeight = try reader.integer("ThumbPixHeight")
    imageWidth = try reader.integer("ImagePixWidth")
    imageHeight = try reader.integer("ImagePixHeight")
    imageDepth = try reader.integer("ImageBitDepth")
    parent = ObjectHandle(rawValue: try reader.integer("ParentObject"))
    associationType = try reader.integer("AssociationType")
    associationDescription = try reader.integer("AssociationDescription")
    sequenceNumber = try reader.integer("SequenceNumber")
    filename = try reader.string("Filename")
    captureDate = try reader.string("DateCreated")
    modificationDate = try reader.string("DateModified")
    keywords = try reader.string("Keywords")
    try reader.end(of: "ObjectInfo")
  }

  /// The dataset. A size of 4 GiB or more becomes ``unknownSize`` in the 32-bit layout. Throws `stringTooLong`.
  public func encoded(layout: Layout = .size32) throws(PTPError) -> [UInt8] {
    var writer = ByteWriter()
    writer.integer(storage.rawValue)
    writer.code(format)
    writer.integer(protection)
    switch layout {
    case .size32: writer.integer(UInt32(clamping: size))
    case .size64: writer.integer(size)
    }
    writer.code(thumbnailFormat)
    for number in [
      thumbnailSize, thumbnailWidth, thumbnailHeight, imageWidth, imageHeight, imageDepth, parent.rawValue,
    ] {
      writer.integer(number)
    }
    writer.integer(associationType)
    writer.integer(associationDescription)
    writer.integer(sequenceNumber)
    try writer.string(filename, "Filename")
    try writer.string(captureDate, "DateCreated")
    try writer.string(modificationDate, "DateModified")
    try writer.string(keywords, "Keywords")
    return writer.bytes
  }
}
