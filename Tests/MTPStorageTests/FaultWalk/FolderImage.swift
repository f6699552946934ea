import Foundation
import Storage
import StorageContract

/// Everything in a folder of this computer, in memory.
struct FolderImage {
  struct File: Equatable {
    var bytes: [UInt8]
    var modified: Timestamp
  }

  var folders: [String] = []
  var files: [String: File] = [:]

  init(of path: String) throws {
    let manager = FileManager.default
    for name in try manager.subpathsOfDirectory(atPath: path).sorted() {
      var status = stat()
      guard unsafe lstat("\(path)/\(name)", &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        folders.append(name)
      } else {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
        let time = status.st_mtim
        files[name] = File(
          bytes: bytes,
          modified: Timestamp(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
        )
      }
    }
  }

  /// Makes the folder hold this and nothing else.
  func restore(_ path: String) throws {
    let manager = FileManager.default
    for name in try manager.contentsOfDirectory(atPath: path) { try manager.removeItem(atPath: "\(path)/\(name)") }
    for name in folders { try manager.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true) }
    for (name, file) in files { try write(file, name, in: path) }
  }

  private func write(_ file: File, _ name: String, in path: String) throws {
    let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ContractViolation("\(name) cannot be put back") }
    defer { close(descriptor) }
    let time = timespec(tv_sec: Int(file.modified.seconds), tv_nsec: Int(file.modified.nanoseconds))
    guard unsafe Glibc.write(descriptor, file.bytes, file.bytes.count) == file.bytes.count,
      unsafe futimens(descriptor, [time, time]) == 0
    else { throw ContractViolation("\(name) cannot be put back") }
  }

  /// The files that are the user's: without those of ours, by their names.
  var own: [String: File] {
    files.filter { path, _ in
      !path.split(separator: "/").contains { $0.hasPrefix(".filesync-") }
    }
  }

  /// Files that were being written.
  var temporaries: [String] {
    files.keys.filter { path in path.split(separator: "/").last.map { TemporaryName.matches($0.utf8) } ?? false }
  }
}
