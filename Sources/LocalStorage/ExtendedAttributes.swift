internal import CLinux
internal import Glibc
public import Storage
internal import SystemPackage

/// Extended attributes, as `cp -a` keeps them: all that can be read, and of these all that the file system and the
/// user's rights let be set. An attribute that cannot is no reason to lose the file.
enum ExtendedAttributes {
  /// In bytes: the most that Linux lets the names of one file take, and a value (xattr(7)).
  private static let limit = 64 << 10
  /// What says where this copy of a file lives, not what it is: dates have their own way, and a security label its
  /// place's rules.
  private static let left = [CreationDate.ownAttribute, "security.selinux"]

  static func all(_ folder: borrowing Descriptor, _ name: some Collection<UInt8>) -> [ExtendedAttribute] {
    let file = cString(name)
    var names = [CChar](repeating: 0, count: limit)
    let length = unsafe linux_list_attributes_at(folder.raw, file, &names, names.count)
    guard length > 0 else { return [] }
    var value = [UInt8](repeating: 0, count: limit)
    return names[..<length].split(separator: 0).compactMap { characters in
      let attribute = characters.map { UInt8(bitPattern: $0) }
      guard !left.contains(String(decoding: attribute, as: UTF8.self)) else { return nil }
      let count = unsafe linux_get_attribute_at(folder.raw, file, Array(characters) + [0], &value, value.count)
      return count < 0 ? nil : ExtendedAttribute(name: attribute, value: Array(value[..<count]))
    }
  }

  static func set(_ attribute: ExtendedAttribute, _ folder: borrowing Descriptor, _ name: some Collection<UInt8>) {
    _ = unsafe linux_set_attribute_at(
      folder.raw,
      cString(name),
      cString(attribute.name),
      attribute.value,
      attribute.value.count
    )
  }
}

extension LocalStorage {
  public func extendedAttributes(of entry: Entry) async throws(StorageError) -> [ExtendedAttribute] {
    try attempt(.look, entry.path) { () throws(Errno) in
      ExtendedAttributes.all(try root.folder(entry.path.parent), entry.path.name)
    }
  }

  public func setAttributes(
    _ attributes: [ExtendedAttribute],
    permissions: UInt16?,
    of folder: Entry
  ) async throws(StorageError) {
    let path = folder.path
    let parent = try attempt(.look, path) { () throws(Errno) in try root.folder(path.parent) }
    try checkUnchanged(folder, in: parent)
    try attempt(.attributes, path) { () throws(Errno) in
      for attribute in attributes { ExtendedAttributes.set(attribute, parent, path.name) }
      guard let permissions else { return }
      // Of the folder itself, not of what a link in its place points to.
      let descriptor = try Descriptor(
        unsafe linux_open_at(parent.raw, cString(path.name), O_RDONLY | O_DIRECTORY, 0)
      )
      try descriptor.setPermissions(permissions, isFolder: true)
    }
  }

  public func setPermissions(_ permissions: UInt16, of entry: Entry) async throws(StorageError) {
    let path = entry.path
    let folder = try attempt(.look, path) { () throws(Errno) in try root.folder(path.parent) }
    try checkUnchanged(entry, in: folder)
    try attempt(.attributes, path) { () throws(Errno) in
      // Itself, not what a link in its place points to; and though it may not be opened.
      let file = try Descriptor(unsafe linux_open_at(folder.raw, cString(path.name), linux_o_path, 0))
      let now = try status(file)
      guard now.isFile || now.isDirectory else { throw Errno.notPermitted }
      let bits = accessBits(isFolder: now.isDirectory)
      let mode = mode_t(now.mode) & 0o7777 & ~mode_t(bits) | mode_t(permissions & bits)
      try retrying { unsafe chmod("/proc/self/fd/\(file.raw)", mode) }
    }
  }
}
