import Glibc
import LocalStorage
import Storage
import StorageContract
import SystemPackage
import Testing

@testable import LocalStorage

@Suite struct WriteTests {
  private let folder: FolderStore
  private let storage: LocalStorage

  init() throws {
    folder = try FolderStore()
    storage = try folder.open()
  }

  /// What stands on the disk at any moment is what a kill at that moment leaves.
  @Test func halfAFileStandsOnlyUnderATemporaryName() async throws {
    let seen = Collector<Set<[UInt8]>>()
    let folder = folder
    let source = BytesSource(someBytes(3_000_000), limit: 1_500_000) { () throws(StorageError) in
      seen.append([(try? folder.names(in: .root)) ?? []])
    }
    let order = order("photo.jpg", size: 3_000_000)
    let written = try await storage.write(source, order, TransferControl())
    #expect(!seen.all.isEmpty)
    #expect(Set(seen.all) == [[order.temporaryName]])
    #expect(try folder.names(in: .root) == [order.temporaryName])
    _ = try await storage.finish(written)
    #expect(try folder.names(in: .root) == [Array("photo.jpg".utf8)])
  }

  @Test func aTemporaryOfAnotherRunIsNotTouched() async throws {
    let order = order("file", size: 1)
    try folder.put(.file(.of(".filesync-0badcafe-1.part"), [9], modified: .someday))
    #expect(
      try await reason { _ = try await storage.write(BytesSource([1]), order, TransferControl()) } == .alreadyExists
    )
    #expect(try folder.contents(of: .of(".filesync-0badcafe-1.part")) == [9])
  }

  @Test func theGivenRightsAreKeptAndNoMoreWhileItIsWritten() async throws {
    let seen = Collector<mode_t>()
    let folder = folder
    let source = BytesSource([1, 2], piece: 1, limit: 1) { () throws(StorageError) in
      seen.append([((try? folder.status(of: .of(".filesync-0badcafe-1.part")).st_mode) ?? 0) & 0o777])
    }
    var order = order("program", size: 2)
    order.permissions = 0o755
    let entry = try await storage.finish(try await storage.write(source, order, TransferControl()))
    #expect(Set(seen.all) == [0o600])
    #expect(entry.permissions == 0o755)
    #expect(try folder.status(of: .of("program")).st_mode & 0o777 == 0o755)
  }

  /// Also of a file that nobody may open; and bits beyond these stay.
  @Test func rightsCanBeGivenToWhatIsThere() async throws {
    try folder.put(.file("file", [1]))
    try folder.put(.directory("d"))
    try folder.link("link", to: "file")
    let cases: [(RelativePath, mode_t, UInt16)] = [(.of("file"), 0, 0o640), (.of("d"), 0o2770, 0o755)]
    for (name, mode, wanted) in cases {
      #expect(unsafe chmod(folder.absolute(name), mode) == 0)
      try await storage.setPermissions(wanted, of: try await storage.find(name))
      #expect(try folder.status(of: name).st_mode & 0o7777 == mode & 0o7000 | mode_t(wanted))
    }
    let link = try await storage.find(.of("link"))
    await #expect(throws: StorageError.self) { try await storage.setPermissions(0o777, of: link) }
    #expect(try folder.status(of: .of("file")).st_mode & 0o777 == 0o640)
  }

  @Test func aFileInTheVaultIsTheOldFileItself() async throws {
    try folder.put(.file("file", [1]))
    let old = try folder.status(of: .of("file"))
    var order = order("file", size: 1)
    order.replacing = try await storage.find(.of("file"))
    order.keepOldAs = .of(".filesync-vault/run/file")
    _ = try await storage.finish(try await storage.write(BytesSource([2]), order, TransferControl()))
    let kept = try folder.status(of: .of(".filesync-vault/run/file"))
    #expect(kept.st_ino == old.st_ino)
    #expect(kept.st_nlink == 1)
    #expect(kept.st_mtim.tv_nsec == old.st_mtim.tv_nsec)
  }

  /// Where a file system has no links, the old version is in the vault only from then on. Whether the names of its folders
  /// were brought to the disk nobody can see but the storage.
  @Test func theVaultIsOnTheDiskBeforeAnythingIsReplaced() async throws {
    try folder.put(.file("file", [1]))
    var order = order("file", size: 1)
    order.replacing = try await storage.find(.of("file"))
    order.keepOldAs = .of(".filesync-vault/run/d/file")
    // It is there, so that the old version cannot get there: nothing is replaced.
    for path in [".filesync-vault", ".filesync-vault/run"] { try folder.put(.directory(.of(path))) }
    try folder.put(.file(".filesync-vault/run/d", [5]))
    let written = try await storage.write(BytesSource([2]), order, TransferControl())
    let verified = try await storage.verify([written])[0].get()
    #expect(try await reason { _ = try await storage.commit([verified])[0].get() } != nil)
    #expect(try folder.contents(of: .of("file")) == [1])
    #expect(await storage.durableFolders == [.of(".filesync-vault"), .of(".filesync-vault/run")])
    try folder.remove(.of(".filesync-vault/run/d"))
    _ = try await storage.commit([verified])[0].get()
    #expect(await storage.durableFolders.contains(.of(".filesync-vault/run/d")))
    #expect(try folder.contents(of: .of(".filesync-vault/run/d/file")) == [1])
  }

  @Test func theVaultReplacesNothing() async throws {
    try folder.put(.file("file", [1]))
    try folder.put(.file("kept", [5]))
    var order = order("file", size: 1)
    order.replacing = try await storage.find(.of("file"))
    order.keepOldAs = .of("kept")
    let written = try await storage.write(BytesSource([2]), order, TransferControl())
    let verified = try await storage.verify([written])[0].get()
    #expect(try await reason { _ = try await storage.commit([verified])[0].get() } == .alreadyExists)
    #expect(try folder.contents(of: .of("file")) == [1])
    #expect(try folder.contents(of: .of("kept")) == [5])
  }

  @Test func aFolderThatSomebodyRemovedSpoilsNoBatch() async throws {
    _ = try await storage.createDirectory(.of("gone"))
    _ = try await storage.createDirectory(.of("gone/below"))
    try folder.remove(.of("gone/below"))
    try folder.remove(.of("gone"))
    for name in ["a", "b"] {
      let written = try await storage.write(BytesSource([1]), order(name, size: 1), TransferControl())
      #expect(try await storage.finish(written).path == .of(name))
    }
  }

  @Test func aFolderIsNotReplacedByAFile() async throws {
    try folder.put(.directory("name"))
    var order = order("name", size: 1)
    order.replacing = try await storage.find(.of("name"))
    let written = try await storage.write(BytesSource([2]), order, TransferControl())
    let verified = try await storage.verify([written])[0].get()
    #expect(try await reason { _ = try await storage.commit([verified])[0].get() } == .notAFile)
  }

  @Test func aTemporaryThatWasCutIsNotVerified() async throws {
    let written = try await storage.write(BytesSource([1, 2]), order("file", size: 2), TransferControl())
    unsafe truncate(folder.absolute(written.temporary.path), 1)
    #expect(try await reason { _ = try await storage.verify([written])[0].get() } == .verificationFailed)
  }

  @Test func namesAreBytesUpTo255() async throws {
    for name in [[0xff, 0xfe, 0x0a, 0x1b], [UInt8](repeating: 0x78, count: 255)] as [[UInt8]] {
      let path = try #require(RelativePath.root.appending(name))
      var order = order("file", size: 1)
      order.path = path
      _ = try await storage.finish(try await storage.write(BytesSource([1]), order, TransferControl()))
      #expect(try folder.contents(of: path) == [1])
      #expect(try await storage.bytes(of: try await storage.find(path)) == [1])
    }
  }

  /// Such a path is too long for one system call.
  @Test func folderMayLieDeeperThanPathMax() async throws {
    let name = String(repeating: "d", count: 250)
    var path = RelativePath.root
    for _ in 0..<20 {
      path = try #require(path.appending(name))
      _ = try await storage.createDirectory(path)
    }
    let file = try #require(path.appending("file"))
    #expect(file.bytes.count > 4_096)
    var order = order("file", size: 1)
    order.path = file
    let entry = try await storage.finish(try await storage.write(BytesSource([7]), order, TransferControl()))
    #expect(try await storage.bytes(of: entry) == [7])
    #expect(try await storage.listAll(path).map(\.path) == [file])
    try await storage.remove(entry)
    while !path.isRoot {
      try await storage.remove(try await storage.find(path))
      path = path.parent
    }
  }
}

