import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// A phone's files against others of the same size that differ in the middle only.
@Suite struct ContentComparisonTests {
  private static let late = Timestamp(seconds: 1_600_000_000)

  private let phone: InMemoryStorage
  private let disk: InMemoryStorage

  init() {
    var traits = StorageTraits.inMemory
    traits.identity = Planner.Input.sample.sourceTraits.identity
    phone = InMemoryStorage(traits: traits)
    disk = InMemoryStorage()
  }

  /// Zeros, but for one byte behind the first sample.
  private func file(_ size: Int, marked: UInt8) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size)
    bytes[100_000] = marked
    return bytes
  }

  private func put(_ size: Int) throws {
    try phone.put(.file("a", file(size, marked: 1), modified: Self.late))
    try disk.put(.file("a", file(size, marked: 2), modified: Timestamp(seconds: 1_700_000_000)))
  }

  private func run(_ journal: Journal) -> SyncRun {
    var run = SyncRun(from: phone, to: disk, journal: journal, policy: SyncPolicy())
    run.pause = .zero
    return run
  }

  @Test(arguments: [(32 << 20, true), (32 << 20 + 1, false)])
  func samplesOnlyLargeFilesWithoutARecord(_ size: Int, _ kept: Bool) async throws {
    try put(size)
    let folder = try TemporaryFolder(inMemory: true)
    let result = try await run(try folder.journal())()
    #expect(result.plan.actions.map(\.reason) == [.datesDiffer])
    #expect(result.counts.filesKeptBoth == (kept ? 1 : 0))
  }

  @Test func comparesWholeWhatChangedOnBothSides() async throws {
    let folder = try TemporaryFolder(inMemory: true)
    let journal = try folder.journal()
    try phone.put(.file("a", [1], modified: Self.late))
    _ = try await run(journal)()
    try put(32 << 20 + 1)
    let result = try await run(journal)()
    #expect(result.plan.actions.map(\.reason) == [.changedOnBoth])
    #expect(result.counts.filesKeptBoth == 1)
  }
}
