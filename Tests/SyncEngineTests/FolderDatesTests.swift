import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Dates of folders: what a destination keeps of them, what the journal keeps for it, and that they come back.
@Suite struct FolderDatesTests {
  /// What can be done about a folder's dates.
  enum Kind: CaseIterable, Sendable {
    /// A disk, which keeps both to the nanosecond.
    case disk
    /// FAT, which keeps modification dates to 2 s and no others that can be set.
    case card
    /// Devices that date their folders themselves.
    case android, bare
    /// A device that lets the modification date be set, to the second; and one that lets both.
    case dated, player

    var traits: StorageTraits {
      var traits: StorageTraits =
        switch self {
        case .disk, .card: DestinationKind.folder.traits
        case .android: DestinationKind.moving.traits
        case .bare: DestinationKind.bare.traits
        case .dated, .player: StorageTraits.inMemoryDevice([.setTimes, .rename], keepsDates: true)
        }
      if self == .card {
        traits.identity.volume = "card"
        traits.times = TimeSupport(modified: .readWrite(precision: 2_000_000_000), created: .readOnly(precision: 1))
      }
      if self == .player { traits.times.created = .readWrite(precision: 1_000_000_000) }
      return traits
    }

    /// Modification and creation date.
    var fates: [DateFate] {
      switch self {
      case .disk, .player: [.verified, .verified]
      case .android, .bare: [.manifest, .manifest]
      case .card, .dated: [.verified, .manifest]
      }
    }
  }

  private static let times = FileTimes(
    modified: Timestamp(seconds: 1_300_000_001, nanoseconds: 123_456_789),
    created: Timestamp(seconds: 1_200_000_000, nanoseconds: 5)
  )
  private static let honest = FileTimes(modified: Timestamp(seconds: 1_700_000_000))

  private let folder: TemporaryFolder
  private let journal: Journal
  private let source = InMemoryStorage()

