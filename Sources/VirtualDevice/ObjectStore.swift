internal import PTP

/// A file or folder that has a handle.
struct StoredObject {
  var handle: ObjectHandle
  /// ``ObjectHandle/none`` at the root.
  var parent: ObjectHandle
  var storage: StorageID
  var name: String
  /// On disk.
  var path: String
  var isFolder: Bool

  /// Where it is on disk under another name.
  func path(renamed name: String) -> String {
    String(decoding: path.utf8.dropLast(self.name.utf8.count), as: UTF8.self) + name
  }
}

/// Which handle stands for which file. Handles are given out when a folder is first listed, as Android and uMTP do it,
/// and the folder is read again at every listing.
struct ObjectStore {
  /// The folders that stand for the storages.
  let roots: [(id: StorageID, path: String)]
  /// What files are called that no file on this computer can be called, by their paths on disk.
  private(set) var names: [String: PTPString]
  /// Counts the tables that a device made since it was plugged in. Odd ones number their objects the other way round,
  /// so that a handle from an earlier table stands for another file.
  private let generation: Int
  private var objects: [ObjectHandle: StoredObject] = [:]
  /// The handles of a listed folder's children, by the bytes of their names: two texts that only look the same are
  /// equal strings.
  private var children: [Place: [[UInt8]: ObjectHandle]] = [:]
  /// Objects that were announced, and of which no data has come: they are listed without being on disk.
  private var reserved: Set<ObjectHandle> = []
  /// Objects that are listed though nothing can be known of them any more.
  private var lost: Set<ObjectHandle> = []
  /// Folders at the root of the first storage that have no name, and are empty.
  private let nameless: [StoredObject]
  /// A folder at the root of the first storage, and as many below it, each in the one before.
  private let nested: [StoredObject]
  private var lastHandle: UInt32
  private let folded = FoldedNames()
  private static let firstNested: UInt32 = 0xD000_0000

  private struct Place: Hashable {
    var storage: StorageID
    var folder: ObjectHandle
  }

  init(folders: [String], names: [String: PTPString], generation: Int, namelessFolders: Int = 0, nestedFolders: Int = 0)
  {
    self.names = names
    roots = folders.enumerated().map { (StorageID(rawValue: 0x0001_0001 + UInt32($0.offset) << 16), $0.element) }
    self.generation = generation
    let first = roots.first?.id ?? .all
    nameless = (0..<namelessFolders).map {
      let handle = ObjectHandle(rawValue: UInt32($0) + 1)
      return StoredObject(handle: handle, parent: .none, storage: first, name: "", path: "", isFolder: true)
    }
    lastHandle = UInt32(namelessFolders)
    nested = (0..<nestedFolders).map {
      let handle = ObjectHandle(rawValue: Self.firstNested + UInt32($0))
      let parent = $0 == 0 ? ObjectHandle.none : ObjectHandle(rawValue: handle.rawValue - 1)
      return StoredObject(handle: handle, parent: parent, storage: first, name: "deep", path: "", isFolder: true)
    }
    for folder in nameless + nested { objects[folder.handle] = folder }
  }

  /// The object, if it was listed and is still there.
  func object(_ handle: ObjectHandle) -> StoredObject? { objects[handle] }

  /// What the device calls an object.
  func name(of object: StoredObject) -> PTPString { names[object.path] ?? PTPString(object.name) }

  /// The objects at the root of a storage, by name.
  mutating func children(ofRoot storage: StorageID) -> [StoredObject] {
    guard let root = roots.first(where: { $0.id == storage }) else { return [] }
    return list(Place(storage: storage, folder: .none), at: root.path)
      + (nameless + nested.prefix(1)).filter { $0.storage == storage }
  }

  /// The objects in a folder, by name.
  mutating func children(of folder: StoredObject) -> [StoredObject] {
    let number = folder.handle.rawValue.subtractingReportingOverflow(Self.firstNested)
    let below = number.overflow ? [] : nested.dropFirst(Int(number.partialValue) + 1).prefix(1)
    return list(Place(storage: folder.storage, folder: folder.handle), at: folder.path) + below
  }

  /// Another object than this one: the file that comes next, or the first.
  func neighbor(of handle: ObjectHandle) -> ObjectHandle? {
    let others = objects.values.filter { !$0.isFolder && $0.handle != handle }.map(\.handle.rawValue).sorted()
    return (others.first { $0 > handle.rawValue } ?? others.first).map(ObjectHandle.init)
  }

  /// The folder at the root that an object is in, or that it is.
  func top(above object: StoredObject) -> StoredObject {
    var top = object
    while let parent = objects[top.parent], parent.handle != top.handle { top = parent }
    return top
  }

  /// Every object of a storage, each folder before what is in it.
  mutating func everything(in storage: StorageID) -> [StoredObject] {
    var found: [StoredObject] = []
    var pending = Array(children(ofRoot: storage).reversed())
    while let object = pending.popLast() {
      found.append(object)
      if object.isFolder { pending.append(contentsOf: children(of: object).reversed()) }
    }
    return found
  }

  /// The path of a storage's folder.
  func root(of storage: StorageID) -> String? { roots.first { $0.id == storage }?.path }

