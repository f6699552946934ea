internal import CLinux
internal import Glibc
internal import PTP

// Properties that an initiator sets.
extension Responder {
  /// The name can be set, which renames the file (MtpDatabase.setObjectProperty; uMTP's setObjectPropValue), and on
  /// some devices the dates.
  mutating func setObjectPropertyValue(_ command: Command, _ data: [UInt8]) -> Reply {
    guard let object = object(command.parameter(0)) else { return .code(.invalidObjectHandle) }
    let property = ObjectPropertyCode(rawValue: UInt16(truncatingIfNeeded: command.parameter(1)))
    guard isSettable(property) else { return .code(profile.rules.unknownProperty) }
    var reader = ByteReader(data)
    guard let value = try? reader.string("Value") else { return .code(.invalidParameter) }
    return property == .objectFileName ? rename(object, to: value) : setDate(property, of: object, to: value.lossy)
  }

  func isSettable(_ property: ObjectPropertyCode) -> Bool {
    property == .objectFileName || profile.rules.settableDates.contains(property)
  }

  private mutating func rename(_ object: StoredObject, to value: PTPString) -> Reply {
    guard let name = try? value.text(), !["", ".", ".."].contains(name), !name.utf8.contains(UInt8(ascii: "/")) else {
      return .code(.invalidParameter)
    }
    let folder = store.object(object.parent)
    let taken = store.child(name, of: folder, on: object.storage, folding: profile.rules.foldsNames)
    let newPath = object.path(renamed: name)
    let isDone =
      if taken == nil || taken?.handle == object.handle {
        Folder.rename(object.path, to: newPath)
      } else {
        profile.rules.renamesOverFiles && Folder.replace(newPath, with: object.path)
      }
    guard isDone else { return .code(.generalError) }
    store.rename(object, to: name)
    return .code(.ok)
  }

  private mutating func setDate(_ property: ObjectPropertyCode, of object: StoredObject, to date: String) -> Reply {
    guard let seconds = clock.time(date) else { return .code(.invalidObjectPropValue) }
    guard profile.rules.keepsSetDates else { return .code(.ok) }
    if property == .dateCreated {
      createdDates[object.handle] = seconds
      Folder.setCreationDate(of: object.path, to: seconds)
      return .code(.ok)
    }
    let time = linux_time(seconds: seconds, nanoseconds: 0)
    return .code(unsafe linux_set_modified_at(AT_FDCWD, object.path, time) < 0 ? .generalError : .ok)
  }
}
