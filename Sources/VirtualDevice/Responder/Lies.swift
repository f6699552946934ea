internal import PTP

/// What is not true in the answer to one command: for faults.
struct Lies {
  /// How a list of objects is wrong.
  enum Listing {
    /// One is in it twice.
    case repeatsOne
    /// One is not in it.
    case leavesOneOut
    /// A folder is in it that all of them are in.
    case isCycle
  }

  /// What sizes are off by, in bytes.
  var sizeOff: Int64 = 0
  /// What every date reads.
  var date: String?
  var listing: Listing?
  /// Whether it is about another object than the one that was meant.
  var isAboutAnother = false

  init() {}

  init(_ faults: [DueFault]) {
    for fault in faults {
      switch fault.effect {
      case .lieAboutSize(let off): sizeOff += off
      case .lieAboutDates(let text): date = text
      case .repeatObject: listing = .repeatsOne
      case .leaveOut: listing = .leavesOneOut
      case .cycle: listing = .isCycle
      case .otherObject: isAboutAnother = true
      default: break
      }
    }
  }

  /// What is listed in place of `objects`.
  func listed(_ objects: [StoredObject], in store: ObjectStore) -> [StoredObject] {
    guard let listing, let first = objects.first else { return objects }
    return switch listing {
    case .repeatsOne: objects + [first]
    case .leavesOneOut: Array(objects.dropFirst())
    case .isCycle: objects + (store.object(first.parent).map { [store.top(above: $0)] } ?? [])
    }
  }
}

extension Responder {
  /// The same command for the object that comes next, if it asks about one.
  func aboutAnother(_ command: Command) -> Command {
    let asking: Set<OperationCode> = [
      .getObject, .getPartialObject, .getPartialObject64, .getObjectInfo, .getObjectPropValue,
    ]
    guard asking.contains(command.code), let other = store.neighbor(of: ObjectHandle(rawValue: command.parameter(0)))
    else { return command }
    var changed = command
    changed.parameters[0] = other.rawValue
    return changed
  }

  /// Has a byte in the middle of a file be another one, as bad memory does.
  func corrupt(_ object: StoredObject) {
    guard let status = FileStatus(path: object.path), status.size > 0 else { return }
    let middle = status.size / 2
    var byte: [UInt8] = [0]
    _ = OpenFile(path: object.path)?.read(1, at: middle, into: &byte, from: 0)
    guard var file = IncomingFile(editing: object.path, from: middle, room: .max) else { return }
    _ = file.write(1, of: [~byte[0]])
    file.setModified(status.modified)
  }

  /// Has somebody at the device change or remove the file that a command is about; a folder is left alone.
  /// - Returns: whether there was one.
  @discardableResult
  mutating func meddle(with command: Command, removing: Bool) -> Bool {
    guard let object = object(command.parameter(0)), !object.isFolder, !store.isReserved(object) else { return false }
    if removing {
      guard Folder.remove(object.path) else { return false }
      store.remove(object)
      return true
    }
    guard let status = FileStatus(path: object.path),
      var file = IncomingFile(editing: object.path, from: 0, room: .max)
    else { return false }
    // Other bytes at the beginning, one more at the end, and a later date.
    var old = [UInt8](repeating: 0, count: Int(clamping: min(status.size, 16)))
    let count = old.count
    _ = OpenFile(path: object.path)?.read(count, at: 0, into: &old, from: 0)
    _ = file.write(count, of: old.map { ~$0 })
    guard var end = IncomingFile(editing: object.path, from: status.size, room: .max) else { return false }
    _ = end.write(1, of: [0x21])
    end.setModified(status.modified + 3600)
    return true
  }
}