  /// The object in a folder (at the root of `storage` if it is `nil`) that has the name `name`; where names are folded,
  /// one that differs from it in case only will do. The folder is listed only if there is one without a handle.
  mutating func child(_ name: String, of folder: StoredObject?, on storage: StorageID, folding: Bool) -> StoredObject? {
    let place = Place(storage: storage, folder: folder?.handle ?? .none)
    guard let path = folder?.path ?? root(of: storage) else { return nil }
    var found = FileStatus(path: path + "/" + name) == nil ? nil : name
    if found == nil, folding { found = folded.name(in: path, likeExceptForCase: name) }
    guard let found else {
      return reserved.union(lost).compactMap { objects[$0] }.first {
        $0.storage == storage && $0.parent == place.folder
          && ($0.name.utf8.elementsEqual(name.utf8) || folding && Folder.folded($0.name) == Folder.folded(name))
      }
    }
    if let known = children[place]?[Array(found.utf8)] { return objects[known] }
    return list(place, at: path).first { $0.name.utf8.elementsEqual(found.utf8) }
  }

  /// Gives a handle to what is about to be made in a folder (at the root of `storage` if it is `nil`), and reserves its
  /// name, which is free.
  mutating func add(_ name: String, to folder: StoredObject?, on storage: StorageID, isFolder: Bool) -> StoredObject {
    lastHandle += 1
    let object = StoredObject(
      handle: ObjectHandle(rawValue: lastHandle),
      parent: folder?.handle ?? .none,
      storage: storage,
      name: name,
      path: (folder?.path ?? root(of: storage) ?? "") + "/" + name,
      isFolder: isFolder
    )
    objects[object.handle] = object
    children[Place(storage: storage, folder: object.parent), default: [:]][Array(name.utf8)] = object.handle
    reserved.insert(object.handle)
    return object
  }

  /// Says that an object is on disk now.
  mutating func settle(_ object: StoredObject) { reserved.remove(object.handle) }

  /// Has an object be listed without anything behind it, until the device makes a new table. Its name is not free.
  mutating func lose(_ object: StoredObject) {
    settle(object)
    lost.insert(object.handle)
    children[Place(storage: object.storage, folder: object.parent)]?[Array(object.name.utf8)] = nil
  }

  /// Whether an object is listed without anything behind it.
  func isLost(_ object: StoredObject) -> Bool { lost.contains(object.handle) }

  /// Whether an object's name is reserved, and nothing of it has come.
  func isReserved(_ object: StoredObject) -> Bool { reserved.contains(object.handle) }

  /// Gives an object another name; its handle stays. Objects below it are found again at the next listing.
  mutating func rename(_ object: StoredObject, to name: String) {
    let place = Place(storage: object.storage, folder: object.parent)
    names[object.path] = nil
    children[place]?[Array(object.name.utf8)] = nil
    children[place]?[Array(name.utf8)] = object.handle
    objects[object.handle]?.name = name
    objects[object.handle]?.path = object.path(renamed: name)
  }

  /// Puts an object into another folder (the root of `storage` if it is `nil`); its handle stays. Objects below it are
  /// forgotten, and found again at the next listing.
  mutating func move(_ object: StoredObject, to folder: StoredObject?, on storage: StorageID) {
    let name = names[object.path]
    remove(object)
    var moved = object
    moved.parent = folder?.handle ?? .none
    moved.storage = storage
    moved.path = (folder?.path ?? root(of: storage) ?? "") + "/" + object.name
    names[moved.path] = name
    objects[object.handle] = moved
    children[Place(storage: storage, folder: moved.parent), default: [:]][Array(object.name.utf8)] = object.handle
  }

  /// Forgets an object and all below it.
  mutating func remove(_ object: StoredObject) {
    let below = Place(storage: object.storage, folder: object.handle)
    for child in (children[below] ?? [:]).values {
      if let child = objects[child] { remove(child) }
    }
    children[below] = nil
    children[Place(storage: object.storage, folder: object.parent)]?[Array(object.name.utf8)] = nil
    objects[object.handle] = nil
    names[object.path] = nil
    reserved.remove(object.handle)
    lost.remove(object.handle)
  }

  private mutating func list(_ place: Place, at path: String) -> [StoredObject] {
    let known = children[place] ?? [:]
    var found: [StoredObject] = []
    var names: Set<[UInt8]> = []
    let onDisk = Folder.names(in: path) ?? []
    for name in generation.isMultiple(of: 2) ? onDisk : onDisk.reversed() {
      guard let status = FileStatus(path: path + "/" + name) else { continue }
      let key = Array(name.utf8)
      names.insert(key)
      if let handle = known[key], var object = objects[handle], object.isFolder == status.isFolder {
        object.path = path + "/" + name
        objects[handle] = object
        found.append(object)
        continue
      }
      if let stale = known[key].flatMap({ objects[$0] }) { remove(stale) }
      lastHandle += 1
      let handle = ObjectHandle(rawValue: lastHandle)
      let object = StoredObject(
        handle: handle,
        parent: place.folder,
        storage: place.storage,
        name: name,
        path: path + "/" + name,
        isFolder: status.isFolder
      )
      objects[handle] = object
      children[place, default: [:]][key] = handle
      found.append(object)
    }
    for (name, handle) in known where !names.contains(name) {
      guard let gone = objects[handle] else { continue }
      if reserved.contains(handle) { found.append(gone) } else { remove(gone) }
    }
    for handle in lost.sorted(by: { $0.rawValue < $1.rawValue }) {
      if let object = objects[handle], object.storage == place.storage, object.parent == place.folder {
        found.append(object)
      }
    }
    return generation.isMultiple(of: 2) ? found : found.reversed()
  }
}