@Suite(.enabled(if: Rights.canMount, "needs the right to mount a file system")) struct FileSystemTests {
  @Test func aFullDiskIsToldAndNothingIsLeft() async throws {
    let small = try MemoryFileSystem(bytes: 1 << 20)
    let storage = try small.folder.open()
    let space = try #require(try await storage.space())
    #expect(space.capacity == 1 << 20)
    #expect(space.free <= 1 << 20)
    let order = order("file", size: 3_000_000)
    let error = await #expect(throws: StorageError.self) {
      try await storage.write(BytesSource(someBytes(3_000_000)), order, TransferControl())
    }
    #expect(error?.reason == .noSpace)
    #expect(error?.recovery == .waitForUser(.freeSpace))
    #expect(error?.path == .of("file"))
    #expect(try small.folder.names(in: .root) == [])
    #expect(try await storage.space()?.free == space.free)
  }

  @Test func aReadOnlyDiskIsTold() async throws {
    let disk = try MemoryFileSystem(bytes: 1 << 20)
    try disk.folder.put(.file("file", [1]))
    try disk.makeReadOnly()
    let storage = try disk.folder.open()
    #expect(storage.traits.capabilities == [.partialRead, .attributes, .permissions])
    #expect(try await reason { _ = try await storage.put([1], at: .of("new")) } == .readOnly)
    #expect(try await reason { _ = try await storage.createDirectory(.of("new")) } == .readOnly)
    let file = try await storage.find(.of("file"))
    #expect(try await reason { try await storage.remove(file) } == .readOnly)
    #expect(try await storage.bytes(of: file) == [1])
  }

  @Test func aMountInTheTreeIsListedAndWritten() async throws {
    let inner = try MemoryFileSystem(bytes: 1 << 20)
    let parent = try #require(RelativePath(inner.folder.path))
    let storage = try LocalStorage.open("/")
    let file = try #require(parent.appending("file"))
    var order = order("file", size: 1)
    order.path = file
    let entry = try await storage.finish(try await storage.write(BytesSource([1]), order, TransferControl()))
    #expect(try inner.folder.contents(of: .of("file")) == [1])
    let outside = try #require(parent.parent.appending("filesync-test-moved-\(getpid())"))
    #expect(try await reason { _ = try await storage.move(entry, to: outside) } == .unsupported)
  }
}
