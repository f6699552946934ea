import Glibc
import LocalStorage
import Storage
import StorageContract
import SystemPackage

extension FolderStore {
  /// The folder as a storage.
  func open() throws -> LocalStorage { try LocalStorage.open(FilePath(path)) }

  /// Makes a symbolic link.
  func link(_ relative: String, to target: String) throws {
    guard unsafe symlink(target, absolute(.of(relative))) == 0 else { throw ContractViolation("no link \(relative)") }
  }

  /// Renames behind the storage's back.
  func rename(_ old: String, _ new: String) throws {
    guard unsafe Glibc.rename(absolute(.of(old)), absolute(.of(new))) == 0 else {
      throw ContractViolation("\(old) cannot be renamed")
    }
  }
}

/// Rights that tests need or must not have.
enum Rights {
  static var isRoot: Bool { geteuid() == 0 }

  /// Whether a file system can be mounted: root in a container often may not.
  static let canMount: Bool = {
    guard isRoot, let probe = try? MemoryFileSystem(bytes: 1 << 20) else { return false }
    _ = probe
    return true
  }()
}

/// A small file system of its own, unmounted when nobody uses it any more.
final class MemoryFileSystem {
  let folder: FolderStore

  init(bytes: Int) throws {
    folder = try FolderStore()
    guard unsafe mount("none", folder.path, "tmpfs", 0, "size=\(bytes)") == 0 else {
      throw ContractViolation("no file system can be mounted: \(errno)")
    }
  }

  deinit { unsafe umount2(folder.path, Int32(MNT_DETACH)) }

  func makeReadOnly() throws {
    let flags = UInt(MS_REMOUNT | MS_RDONLY)
    guard unsafe mount("none", folder.path, "tmpfs", flags, nil) == 0 else {
      throw ContractViolation("not made read-only: \(errno)")
    }
  }
}

/// Calls something at each piece.
struct WatchingSink: ByteSink {
  let action: @Sendable (Int) -> Void

  func write(_ bytes: RawSpan) throws(StorageError) { action(bytes.byteCount) }
}

/// A storage error of any kind, by its reason.
func reason(of body: () async throws -> Void) async throws -> StorageError.Reason? {
  do {
    try await body()
    return nil
  } catch let error as StorageError { return error.reason }
}
