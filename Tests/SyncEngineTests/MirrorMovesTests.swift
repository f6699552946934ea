import Foundation
@testable import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Files that were renamed or moved at the source of a mirror.
@Suite struct MirrorMovesTests {
  private let source = InMemoryStorage()
  private let destination: InMemoryStorage
  private let host = InMemoryStorage()
  private let kind: DestinationKind
  private let folder: TemporaryFolder
  private let journal: Journal

  init() throws { try self.init(.folder) }

  private init(_ kind: DestinationKind) throws {
    self.kind = kind
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    destination = InMemoryStorage(traits: kind.traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
  }

  private func put(_ path: RelativePath, _ text: String, at second: Int64 = 1_500_000_000) throws {
    try source.put(.file(path, Array(text.utf8), modified: Timestamp(seconds: second)))
  }

  private func rename(_ path: RelativePath, to other: RelativePath) async throws {
    let entry = try #require(try await source.refresh([Entry(path: path, kind: .file)])[0])
    _ = try await source.move(entry, to: other)
  }

  private func run(_ destination: (any Storage)? = nil, _ journal: Journal? = nil) -> SyncRun {
    var run = SyncRun(
      from: source,
      to: destination ?? self.destination,
      journal: journal ?? self.journal,
      policy: .mirror(),
      host: kind.isDevice ? host : nil
    )
    run.pause = .zero
    return run
  }

  private var own: [RelativePath] { destination.paths.filter { !$0.bytes.starts(with: Vault.name) } }

  private func expectSame(_ comment: Comment = "") {
    #expect(own == source.paths, comment)
    for path in source.paths {
      #expect(destination.contents(of: path) == source.contents(of: path), "\(path) \(comment)")
      guard source.contents(of: path) != nil, kind != .undating, kind != .bare else { continue }
      #expect(destination.times(of: path)?.modified == source.times(of: path)?.modified, "\(path) \(comment)")
    }
  }

  @Test(arguments: DestinationKind.allCases) func aRenamedFileIsRenamed(_ kind: DestinationKind) async throws {
    let world = try MirrorMovesTests(kind)
    try world.source.put(.directory("d"))
    try world.put("d/a", "in its folder", at: 1_500_000_000)
    try world.put("d/b", "to another folder", at: 1_500_000_010)
    try world.put("c", "not at all", at: 1_500_000_020)
    _ = try await world.run()()
    try await world.rename("d/a", to: "d/z")
    try await world.rename("d/b", to: "b")
    let end = try await world.run()()
    let renamed = kind == .bare ? 0 : kind == .folder || kind == .moving ? 2 : 1
    #expect(end.ending == .done && end.counts.filesMoved == renamed, "\(end.counts)")
    #expect(end.counts.filesCopied == 2 - renamed && end.counts.filesDeleted == 2 - renamed)
    #expect(end.counts.bytesCopied == [30, 17, 0][renamed])
    world.expectSame()
    let again = try await world.run()()
    #expect(again.plan.isIdle && again.plan.unchanged == 3, "\(again.plan.actions.map(\.path))")
    // What a destination does not keep of dates is on record at the new place.
    let history = try await world.journal.history(
      from: world.source.traits.identity,
      to: world.destination.traits.identity
    )
    #expect(Set(history.records.map(\.path)) == ["b", "c", "d/z"])
    guard kind == .undating else { return }
    #expect(history.destinationTruths.first { $0.path == "d/z" }?.times.modified?.seconds == 1_500_000_000)
    #expect(!history.destinationTruths.contains { $0.path == "d/a" })
  }

  /// More files than a mirror may delete: none of them is deleted.
  @Test func aRenamedFolderMovesAllOfItsFiles() async throws {
    try source.put(.directory("old"))
    for number in 0..<40 {
      guard let path = RelativePath("old/\(number)") else { continue }
      // Copied at one time, and alike but for their names and contents.
      try put(path, "photo \(number + 100)")
    }
    try put("rest", "stays")
    _ = try await run()()
    try source.put(.directory("new"))
    for number in 0..<40 {
      guard let path = RelativePath("old/\(number)"), let other = RelativePath("new/\(number)") else { continue }
      try await rename(path, to: other)
    }
    source.remove("old")
    let end = try await run()()
    #expect(end.ending == .done && end.counts.filesMoved == 40 && end.counts.filesDeleted == 0, "\(end.counts)")
    #expect(end.counts.foldersDeleted == 1 && end.counts.bytesCopied == 0)
    expectSame()
  }

  @Test func filesThatAreAlikeAreNotTakenForOneAnother() async throws {
    try put("rest", "stays")
    try put("a", "same size 1")
    try put("b", "same size 2")
    _ = try await run()()
    try await rename("a", to: "c")
    try await rename("b", to: "d")
    let end = try await run()()
    #expect(end.counts.filesMoved == 0 && end.counts.filesCopied == 2, "\(end.counts)")
    expectSame()
  }

  @Test func whatOnlyLooksTheSameIsCopied() async throws {
    try put("rest", "stays")
    try put("a", "one content")
    _ = try await run()()
    source.remove("a")
    try put("b", "two content")
    let end = try await run()()
    #expect(end.plan.actions.map(\.change) == [.move(from: "a")] && end.counts.filesMoved == 0)
    #expect(end.counts.filesCopied == 1 && end.counts.bytesCopied == 11 && end.ending == .someFailed)
    #expect(own == ["a", "b", "rest"] && destination.contents(of: "b") == source.contents(of: "b"))
    // To delete what nobody has named before is the next run's business.
    #expect(try await run()().counts.filesDeleted == 1)
    expectSame()
  }

  /// Such as onto another file system that is mounted there.
  @Test func whatCannotBeMovedIsCopied() async throws {
    try put("rest", "stays")
    try put("a", "some text")
    _ = try await run()()
    try await rename("a", to: "b")
    destination.fail(.move, at: 1, StorageError(.unsupported, .nextFile, cause: "Invalid cross-device link"))
    let end = try await run()()
    #expect(end.ending == .someFailed && end.counts.filesCopied == 1, "\(end.counts)")
    #expect(end.events.warnings.count == 1 && own == ["a", "b", "rest"])
    #expect(try await run()().counts.filesDeleted == 1)
    expectSame()
  }

  /// It may have been changed after it was copied, within the same second.
  @Test func whatWasTooYoungIsCopied() async throws {
    try put("rest", "stays")
    try put("a", "just written", at: Int64(Date().timeIntervalSince1970))
    _ = try await run()()
    try await rename("a", to: "b")
    let end = try await run()()
    #expect(end.counts.filesMoved == 0 && end.counts.filesCopied == 1, "\(end.counts)")
    expectSame()
  }

  @Test func whatTheUserChangedAtTheDestinationGoesToTheVault() async throws {
    try put("rest", "stays")
    try put("a", "their file")
    _ = try await run()()
    try await rename("a", to: "b")
    try destination.put(.file("a", Array("my edition".utf8), modified: Timestamp(seconds: 1_500_000_000)))
    let end = try await run()()
    #expect(end.counts.filesMoved == 0 && end.counts.filesDeleted == 1, "\(end.counts)")
    expectSame()
  }

  /// The process dies at any call of the storages, before, during or after it; then the next run brings it to an end.
  @Test(arguments: DestinationKind.allCases) func aMoveThatIsCutOffIsBroughtToAnEnd(_ kind: DestinationKind)
    async throws
  {
    for moment in Mortality.Moment.allCases {
      var calls = 1
      while true {
        let world = try MirrorMovesTests(kind)
        for name in ["a", "b", "c"] {
          try world.put(try #require(RelativePath(name)), "file \(name)", at: Int64(name.utf8.first ?? 0))
        }
        _ = try await world.run()()
        try await world.rename("a", to: "x")
        try await world.rename("b", to: "y")
        let mortality = Mortality(after: calls, moment)
        let journal = try Journal(
          path: world.folder.url.appending(path: "journal.sqlite").path,
          process: RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1),
          migrator: Schema.migrator
        )
        let run = world.run(MortalStorage(storage: world.destination, mortality: mortality), journal)
        let (died, rest) = await mortality.live { _ = try? await run(control: mortality.control) }
        let comment: Comment = "\(kind) \(moment) \(calls)"
        let old = Set(["a", "b", "c"].map { Array("file \($0)".utf8) })
        let all =
          (world.destination.paths.compactMap { world.destination.contents(of: $0) })
          + world.host.paths.compactMap { world.host.contents(of: $0) }
        #expect(old.isSubset(of: all), comment)
        let next = try await world.run()()
        #expect(next.ending == .done, comment)
        world.expectSame(comment)
        let last = try await world.run().plan(control: TransferControl()) { _ in }
        let left = last.actions.map { "\($0.change) \($0.reason) \($0.path)" }
        // What a device has dated just now proves nothing yet.
        #expect(
          last.isIdle || kind == .undating && last.actions.allSatisfy { $0.reason == .unproven },
          "\(left) \(comment)"
        )
        mortality.bury()
        await rest.value
        guard died else { break }
        calls += 1
      }
      #expect(calls > 3)
    }
  }
}
