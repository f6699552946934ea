import CLinux
import Foundation
import Glibc
import Storage
import StorageContract
import SystemPackage
import Testing

@testable import LocalStorage

/// File systems that let programs set when a file was created.
@Suite struct NativeCreationDateTests {
  @Test func theFormsOfNTFSAndCIFS() {
    // 2001-02-03T04:05:06.7891234Z
    let date = Timestamp(seconds: 981_173_106, nanoseconds: 789_123_499)
    let kept = Timestamp(seconds: 981_173_106, nanoseconds: 789_123_400)
    #expect(CreationDate.ntfs.encode(date) == [0x01, 0xC0, 0x8D, 0x96, 0x7E, 0x2D, 0x6E, 0x22])
    for way in [CreationDate.ntfs, .cifs] {
      #expect(way.encode(date).flatMap(way.decode) == kept)
      #expect(way.encode(Timestamp(seconds: -11_644_473_601)) == nil)
      #expect(way.encode(Timestamp(seconds: .max)) == nil)
      #expect(way.decode([0, 0, 0, 0, 0, 0, 0, 0]) == nil && way.decode([1]) == nil)
    }
  }

  @Test(.enabled(if: NTFS.isHere, "ntfs-3g is not installed, or this user may not mount with it"))
  func ntfs() async throws {
    let volume = try NTFS()
    let written = FileTimes(
      modified: Timestamp(seconds: 1_625_315_696, nanoseconds: 123_456_700),
      created: Timestamp(seconds: 981_173_106, nanoseconds: 700)
    )
    try await volume.withStorage { storage in
      #expect(storage.creationDates == .ntfs && storage.traits.times.created == .readWrite(precision: 100))
      var order = order("file", size: 1)
      order.times = written
      let entry = try await storage.finish(try await storage.write(BytesSource([1]), order, TransferControl()))
      #expect(entry.times == written)
      // As Windows would see it.
      var value = [UInt8](repeating: 0, count: 8)
      let root = unsafe open(volume.folder.path, O_RDONLY | O_DIRECTORY)
      defer { close(root) }
      let count = unsafe linux_get_attribute_at(root, "file", "system.ntfs_crtime_be", &value, 8)
      #expect(count == 8 && value == CreationDate.ntfs.encode(Timestamp(seconds: 981_173_106, nanoseconds: 700)))
    }
    // What ntfs-3g tells is not always what it has written.
    try await volume.withStorage { storage in
      let entry = try await storage.find(.of("file"))
      #expect(entry.times == written)
      let day = FileTimes(modified: Timestamp(seconds: 1_500_000_000), created: Timestamp(seconds: 1_600_000_000))
      let later = try await storage.setTimes(day, of: entry)
      #expect(later.times == day)
      // A date that NTFS cannot hold costs no file.
      let early = FileTimes(created: Timestamp(seconds: -20_000_000_000))
      let same = try await storage.setTimes(early, of: later)
      #expect(same.times == day)
      _ = try await storage.setTimes(FileTimes(modified: written.modified), of: later)
    }
    try await volume.withStorage { storage in
      let last = FileTimes(modified: written.modified, created: Timestamp(seconds: 1_600_000_000))
      let found = try await storage.find(.of("file"))
      #expect(found.times == last)
    }
  }
}

/// A small NTFS volume in a file, unmounted when nobody uses it any more.
private final class NTFS {
  let folder: FolderStore
  private let image: FolderStore

  static let isHere: Bool = {
    guard unsafe access("/dev/fuse", R_OK | W_OK) == 0 else { return false }
    return (try? NTFS()) != nil
  }()

  init() throws {
    (folder, image) = (try FolderStore(), try FolderStore())
    let file = image.path + "/image"
    try Self.run("truncate -s 4M '\(file)' && mkntfs -q -F '\(file)' && ntfs-3g '\(file)' '\(folder.path)'")
  }

  /// Lends the volume as a storage, and mounts it anew afterwards.
  func withStorage(_ body: (LocalStorage) async throws -> Void) async throws {
    try await body(try folder.open())
    try Self.run("umount '\(folder.path)' && ntfs-3g '\(image.path)/image' '\(folder.path)'")
  }

  deinit { try? Self.run("umount -l '\(folder.path)'") }

  /// Not by Foundation's `Process`, which waits for the daemon as well.
  private static func run(_ script: String) throws {
    let whole = "PATH=$PATH:/sbin:/usr/sbin; (\(script)) > /dev/null 2>&1 < /dev/null"
    guard unsafe system(whole) == 0 else { throw ContractViolation("failed: \(script)") }
  }
}
