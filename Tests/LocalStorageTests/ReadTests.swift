import Glibc
import LocalStorage
import Storage
import StorageContract
import Testing

@Suite struct ReadTests {
  private let folder: FolderStore
  private let storage: LocalStorage

  init() throws {
    folder = try FolderStore()
    storage = try folder.open()
  }

  /// As df(1) has it: what is free for the system alone is neither free nor used.
  @Test func spaceIsAsTheSystemTellsIt() async throws {
    func told() throws -> StorageSpace {
      var status = statvfs()
      try #require(unsafe statvfs(folder.path, &status) == 0)
      let bytes = { (blocks: UInt) in UInt64(blocks) * UInt64(status.f_frsize) }
      let (free, blocks) = (bytes(status.f_bavail), bytes(status.f_blocks))
      return StorageSpace(free: free, capacity: blocks, reserved: bytes(status.f_bfree) - free)
    }
    // Other programs write to the disk meanwhile.
    var space: StorageSpace?
    var (before, after) = (StorageSpace(free: 0, capacity: 0), StorageSpace(free: 0, capacity: 0))
    repeat {
      before = try told()
      space = try await storage.space()
      after = try told()
    } while before != after
    #expect(space == before && before.capacity > 0)
  }

  @Test func specialFilesAreListedAndNeverOpened() async throws {
    #expect(unsafe mkfifo(folder.absolute(.of("pipe")), 0o600) == 0)
    let pipe = try await storage.find(.of("pipe"))
    #expect(pipe.kind == .special)
    #expect(pipe.size == nil)
    #expect(try await reason { _ = try await storage.bytes(of: pipe) } == .notAFile)
    // Also where a pipe took the place of a file since the listing: opening it must not wait for a writer.
    let file = Entry(path: .of("pipe"), kind: .file)
    #expect(try await reason { _ = try await storage.bytes(of: file) } == .notAFile)
  }

  @Test func aFileThatChangesWhileItIsReadIsTold() async throws {
    try folder.put(.file("file", someBytes(3_000_000)))
    let file = try await storage.find(.of("file"))
    for size in [100, 4_000_000] {
      let listed = try await storage.find(.of("file"))
      let path = folder.absolute(.of("file"))
      let sink = WatchingSink { _ in unsafe truncate(path, off_t(size)) }
      #expect(
        try await reason { _ = try await storage.read(listed, from: 0, into: sink, TransferControl()) } == .changed
      )
    }
    #expect(try await reason { _ = try await storage.bytes(of: file) } == .changed)
  }

  @Test(.enabled(if: !Rights.isRoot, "root may read every file"))
  func whatMayNotBeReadIsToldAndHarmsNoOther() async throws {
    for name in ["closed", "open"] { try folder.put(.file(name, [1])) }
    unsafe chmod(folder.absolute(.of("closed")), 0)
    let entries = try await storage.listAll()
    #expect(try await reason { _ = try await storage.bytes(of: entries[0]) } == .readingDenied)
    #expect(try await storage.bytes(of: entries[1]) == [1])
  }

  @Test(.enabled(if: !Rights.isRoot, "root may look at every file"))
  func aFolderThatMayBeListedButNotEnteredIsPartial() async throws {
    try folder.put(.directory("folder"))
    try folder.put(.file("folder/file", [1]))
    unsafe chmod(folder.absolute(.of("folder")), 0o400)
    let completeness = try await storage.list(.of("folder")) { _ in }
    #expect(completeness == .partial([Unlisted(name: "file", reason: .readingDenied)]))
  }

  @Test func aLargeFolderComesInPages() async throws {
    for number in 0..<1_300 { try folder.put(.file("\(number)", [])) }
    let pages = Collector<Int>()
    _ = try await storage.list(.root) { pages.append([$0.count]) }
    #expect(pages.all.reduce(0, +) == 1_300)
    #expect(pages.all.count > 1)
  }

  @Test func holesAreReadAsZeros() async throws {
    let file = unsafe open(folder.absolute(.of("file")), O_WRONLY | O_CREAT, 0o600)
    #expect(unsafe pwrite(file, [1, 2, 3] as [UInt8], 3, 2_000_000) == 3)
    #expect(ftruncate(file, 5_000_000) == 0)
    close(file)
    var wanted = [UInt8](repeating: 0, count: 5_000_000)
    wanted.replaceSubrange(2_000_000..<2_000_003, with: [1, 2, 3])
    let entry = try await storage.find(.of("file"))
    #expect(try await storage.bytes(of: entry) == wanted)
    for offset in [1, 1_999_999, 2_000_001, 2_000_003, 4_999_999] {
      #expect(try await storage.bytes(of: entry, from: UInt64(offset)) == Array(wanted[offset...]))
    }
  }

  /// Six gibibytes with a few bytes in them take no such room on the disk, nor in memory.
  @Test func aHugeSparseFileStaysSparse() async throws {
    let size: UInt64 = 6 << 30
    let file = unsafe open(folder.absolute(.of("huge")), O_WRONLY | O_CREAT, 0o600)
    #expect(unsafe pwrite(file, someBytes(100_000), 100_000, 5 << 30) == 100_000)
    #expect(ftruncate(file, off_t(size)) == 0)
    close(file)
    let entry = try await storage.find(.of("huge"))
    #expect(try #require(entry.allocated) < 1 << 20)

    let largest = Collector<Int>()
    let sink = WatchingSink { count in if count > largest.all.max() ?? 0 { largest.append([count]) } }
    #expect(try await storage.read(entry, from: 0, into: sink, TransferControl()) == size)
    #expect(try #require(largest.all.max()) <= 1 << 20)

    let other = try FolderStore()
    let destination = try other.open()
    let written = try await copy(
      entry,
      from: storage,
      to: destination,
      order: order("huge", size: size),
      control: TransferControl()
    )
    let copied = try await destination.finish(written)
    #expect(copied.size == size)
    let status = try other.status(of: .of("huge"))
    #expect(UInt64(status.st_blocks) * 512 < 1 << 20)
    #expect(try await destination.bytes(of: copied, from: size - 10) == [UInt8](repeating: 0, count: 10))
    let tail = TransferControl()
    let bytes = BytesSink(limit: 1) { () throws(StorageError) in throw TransferControl.cancellation }
    _ = try? await destination.read(copied, from: 5 << 30, into: bytes, tail)
    #expect(Array(bytes.bytes.prefix(100_000)) == someBytes(100_000))
  }
}
