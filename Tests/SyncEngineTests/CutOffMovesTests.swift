import Foundation
import Storage
import StorageContract
import Testing

@testable import Journal
@testable import SyncEngine

/// Runs that die while they rename more files than may be deleted: the rest is still renamed, not sent and deleted.
@Suite struct CutOffMovesTests {
  private static let count = 30
  private let source = InMemoryStorage()
  private let destination: InMemoryStorage
  private let host = InMemoryStorage()
  private let isTwoWay: Bool
  private let folder: TemporaryFolder

  init() throws { try self.init(.folder, isTwoWay: false) }

  private init(_ kind: DestinationKind, isTwoWay: Bool) throws {
    self.isTwoWay = isTwoWay
    folder = try TemporaryFolder(inMemory: true)
    destination = InMemoryStorage(traits: kind.traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
  }

  private func run(_ journal: Journal, _ mortality: Mortality? = nil) async throws -> (Ending, [Event]) {
    func end(_ storage: InMemoryStorage) -> any Storage {
      mortality.map { MortalStorage(storage: storage, mortality: $0) } ?? storage
    }
    let control = mortality?.control ?? TransferControl()
    let recorder = Recorder()
    guard isTwoWay else {
      var run = SyncRun(
        from: end(source),
        to: end(destination),
        journal: journal,
        policy: .mirror(),
        host: end(host)
      )
      run.pause = .zero
      let plan = try await run.plan(control: control) { _ in }
      return (await run.execute(plan, control: control) { recorder.report($0) }, recorder.events)
    }
    let sync = TwoWaySync(
      between: end(source),
      and: end(destination),
      journal: journal,
      policy: SyncPolicy(),
      host: end(host)
    )
    let plan = try await sync.plan(control: control) { _ in }
    return (await sync.execute(plan, control: control) { recorder.report($1) }, recorder.events)
  }

  private func own(_ storage: InMemoryStorage) -> [RelativePath] {
    storage.paths.filter { !$0.bytes.starts(with: Vault.name) }
  }

  /// Dies at every seventh call of the storages in turn, until it gets through.
  @Test(arguments: [(DestinationKind.folder, false), (.moving, false), (.folder, true)])
  func whatIsLeftIsStillRenamed(_ kind: DestinationKind, _ isTwoWay: Bool) async throws {
    var (calls, cutOff, died) = (1, 0, true)
    while died {
      let world = try CutOffMovesTests(kind, isTwoWay: isTwoWay)
      let journal = try world.folder.journal()
      try world.source.put(.directory("old"))
      for number in 0..<Self.count {
        let path = try #require(RelativePath("old/\(number + 100)"))
        try world.source.put(.file(path, Array("photo \(path)".utf8), modified: Timestamp(seconds: 1_500_000_000)))
      }
      try world.source.put(.file("rest", [1], modified: Timestamp(seconds: 1_500_000_000)))
      #expect(try await world.run(journal).0 == .done)
      try world.source.put(.directory("new"))
      for path in world.source.paths where path.parent == "old" {
        let entry = try #require(try await world.source.refresh([Entry(path: path, kind: .file)])[0])
        _ = try await world.source.move(entry, to: try #require(RelativePath(Array("new/".utf8) + path.name)))
      }
      world.source.remove("old")
      let mortality = Mortality(after: calls, .before)
      let dying = try Journal(
        path: world.folder.url.appending(path: "journal.sqlite").path,
        process: RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1),
        migrator: Schema.migrator
      )
      let end = await mortality.live { _ = try? await world.run(dying, mortality) }
      died = end.died
      let left = world.own(world.destination).count { $0.parent == "old" }
      if (11..<Self.count).contains(left) { cutOff += 1 }
      let comment: Comment = "\(kind), two-way: \(isTwoWay), call \(calls)"
      let (ending, events) = try await world.run(journal)
      #expect(ending == .done, comment)
      let copied = events.reduce(0) { sum, event in
        if case .finished(_, let counts) = event { sum + counts.filesCopied } else { sum }
      }
      #expect(copied == 0, comment)
      #expect(world.own(world.destination) == world.own(world.source), comment)
      mortality.bury()
      await end.rest.value
      calls += 7
    }
    #expect(cutOff > 0, "no run died in the middle of its renames")
  }
}
