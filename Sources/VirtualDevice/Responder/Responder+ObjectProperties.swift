internal import PTP

// MTP's object properties.
extension Responder {
  func objectPropertiesSupported() -> [UInt8] {
    var writer = ByteWriter()
    writer.codes(profile.objectProperties)
    return writer.bytes
  }

  func objectPropertyDescription(_ command: Command) -> Reply {
    let property = ObjectPropertyCode(rawValue: UInt16(truncatingIfNeeded: command.parameter(0)))
    guard profile.objectProperties.contains(property) else { return .code(profile.rules.unknownProperty) }
    let isDate = [.dateModified, .dateCreated, .dateAdded].contains(property)
    let value: PropertyValue =
      switch property {
      case .storageID, .parentObject: .uint32(0)
      case .objectFormat: .uint16(UInt16(truncatingIfNeeded: command.parameter(1)))
      case .protectionStatus, .hidden: .uint16(0)
      case .nonConsumable: .uint8(0)
      case .objectSize: .uint64(0)
      case .persistentUniqueObjectIdentifier: .uint128(0)
      default: .string("")
      }
    let description = ObjectPropertyDescription(
      property,
      value.type,
      isSettable: isSettable(property),
      defaultValue: value,
      form: isDate && profile.rules.sending != .umtp ? .dateTime : .none
    )
    return (try? description.encoded()).map { .data($0) } ?? .code(.generalError)
  }

  /// A property's value; `undefined` if the object has no such property.
  private func value(_ property: ObjectPropertyCode, of object: StoredObject, _ status: FileStatus) -> PropertyValue {
    guard profile.objectProperties.contains(property) else { return .undefined }
    return switch property {
    case .storageID: .uint32(object.storage.rawValue)
    case .objectFormat: .uint16(format(of: object).rawValue)
    case .protectionStatus, .hidden: .uint16(0)
    case .nonConsumable: .uint8(0)
    case .objectSize: .uint64(size(of: object, status))
    case .objectFileName, .name, .displayName: .string(store.name(of: object))
    case .dateModified: .string(date(status.modified))
    case .dateCreated: .string(date(created(object, status)))
    case .dateAdded:
      .string(date(profile.dates == .additionAndModification ? status.added : status.modified))
    case .parentObject: .uint32(object.parent.rawValue)
    case .persistentUniqueObjectIdentifier: .uint128(Self.persistentID(object.path))
    default: .undefined
    }
  }

