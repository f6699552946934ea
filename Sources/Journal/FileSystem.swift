internal import Foundation
internal import Glibc

/// What the journal needs to know of the file system it lies on.
enum FileSystem {
  private static let remoteTypes: Set<Substring> = ["nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "fuse.sshfs"]

  /// Whether the file `path` lies on a network file system.
  static func isRemote(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    let device = "\(major(status.st_dev)):\(minor(status.st_dev))"
    // proc_pid_mountinfo(5): the device is the third field; the type follows a lone hyphen.
    let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
    return mounts.split(separator: "\n").contains { line in
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == device, let hyphen = fields.firstIndex(of: "-") else { return false }
      return hyphen + 1 < fields.count && remoteTypes.contains(fields[hyphen + 1])
    }
  }

  /// Whether there is no room for as much as a page of the database beside `path`.
  static func isFull(_ path: String) -> Bool {
    var status = statvfs()
    guard unsafe statvfs(folder(of: path), &status) == 0 else { return false }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 4096
  }

  /// Whether nothing can be written beside `path`, whoever may.
  static func isReadOnly(_ path: String) -> Bool {
    var status = statvfs()
    guard unsafe statvfs(folder(of: path), &status) == 0 else { return false }
    return UInt(status.f_flag) & UInt(ST_RDONLY) != 0
  }

  /// The process that has locked the database at `path` for writing; `nil` if none shows, or only `own`.
  ///
  /// From the kernel's list: to open and close the files in order to ask for their locks (fcntl(2), F_GETLK) would drop
  /// our own.
  static func writer(of path: String, besides own: Int32 = getpid()) -> RunningProcess? {
    let locks = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
    var files: Set<String> = []
    for file in [path, path + "-shm"] {
      var status = stat()
      guard unsafe stat(file, &status) == 0 else { continue }
      files.insert("\(hexadecimal(major(status.st_dev))):\(hexadecimal(minor(status.st_dev))):\(status.st_ino)")
    }
    // proc_locks(5): number, type, mode, access, process, file, first and last byte. "->" marks one that waits.
    for line in locks.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 5, fields[1] == "POSIX", fields[3] == "WRITE", files.contains(String(fields[5])),
        let pid = Int32(fields[4]), pid != own
      else { continue }
      return RunningProcess(pid: pid)
    }
    return nil
  }

  private static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "." }

  private static func hexadecimal(_ number: UInt) -> String {
    let digits = String(number, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }

  // As gnu_dev_major and gnu_dev_minor have it, which Swift does not import.
  private static func major(_ device: dev_t) -> UInt { (device >> 8) & 0xfff | (device >> 32) & ~0xfff }
  private static func minor(_ device: dev_t) -> UInt { device & 0xff | (device >> 12) & ~0xff }
}
