internal import PTP
internal import Storage

/// The names in a folder of a device, and their objects.
///
/// A class: one that were copied whenever a name is added while somebody looks at it would make a folder's files cost their
/// square.
final class FolderContents {
  /// Whether every object of the folder could be described. Where not, a name that is not found may be there.
  var isWhole = true
  private var objects: [[UInt8]: Set<ObjectHandle>] = [:]
  private var names: [ObjectHandle: EntryName] = [:]
  /// How often each name is there, also as the device has it where that is another.
  private var count: [[UInt8]: Int] = [:]
  /// The same as a storage takes names that does not tell upper from lower case.
  private var folded: [[UInt8]: Int] = [:]

  private let held: HeldObjects

  init(_ held: HeldObjects, isWhole: Bool = true) {
    self.held = held
    self.isWhole = isWhole
  }

  deinit { for object in names.keys { held.remove(object) } }

  /// Adds what we made.
  func add(_ name: some Sequence<UInt8>, _ object: ObjectHandle) { add(EntryName(name), object) }

  func add(_ name: EntryName, _ object: ObjectHandle) {
    guard objects[name.bytes, default: []].insert(object).inserted else { return }
    // Who has one object under two names lists nonsense; it is held once.
    if names.updateValue(name, forKey: object) == nil { held.add(object) }
    add(1, name)
  }

  func remove(_ object: ObjectHandle) {
    guard let name = names.removeValue(forKey: object) else { return }
    held.remove(object)
    objects[name.bytes]?.remove(object)
    if objects[name.bytes]?.isEmpty == true { objects[name.bytes] = nil }
    add(-1, name)
  }

  private func add(_ number: Int, _ name: EntryName) {
    for spelling in Set([name.bytes, Array(name.raw.lossy.utf8)]) {
      count[spelling, default: 0] += number
      folded[Self.fold(spelling), default: 0] += number
    }
  }

  /// What an object is called; `nil` if it is not there.
  func name(of object: ObjectHandle) -> EntryName? { names[object] }

  /// The object of a name; `nil` if it is certainly not there.
  /// - Throws: `ambiguousName` if that is not the name of one object alone, `deviceRefused` where nobody can tell.
  func object(named name: some Sequence<UInt8>) throws(StorageError) -> ObjectHandle? {
    let found = objects[Array(name), default: []]
    guard let object = found.first else {
      try checkWhole()
      return nil
    }
    guard found.count == 1, names[object]?.isShared != true else {
      throw StorageError(.ambiguousName, .nextFile, cause: "The device has this name twice in one folder")
    }
    return object
  }

  /// Whether a name is taken.
  /// - Throws: `deviceRefused` where nobody can tell.
  func has(_ name: some Sequence<UInt8>, caseSensitive: Bool) throws(StorageError) -> Bool {
    let name = Array(name)
    let isTaken = caseSensitive ? count[name, default: 0] > 0 : folded[Self.fold(name), default: 0] > 0
    if !isTaken { try checkWhole() }
    return isTaken
  }

  /// Whether something here has a name of this kind.
  func hasName(_ isOfKind: ([UInt8]) -> Bool) -> Bool { objects.keys.contains(where: isOfKind) }

  private func checkWhole() throws(StorageError) {
    if isWhole { return }
    throw StorageError(.deviceRefused, .nextFile, cause: "The device does not describe everything in the folder")
  }

  private static func fold(_ name: [UInt8]) -> [UInt8] { NameFolding(isCaseSensitive: false).key(name) }
}

/// The objects in all folders that are known, by the number of these.
final class HeldObjects {
  private var count: [ObjectHandle: UInt32] = [:]

  func contains(_ object: ObjectHandle) -> Bool { count[object] != nil }

  func add(_ object: ObjectHandle) { count[object, default: 0] += 1 }

  func remove(_ object: ObjectHandle) {
    guard let before = count[object] else { return }
    count[object] = before > 1 ? before - 1 : nil
  }
}
