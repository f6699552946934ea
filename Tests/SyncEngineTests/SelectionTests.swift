import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Runs that are about a part of the source, and stand for themselves.
@Suite struct SelectionTests {
  private let source = InMemoryStorage()
  private let destination: InMemoryStorage
  private let journal: Journal
  private let folder: TemporaryFolder
  private let date = Timestamp(seconds: 1_500_000_000)

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("copy".utf8)
    traits.names.isCaseSensitive = false
    destination = InMemoryStorage(traits: traits)
    for path in ["a", "b", "d/x", "d/sub/y", "e/z"] as [RelativePath] {
      if !path.parent.isRoot { try source.put(.directory(path.parent)) }
      if path == "d/sub/y" { try source.put(.directory("d")) }
      try source.put(.file(path, Array("\(path)".utf8), modified: date))
    }
  }

  private func run(_ places: [RelativePath: RelativePath], _ conflict: SyncPolicy.Conflict = .refuse) -> SyncRun {
    var policy = SyncPolicy()
    policy.conflict = conflict
    policy.keepsRecord = false
    var run = SyncRun(from: source, to: destination, journal: journal, policy: policy)
    run.selection = Selection(places)
    run.pause = .zero
    return run
  }

  private func text(_ path: RelativePath) -> String? {
    destination.contents(of: path).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func copiesWhatIsChosenToItsPlace() async throws {
    try destination.put(.directory("deep"))
    let (plan, ending, counts, _) = try await run(["a": "renamed", "d": "deep/other", "e/z": "z"])()
    #expect(ending == .done)
    #expect(counts.filesCopied == 4 && counts.foldersMade == 2)
    #expect(plan.actions.first { $0.source?.path == "d/sub/y" }?.path == "deep/other/sub/y")
    #expect(
      destination.paths == ["deep", "deep/other", "deep/other/sub", "deep/other/sub/y", "deep/other/x", "renamed", "z"]
    )
    #expect(text("renamed") == "a" && text("deep/other/sub/y") == "d/sub/y" && text("z") == "e/z")
    #expect(destination.times(of: "renamed")?.modified == date)
    let again = try await run(["a": "renamed", "d": "deep/other", "e/z": "z"])()
    #expect(again.plan.isIdle && again.plan.unchanged == 4)
  }

  @Test func looksAtNothingElse() async throws {
    try destination.put(.directory("huge"))
    try destination.put(.directory("huge/folder"))
    _ = try await run(["a": "a", "b": "b"])()
    #expect(source.calls(of: .list) == 1)
    #expect(destination.calls(of: .list) == 1)
    let deep = try await run(["e/z": "huge/z"])()
    #expect(deep.ending == .done)
    // The root and `e`; the root and `huge`.
    #expect(source.calls(of: .list) == 3)
    #expect(destination.calls(of: .list) == 3)
  }

  @Test func whatIsThereStaysAndIsReported() async throws {
    try destination.put(.file("A", Array("other".utf8), modified: date))
    try destination.put(.file("b", Array("B".utf8), modified: Timestamp(seconds: 5)))
    let (_, ending, counts, events) = try await run(["a": "a", "b": "b", "d": "d"])()
    #expect(ending == .someFailed)
    #expect(text("A") == "other" && text("b") == "B")
    #expect(counts.filesCopied == 2 && counts.skipped == 2)
    let skipped = events.filter { if case .ended(_, .skipped(.occupied)) = $0 { true } else { false } }
    #expect(skipped.count == 2)
  }

  @Test func equalContentsGetTheirDate() async throws {
    try destination.put(.file("a", Array("a".utf8), modified: Timestamp(seconds: 5)))
    let (_, ending, _, _) = try await run(["a": "a"])()
    #expect(ending == .done)
    #expect(destination.times(of: "a")?.modified == date)
  }

  @Test func whatIsReplacedGoesToTheVault() async throws {
    try destination.put(.file("a", Array("other".utf8), modified: date))
    try destination.put(.file("b", Array("B".utf8), modified: Timestamp(seconds: 5)))
    let (_, ending, counts, _) = try await run(["a": "a", "b": "b"], .replace)()
    #expect(ending == .done && counts.filesReplaced == 2)
    #expect(text("a") == "a" && text("b") == "b")
    let vault = destination.paths.filter { $0.bytes.starts(with: Vault.name) }.compactMap { text($0) }
    #expect(Set(vault) == ["other", "B"])
  }

  @Test func noRecordIsReadOrMade() async throws {
    _ = try await run(["a": "renamed"])()
    let history = try await journal.history(from: source.traits.identity, to: destination.traits.identity)
    #expect(history.records.isEmpty)
    // A sync's record of a file that is gone does not keep it from being copied.
    var sync = SyncRun(from: source, to: destination, journal: journal, policy: SyncPolicy())
    sync.pause = .zero
    _ = try await sync()
    for path in destination.paths { destination.remove(path) }
    let (plan, ending, counts, _) = try await run(["a": "a", "b": "b"])()
    #expect(plan.refusals.isEmpty && ending == .done && counts.filesCopied == 2)
  }

  @Test func whatIsChosenAndGoneIsReported() async throws {
    let (plan, ending, _, _) = try await run(["a": "a", "gone": "gone"])()
    #expect(plan.actions.map(\.reason) == [.new, .vanished])
    #expect(ending == .someFailed)
  }

  @Test func gapsElsewhereDoNotMatter() async throws {
    source.listPartially(.root, missing: [Unlisted(name: "b", reason: .deviceProtocol)])
    let one = try await run(["a": "a"])()
    #expect(one.ending == .done && one.plan.actions.count == 1)
    let both = try await run(["a": "a", "b": "b"])()
    #expect(both.ending == .someFailed)
    #expect(both.plan.actions.contains { $0.reason == .folderIncomplete && $0.path == "b" })
  }
}
