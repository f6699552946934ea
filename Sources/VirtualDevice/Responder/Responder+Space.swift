internal import PTP

// How much a device holds.
extension Responder {
  /// Size and free space of a storage, in bytes: the host's own, or what is left of the space that the device was given.
  func space(of storage: StorageID) -> (capacity: UInt64, free: UInt64) {
    guard let path = store.root(of: storage) else { return (0, 0) }
    var space = Folder.space(of: path)
    if let limit = spaceLimit { space = (limit, limit - min(limit, Folder.used(by: path))) }
    return isFull ? (space.capacity, 0) : space
  }
}
