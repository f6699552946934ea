internal import CLinux
internal import Glibc
public import Storage
internal import SystemPackage

extension LocalStorage {
  private static let pageSize = 512

  public func list(
    _ directory: RelativePath,
    page: @Sendable ([Entry]) -> Void
  ) async throws(StorageError) -> Completeness {
    let folder = try attempt(.list, directory) { () throws(Errno) in try root.folder(directory, readable: true) }
    var entries: [Entry] = []
    var unlisted: [Unlisted] = []
    try attempt(.list, directory) { () throws(Errno) in
      try forEachName(in: folder) { name in
        do throws(StorageError) {
          guard let path = directory.appending(name) else {
            throw StorageError(.nameNotAllowed, .nextFile, cause: "The file system gave an impossible name")
          }
          entries.append(try entry(path, in: folder))
        } catch {
          // What was removed meanwhile is not missing from the listing.
          if error.reason == .notFound { return }
          unlisted.append(Unlisted(name: String(decoding: name, as: UTF8.self), reason: error.reason))
        }
        if entries.count == Self.pageSize {
          page(entries)
          entries.removeAll(keepingCapacity: true)
        }
      }
    }
    if !entries.isEmpty { page(entries) }
    return unlisted.isEmpty ? .complete : .partial(unlisted)
  }

  public func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] {
    var fresh: [Entry?] = []
    for entry in entries {
      do throws(StorageError) {
        fresh.append(try self.entry(entry.path))
      } catch {
        // Something else on the way is as good as gone.
        guard error.reason == .notFound || error.reason == .notADirectory else { throw error }
        fresh.append(nil)
      }
    }
    return fresh
  }

  /// What is at `path` now.
  func entry(_ path: RelativePath) throws(StorageError) -> Entry {
    let folder = try attempt(.look, path) { () throws(Errno) in try root.folder(path.parent) }
    return try entry(path, in: folder)
  }

  /// What is at `path` now, whose folder is open.
  func entry(_ path: RelativePath, in folder: borrowing Descriptor) throws(StorageError) -> Entry {
    do throws(Errno) {
      let status = try status(folder, path.name)
      var entry = Entry(
        path: path,
        kind: .special,
        times: FileTimes(
          modified: Timestamp(status.modified),
          created: created(path, status, in: folder)
        ),
        accessed: Timestamp(status.accessed),
        permissions: UInt16(status.mode & 0o7777) & accessBits(isFolder: status.isDirectory)
      )
      if status.tells_mount_root ? status.is_mount_root : status.device != device { entry.isMountPoint = true }
      switch status.type {
      case S_IFREG:
        entry.kind = .file
        entry.size = status.size
        if status.blocks < status.size / 512 { entry.allocated = status.blocks * 512 }
        entry.token = token(status)
      case S_IFDIR:
        entry.kind = .directory
        entry.folder = FolderIdentity(device: status.device, inode: status.inode)
      case S_IFLNK:
        entry.kind = .symbolicLink(target: try linkTarget(folder.raw, path.name))
        entry.token = token(status)
        entry.permissions = nil
      default: break
      }
      return entry
    } catch {
      throw StorageError(error, .look, path)
    }
  }

  /// The creation date of what is at `path`: what was kept of it, else the one of the file system, where a copy has the
  /// moment of the copy. Such a one does not count: we have marked it, or its contents are older than itself, as those of
  /// what `cp -a` has made. Where such dates can be set, only the mark tells.
  private func created(
    _ path: RelativePath,
    _ status: linux_status,
    in folder: borrowing Descriptor
  ) -> Timestamp? {
    let name = path.isRoot ? [UInt8(ascii: ".")] : Array(path.name)
    let modified = Timestamp(status.modified)
    let hasPlace = status.type == S_IFREG || status.type == S_IFDIR
    if hasPlace, let creationDates, let kept = creationDates.kept(folder, name) {
      guard case .date(let date) = kept else { return nil }
      guard creationDates.isNative, date > modified, case .unknown = CreationDate.ours.kept(folder, name) else {
        return date
      }
      return nil
    }
    guard status.has_created else { return nil }
    let date = Timestamp(status.created)
    let isOlder = date <= modified || date.matches(modified, precision: traits.times.modified.precision ?? 0)
    return isOlder ? date : nil
  }

  func token(_ status: linux_status) -> ChangeToken { status.token(secondsAhead: secondsAhead) }

  /// Throws `changed` unless `entry` is still what it was when it was listed.
  func checkUnchanged(_ entry: Entry, in folder: borrowing Descriptor) throws(StorageError) {
    let now = try self.entry(entry.path, in: folder)
    let isSame = now.kind == entry.kind && (entry.token == nil || now.token == entry.token)
    guard isSame else {
      throw StorageError(.changed, .nextFile, path: entry.path, cause: "It is not what it was when it was listed")
    }
  }
}
