import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What could be removed at the source, and why not.
@Suite struct ProofTests {
  private let source = InMemoryStorage()
  private let destination: InMemoryStorage
  private let folder: TemporaryFolder
  private let journal: Journal

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("copy".utf8)
    destination = InMemoryStorage(traits: traits)
    for name in ["a", "b"] as [RelativePath] {
      try source.put(.file(name, someBytes(1000, seed: UInt64(name.name.first ?? 0)), modified: DevicePlace.date))
    }
  }

  private func run(_ change: (inout SyncPolicy) -> Void = { _ in }) -> SyncRun {
    var policy = SyncPolicy()
    change(&policy)
    var run = SyncRun(from: source, to: destination, journal: journal, policy: policy)
    run.pause = .zero
    return run
  }

  private func proof(_ reading: SyncRun.ProofReading = .nothing) async throws -> Proof {
    let run = run { $0.proves = true }
    let plan = try await run.plan(control: TransferControl()) { _ in }
    return try await run.prove(plan, reading: reading, control: TransferControl()) { _ in }
  }

  private func verdicts(_ reading: SyncRun.ProofReading = .nothing) async throws -> [RelativePath: String] {
    var verdicts: [RelativePath: String] = [:]
    for file in try await proof(reading).files {
      verdicts[file.entry.path] = String("\(file.verdict)".prefix { $0 != "(" })
    }
    return verdicts
  }

  @Test func whatWasReadBackIsVerifiedWithoutReadingItAgain() async throws {
    #expect(try await verdicts() == ["a": "notThere", "b": "notThere"])
    let before = Timestamp(run().now()).seconds
    #expect(try await run { $0.verifies = true }().ending == .done)
    let read = (source.bytesRead, destination.bytesRead)
    let proof = try await proof()
    #expect(proof.isWhole && proof.files.count == 2)
    for file in proof.files {
      guard case .verified(let at) = file.verdict else { continue }
      #expect(at >= before)
    }
    #expect((source.bytesRead, destination.bytesRead) == read)
    // It reads copies only where a digest is on record.
    #expect(try await verdicts(.copies) == ["a": "verified", "b": "verified"])
    #expect(source.bytesRead == read.0 && destination.bytesRead == read.1 + 2000)
    #expect(try await verdicts(.both) == ["a": "verified", "b": "verified"])
    #expect(source.bytesRead == read.0 + 2000)
  }

  @Test func whatNobodyReadBackIsNotVerifiedBeforeItIsCompared() async throws {
    #expect(try await run()().ending == .done)
    #expect(try await verdicts() == ["a": "unverified", "b": "unverified"])
    #expect(try await proof().isWhole == false)
    #expect(try await verdicts(.copies) == ["a": "verified", "b": "verified"])
    // A proof puts nothing on record by itself.
    #expect(try await verdicts() == ["a": "unverified", "b": "unverified"])
    let read = try await proof(.copies)
    try await run().recordReadBack(read)
    #expect(try await verdicts() == ["a": "verified", "b": "verified"])
    // The digests are those of the contents.
    destination.rot("b")
    #expect(try await verdicts(.copies) == ["a": "verified", "b": "differs"])
  }

  /// A run that came between has other files on record.
  @Test func whatWasReadOfAnotherVersionIsNotPutOnRecord() async throws {
    #expect(try await run()().ending == .done)
    let read = try await proof(.copies)
    try source.put(.file("a", someBytes(1000, seed: 7), modified: DevicePlace.later))
    #expect(try await run()().ending == .done)
    try await run().recordReadBack(read)
    #expect(try await verdicts() == ["a": "unverified", "b": "verified"])
  }

  @Test(arguments: [SyncRun.ProofReading.copies, .both])
  func whatHasRottedIsFound(_ reading: SyncRun.ProofReading) async throws {
    #expect(try await run { $0.verifies = true }().ending == .done)
    destination.rot("b")
    #expect(try await verdicts() == ["a": "verified", "b": "verified"])
    #expect(try await verdicts(reading) == ["a": "verified", "b": "differs"])
  }

  /// No later proof goes by the record of what one has found to differ.
  @Test func whatDiffersHasNoRecordAnyMore() async throws {
    #expect(try await run { $0.verifies = true }().ending == .done)
    destination.rot("b")
    let found = try await proof(.copies)
    try await run().forgetDiffering(found)
    #expect(try await verdicts() == ["a": "verified", "b": "unverified"])
  }

  @Test func whatHasChangedSinceCountsNoMore() async throws {
    #expect(try await run { $0.verifies = true }().ending == .done)
    try source.put(.file("a", someBytes(1000, seed: 7), modified: DevicePlace.later))
    let b = try #require(destination.contents(of: "b"))
    try destination.put(.file("b", b, modified: DevicePlace.date))
    #expect(try await verdicts() == ["a": "changed", "b": "changed"])
    // The one was written again as it was.
    #expect(try await verdicts(.copies) == ["a": "differs", "b": "verified"])
    try destination.put(.file("b", b + [1], modified: DevicePlace.date))
    destination.remove("a")
    #expect(try await verdicts(.copies) == ["a": "notThere", "b": "differs"])
  }

  /// Its date is what would be lost.
  @Test func aCopyWithoutItsDateIsNotVerified() async throws {
    try destination.put(.file("a", try #require(source.contents(of: "a")), modified: DevicePlace.later))
    #expect(try await verdicts(.copies) == ["a": "otherDate", "b": "notThere"])
  }

  /// A later change might not show in the date of a file that is so young.
  @Test func theRecordOfAYoungFileDoesNotSuffice() async throws {
    try source.put(.file("a", someBytes(10), modified: Timestamp(run().now())))
    #expect(try await run { $0.verifies = true }().ending == .done)
    #expect(try await verdicts()["a"] == "unverified")
    let read = try await proof(.copies)
    #expect(!read.files.contains { !$0.isVerified })
    try await run().recordReadBack(read)
    #expect(try await verdicts()["a"] == "unverified")
  }

  @Test func whatCannotBeReadIsNotVerified() async throws {
    #expect(try await run { $0.verifies = true }().ending == .done)
    destination.fail(.read, StorageError(.inputOutput, .nextFile, cause: "Bad sector"))
    #expect(try await verdicts(.copies) == ["a": "failed", "b": "verified"])
  }

  @Test func aSourceThatCannotBeListedWholeIsNotProved() async throws {
    #expect(try await run { $0.verifies = true }().ending == .done)
    source.listPartially(.root, missing: [Unlisted(name: "b", reason: .permissionDenied)])
    let proof = try await proof()
    #expect(proof.unlisted == 1 && !proof.isWhole && proof.files.map(\.verdict).count == 1)
  }

  @Test func aFilterSaysWhatTheProofIsAbout() async throws {
    #expect(try await run { $0.verifies = true }().ending == .done)
    try source.put(.file("new", someBytes(10), modified: DevicePlace.later))
    #expect(try await verdicts()["new"] == "notThere")
    var filtered = run { $0.proves = true }
    filtered.filter.before = DevicePlace.later
    let plan = try await filtered.plan(control: TransferControl()) { _ in }
    #expect(plan.proof.isWhole && plan.proof.files.count == 2)
  }

  /// What a run would remove at the source is what will be at the destination.
  @Test func aRunThatFreesTellsWhatItWouldRemove() async throws {
    try destination.put(.file("a", someBytes(5), modified: DevicePlace.later))
    func toFree(_ conflict: SyncPolicy.Conflict) async throws -> [RelativePath] {
      try await run { ($0.frees, $0.conflict) = (true, conflict) }.plan(control: TransferControl()) { _ in }.toFree
        .map(\.path)
    }
    #expect(try await toFree(.both) == ["a", "b"])
    #expect(try await toFree(.keep) == ["b"])
  }
}
