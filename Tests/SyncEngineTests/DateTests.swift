import Storage
import StorageContract
import Testing

@testable import SyncEngine

@Suite struct DateTests {
  @Test func everyDateHasAFate() {
    let date = Timestamp(seconds: 100, nanoseconds: 500)
    let near = Timestamp(seconds: 101)
    let seconds = TimeSupport(modified: .readWrite(precision: 1_000_000_000), created: .none)
    func fates(_ source: FileTimes, _ reported: FileTimes, canRemember: Bool = true) -> DateFates {
      DateFates(
        of: source,
        reported: reported,
        precision: DatePrecision(seconds),
        at: seconds,
        isOurs: false,
        canRemember: canRemember
      )
    }
    let both = FileTimes(modified: date, created: date)
    #expect(fates(both, FileTimes(modified: near)) == fates(both, FileTimes(modified: date)))
    #expect(fates(both, FileTimes(modified: near)).modified == .verified)
    #expect(fates(both, FileTimes(modified: near)).created == .manifest)
    #expect(fates(both, FileTimes(modified: Timestamp(seconds: 3600))).modified == .manifest)
    #expect(fates(both, FileTimes(), canRemember: false).created == .lost)
    #expect(fates(FileTimes(), both).modified == .absent)
    // A device that dates what it gets can have given it the same date by chance.
    let own = TimeSupport(modified: .readWrite(precision: 1), created: .readOnly(precision: 1))
    let sent = DateFates(
      of: both,
      reported: both,
      precision: DatePrecision(own),
      at: own,
      isOurs: true,
      canRemember: true
    )
    #expect(sent.modified == .verified && sent.created == .manifest && sent.needRemembering)
    #expect(!fates(FileTimes(modified: date), FileTimes(modified: date)).needRemembering)
  }

  /// What a destination cuts off, parts of a second or an odd second, the journal has; a finer date there stays.
  @Test(arguments: [(1_000_000_000, 0), (2_000_000_000, 0), (100, 123_456_700)] as [(UInt64, UInt32)])
  func theEndOfADateIsKept(step: UInt64, left: UInt32) {
    let support = TimeSupport(modified: .readWrite(precision: step), created: .readWrite(precision: step))
    func needs(_ wanted: FileTimes, _ reported: FileTimes, _ precision: TimeSupport) -> Bool {
      let fates = DateFates(
        of: wanted,
        reported: reported,
        precision: DatePrecision(support, precision),
        at: support,
        isOurs: false,
        canRemember: true
      )
      #expect(fates.modified == (wanted.modified == nil ? .absent : .verified))
      return fates.needRemembering
    }
    let (date, cut) = (Timestamp(seconds: 101, nanoseconds: 123_456_789), Timestamp(seconds: 101, nanoseconds: left))
    #expect(needs(FileTimes(modified: date), FileTimes(modified: cut), support))
    #expect(needs(FileTimes(created: date), FileTimes(created: cut), support))
    #expect(!needs(FileTimes(modified: date), FileTimes(modified: date), support))
    // The source knows whole seconds only.
    let coarse = TimeSupport(modified: .readOnly(precision: 2_000_000_000), created: .none)
    let even = Timestamp(seconds: 102)
    #expect(!needs(FileTimes(modified: even), FileTimes(modified: date), coarse))
  }

  @Test func datesThatADestinationCannotHoldComeBackFromTheJournal() async throws {
    let folder = try TemporaryFolder()
    let journal = try folder.journal()
    let source = InMemoryStorage()
    var traits = StorageTraits.inMemory
    traits.times = TimeSupport(modified: .none, created: .none)
    traits.capabilities.remove(.setTimes)
    traits.identity.root = Scenario.bytes("undated")
    let undated = InMemoryStorage(traits: traits)
    traits = .inMemory
    traits.identity.root = Scenario.bytes("back")
    let back = InMemoryStorage(traits: traits)
    let date = Timestamp(seconds: 1_234_567_890, nanoseconds: 123)
    try source.put(.file("a", [1, 2], modified: date))

    let there = try await SyncRun(from: source, to: undated, journal: journal, policy: SyncPolicy())()
    #expect(there.counts.modified == [.manifest: 1])
    #expect(undated.times(of: "a")?.modified == nil)
    #expect(try await SyncRun(from: source, to: undated, journal: journal, policy: SyncPolicy())().plan.isIdle)

    let again = try await SyncRun(from: undated, to: back, journal: journal, policy: SyncPolicy())()
    #expect(again.counts.modified == [.verified: 1])
    #expect(back.times(of: "a")?.modified == date)
  }
}
