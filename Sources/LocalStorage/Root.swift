internal import CLinux
internal import Glibc
internal import Storage
internal import SystemPackage

/// The open root of a storage. Whatever is opened through it lies beneath it, and no symbolic link on the way is
/// followed, also none that is planted while a run works.
struct Root: ~Copyable {
  let descriptor: Descriptor
  /// Does without openat2 and RENAME_NOREPLACE, which old kernels, some containers and some file systems lack.
  let isPlain: Bool

  /// Opens a folder, by default only as the place in which names are looked up, which needs no right to read it.
  func folder(_ path: RelativePath, readable: Bool = false) throws(Errno) -> Descriptor {
    let flags = O_DIRECTORY | (readable ? O_RDONLY : linux_o_path)
    // A path of PATH_MAX bytes or more must be walked.
    if !isPlain, !path.isRoot, path.bytes.count < Int(PATH_MAX) {
      let result = unsafe linux_open_beneath(descriptor.raw, cString(path.bytes), flags, 0)
      if result != -ENOSYS && result != -EPERM { return try Descriptor(result) }
    }
    var folder = unsafe try Descriptor(linux_open_at(descriptor.raw, ".", linux_o_path | O_DIRECTORY, 0))
    for component in path.components {
      folder = unsafe try Descriptor(linux_open_at(folder.raw, cString(component), linux_o_path | O_DIRECTORY, 0))
    }
    guard readable else { return folder }
    return unsafe try Descriptor(linux_open_at(folder.raw, ".", flags, 0))
  }
}

/// The status of `name` itself in a folder, never of what a link points to; of the open file where `name` is empty.
func status(_ file: borrowing Descriptor, _ name: some Collection<UInt8> = []) throws(Errno) -> linux_status {
  var status = linux_status()
  unsafe try checked(linux_status_at(file.raw, cString(name), &status))
  return status
}

extension linux_status {
  var type: mode_t { mode_t(mode) & S_IFMT }
  var isFile: Bool { type == S_IFREG }
  var isDirectory: Bool { type == S_IFDIR }

  /// Modification date and size; the date as it is on the disk, `secondsAhead` of the instant that the system takes it
  /// for. Not the inode number, which FAT and network file systems give anew at each mount, and
  /// not the time of the last inode change, which a rename, a link or a change of rights moves.
  func token(secondsAhead: Int64) -> ChangeToken {
    let date = Timestamp(modified)
    let parts = [UInt64(bitPattern: date.seconds &+ secondsAhead), UInt64(date.nanoseconds), size]
    return ChangeToken(
      bytes: parts.flatMap { part in (0..<8).map { UInt8(truncatingIfNeeded: part >> ($0 * 8)) } },
      version: 1
    )
  }
}

extension Timestamp {
  init(_ time: linux_time) {
    // A file system's own nanoseconds are below 10^9, but a damaged or foreign one may say anything; ntfs3 counts those
    // before 1970 backwards from the next second (Linux 6.1, tried).
    let nanoseconds = Int32(bitPattern: time.nanoseconds)
    if (-999_999_999..<0).contains(nanoseconds), time.seconds > .min {
      self.init(seconds: time.seconds - 1, nanoseconds: UInt32(1_000_000_000 + nanoseconds))
    } else {
      self.init(seconds: time.seconds, nanoseconds: min(time.nanoseconds, 999_999_999))
    }
  }

  var linux: linux_time { linux_time(seconds: seconds, nanoseconds: nanoseconds) }
}
