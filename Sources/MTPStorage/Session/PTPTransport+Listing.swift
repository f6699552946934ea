internal import PTP
internal import Storage

/// What is known about a device's GetObjectPropList. Its presence among the operations says little: some answer for
/// the folder alone (uMTP 1.3.10), some leave objects out, so every list is held against GetObjectHandles.
enum PropertyListVerdict {
  case untried
  /// Usable for whole folders, with or without DateCreated.
  case usable(withCreated: Bool)
  /// Answers for the object alone, whatever depth is asked for.
  case objectAlone
  case unusable
}

extension PTPTransport {
  func children(of folder: ObjectHandle, in store: UInt32) throws(StorageError) -> ObjectListing {
    let handles = try self.handles(in: folder, store: store)
    var listing = ObjectListing()
    var left = handles
    if !handles.isEmpty, let properties = try propertyRecords(of: folder, covering: handles) {
      listing.records = handles.compactMap { properties[$0] }
      left = handles.filter { properties[$0] == nil }
    }
    for handle in left {
      do throws(StorageError) {
        if let record = try propertyRecord(of: handle) {
          listing.records.append(record)
        } else {
          listing.records.append(try describe(handle))
        }
      } catch {
        // One unreadable object must not hide the others; what it is stays unknown, so nothing may be deleted here.
        if channel.isDead { throw error }
        listing.unlisted.append(Unlisted(name: "object \(String(handle.rawValue, radix: 16))", reason: error.reason))
      }
    }
    return listing
  }

  private func handles(in folder: ObjectHandle, store: UInt32) throws(StorageError) -> [ObjectHandle] {
    let (response, data) = try channel.receive(.getObjectHandles, [store, 0, folder.rawValue])
    try response.code.check("list a folder")
    do {
      var seen: Set<UInt32> = []
      // The root is asked for as 0xFFFFFFFF: with 0, a Kindle lists every object it has.
      return try HandleList.decode(data).filter { seen.insert($0).inserted && $0 != folder.rawValue }
        .map(ObjectHandle.init(rawValue:))
    } catch { throw error.error("GetObjectHandles") }
  }

  // MARK: One transaction for a property of all objects in a folder

  private func propertyRecords(
    of folder: ObjectHandle,
    covering handles: [ObjectHandle]
  ) throws(StorageError) -> [ObjectHandle: ObjectRecord]? {
    let withCreated: Bool
    switch propertyLists {
    case .unusable, .objectAlone: return nil
    case .untried: withCreated = true
    case .usable(let known): withCreated = known
    }
    guard let names = try property(.objectFileName, of: folder), handles.allSatisfy({ names[$0]?.string != nil }),
      let formats = try property(.objectFormat, of: folder), handles.allSatisfy({ formats[$0]?.unsigned != nil }),
      let sizes = try property(.objectSize, of: folder), let modified = try property(.dateModified, of: folder)
    else {
      // A folder that just lost an object says nothing about the device; only the first verdict is final.
      if case .untried = propertyLists { propertyLists = .objectAlone }
      return nil
    }
    let created = withCreated ? try property(.dateCreated, of: folder) ?? [:] : [:]
    if case .untried = propertyLists {
      propertyLists = .usable(withCreated: created.values.contains { $0.string != nil })
    }
    var records: [ObjectHandle: ObjectRecord] = [:]
    for handle in handles {
      let isFolder = formats[handle]?.unsigned == UInt128(ObjectFormat.association.rawValue)
      let size = sizes[handle]?.unsigned.flatMap(UInt64.init(exactly:))
      guard let name = names[handle]?.string, isFolder || size != nil else { continue }
      records[handle] = ObjectRecord(
        handle: handle,
        name: name,
        isFolder: isFolder,
        size: isFolder ? nil : size,
        modified: modified[handle]?.string?.lossy ?? "",
        created: created[handle]?.string?.lossy ?? ""
      )
    }
    return records
  }

  /// One property of everything in `folder`, or `nil` if the device refuses.
  private func property(
    _ property: ObjectPropertyCode,
    of folder: ObjectHandle
  ) throws(StorageError) -> [ObjectHandle: PropertyValue]? {
    // The root is handle 0 here, 0xFFFFFFFF would be every object. One property at a time: asked for all, Android
    // queries its media database for each file.
    let root = folder == .all ? ObjectHandle.none : folder
    let (response, data) = try channel.receive(
      .getObjectPropList,
      [root.rawValue, 0, UInt32(property.rawValue), 0, 1]
    )
    guard response.code == .ok, let list = try? ObjectPropertyList(data) else { return nil }
    var values: [ObjectHandle: PropertyValue] = [:]
    for element in list.elements where element.property == property { values[element.object] = element.value }
    return values
  }

  // MARK: One transaction for an object

  /// An object by its own property list, where only those can be had: like ObjectInfo, but sizes are whole. uMTP puts
  /// the low 32 bits of them into ObjectInfo.
  func propertyRecord(of handle: ObjectHandle) throws(StorageError) -> ObjectRecord? {
    guard case .objectAlone = propertyLists else { return nil }
    let (response, data) = try channel.receive(.getObjectPropList, [handle.rawValue, 0, 0xFFFF_FFFF, 0, 0])
    if response.code == .invalidObjectHandle { return nil }
    var values: [ObjectPropertyCode: PropertyValue] = [:]
    if response.code == .ok, let list = try? ObjectPropertyList(data) {
      for element in list.elements where element.object == handle { values[element.property] = element.value }
    }
    guard let name = values[.objectFileName]?.string, let format = values[.objectFormat]?.unsigned,
      let size = values[.objectSize]?.unsigned.flatMap(UInt64.init(exactly:))
    else {
      propertyLists = .unusable
      return nil
    }
    let isFolder = format == UInt128(ObjectFormat.association.rawValue)
    return ObjectRecord(
      handle: handle,
      name: name,
      isFolder: isFolder,
      size: isFolder ? nil : size,
      modified: values[.dateModified]?.string?.lossy ?? "",
      created: values[.dateCreated]?.string?.lossy ?? ""
    )
  }

  func describe(_ handle: ObjectHandle) throws(StorageError) -> ObjectRecord {
    let (response, data) = try channel.receive(.getObjectInfo, [handle.rawValue])
    try response.code.check("describe an object")
    let info: ObjectInfo
    do { info = try ObjectInfo.decode(data).info } catch { throw error.error("GetObjectInfo") }
    let isFolder = info.format == .association
    return ObjectRecord(
      handle: handle,
      name: info.filename,
      isFolder: isFolder,
      size: isFolder ? nil : try exactSize(of: handle, info.size),
      modified: info.modificationDate.lossy,
      created: info.captureDate.lossy
    )
  }

  /// ObjectInfo holds 32 bits; a property has the rest, on devices that know properties.
  private func exactSize(of handle: ObjectHandle, _ size: UInt64) throws(StorageError) -> UInt64? {
    guard size == ObjectInfo.unknownSize else { return size }
    guard supports(.getObjectPropValue) else { return nil }
    let (response, data) = try channel.receive(
      .getObjectPropValue,
      [handle.rawValue, UInt32(ObjectPropertyCode.objectSize.rawValue)]
    )
    guard response.code == .ok else { return nil }
    var reader = ByteReader(data)
    if let size: UInt64 = try? reader.integer("ObjectSize") { return size }
    return nil
  }
}
