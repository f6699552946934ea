import Foundation
import LocalStorage
import Storage
import StorageContract
import Testing

@testable import Journal
@testable import SyncEngine

/// Runs that mend dates, and do nothing else.
@Suite struct MendingTests {
  private let folder: TemporaryFolder
  private let journal: Journal
  private let right = Timestamp(seconds: 1_234_567_890, nanoseconds: 123_456_789)
  private let wrong = Timestamp(seconds: 1_600_000_000)

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
  }

  private func run(_ from: any Storage, _ to: any Storage, _ policy: SyncPolicy = .dates) -> SyncRun {
    var run = SyncRun(from: from, to: to, journal: journal, policy: policy)
    run.pause = .zero
    return run
  }

  /// What nobody may call on a destination whose dates are mended.
  private static let forbidden: [InMemoryStorage.Operation] = [
    .write, .verify, .commit, .discard, .createDirectory, .createSymbolicLink, .remove, .move,
  ]

  /// Which files a plan would date, and what it says of the others.
  private func words(_ plan: Plan) -> [String] {
    plan.actions.map { "\($0.change.word) \($0.reason.rawValue) \($0.path)" }.sorted()
  }

  // MARK: On disk

  @Test func yearsOfWrongDatesAreMendedAndNothingElseIsTouched() async throws {
    // The date of the copy, an hour off, the day before all days, and one that is right.
    let dates = ["copied": 1_700_000_000, "hour": 1_234_567_890.25 + 3600, "d/epoch": 0, "d/right": 1_234_567_890.25]
    for (path, date) in dates {
      try folder.write("a/\(path)", "contents of \(path)", modified: 1_234_567_890.25)
      try folder.write("b/\(path)", "contents of \(path)", modified: date)
    }
    for (path, texts) in ["same-size": ("one", "two"), "longer": ("one", "three"), "empty": ("", "")] {
      try folder.write("a/\(path)", texts.0, modified: 1_000_000_000)
      try folder.write("b/\(path)", texts.1, modified: 1_700_000_000)
    }
    try folder.write("a/only/a", "a")
    try folder.write("b/only-b", "b")
    try folder.write("b/.filesync-vault/run/old", "replaced long ago")
    for side in ["a", "b"] { try folder.link("\(side)/link", to: "copied") }
    try folder.setDate("a/d", 1_111_111_111)
    let before = try folder.names(in: "b")

    let first = try await run(folder.storage("a"), folder.storage("b"))()
    #expect(first.ending == .done && first.counts.failed == 0)
    #expect(first.counts.bytesCopied == 0 && first.counts.filesCopied == 0)
    for path in ["copied", "hour", "d/epoch", "d/right"] {
      #expect(folder.date("b/\(path)") == 1_234_567_890.25, "\(path)")
      #expect(folder.read("b/\(path)") == "contents of \(path)")
    }
    #expect(folder.date("b/empty") == 1_000_000_000)
    #expect(folder.date("b/d") == 1_111_111_111)
    for path in ["same-size", "longer"] { #expect(folder.date("b/\(path)") == 1_700_000_000, "\(path)") }
    #expect(folder.read("b/same-size") == "two" && folder.read("b/longer") == "three")
    #expect(try folder.names(in: "b") == before)
    let link = Entry(path: "link", kind: .file)
    let links = [
      try await folder.storage("a").refresh([link])[0]?.times.modified,
      try await folder.storage("b").refresh([link])[0]?.times.modified,
    ]
    #expect(links[0] == links[1])
    let outcomes = first.plan.actions.filter { $0.change == .skip }.map { "\($0.reason) \($0.path)" }
    #expect(
      outcomes.sorted() == ["different longer", "onlyAtDestination only-b", "onlyAtSource only", "onlyAtSource only/a"]
    )

    // What differs is compared again; nothing else is left to do.
    let second = try await run(folder.storage("a"), folder.storage("b"))()
    #expect(second.plan.actions.filter { $0.change != .skip }.map(\.path) == ["same-size"])
    #expect(second.plan.folderDates.isEmpty && second.counts.adopted == 0 && second.ending == .done)
  }

  @Test func creationDatesAreGivenToo() async throws {
    let (a, b) = (try folder.storage("a"), try folder.storage("b"))
    try #require(a.traits.times.created.precision != nil, "the file system for temporary files has no creation dates")
    for side in ["a", "b"] { try folder.write("\(side)/f", "same") }
    let file = try #require(try await a.refresh([Entry(path: "f", kind: .file)])[0])
    let created = Timestamp(seconds: 1_000_000_000, nanoseconds: 5)
    guard try await a.setTimes(FileTimes(created: created), of: file).times.created == created else {
      Issue.record("the file system for temporary files keeps no attributes")
      return
    }
    let done = try await run(a, b)()
    #expect(done.plan.actions.map(\.change) == [.adopt(setTimes: true)])
    #expect(done.counts.created == [.verified: 1])
    #expect(try await b.refresh([Entry(path: "f", kind: .file)])[0]?.times.created == created)
    #expect(folder.date("b/f") == 1_600_000_000)
    #expect(try await run(a, b)().plan.isIdle)
  }

  @Test func whatChangesMeanwhileIsLeftAlone() async throws {
    // An empty file is not read before it gets its date.
    let texts = ["1": "same", "2": "same", "3": "same", "empty": ""]
    for (name, text) in texts {
      try folder.write("a/\(name)", text, modified: 1e9)
      try folder.write("b/\(name)", text, modified: 1.5e9)
    }
    let run = run(try folder.storage("a"), try folder.storage("b"))
    let recorder = Recorder()
    let plan = try await run.plan(control: TransferControl()) { _ in }
    try folder.write("a/1", "same", modified: 1.2e9)
    try folder.write("b/2", "same", modified: 1.3e9)
    try folder.write("a/empty", "no more", modified: 1.2e9)
    #expect(await run.execute(plan, control: TransferControl(), report: recorder.report) == .someFailed)
    #expect(["1", "2", "3", "empty"].map { folder.date("b/\($0)") } == [1.5e9, 1.3e9, 1e9, 1.5e9])
    #expect(recorder.outcomes.values.filter { $0 == .skipped(.changedSincePlan) }.count == 3)
  }

  @Test func aReadOnlyFolderIsSaidBeforeAnythingIsDone() async throws {
    let source = InMemoryStorage()
    var traits = StorageTraits.inMemory
    traits.identity.root = Scenario.bytes("b")
    traits.capabilities.subtract([.write, .setTimes])
    let destination = InMemoryStorage(traits: traits)
    try source.put(.file("f", [1], modified: right))
    try destination.put(.file("f", [1], modified: wrong))
    #expect(try await run(source, destination)().ending == .refused([.readOnly("memory")]))
  }

  // MARK: In memory

  enum Kind: CaseIterable, Sendable { case settable, unsettable, camera }

  /// A device whose dates can be set, one where they cannot, and one that takes nothing at all.
  @Test(arguments: Kind.allCases)
  func aDeviceGetsItsDatesOrTheJournalDoes(_ kind: Kind) async throws {
    var traits = StorageTraits.inMemoryDevice([.rename, .partialRead], keepsDates: kind == .settable)
    if kind == .settable { traits.capabilities.insert(.setTimes) }
    if kind == .camera { traits.capabilities = [.partialRead] }
    let destination = InMemoryStorage(traits: traits, session: InMemoryStorage.Session())
    let source = InMemoryStorage()
    try source.put(.directory("d"))
    try destination.put(.directory("d"))
    for (name, wrong) in ["x": wrong, "d/y": Timestamp(seconds: 0), "d/z": Timestamp(seconds: right.seconds + 60)] {
      let path = try #require(RelativePath(name))
      try source.put(.file(path, Array(name.utf8), modified: right))
      try destination.put(.file(path, Array(name.utf8), modified: wrong))
    }
    let before = destination.paths
    let first = try await run(source, destination)()
    #expect(first.ending == .done && first.counts.adopted == 3)
    #expect(first.counts.modified == [kind == .settable ? .verified : .manifest: 3])
    if kind == .settable { #expect(destination.times(of: "d/y")?.modified?.seconds == right.seconds) }
    #expect(destination.paths == before)
    for operation in Self.forbidden { #expect(destination.calls(of: operation) == 0, "\(operation)") }
    #expect(destination.calls(of: .setTimes) == (kind == .settable ? 3 : 0))
    #expect(try await run(source, destination)().plan.isIdle)

    // The way back has the dates, and is no surprise to a sync.
    var traitsBack = StorageTraits.inMemory
    traitsBack.identity.root = Scenario.bytes("back")
    let back = InMemoryStorage(traits: traitsBack)
    _ = try await run(destination, back, SyncPolicy())()
    let date = back.times(of: "d/y")?.modified
    #expect(kind == .settable ? date?.seconds == right.seconds : date == right)
  }

  @Test func datesThatACoarserSideCannotTellApartAreLeftAlone() async throws {
    var traits = StorageTraits.inMemory
    traits.identity.root = Scenario.bytes("fat")
    traits.times.modified = .readWrite(precision: 2_000_000_000)
    let fat = InMemoryStorage(traits: traits)
    let exact = InMemoryStorage()
    try exact.put(.file("f", [1], modified: right))
    try fat.put(.file("f", [1], modified: Timestamp(seconds: right.seconds - 1)))
    #expect(try await run(exact, fat)().plan.isIdle)
    #expect(try await run(fat, exact)().plan.isIdle)
    #expect(exact.times(of: "f")?.modified == right)
  }

  @Test func aFileWithoutADateIsCounted() {
    var input = Planner.Input.sample
    input.policy = .dates
    input.source.entries = [.file("f", 10, token: 1, modified: nil)]
    input.destination.entries = [.file("f", 10, token: 2)]
    #expect(words(Planner.plan(input)) == ["skip undated f"])
  }

  /// An earlier sync has found them where somebody has put them; that their own folder is gone there hides them not.
  @Test func whatTheRecordHasFollowedIsMended() async throws {
    let (source, destination) = (InMemoryStorage(), InMemoryStorage(traits: DestinationKind.folder.traits))
    for path in ["d", "d/e"] as [RelativePath] { try source.put(.directory(path)) }
    for path in ["d/f", "d/e/g", "h"] as [RelativePath] {
      try source.put(.file(path, Array(path.bytes), modified: right))
    }
    _ = try await run(source, destination, SyncPolicy())()
    _ = try await destination.move(
      try #require(try await destination.refresh([Entry(path: "d", kind: .directory)])[0]),
      to: "x"
    )
    #expect(try await run(source, destination, SyncPolicy())().counts.filesFollowed == 2)
    for path in ["x/f", "x/e/g"] as [RelativePath] {
      let entry = try #require(try await destination.refresh([Entry(path: path, kind: .file)])[0])
      _ = try await destination.setTimes(FileTimes(modified: wrong), of: entry)
    }
    try source.put(.file("d/new", [1], modified: right))
    let dates = try await run(source, destination)()
    #expect(
      words(dates.plan) == ["compare datesDiffer x/e/g", "compare datesDiffer x/f", "skip onlyAtSource d/new"]
    )
    for path in ["x/f", "x/e/g"] as [RelativePath] { #expect(destination.times(of: path)?.modified == right) }
    let sync = try await run(source, destination, SyncPolicy())()
    #expect(sync.plan.unchanged == 3 && sync.counts.filesCopied == 1, "\(words(sync.plan))")
  }

  /// A record says that the destination is as it was left, and mending its date must not look like a change of the
  /// user's.
  @Test func theRecordFollows() async throws {
    let (source, destination) = (InMemoryStorage(), InMemoryStorage(traits: DestinationKind.folder.traits))
    try source.put(.file("f", [1], modified: right))
    try source.put(.file("g", [1], modified: right))
    _ = try await run(source, destination, SyncPolicy())()
    for path in ["f", "g"] as [RelativePath] {
      let entry = try #require(try await destination.refresh([Entry(path: path, kind: .file)])[0])
      _ = try await destination.setTimes(FileTimes(modified: wrong), of: entry)
    }
    try destination.put(.file("new", [2], modified: wrong))
    try source.put(.file("new", [2], modified: right))
    #expect(try await run(source, destination)().counts.adopted == 3)
    let records = try await journal.history(
      from: source.traits.identity,
      to: destination.traits.identity
    ).records
    // Mending makes no record of its own, which would be missed when the file is.
    #expect(records.map(\.path).sorted() == ["f", "g"])
    let sync = try await run(source, destination, SyncPolicy())()
    #expect(sync.plan.unchanged == 2 && words(sync.plan) == ["adopt equal new"])
  }

  @Test func aPhoneThatTravelledChangesNoDates() async throws {
    let phone = StorageTraits.inMemoryDevice([.partialRead], keepsDates: true)
    let files = (0..<5).map { RelativePath("f\($0)") ?? .root }
    let source = InMemoryStorage(traits: phone)
    let destination = InMemoryStorage(
      traits: {
        var traits = StorageTraits.inMemory; traits.identity.root = [1]; return traits
      }()
    )
    for file in files { try source.put(.file(file, [1], modified: right)) }
    try source.put(.directory("d"))
    _ = try await run(source, destination, SyncPolicy())()
    for file in files {
      try source.put(
        .file(file, [1], modified: Timestamp(seconds: right.seconds + 9 * 3600, nanoseconds: right.nanoseconds))
      )
    }
    // In memory a token is a number that only grows.
    let done = try await run(source, destination)()
    #expect(Set(done.plan.actions.map(\.reason)) == [.equalAfterZoneChange])
    #expect(files.allSatisfy { destination.times(of: $0)?.modified == right })
  }

  // MARK: Interrupted

  @Test(arguments: Mortality.Moment.allCases)
  func aKilledRunIsCompletedByTheNext(_ moment: Mortality.Moment) async throws {
    var died = true
    var calls = 0
    while died {
      calls += 1
      let (source, destination) = (InMemoryStorage(), InMemoryStorage(traits: DestinationKind.folder.traits))
      for (index, name) in ["a", "b", "c"].enumerated() {
        let path = try #require(RelativePath(name))
        try source.put(.file(path, [UInt8(index)], modified: right))
        try destination.put(.file(path, [UInt8(index)], modified: wrong))
      }
      let mortality = Mortality(after: calls, moment)
      let folder = try TemporaryFolder(inMemory: true)
      let dead = try Journal(
        path: folder.url.appending(path: "journal.sqlite").path,
        process: RunningProcess(pid: 1, boot: "an earlier boot", started: 1),
        migrator: Schema.migrator
      )
      let first = SyncRun(
        from: MortalStorage(storage: source, mortality: mortality),
        to: MortalStorage(storage: destination, mortality: mortality),
        journal: dead,
        policy: .dates
      )
      let end = await mortality.live { _ = try? await first(control: mortality.control) }
      died = end.died
      let next = SyncRun(from: source, to: destination, journal: try folder.journal(), policy: .dates)
      #expect(try await next().ending == .done)
      for path in ["a", "b", "c"] as [RelativePath] {
        #expect(destination.times(of: path)?.modified == right, "\(path), killed \(moment) call \(calls)")
      }
      #expect(try await next().plan.isIdle)
      mortality.bury()
      await end.rest.value
    }
    #expect(calls > 8, "the run had fewer steps than the test means to interrupt")
  }

  @Test func whatAnInterruptedSyncLeftIsItsOwnBusiness() async throws {
    var input = Planner.Input.sample
    input.policy = .dates
    input.source.entries = [.file("part", 10, token: 1), .file("old-step", 10, token: 1)]
    input.destination.entries = input.source.entries.map { .file($0.path, 10, token: 2, modified: 5) }
    input.history.unfinished = [
      "part": Unfinished(target: "part", size: 10), "old-step": Unfinished(target: "old-step"),
    ]
    input.leftovers = [.file(".filesync-00000000-1.part", 1, token: 1)]
    let plan = Planner.plan(input)
    #expect(words(plan) == ["compare datesDiffer old-step", "skip unfinished part"])
    #expect(plan.leftovers.isEmpty)
  }
}
