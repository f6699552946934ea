import Foundation
import Storage
import StorageContract
import Testing

@testable import Journal
@testable import SyncEngine

/// Two-way runs between storages in memory, whole and interrupted.
@Suite struct TwoWayRunTests {
  /// Two folders that were in step, and what happened to them since: all that a two-way run does something about.
  private struct Pair {
    let first = InMemoryStorage()
    let second: InMemoryStorage
    let host = InMemoryStorage()
    let folder: TemporaryFolder
    let isTurned: Bool

    /// - Parameter isTurned: Whether the folder of the kind is the first one.
    init(_ kind: DestinationKind, isTurned: Bool = false) async throws {
      folder = try TemporaryFolder(inMemory: true)
      self.isTurned = isTurned
      second = InMemoryStorage(traits: kind.traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
      for name in ["same", "changed", "changed2", "gone", "gone2", "back", "both", "d/gone", "d/e/gone"] {
        try await put(first, name, "old \(name)", 1)
      }
      try await put(first, "early", "e", 1)
      #expect(await run(try folder.journal()) == .done)
      try await put(first, "changed", "new", 2)
      try await put(second, "changed2", "new too", 3)
      for path in ["gone", "d/gone", "d/e/gone", "d/e", "d"] as [RelativePath] { first.remove(path) }
      second.remove("gone2")
      second.remove("back")
      try await put(first, "back", "changed here", 4)
      try await put(first, "both", "changed in the first", 5)
      try await put(second, "both", "and in the second", 6)
      try await put(first, "new/one", "new in the first", 7)
      try await put(second, "new2/two", "new in the second", 8)
      try await put(first, "twin", "equal", 9)
      try await put(second, "twin", "equal", 9)
      try await put(first, "dated", "equal but for the date", 10)
      try await put(second, "dated", "equal but for the date", 11)
      try await put(first, "other", "one", 12)
      try await put(second, "other", "two", 13)
    }

    private func put(_ storage: InMemoryStorage, _ path: String, _ text: String, _ day: Int64) async throws {
      let date = Timestamp(seconds: 1_500_000_000 + day * 86_400)
      guard let path = RelativePath(path) else { return }
      if !path.parent.isRoot, !storage.paths.contains(path.parent) {
        try storage.put(.directory(path.parent))
        let folder = Entry(path: path.parent, kind: .directory)
        if storage.traits.capabilities.contains(.setTimes) {
          _ = try await storage.setTimes(FileTimes(modified: date), of: folder)
        }
      }
      try storage.put(.file(path, Array(text.utf8), modified: date))
    }

    func sync(_ journal: Journal, _ mortality: Mortality? = nil) -> TwoWaySync {
      func end(_ storage: InMemoryStorage) -> any Storage {
        mortality.map { MortalStorage(storage: storage, mortality: $0) } ?? storage
      }
      var policy = SyncPolicy()
      policy.twoWay = Mirror()
      let ends = isTurned ? [second, first] : [first, second]
      var runs = [TwoWayPlan.Direction.forth, .back].map { direction in
        let sync = TwoWaySync(
          between: end(ends[0]),
          and: end(ends[1]),
          journal: journal,
          policy: policy,
          host: end(host)
        )
        return sync.run(direction)
      }
      for index in runs.indices { runs[index].pause = .zero }
      return TwoWaySync(runs[0], runs[1])
    }

    @discardableResult
    func run(_ journal: Journal, _ mortality: Mortality? = nil) async -> Ending? {
      let sync = sync(journal, mortality)
      let control = mortality?.control ?? TransferControl()
      guard let plan = try? await sync.plan(control: control, report: { _ in }) else { return nil }
      return await sync.execute(plan, control: control) { _, _ in }
    }

    static func own(_ storage: InMemoryStorage) -> [RelativePath: [UInt8]] {
      let paths = storage.paths.filter { !$0.bytes.starts(with: Vault.name) }
      return Dictionary(uniqueKeysWithValues: paths.map { ($0, storage.contents(of: $0) ?? []) })
    }

    /// All versions that are anywhere.
    var versions: Set<[UInt8]> {
      Set([first, second, host].flatMap { storage in storage.paths.compactMap { storage.contents(of: $0) } })
    }
  }

  @Test(arguments: DestinationKind.allCases, [false, true])
  func bothHoldTheSameAndASecondRunIsIdle(_ kind: DestinationKind, _ isTurned: Bool) async throws {
    let pair = try await Pair(kind, isTurned: isTurned)
    let before = pair.versions
    let journal = try pair.folder.journal()
    let ending = await pair.run(journal)
    #expect(ending == .done)
    let (one, other) = (Pair.own(pair.first), Pair.own(pair.second))
    #expect(one == other)
    #expect(pair.versions.isSuperset(of: before))
    #expect(one["changed"] == Array("new".utf8) && one["changed2"] == Array("new too".utf8))
    #expect(one["gone"] == nil && one["gone2"] == nil && one["d"] == nil && one["d/e"] == nil)
    #expect(one["back"] == Array("changed here".utf8))
    let conflicts = one.keys.filter { $0.text.hasPrefix("both") || $0.text.hasPrefix("other") }
    #expect(conflicts.count == 4, "\(conflicts)")
    let plan = try await pair.sync(journal).plan(control: TransferControl()) { _ in }
    #expect(plan.isIdle, "\(plan.forth.rows) \(plan.back.rows)")
  }

