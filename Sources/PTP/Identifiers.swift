/// Names an object for as long as a session lasts (on some devices longer).
public struct ObjectHandle: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// 0: as a parent in ObjectInfo, the root of a storage; as a parameter, mostly "not given".
  public static let none = ObjectHandle(rawValue: 0)
  /// 0xFFFFFFFF: as the parent parameter of GetObjectHandles and SendObjectInfo, the root of a storage; as the object
  /// parameter of GetObjectPropList, all objects.
  public static let all = ObjectHandle(rawValue: 0xFFFF_FFFF)
}

/// Names a storage: the upper 16 bits stand for the physical one, the lower for a logical one in it.
public struct StorageID: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// 0xFFFFFFFF: as a parameter, all storages.
  public static let all = StorageID(rawValue: 0xFFFF_FFFF)
}
