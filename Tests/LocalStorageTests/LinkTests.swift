import Glibc
import LocalStorage
import Storage
import StorageContract
import SystemPackage
import Testing

@testable import LocalStorage

/// Links are listed as what they are and never followed, be they planted before a run or during it. With openat2 and
/// without.
@Suite struct LinkTests {
  private let outside: FolderStore
  private let folder: FolderStore

  init() throws {
    outside = try FolderStore(holding: [.file("secret", [42])])
    folder = try FolderStore(holding: [.directory("folder"), .file("folder/secret", [1]), .file("file", [2])])
  }

  private func open(_ isPlain: Bool) throws -> LocalStorage {
    try LocalStorage.open(FilePath(folder.path), plainly: isPlain)
  }

  @Test(arguments: [false, true]) func aLinkToAFolderIsNoFolder(isPlain: Bool) async throws {
    try folder.link("link", to: outside.path)
    let storage = try open(isPlain)
    #expect(try await storage.find(.of("link")).kind == .symbolicLink(target: Array(outside.path.utf8)))
    #expect(try await reason { _ = try await storage.listAll(.of("link")) } == .notADirectory)
    #expect(try await reason { _ = try await storage.put([1], at: .of("link/new")) } == .notADirectory)
    #expect(try await reason { _ = try await storage.createDirectory(.of("link/new")) } == .notADirectory)
    #expect(try await reason { _ = try await storage.createDirectory(.of("link")) } == .alreadyExists)
    let entry = Entry(path: .of("link/secret"), kind: .file)
    #expect(try await reason { _ = try await storage.bytes(of: entry) } == .notADirectory)
    #expect(try await reason { try await storage.remove(entry) } == .notADirectory)
    #expect(try await storage.refresh([entry]) == [nil])
    #expect(try outside.names(in: .root) == [Array("secret".utf8)])
  }

  @Test(arguments: [false, true]) func aFolderSwappedForALinkLeadsNowhere(isPlain: Bool) async throws {
    let storage = try open(isPlain)
    let listed = try await storage.find(.of("folder/secret"))
    let written = try await storage.write(BytesSource([3]), order("folder/new", size: 1), TransferControl())
    let verified = try await storage.verify([written])[0].get()
    try folder.rename("folder", "moved away")
    try folder.link("folder", to: outside.path)

    #expect(try await reason { _ = try await storage.bytes(of: listed) } == .notADirectory)
    #expect(try await reason { try await storage.remove(listed) } == .notADirectory)
    #expect(try await reason { _ = try await storage.move(listed, to: .of("got it")) } == .notADirectory)
    #expect(
      try await reason { _ = try await storage.setTimes(FileTimes(modified: .someday), of: listed) } == .notADirectory
    )
    #expect(try await reason { _ = try await storage.commit([verified])[0].get() } == .notADirectory)
    #expect(try await reason { _ = try await storage.put([3], at: .of("folder/other")) } == .notADirectory)
    #expect(try outside.names(in: .root) == [Array("secret".utf8)])
    #expect(try outside.contents(of: .of("secret")) == [42])
  }

  @Test(arguments: [false, true]) func aFileSwappedForALinkIsNotRead(isPlain: Bool) async throws {
    let storage = try open(isPlain)
    let listed = try await storage.find(.of("file"))
    try folder.remove(.of("file"))
    try folder.link("file", to: outside.path + "/secret")
    #expect(try await reason { _ = try await storage.bytes(of: listed) } == .notAFile)
    #expect(try await reason { try await storage.remove(listed) } == .changed)
    #expect(try await reason { _ = try await storage.put([3], at: .of("file")) } == .alreadyExists)
    #expect(try outside.contents(of: .of("secret")) == [42])
  }

  @Test func theVaultIsNotReachedThroughALink() async throws {
    let storage = try open(false)
    try folder.link("vault", to: outside.path)
    var order = order("file", size: 1)
    order.replacing = try await storage.find(.of("file"))
    order.keepOldAs = .of("vault/file")
    let written = try await storage.write(BytesSource([3]), order, TransferControl())
    let verified = try await storage.verify([written])[0].get()
    #expect(try await reason { _ = try await storage.commit([verified])[0].get() } == .alreadyExists)
    #expect(try folder.contents(of: .of("file")) == [2])
    #expect(try outside.names(in: .root) == [Array("secret".utf8)])
  }

  @Test func aLinkHasDatesOfItsOwn() async throws {
    let storage = try open(false)
    let link = try await storage.createSymbolicLink(.of("link"), target: Array("file".utf8))
    let before = try folder.status(of: .of("file"))
    let dated = try await storage.setTimes(FileTimes(modified: .someday), of: link)
    #expect(dated.times.modified == .someday)
    #expect(try folder.status(of: .of("file")).st_mtim.tv_nsec == before.st_mtim.tv_nsec)
  }
}