  /// Kills the process at each storage call in turn, until a run gets through.
  @Test(arguments: [
    (DestinationKind.folder, Mortality.Moment.before), (.folder, .during), (.folder, .after),
    (.moving, .during), (.bare, .during),
  ])
  func aKilledRunIsCompletedByTheNext(_ kind: DestinationKind, _ moment: Mortality.Moment) async throws {
    let whole = try await Pair(kind)
    await whole.run(try whole.folder.journal())
    let wanted = Pair.own(whole.first)
    var died = true
    var calls = 0
    while died {
      calls += 1
      let comment: Comment = "\(kind), killed \(moment) call \(calls)"
      let pair = try await Pair(kind)
      let before = pair.versions
      let mortality = Mortality(after: calls, moment)
      let journal = try Journal(
        path: pair.folder.url.appending(path: "journal.sqlite").path,
        process: RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1),
        migrator: Schema.migrator
      )
      let end = await mortality.live { await pair.run(journal, mortality) }
      died = end.died
      #expect(pair.versions.isSuperset(of: before), comment)
      let next = try pair.folder.journal()
      let ending = await pair.run(next)
      #expect(ending == .done, comment)
      #expect(pair.versions.isSuperset(of: before), comment)
      let (one, other) = (Pair.own(pair.first), Pair.own(pair.second))
      #expect(one == other, comment)
      #expect(one == wanted, "\(kind), killed \(moment) call \(calls): \(differences(one, wanted))")
      let plan = try? await pair.sync(next).plan(control: TransferControl()) { _ in }
      #expect(plan?.isIdle == true, comment)
      mortality.bury()
      await end.rest.value
    }
    #expect(calls > 30, "the run had fewer steps than the test means to interrupt")
  }

  private func differences(_ one: [RelativePath: [UInt8]], _ other: [RelativePath: [UInt8]]) -> [RelativePath] {
    Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
  }

  /// Nothing is done in the second direction that was not shown: what comes meanwhile is left to the next run.
  @Test func onlyWhatWasAnnouncedIsDone() async throws {
    let pair = try await Pair(.folder)
    let journal = try pair.folder.journal()
    let sync = pair.sync(journal)
    let plan = try await sync.plan(control: TransferControl()) { _ in }
    let late = Timestamp(seconds: 1_600_000_000)
    try pair.second.put(.file("late", [1], modified: late))
    try pair.second.put(.file("new2/two", [1, 2], modified: late))
    pair.second.remove("same")
    let ending = await sync.execute(plan, control: TransferControl()) { _, _ in }
    #expect(ending == .someFailed)
    #expect(pair.first.contents(of: "late") == nil && pair.first.contents(of: "new2/two") == nil)
    #expect(pair.first.contents(of: "same") != nil)
    #expect(await pair.run(journal) == .done)
    #expect(Pair.own(pair.first) == Pair.own(pair.second) && pair.first.contents(of: "late") == [1])
    #expect(pair.first.contents(of: "same") == nil)
  }

  /// What a gap in a listing hides is not done, so that the run is not done either: whether the gap is there before the plan
  /// only, or afterwards only.
  @Test(arguments: [true, false])
  func whatAGapHidesIsTold(isBefore: Bool) async throws {
    let pair = try await Pair(.folder)
    let journal = try pair.folder.journal()
    let sync = pair.sync(journal)
    if isBefore {
      // A folder; the root comes first.
      pair.second.fail(.list, at: 2, StorageError(.inputOutput, .nextFile, cause: "no listing"))
    }
    let plan = try await sync.plan(control: TransferControl()) { _ in }
    if !isBefore { pair.second.listPartially(.root, missing: [Unlisted(name: "?", reason: .inputOutput)]) }
    let ending = await sync.execute(plan, control: TransferControl()) { _, _ in }
    #expect(ending == .someFailed)
    #expect(Pair.own(pair.first) != Pair.own(pair.second))
  }

  /// A device that was locked, or whose handles were void, said that it has no such files: their deletions still travel.
  @Test(arguments: [(DestinationKind.folder, InMemoryStorage.Operation.move), (.moving, .move), (.bare, .remove)])
  func whatIsDeniedOnceDoesNotComeBack(_ kind: DestinationKind, _ operation: InMemoryStorage.Operation) async throws {
    let pair = try await Pair(kind)
    let journal = try pair.folder.journal()
    for call in 1...20 {
      pair.second.fail(operation, at: call, StorageError(.notFound, .nextFile, cause: "it has no such file"))
    }
    #expect(await pair.run(journal) == .someFailed)
    #expect(pair.second.contents(of: "gone") != nil && pair.second.contents(of: "d/e/gone") != nil)
    // The rest of the errors is for nobody.
    while await pair.run(journal) == .someFailed, pair.second.calls(of: operation) < 40 {}
    #expect(Pair.own(pair.first) == Pair.own(pair.second))
    #expect(pair.first.contents(of: "gone") == nil && pair.first.contents(of: "d/e/gone") == nil)
  }
}
