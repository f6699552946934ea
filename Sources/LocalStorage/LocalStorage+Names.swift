internal import CLinux
internal import Glibc
public import Storage
internal import SystemPackage

extension LocalStorage {
  public func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry { try makeFolder(path) }

  func makeFolder(_ path: RelativePath) throws(StorageError) -> Entry {
    if path.isRoot { return try entry(path) }
    try checkName(path)
    let folder = try attempt(.create, path) { () throws(Errno) in try root.folder(path.parent) }
    do throws(Errno) {
      try retrying { unsafe mkdirat(folder.raw, cString(path.name), 0o777) }
      unsyncedFolders.insert(path.parent)
    } catch {
      guard error == .fileExists, let found = try? entry(path, in: folder), found.isDirectory else {
        throw StorageError(error, .create, path)
      }
      return found
    }
    return try entry(path, in: folder)
  }

  public func createSymbolicLink(_ path: RelativePath, target: [UInt8]) async throws(StorageError) -> Entry {
    try checkName(path)
    let folder = try attempt(.create, path) { () throws(Errno) in
      let folder = try root.folder(path.parent)
      try retrying { unsafe symlinkat(cString(target), folder.raw, cString(path.name)) }
      return folder
    }
    unsyncedFolders.insert(path.parent)
    return try entry(path, in: folder)
  }

  public func remove(_ entry: Entry) async throws(StorageError) {
    let path = entry.path
    let folder = try attempt(.remove, path) { () throws(Errno) in try root.folder(path.parent) }
    try checkUnchanged(entry, in: folder)
    _ = try attempt(.remove, path) { () throws(Errno) in
      try retrying { unsafe unlinkat(folder.raw, cString(path.name), entry.isDirectory ? AT_REMOVEDIR : 0) }
    }
  }

  public func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    try checkName(path)
    let from = try attempt(.rename, entry.path) { () throws(Errno) in try root.folder(entry.path.parent) }
    try checkUnchanged(entry, in: from)
    if entry.kind == .file, TemporaryName.matches(entry.path.name) { try sync(entry, in: from) }
    let to = try attempt(.rename, path) { () throws(Errno) in try root.folder(path.parent) }
    try attempt(.rename, path) { () throws(Errno) in try renameNew(from, entry.path.name, to, path.name) }
    return try self.entry(path, in: to)
  }

  /// Brings the part of a file that another run left to the disk: it may have died before it did so itself, and who goes
  /// on with it answers for all of it.
  private func sync(_ part: Entry, in folder: borrowing Descriptor) throws(StorageError) {
    try attempt(.write, part.path) { () throws(Errno) in
      let file = try Descriptor(unsafe linux_open_at(folder.raw, cString(part.path.name), O_RDONLY, 0))
      try retrying { fsync(file.raw) }
    }
  }

  public func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    let path = entry.path
    let folder = try attempt(.date, path) { () throws(Errno) in try root.folder(path.parent) }
    try checkUnchanged(entry, in: folder)
    try attempt(.date, path) { () throws(Errno) in
      let name = path.isRoot ? [UInt8(ascii: ".")] : path.name
      if entry.kind == .file || entry.isDirectory, let created = times.created {
        do throws(Errno) {
          try creationDates?.set(created, folder, name)
        } catch  where error.meansNoAttribute {
          // Of what its owner made read-only the other date can be set nevertheless, and what is reported tells.
        }
      }
      if let modified = times.modified {
        unsafe try checked(linux_set_modified_at(folder.raw, cString(name), modified.linux))
        if entry.kind == .file || entry.isDirectory {
          try creationDates?.keep(modified: modified, folder, name)
        }
      }
    }
    return try self.entry(path, in: folder)
  }

  public func disownCreationDate(of entry: Entry) async {
    guard let folder = try? root.folder(entry.path.parent) else { return }
    CreationDate.disown(folder, entry.path.name)
  }

  /// Throws `nameNotAllowed` for the root, and for a name that the file system cannot hold.
  func checkName(_ path: RelativePath) throws(StorageError) {
    guard !path.isRoot, traits.names.allow(path.name) else {
      let cause = "The file system of \(traits.name) cannot hold this name"
      throw StorageError(.nameNotAllowed, .nextFile, path: path, cause: cause)
    }
  }
}

extension Errno {
  /// Whether a file cannot have an attribute of ours, whatever else can be done with it: it may not be written to, its
  /// file system has none, or no room for one.
  fileprivate var meansNoAttribute: Bool {
    [.permissionDenied, .notPermitted, .notSupported, .noSpace].contains(self)
  }
}