  /// The same number for the same path, and most likely for no other (FNV-1a).
  private static func persistentID(_ path: String) -> UInt128 {
    path.utf8.reduce(0x6C62_272E_07BB_0142_62B8_2175_6295_C58D) {
      ($0 ^ UInt128($1)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B
    }
  }

  func objectPropertyValue(_ command: Command) -> Reply {
    guard let object = object(command.parameter(0)), let status = status(of: object) else {
      return .code(.invalidObjectHandle)
    }
    let property = ObjectPropertyCode(rawValue: UInt16(truncatingIfNeeded: command.parameter(1)))
    var value = value(property, of: object, status)
    guard value != .undefined else { return .code(profile.rules.unknownProperty) }
    if [.dateModified, .dateCreated, .dateAdded].contains(property) {
      switch profile.rules.singleDate {
      case .own: break
      case .constant(let date): value = .string(PTPString(date))
      case .epoch: value = .string(date(0))
      }
    }
    var writer = ByteWriter()
    guard (try? value.encode(to: &writer, "Value")) != nil else { return .code(.generalError) }
    return .data(writer.bytes)
  }

  // MARK: GetObjectPropList

  mutating func objectPropertyList(_ command: Command) -> Reply {
    guard command.parameter(2) != 0 else {
      // By group, which neither responder can.
      return .code(command.parameter(3) == 0 ? .parameterNotSupported : .specificationByGroupUnsupported)
    }
    switch profile.rules.propertyList {
    case .android: return androidPropertyList(command)
    case .androidLegacy: return legacyPropertyList(command)
    case .standard: return standardPropertyList(command)
    case .objectAlone:
      guard let object = object(command.parameter(0)) else { return .code(.invalidObjectHandle) }
      return propertyList(of: [object], command)
    case .refused: return .code(.specificationByDepthUnsupported)
    }
  }

  /// The rules of Android up to 8.0 (MtpPropertyGroup.getPropertyList, which asks the media database by parent or by id:
  /// read, not run): depth 1 means an object's children without itself, every other depth up to 0x7FFFFFFF is refused,
  /// 0xFFFFFFFF is taken for 0. The parent 0 is every storage's root. What does not exist has an empty list.
  private mutating func legacyPropertyList(_ command: Command) -> Reply {
    let depth = command.parameter(4)
    guard !isLocked else { return .code(.invalidObjectHandle) }
    guard depth <= 1 || depth > 0x7FFF_FFFF else { return .code(.specificationByDepthUnsupported) }
    var objects: [StoredObject] = []
    switch (command.parameter(0), depth) {
    case (0xFFFF_FFFF, _): for storage in storages { objects += store.everything(in: storage) }
    case (0, 1): for storage in storages { objects += store.children(ofRoot: storage) }
    case (let handle, 1):
      if let folder = object(handle), folder.isFolder { objects = store.children(of: folder) }
    case (let handle, _): objects = object(handle).map { [$0] } ?? []
    }
    let format = command.parameter(1)
    if format != 0 { objects.removeAll { self.format(of: $0).rawValue != format } }
    return propertyList(of: objects, command)
  }

  /// Android's rules, measured: the handle 0 means the root's children, whatever the depth; a folder at depth 1 means
  /// its children and, last, itself; a file at depth 1 is InvalidObjectHandle; 0xFFFFFFFF means everything; other
  /// depths are refused.
  private mutating func androidPropertyList(_ command: Command) -> Reply {
    var handle = command.parameter(0)
    var depth = command.parameter(4)
    guard !isLocked else { return .code(.invalidObjectHandle) }
    if depth == 0xFFFF_FFFF, handle == 0 || handle == 0xFFFF_FFFF { (handle, depth) = (0xFFFF_FFFF, 0) }
    guard depth <= 1 else { return .code(.specificationByDepthUnsupported) }
    var objects: [StoredObject] = []
    switch handle {
    case 0xFFFF_FFFF:
      for storage in storages { objects += store.everything(in: storage) }
    case 0:
      for storage in storages { objects += store.children(ofRoot: storage) }
    default:
      guard let object = object(handle) else { return .code(.invalidObjectHandle) }
      if depth == 1 {
        guard object.isFolder else { return .code(.invalidObjectHandle) }
        objects = store.children(of: object)
      }
      objects.append(object)
    }
    let format = command.parameter(1)
    if format != 0 { objects.removeAll { self.format(of: $0).rawValue != format } }
    return propertyList(of: objects, command)
  }

  /// MTP 1.1 appendix E.2.1: an object and what is below it, as deep as was asked for. The handle 0 is the root,
  /// 0xFFFFFFFF all objects.
  private mutating func standardPropertyList(_ command: Command) -> Reply {
    guard !isLocked else { return .code(.invalidObjectHandle) }
    var objects: [StoredObject] = []
    var depth = command.parameter(4)
    switch command.parameter(0) {
    case 0: for storage in storages { objects += store.children(ofRoot: storage) }
    case 0xFFFF_FFFF: for storage in storages { objects += store.everything(in: storage) }
    case let handle:
      guard let object = object(handle) else { return .code(.invalidObjectHandle) }
      objects = [object]
    }
    if command.parameter(0) == 0 { depth -= min(depth, 1) }
    if command.parameter(0) == 0xFFFF_FFFF { depth = 0 }
    var level = objects
    while depth > 0, !level.isEmpty {
      var below: [StoredObject] = []
      for folder in level where folder.isFolder { below += store.children(of: folder) }
      objects += below
      level = below
      depth -= 1
    }
    let format = command.parameter(1)
    if format != 0 { objects.removeAll { self.format(of: $0).rawValue != format } }
    return propertyList(of: objects, command)
  }

  private func propertyList(of objects: [StoredObject], _ command: Command) -> Reply {
    let wanted = command.parameter(2)
    let properties =
      wanted == 0xFFFF_FFFF
      ? profile.objectProperties : [ObjectPropertyCode(rawValue: UInt16(truncatingIfNeeded: wanted))]
    var list = ObjectPropertyList()
    for object in lies.listed(objects, in: store) {
      guard let status = status(of: object) else { continue }
      for property in properties {
        list.elements.append(.init(object.handle, property, value(property, of: object, status)))
      }
    }
    if ![.android, .androidLegacy].contains(profile.rules.propertyList) {
      list.elements.removeAll { $0.value == .undefined }
    }
    return (try? list.encoded()).map { .data($0) } ?? .code(.generalError)
  }
}
