import Foundation
@testable import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Mirrors of generated trees, carried out.
@Suite struct MirrorRunTests {
  /// A source and a destination with much in common.
  private struct World {
    let kind: DestinationKind
    let source = InMemoryStorage()
    let destination: InMemoryStorage
    let host = InMemoryStorage()
    let folder: TemporaryFolder
    let journal: Journal

    init(_ kind: DestinationKind, _ seed: UInt64) async throws {
      self.kind = kind
      folder = try TemporaryFolder(inMemory: true)
      journal = try folder.journal()
      destination = InMemoryStorage(traits: kind.traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
      var numbers = SeededNumbers(state: seed)
      try fill(source, &numbers)
      // Every other time by an earlier run, so that there is a record.
      if seed.isMultiple(of: 2) {
        _ = try await run(SyncPolicy())()
        for path in source.paths where Bool.random(using: &numbers) && source.contents(of: path) != nil {
          source.remove(path)
        }
        try fill(source, &numbers)
      }
      try fill(destination, &numbers)
    }

    private func fill(_ storage: InMemoryStorage, _ numbers: inout SeededNumbers) throws {
      var folders: [RelativePath] = [.root]
      while let folder = folders.popLast() {
        for name in ["a", "b", "c"] {
          guard let path = folder.appending(name) else { continue }
          let isTaken = storage.paths.contains(path)
          switch UInt8.random(in: 0..<5, using: &numbers) {
          case 0 where !isTaken, 1 where !isTaken || storage.contents(of: path) != nil:
            let bytes = (0..<Int.random(in: 0...3, using: &numbers)).map { _ in UInt8.random(in: 0...1, using: &numbers)
            }
            // What has one size and one date counts as equal.
            let code = bytes.reduce(1) { $0 * 2 + Int64($1) }
            let date = Timestamp(seconds: 1_500_000_000 + code * 1000 + Int64.random(in: 0...2, using: &numbers) * 10)
            try storage.put(.file(path, bytes, modified: date))
          case 2 where !isTaken && path.components.count < 3:
            try storage.put(.directory(path))
            folders.append(path)
          default: break
          }
        }
      }
    }

    /// Something new, something gone, and on each side a folder where the other has a file.
    func addChanges() throws {
      func put(_ storage: InMemoryStorage, _ path: RelativePath, _ text: String) throws {
        try storage.put(.file(path, Array(text.utf8), modified: Timestamp(seconds: 1_550_000_000)))
      }
      for path in ["v", "w"] as [RelativePath] { try source.put(.directory(path)) }
      for path in ["u", "u/deep", "x"] as [RelativePath] { try destination.put(.directory(path)) }
      for path in ["u", "v/new", "w/new"] as [RelativePath] { try put(source, path, "new \(path)") }
      for path in ["u/deep/old", "w", "x/gone", "y"] as [RelativePath] { try put(destination, path, "old \(path)") }
    }

    func run(_ policy: SyncPolicy) -> SyncRun {
      var run = SyncRun(
        from: source,
        to: destination,
        journal: journal,
        policy: policy,
        host: kind.isDevice ? host : nil
      )
      run.pause = .zero
      return run
    }

    var paths: [RelativePath] { destination.paths.filter { !$0.bytes.starts(with: Vault.name) } }

    /// The source's files.
    var files: Set<RelativePath> { Set(source.paths.filter { source.contents(of: $0) != nil }) }

    /// Those on record.
    var recorded: Set<RelativePath> {
      get async throws {
        let ends = (source.traits.identity, destination.traits.identity)
        return Set(try await journal.history(from: ends.0, to: ends.1).records.map(\.path))
      }
    }

    /// What is kept of old versions, anywhere.
    var kept: [[UInt8]] {
      destination.paths.filter { $0.bytes.starts(with: Vault.name) }.compactMap { destination.contents(of: $0) }
        + host.paths.compactMap { host.contents(of: $0) }
    }
  }

  private static let mirror = SyncPolicy.mirror(Mirror(limit: .percent(100), allowsEmpty: true))

  @Test(arguments: DestinationKind.allCases, [true, false])
  func theDestinationBecomesTheSourceAndStaysIt(_ kind: DestinationKind, _ keepsOld: Bool) async throws {
    var deletions = 0
    for seed in UInt64(0)..<12 {
      let world = try await World(kind, seed)
      let comment: Comment = "\(kind) \(seed)"
      var policy = Self.mirror
      policy.keepsOldVersions = keepsOld
      let before = Dictionary(uniqueKeysWithValues: world.paths.map { ($0, world.destination.contents(of: $0)) })
      // Any: what a run is told to do with an emptied destination is another matter.
      policy.newDestination = true
      let planned = try await world.run(policy).plan(control: TransferControl()) { _ in }
      let (plan, ending, counts, events) = try await world.run(policy)()
      #expect(ending == .done, comment)
      #expect(planned.actions.map(\.line) == plan.actions.map(\.line), comment)
      #expect(world.paths == world.source.paths, comment)
      for path in world.source.paths {
        #expect(world.destination.contents(of: path) == world.source.contents(of: path), "\(path): \(comment)")
      }
      for case .ended(let id, .done) in events {
        guard let action = plan.actions.first(where: { $0.id == id }), action.change == .delete else { continue }
        deletions += 1
        guard let old = before[action.path] ?? nil else { continue }
        #expect(!keepsOld || world.kept.contains(old), "\(action.path): \(comment)")
      }
      #expect(keepsOld || world.kept.isEmpty, comment)
      #expect(
        counts.filesDeleted == plan.actions.count { $0.change == .delete && $0.destination?.kind == .file },
        comment
      )
      policy.newDestination = false
      let second = try await world.run(policy)()
      #expect(second.plan.isIdle && second.plan.refusals.isEmpty, "\(second.plan.actions.map(\.line)) \(comment)")
      #expect(try await world.recorded == world.files, comment)
    }
    #expect(deletions > 20, "nothing much was deleted")
  }

