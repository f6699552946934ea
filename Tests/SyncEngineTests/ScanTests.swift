import Foundation
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// A storage that only lists, whatever a test makes up.
private struct ListingStorage: Storage {
  let traits = StorageTraits.inMemory
  let entries: @Sendable (RelativePath) -> [Entry]

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    page(entries(directory))
    return .complete
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { entries }
  func space() async throws(StorageError) -> StorageSpace? { nil }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 { 0 }
}

@Suite struct ScanTests {
  private func scan(
    _ storage: any Storage,
    _ side: Side = .source,
    _ report: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws -> Tree {
    let persistence = Persistence(control: TransferControl(), report: report, pause: .zero)
    return try await Scan(storage: storage, side: side, now: { Date() }, persistence: persistence, report: report).run()
  }

  @Test func anEndlessTreeEndsWherePathsDo() async throws {
    let tree = try await scan(
      ListingStorage { path in [path.appending("d").map { Entry.folder($0) }].compactMap(\.self) }
    )
    #expect(tree.entries.count == 2049)
    #expect(tree.unlisted.count == 1)
    #expect(tree.unlisted.values.first?.first?.reason == .nameNotAllowed)
  }

  @Test func aFolderThatContainsItselfIsEnteredOnce() async throws {
    let tree = try await scan(
      ListingStorage { path in
        ["a", "b"].compactMap { name -> Entry? in
          guard var entry = path.appending(name).map({ Entry.folder($0) }) else { return nil }
          entry.handle = Entry.Handle(value: name == "a" ? 1 : 2, generation: 1)
          return entry
        }
      }
    )
    #expect(tree.entries.map(\.path) == ["a", "a/a", "a/b", "b", "b/a", "b/b"])
    #expect(Set(tree.unlisted.keys) == ["a/a", "a/b", "b/a", "b/b"])
  }

  /// 2 to the power of 60 paths, of 120 folders.
  @Test func aFolderThatIsInSeveralIsEnteredOnce() async throws {
    let tree = try await scan(
      ListingStorage { path in
        let depth = path.components.count
        guard depth < 60 else { return [] }
        return ["a", "b"].enumerated().compactMap { number, name -> Entry? in
          guard var entry = path.appending(name).map({ Entry.folder($0) }) else { return nil }
          entry.handle = Entry.Handle(value: UInt64(depth * 2 + number), generation: 1)
          return entry
        }
      }
    )
    #expect(tree.entries.count == 2 + 59 * 4 && tree.unlisted.count == 59 * 2)
  }

  @Test func namesThatOccurTwiceAreAmbiguousAndNotEntered() async throws {
    let tree = try await scan(
      ListingStorage { path in
        path.isRoot
          ? [.folder("d"), .folder("d"), .file("a", 1, token: 1), .file("a", 2, token: 2)] : [.file("x", 1, token: 1)]
      }
    )
    #expect(tree.entries.isEmpty)
    #expect(tree.ambiguous.count == 4)
  }

  @Test func temporariesAndTheVaultAreSetApart() async throws {
    let storage = InMemoryStorage()
    let date = Timestamp(seconds: 0)
    try storage.put(.directory(".filesync-vault"))
    try storage.put(.file(".filesync-vault/a", [1], modified: date))
    try storage.put(.file(".filesync-0a0a0a0a-1.part", [1], modified: date))
    try storage.put(.file("b", [1], modified: date))
    try storage.put(.file("a-b", [1], modified: date))
    try storage.put(.directory("a"))
    try storage.put(.file("a/c", [1], modified: date))
    let tree = try await scan(storage, .destination)
    #expect(tree.entries.map(\.path) == ["a", "a/c", "a-b", "b"])
    #expect(tree.temporaries.map(\.path) == [".filesync-0a0a0a0a-1.part"])
    // The source's is not copied either, and the plan says so.
    let source = try await scan(storage, .source)
    #expect(source.entries == tree.entries)
    #expect(Set(source.temporaries.map(\.path)) == [".filesync-0a0a0a0a-1.part", ".filesync-vault"])
  }

  @Test func aVaultAnywhereInTheSourceIsOurs() async throws {
    let storage = InMemoryStorage()
    try storage.put(.directory("a"))
    try storage.put(.directory("a/.filesync-vault"))
    try storage.put(.file("a/.filesync-vault/b", [1], modified: Timestamp(seconds: 0)))
    try storage.put(.file(".filesync-vault", [1], modified: Timestamp(seconds: 0)))
    let source = try await scan(storage, .source)
    #expect(source.entries.map(\.path) == ["a"])
    #expect(Set(source.temporaries.map(\.path)) == [".filesync-vault", "a/.filesync-vault"])
    let destination = try await scan(storage, .destination)
    #expect(
      Set(destination.entries.map(\.path)) == [".filesync-vault", "a", "a/.filesync-vault", "a/.filesync-vault/b"]
    )
  }

  @Test func aFolderThatCannotBeListedLeavesTheRest() async throws {
    let storage = InMemoryStorage()
    for name: RelativePath in ["a", "b"] {
      try storage.put(.directory(name))
      try storage.put(.file(RelativePath("\(name)/x") ?? .root, [1], modified: Timestamp(seconds: 0)))
    }
    storage.fail(.list, at: 2, StorageError(.permissionDenied, .nextFile, cause: "No"))
    let recorder = Recorder()
    let tree = try await scan(storage) { recorder.report($0) }
    #expect(tree.entries.count == 3)
    #expect(tree.unlisted.values.map { $0.map(\.reason) } == [[.permissionDenied]])
    #expect(recorder.events.contains { if case .warning = $0 { true } else { false } })
    #expect(tree.isIncomplete(at: tree.unlisted.keys.first ?? .root))
    #expect(!tree.isIncomplete(at: .root))
  }

  @Test func aLostDeviceIsReopenedAndNothingCountsTwice() async throws {
    let storage = InMemoryStorage()
    try storage.put(.file("a", [1], modified: Timestamp(seconds: 0)))
    storage.fail(.list, StorageError(.deviceLost, .reopen, cause: "Gone"))
    #expect(try await scan(storage).entries.count == 1)
    #expect(storage.calls(of: .reopen) == 1)
  }
}
