/// One storage of a device (MTP 1.1 section 5.2.2).
public struct StorageInfo: Hashable, Sendable {
  /// What a storage is made of.
  public enum Kind {
    public static let fixedROM: UInt16 = 1
    public static let removableROM: UInt16 = 2
    public static let fixedRAM: UInt16 = 3
    public static let removableRAM: UInt16 = 4
  }

  /// What an initiator may do.
  public enum Access {
    public static let readWrite: UInt16 = 0
    public static let readOnly: UInt16 = 1
    public static let readOnlyWithDelete: UInt16 = 2
  }

  /// How a storage's objects are arranged.
  public enum FileSystem {
    public static let flat: UInt16 = 1
    public static let hierarchical: UInt16 = 2
    public static let dcf: UInt16 = 3
  }

  /// One of ``Kind``.
  public var kind: UInt16 = Kind.fixedRAM
  /// One of ``FileSystem``.
  public var fileSystem: UInt16 = FileSystem.hierarchical
  /// One of ``Access``.
  public var access: UInt16 = Access.readWrite
  /// In bytes.
  public var capacity: UInt64 = 0
  /// In bytes.
  public var free: UInt64 = 0
  /// How many more objects fit; 0xFFFFFFFF if unknown.
  public var freeObjects: UInt32 = 0xFFFF_FFFF
  public var description = ""
  public var volumeIdentifier = ""

  public init() {}

  /// Reads the dataset. What follows it is ignored. Throws `truncated`.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    var reader = ByteReader(bytes)
    kind = try reader.integer("StorageType")
    fileSystem = try reader.integer("FilesystemType")
    access = try reader.integer("AccessCapability")
    capacity = try reader.integer("MaxCapacity")
    free = try reader.integer("FreeSpaceInBytes")
    freeObjects = try reader.integer("FreeSpaceInObjects")
    description = try reader.string("StorageDescription").lossy
    volumeIdentifier = try reader.string("VolumeIdentifier").lossy
  }

  /// The dataset. Throws `stringTooLong`.
  public func encoded() throws(PTPError) -> [UInt8] {
    var writer = ByteWriter()
    writer.integer(kind)
    writer.integer(fileSystem)
    writer.integer(access)
    writer.integer(capacity)
    writer.integer(free)
    writer.integer(freeObjects)
    try writer.string(PTPString(description), "StorageDescription")
    try writer.string(PTPString(volumeIdentifier), "VolumeIdentifier")
    return writer.bytes
  }
}