  /// A run that dies at any call leaves each version of a file somewhere, and the next one ends it.
  @Test(arguments: [DestinationKind.folder, .renaming], Mortality.Moment.allCases)
  func aKilledMirrorIsCompletedByTheNext(_ kind: DestinationKind, _ moment: Mortality.Moment) async throws {
    var died = true
    var calls = 0
    while died {
      calls += 1
      let comment: Comment = "\(kind), killed \(moment) call \(calls)"
      let world = try await World(kind, 4)
      try world.addChanges()
      var policy = Self.mirror
      policy.newDestination = true
      let before = world.paths.compactMap { world.destination.contents(of: $0) }
      let mortality = Mortality(after: calls, moment)
      let run = SyncRun(
        from: MortalStorage(storage: world.source, mortality: mortality),
        to: MortalStorage(storage: world.destination, mortality: mortality),
        journal: try Journal.dying(in: world.folder),
        policy: policy,
        host: kind.isDevice ? MortalStorage(storage: world.host, mortality: mortality) : nil
      )
      let end = await mortality.live { _ = try? await run(control: mortality.control) }
      died = end.died
      let there = world.paths.compactMap { world.destination.contents(of: $0) } + world.kept
      for version in before { #expect(there.contains(version), comment) }
      let next = try await world.run(policy)()
      #expect(next.ending == .done, comment)
      #expect(world.paths == world.source.paths, comment)
      policy.newDestination = false
      let third = try await world.run(policy)()
      #expect(third.plan.isIdle && third.plan.refusals.isEmpty, comment)
      #expect(try await world.recorded == world.files, comment)
      mortality.bury()
      await end.rest.value
    }
    #expect(calls > 10, "the run had fewer steps than the test means to interrupt")
  }

  @Test func whatChangedSinceThePlanStays() async throws {
    let world = try await World(.folder, 1)
    try world.source.put(.file("z", [1], modified: Timestamp(seconds: 1_500_000_000)))
    try world.destination.put(.file("y", [2], modified: Timestamp(seconds: 1_500_000_000)))
    let run = world.run(Self.mirror)
    let plan = try await run.plan(control: TransferControl()) { _ in }
    try world.destination.put(.file("y", [3], modified: Timestamp(seconds: 1_500_000_000)))
    let recorder = Recorder()
    #expect(await run.execute(plan, control: TransferControl()) { recorder.report($0) } == .someFailed)
    #expect(world.destination.contents(of: "y") == [3])
    #expect(recorder.outcomes.values.contains(.skipped(.changedSincePlan)))
  }

  /// A file that was renamed at the source is deleted under its old name only once it is there under the new one.
  @Test func nothingIsDeletedForGoodWhileACopyFails() async throws {
    let world = try await World(.folder, 1)
    try world.source.put(.file("renamed", [7], modified: Timestamp(seconds: 1_500_000_000)))
    try world.destination.put(.file("old name", [7], modified: Timestamp(seconds: 1_500_000_000)))
    var policy = Self.mirror
    policy.keepsOldVersions = false
    world.source.fail(.read, at: 1, StorageError(.inputOutput, .nextFile, cause: "unreadable"))
    let first = try await world.run(policy)()
    #expect(first.ending == .someFailed && world.destination.contents(of: "old name") == [7])
    #expect(try await world.run(policy)().ending == .done)
    #expect(!world.destination.paths.contains("old name"))
  }

  @Test func aDeletionThatIsRefusedStopsNoOther() async throws {
    let world = try await World(.folder, 1)
    try world.source.put(.file("x", [], modified: Timestamp(seconds: 1_500_000_000)))
    for name in ["m", "n"] as [RelativePath] {
      try world.destination.put(.file(name, [9], modified: Timestamp(seconds: 1_500_000_000)))
    }
    world.destination.fail(.move, at: 1, StorageError(.deletionRefused, .nextFile, cause: "protected"))
    let end = try await world.run(Self.mirror)()
    #expect(end.ending == .someFailed && end.counts.failed == 1)
    #expect(try await world.run(Self.mirror)().ending == .done)
    #expect(world.paths == world.source.paths)
  }
}

extension Action {
  /// All that a dry run tells.
  fileprivate var line: String { "\(id) \(change) \(reason.rawValue) \(path) \(bytes)" }
}

extension Journal {
  /// One whose process is dead as soon as somebody asks.
  fileprivate static func dying(in folder: TemporaryFolder) throws -> Journal {
    try Journal(
      path: folder.url.appending(path: "journal.sqlite").path,
      process: RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1),
      migrator: Schema.migrator
    )
  }
}