  init() async throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    for path in ["d", "d/e"] as [RelativePath] {
      try source.put(.directory(path))
      try await set(path, Self.times, in: source)
    }
    try source.put(.file("d/f", [1], modified: Timestamp(seconds: 1_400_000_000)))
  }

  private func set(_ path: RelativePath, _ times: FileTimes, in storage: InMemoryStorage) async throws {
    _ = try await storage.setTimes(times, of: Entry(path: path, kind: .directory))
  }

  private func destination(_ kind: Kind) -> InMemoryStorage {
    InMemoryStorage(traits: kind.traits, session: kind == .disk || kind == .card ? nil : InMemoryStorage.Session())
  }

  /// A disk with nothing on it.
  private func disk(_ root: String) -> InMemoryStorage {
    var traits = StorageTraits.inMemory
    traits.identity.root = Array(root.utf8)
    return InMemoryStorage(traits: traits)
  }

  private func run(_ from: any Storage, _ to: any Storage, _ policy: SyncPolicy = SyncPolicy()) -> SyncRun {
    var run = SyncRun(from: from, to: to, journal: journal, policy: policy)
    run.pause = .zero
    return run
  }

  @Test(arguments: Kind.allCases)
  func theyComeBackFromEverywhere(_ kind: Kind) async throws {
    let destination = destination(kind)
    let first = try await run(source, destination)()
    #expect(first.ending == .done && first.plan.folderDates.count == 2)
    #expect([first.counts.folderDates, first.counts.folderCreated] == kind.fates.map { [$0: 2] })
    let canSet = kind.fates[0] == .verified
    #expect(first.plan.remembersFolderDates == !canSet)
    // A device whose folders take no dates is not asked for them.
    #expect(destination.calls(of: .setTimes) == (canSet ? 2 : 0) && destination.calls(of: .refresh) == (canSet ? 1 : 0))
    #expect(try await run(source, destination)().plan.isIdle)

    let back = disk("back")
    #expect(try await run(destination, back)().counts.folderCreated == [.verified: 2])
    #expect(back.times(of: "d") == Self.times && back.times(of: "d/e") == Self.times)
    #expect(try await run(destination, back)().plan.isIdle)
    #expect(try await run(destination, source)().plan.isIdle)
    #expect(source.times(of: "d") == Self.times)

    // What is put in later changes nothing of that; what the source's folder is dated since, does.
    try destination.put(.file("d/new", [2], modified: Timestamp(seconds: 1_500_000_000)))
    _ = try await run(destination, back)()
    #expect(back.contents(of: "d/new") == [2] && back.times(of: "d") == Self.times)
    try await set("d", Self.honest, in: source)
    let again = try await run(source, destination)()
    #expect(again.plan.folderDates.map(\.path) == ["d"] && again.counts.folderDates == [kind.fates[0]: 1])
    #expect(try await run(source, destination)().plan.isIdle)
    _ = try await run(destination, back)()
    #expect(back.times(of: "d") == FileTimes(modified: Self.honest.modified, created: Self.times.created))
  }

  @Test(arguments: Kind.allCases)
  func theyAreMendedToo(_ kind: Kind) async throws {
    let destination = destination(kind)
    try destination.put(.directory("d"))
    if kind.fates[0] == .verified { try await set("d", Self.honest, in: destination) }
    let mended = try await run(source, destination, .dates)()
    #expect(mended.plan.folderDates.map(\.path) == ["d"] && mended.counts.folderCreated == [kind.fates[1]: 1])
    #expect(try await run(source, destination, .dates)().plan.folderDates.isEmpty)
    let back = disk("back")
    _ = try await run(destination, back)()
    #expect(back.times(of: "d") == Self.times)
  }

  /// Where a folder keeps the date that it was given, another one shows that it is another folder, or another's work.
  @Test func aDateOfItsOwnIsTakenAtItsWord() async throws {
    let destination = destination(.dated)
    _ = try await run(source, destination)()
    try await set("d", Self.honest, in: destination)
    let back = disk("back")
    _ = try await run(destination, back)()
    #expect(back.times(of: "d") == Self.honest && back.times(of: "d/e") == Self.times)
  }

  /// Elsewhere nothing shows it, but that the folder was missing in between.
  @Test func aFolderThatWasGoneIsAnotherOne() async throws {
    let (destination, back) = (destination(.android), disk("back"))
    _ = try await run(source, destination)()
    destination.remove("d/e")
    _ = try await run(destination, back)()
    try destination.put(.directory("d/e"))
    _ = try await run(destination, back)()
    #expect(back.times(of: "d") == Self.times && back.times(of: "d/e") == FileTimes())
  }

  @Test func whatIsNotKnownIsNotMadeUp() async throws {
    let destination = destination(.player)
    try source.put(.directory("d"))
    try await set("d", Self.honest, in: source)
    try destination.put(.directory("d"))
    try source.put(.directory("made"))
    try await set("made", Self.honest, in: source)
    let own = FileTimes(modified: Timestamp(seconds: 7), created: Timestamp(seconds: 6))
    try await set("d", own, in: destination)
    let first = try await run(source, destination)()
    #expect(first.counts.folderCreated == [.absent: 2, .verified: 1])
    // That of a folder which was there already is its own. A device dates what it makes.
    #expect(destination.times(of: "made")?.created != nil)
    let back = disk("back")
    _ = try await run(destination, back)()
    #expect(back.times(of: "d") == FileTimes(modified: Self.honest.modified, created: own.created))
    #expect(back.times(of: "made") == Self.honest)
  }

  @Test func anAssumedZoneIsNoted() async throws {
    let run = run(source, destination(.android))
    var plan = try await run.plan(control: TransferControl()) { _ in }
    for index in plan.folderDates.indices { plan.folderDates[index].hasAssumedZone = true }
    plan.assumedFrom.source = ["d/e": "Board"]
    #expect(await run.execute(plan, control: TransferControl()) { _ in } == .done)
    let truths = try await journal.history(from: source.traits.identity, to: run.destination.traits.identity)
      .destinationTruths.filter(\.isOfFolder)
    #expect(truths.sorted { $0.path < $1.path }.map(\.assumedFrom) == ["memory", "Board"])
  }

  @Test func oneThatIsRefusedCostsNotTheOther() async throws {
    let destination = destination(.player)
    destination.fail(.setTimes, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let recorder = Recorder()
    let first = run(source, destination)
    let plan = try await first.plan(control: TransferControl()) { _ in }
    #expect(await first.execute(plan, control: TransferControl(), report: recorder.report) == .done)
    #expect(recorder.counts?.folderDates == [.verified: 2])
    #expect(recorder.counts?.folderCreated == [.verified: 1, .manifest: 1])
    #expect(try await run(source, destination)().plan.isIdle)
  }

  @Test func aCableThatIsPulledAtTheEndCostsOneMoreRun() async throws {
    let destination = destination(.dated)
    let error = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
    for call in 1...2 { destination.fail(.setTimes, at: call, error) }
    let first = try await run(source, destination)()
    #expect(first.counts.folderDates == [.lost: 2])
    // So that nobody, and no `mv`, takes it for done.
    guard case .notReady = first.ending else {
      Issue.record("it ended \(first.ending)")
      return
    }
    #expect(try await run(source, destination)().counts.folderDates == [.verified: 2])
    #expect(destination.times(of: "d")?.modified?.seconds == Self.times.modified?.seconds)
  }

  /// On a disk a folder without its date cannot be told from any other of its path.
  @Test func aDiskThatRefusesThemLosesThem() async throws {
    let destination = disk("to")
    for call in 1...4 {
      destination.fail(.setTimes, at: call, StorageError(.permissionDenied, .nextFile, cause: "No"))
    }
    let first = try await run(source, destination)()
    #expect(first.counts.folderDates == [.lost: 2] && first.counts.folderCreated == [.lost: 2])
    let second = try await run(source, destination)()
    #expect(second.counts.folderDates == [.verified: 2] && destination.times(of: "d") == Self.times)
  }

  @Test func whatARunDidNotGetToTheNextOneDoes() async throws {
    let destination = destination(.bare)
    destination.fail(.createDirectory, at: 2, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let first = try await run(source, destination)()
    #expect(first.ending == .someFailed && first.counts.folderDates == [.manifest: 1])
    destination.fail(.createDirectory, StorageError(.deviceLost, .stop, cause: "The cable was pulled"))
    #expect(try await run(source, destination)().counts.folderDates.isEmpty)
    #expect(try await run(source, destination)().counts.folderDates == [.manifest: 2])
    let back = disk("back")
    _ = try await run(destination, back)()
    #expect(back.times(of: "d/e") == Self.times)
  }
}
