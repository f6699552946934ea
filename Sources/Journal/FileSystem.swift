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
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard unsafe statvfs(folder, &status) == 0 else { return false }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 4096
  }

  // As gnu_dev_major and gnu_dev_minor have it, which Swift does not import.
  private static func major(_ device: dev_t) -> UInt { (device >> 8) & 0xfff | (device >> 32) & ~0xfff }
  private static func minor(_ device: dev_t) -> UInt { device & 0xff | (device >> 12) & ~0xff }
}
