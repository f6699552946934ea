internal import PTP
internal import Storage

/// The names in a folder of a device, by their bytes, and their objects. A device may have a name twice.
struct FolderContents {
  /// Whether every object of the folder could be described. Where not, a name that is not found may be there.
  var isWhole = true
  private var objects: [[UInt8]: Set<ObjectHandle>] = [:]
  private var handles: Set<ObjectHandle> = []
  /// How often each name is there as a storage takes it that does not tell upper from lower case.
  private var folded: [[UInt8]: Int] = [:]

  init(isWhole: Bool = true) { self.isWhole = isWhole }

  mutating func add(_ name: some Sequence<UInt8>, _ object: ObjectHandle) {
    let name = Array(name)
    guard objects[name, default: []].insert(object).inserted else { return }
    handles.insert(object)
    folded[Self.fold(name), default: 0] += 1
  }

  mutating func remove(_ name: some Sequence<UInt8>, _ object: ObjectHandle) {
    let name = Array(name)
    guard objects[name]?.remove(object) != nil else { return }
    if objects[name]?.isEmpty == true { objects[name] = nil }
    handles.remove(object)
    folded[Self.fold(name), default: 1] -= 1
  }

  /// The object of a name; `nil` if it is certainly not there.
  /// - Throws: `ambiguousName` for two, `deviceRefused` where nobody can tell.
  func object(named name: some Sequence<UInt8>) throws(StorageError) -> ObjectHandle? {
    let found = objects[Array(name), default: []]
    guard found.count <= 1 else {
      throw StorageError(.ambiguousName, .nextFile, cause: "The device has this name twice in one folder")
    }
    if found.isEmpty { try checkWhole() }
    return found.first
  }

  /// Whether a name is taken.
  /// - Throws: `deviceRefused` where nobody can tell.
  func has(_ name: some Sequence<UInt8>, caseSensitive: Bool) throws(StorageError) -> Bool {
    let name = Array(name)
    let isTaken = caseSensitive ? objects[name] != nil : folded[Self.fold(name), default: 0] > 0
    if !isTaken { try checkWhole() }
    return isTaken
  }

  func holds(_ object: ObjectHandle) -> Bool { handles.contains(object) }

  private func checkWhole() throws(StorageError) {
    if isWhole { return }
    throw StorageError(.deviceRefused, .nextFile, cause: "The device does not describe everything in the folder")
  }

  private static func fold(_ name: [UInt8]) -> [UInt8] { NameFolding(isCaseSensitive: false).key(name) }
}
