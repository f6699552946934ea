import Foundation
import Storage
import StorageContract
import Testing

@testable import Journal
@testable import SyncEngine

/// What is special about a destination that is like an MTP device.
@Suite struct DeviceDestinationTests {

  private typealias Place = DevicePlace

  // MARK: Replacing

  @Test(arguments: [DestinationKind.renaming, .undating, .bare])
  func theOldVersionIsKeptOnThisComputer(_ kind: DestinationKind) async throws {
    let place = try await Place.changed(kind)
    let result = try await place.run()()
    #expect(result.ending == .done && result.counts.filesReplaced == 1)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2))
    #expect(place.keptHere == [someBytes(1000)])
    let kept = try #require(place.host.paths.last)
    #expect(kept.components.count == 3 && kept.text.hasSuffix("/d/a"))
    // With its true date, which the device may not know.
    #expect(place.host.times(of: kept)?.modified == Place.date)
    #expect(try await place.run()().plan.isIdle)
  }

  @Test(arguments: [DestinationKind.renaming, .bare])
  func withoutAPlaceForTheOldVersionNothingIsReplaced(_ kind: DestinationKind) async throws {
    let place = try await Place.changed(kind)
    let result = try await place.run(host: false)()
    #expect(result.plan.actions.map(\.reason) == [.noVault])
    #expect(result.ending == .someFailed)
    #expect(place.device.contents(of: "d/a") == someBytes(1000))
    // A plan that was made with such a place does not help a run without.
    let plan = try await place.run().plan(control: TransferControl()) { _ in }
    #expect(await place.run(host: false).execute(plan, control: TransferControl()) { _ in } == .someFailed)
    #expect(place.device.contents(of: "d/a") == someBytes(1000))
  }

  @Test func aCopyThatMayReplaceNeedsAPlaceForTheOldVersionToo() async throws {
    let place = try await Place.changed(.bare)
    var policy = SyncPolicy()
    policy.conflict = .replace
    policy.keepsRecord = false
    let run = SyncRun(from: place.source, to: place.device, journal: place.journal, policy: policy)
    #expect(try await run().plan.actions.map(\.reason) == [.noVault])
    #expect(place.device.contents(of: "d/a") == someBytes(1000))
  }

  @Test func theOldVersionIsSentBackWhenTheNewOneCannotBe() async throws {
    let place = try await Place.changed(.bare)
    place.device.fail(.write, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let result = try await place.run()()
    #expect(result.ending == .someFailed && result.counts.failed == 1)
    #expect(place.device.contents(of: "d/a") == someBytes(1000))
    // The next run replaces it, and knows it for the version of the record.
    let next = try await place.run()()
    #expect(next.ending == .done && next.counts.filesReplaced == 1)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2))
  }

  @Test func aFullDeviceKeepsTheOldVersion() async throws {
    let place = try await Place.changed(.bare)
    let full = StorageError(.noSpace, .waitForUser(.freeSpace), cause: "The device is full")
    place.device.fail(.write, full)
    let result = try await place.run()()
    #expect(result.ending == .notPossible(full.about("d/a")))
    #expect(place.device.contents(of: "d/a") == someBytes(1000))
    #expect(try await place.run()().counts.filesReplaced == 1)
  }

  @Test func aVersionThatCannotBeSentBackIsNamed() async throws {
    let place = try await Place.changed(.bare)
    let refused = StorageError(.deviceRefused, .nextFile, cause: "No")
    place.device.fail(.write, at: 1, refused)
    place.device.fail(.write, at: 2, refused)
    let result = try await place.run()()
    #expect(
      result.events.warnings.contains { $0.path == "d/a" && $0.cause.contains("memory/") && $0.cause.hasSuffix("/d/a") }
    )
    #expect(place.device.contents(of: "d/a") == nil)
    #expect(place.keptHere == [someBytes(1000)])
    let next = try await place.run()()
    #expect(next.ending == .done && next.plan.refusals.isEmpty)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2))
  }

  // MARK: Parts under real names

  /// A device on which a run died after so many bytes of a file.
  private static func cut(after count: Int) async throws -> Place {
    let place = try Place()
    try place.source.put(.file("a", someBytes(3000), modified: Place.date))
    let lost = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
    place.device.fail(.write, after: count, lost)
    for call in 1...4 { place.device.fail(.reopen, at: call, lost) }
    #expect(try await place.run()().ending == .notReady(lost))
    #expect(place.device.contents(of: "a")?.count == count)
    return place
  }

  @Test(arguments: [0, 1, 2999]) func aPartIsSentAgain(_ count: Int) async throws {
    let place = try await Self.cut(after: count)
    let next = try await place.run()()
    #expect(next.plan.actions.map(\.reason) == [.unfinished])
    #expect(next.ending == .done && next.counts.filesCopied == 1)
    #expect(place.device.contents(of: "a") == someBytes(3000))
    #expect(place.device.paths == ["a"])
    #expect(try await place.run()().plan.isIdle)
  }

  @Test func whatArrivedWholeIsAdopted() async throws {
    let place = try await Self.cut(after: 3000)
    let next = try await place.run()()
    #expect(next.ending == .done && next.counts.filesCopied == 0 && next.counts.adopted == 1)
    #expect(next.counts.modified == [.manifest: 1])
    #expect(place.device.paths == ["a"])
    #expect(try await place.run()().plan.isIdle)
  }

  @Test(arguments: [[UInt8](repeating: 7, count: 100), [UInt8](repeating: 7, count: 3000), someBytes(3001)])
  func whatIsSomebodysStays(_ theirs: [UInt8]) async throws {
    let place = try await Self.cut(after: 100)
    try place.device.put(.file("a", theirs, modified: Place.later))
    let next = try await place.run()()
    #expect(next.ending == .done && next.counts.filesKeptBoth == 1)
    #expect(place.device.contents(of: "a") == theirs)
    #expect(place.device.paths.count == 2)
  }

  @Test func aPartIsNotCopiedBack() async throws {
    let place = try await Self.cut(after: 100)
    let back = try await place.run(from: place.device, to: place.source)()
    #expect(back.plan.actions.map(\.reason) == [.unfinished])
    #expect(place.source.paths == ["a"])
    #expect(try await place.run()().counts.filesCopied == 1)
    #expect(try await place.run(from: place.device, to: place.source)().plan.isIdle)
  }

  @Test func anOldVersionWhoseNewOneIsGoneIsNamed() async throws {
    let place = try await Place.changed(.bare)
    let lost = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
    place.device.fail(.write, after: 0, lost)
    for call in 1...4 { place.device.fail(.reopen, at: call, lost) }
    _ = try await place.run()()
    place.source.remove("d/a")
    place.device.remove("d/a")
    let next = try await place.run()()
    #expect(
      next.events.warnings.contains { $0.path == "d/a" && $0.cause.contains("memory/") && $0.cause.hasSuffix("/d/a") }
    )
    #expect(place.keptHere == [someBytes(1000)])
  }

  @Test func aShortFileThatNobodyWasSendingIsSomebodys() async throws {
    let place = try Place()
    try place.source.put(.file("a", someBytes(3000), modified: Place.date))
    try place.device.put(.file("a", Array(someBytes(3000).prefix(100)), modified: Place.later))
    let result = try await place.run()()
    #expect(result.counts.filesKeptBoth == 1)
    #expect(place.device.contents(of: "a")?.count == 100)
  }

  @Test(arguments: DestinationKind.allCases, [0, 100, 3000])
  func aFileIsSentAgainAfterALostDeviceCameBack(_ kind: DestinationKind, _ count: Int) async throws {
    let place = try kind.isDevice ? await Place.changed(kind) : Place(kind)
    try place.source.put(.directory("d"))
    try place.source.put(.file("d/a", someBytes(3000, seed: 2), modified: Place.later))
    try place.source.put(.file("d/b", someBytes(3000, seed: 3), modified: Place.later))
    let lost = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
    place.device.fail(.write, at: 1, after: count, lost)
    place.device.fail(.write, at: 3, after: count, lost)
    let result = try await place.run()()
    #expect(result.ending == .done)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2))
    #expect(place.device.contents(of: "d/b") == someBytes(3000, seed: 3))
    #expect(place.device.names(in: "d").count == 2)
    #expect(try await place.run()().plan.isIdle)
  }

  // MARK: Batches

  @Test func aFolderIsListedOnceForAllItsFiles() async throws {
    let place = try Place(.renaming)
    for folder in ["d", "d/m"] as [RelativePath] {
      try place.source.put(.directory(folder))
      let entry = try await place.source.find(folder)
      _ = try await place.source.setTimes(FileTimes(modified: Place.date), of: entry)
    }
    for number in 1000..<2000 {
      let path = try #require(RelativePath(number.isMultiple(of: 2) ? "d/\(number)" : "d/m/\(number)"))
      try place.source.put(.file(path, someBytes(20_000, seed: UInt64(number)), modified: Place.date))
    }
    try place.source.put(.file("d/z", [1], modified: Place.date))
    let run = place.run()
    let plan = try await run.plan(control: TransferControl()) { _ in }
    let recorder = Recorder()
    #expect(await run.execute(plan, control: TransferControl()) { recorder.report($0) } == .done)
    #expect(recorder.counts?.filesCopied == 1001 && recorder.counts?.modified == [.verified: 1001])
    #expect(place.device.listings(of: "d") == 1)
    #expect(place.device.listings(of: "d/m") == 1)
    #expect(place.device.calls(of: .write) == 1001)
    for operation in [InMemoryStorage.Operation.refresh, .setTimes, .move, .remove, .read] {
      #expect(place.device.calls(of: operation) == 0, "\(operation)")
    }
    #expect(recorder.counts?.folderDates == [.manifest: 2])
  }

  @Test func aReopenedSourceIsListedByTheFolder() async throws {
    let folder = try TemporaryFolder(inMemory: true)
    let device = InMemoryStorage(traits: DestinationKind.bare.traits, session: InMemoryStorage.Session())
    for number in 0..<50 {
      let path = try #require(RelativePath("\(number)"))
      try device.put(.file(path, [UInt8(number)], modified: Place.date))
    }
    let copy = InMemoryStorage()
    var run = SyncRun(from: device, to: copy, journal: try folder.journal(), policy: SyncPolicy())
    run.pause = .zero
    device.fail(.read, at: 10, StorageError(.deviceLost, .reopen, cause: "The cable was pulled"))
    #expect(try await run().ending == .done)
    #expect(copy.paths.count == 50)
    // The scan, the file that failed, and the rest of the batch.
    #expect(device.listings(of: .root) == 3)
  }

  @Test(.timeLimit(.minutes(1))) func theNextFileIsReadWhileTheDeviceAnswers() async throws {
    let place = try Place(.renaming)
    let names: [RelativePath] = ["a", "b", "c"]
    for name in names { try place.source.put(.file(name, someBytes(100_000), modified: Place.date)) }
    let source = WatchedSource(storage: place.source)
    // Its answer to the first file comes only after the second one is being read.
    let device = SlowAnswer(storage: place.device) { await source.waitForReading(of: "b") }
    let result = try await place.run(from: source, to: device)()
    #expect(result.ending == .done)
    for name in names { #expect(place.device.contents(of: name) == someBytes(100_000)) }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [StorageError.Recovery.nextFile, .retry, .reopen, .stop])
  func anErrorLeavesNothingReadAhead(_ recovery: StorageError.Recovery) async throws {
    let place = try Place(.renaming)
    for name in ["a", "b", "c", "d"] {
      let path = try #require(RelativePath(name))
      // Larger than the pipe, so that a reading that nobody takes would keep the source busy for ever.
      try place.source.put(.file(path, someBytes(5 << 20, seed: UInt64(name.utf8.first ?? 0)), modified: Place.date))
    }
    place.device.fail(.write, at: 2, after: 10, StorageError(.inputOutput, recovery, cause: "A fault of the test"))
    let first = try await place.run()()
    #expect(first.ending == (recovery == .nextFile ? .someFailed : first.ending))
    #expect(try await place.run()().ending == .done)
    for path in place.source.paths {
      #expect(place.device.contents(of: path) == place.source.contents(of: path), "\(path)")
    }
  }

  // MARK: One device

  @Test func oneDeviceBothWaysGoesThroughThisComputer() async throws {
    let place = try Place(.renaming)
    let session = InMemoryStorage.Session()
    let (card, phone) = (Self.storage("card", session), Self.storage("internal", session))
    for (name, size) in [("empty", 0), ("a", 100), ("b", 200_000)] {
      try card.put(.file(.of(name), someBytes(size), modified: Place.date))
    }
    // Equal but for the date: its contents are compared.
    try card.put(.file("same", someBytes(50), modified: Place.date))
    try phone.put(.file("same", someBytes(50), modified: Place.later))
    let result = try await place.run(from: card, to: phone)()
    #expect(result.ending == .done && result.counts.filesCopied == 3 && result.counts.adopted == 1)
    for path in card.paths { #expect(phone.contents(of: path) == card.contents(of: path)) }
    #expect(phone.times(of: "a")?.modified == Place.date)
    #expect(place.host.paths.isEmpty)

    try card.put(.file("a", someBytes(300, seed: 2), modified: Place.later))
    phone.fail(.write, StorageError(.deviceRefused, .nextFile, cause: "No"))
    #expect(try await place.run(from: card, to: phone)().ending == .someFailed)
    #expect(place.host.paths.isEmpty)
    #expect(try await place.run(from: card, to: phone)().counts.filesReplaced == 1)
    #expect(place.keptHere == [someBytes(100)])

    try card.put(.file("c", [1], modified: Place.date))
    let without = try await place.run(from: card, to: phone, host: false)()
    #expect(without.ending == .someFailed && phone.contents(of: "c") == nil)
  }

  @Test(arguments: Mortality.Moment.allCases)
  func aKilledRunWithinOneDeviceIsCompletedByTheNext(_ moment: Mortality.Moment) async throws {
    var died = true
    var calls = 0
    while died {
      calls += 1
      let comment: Comment = "killed \(moment) call \(calls)"
      let place = try Place(.renaming)
      let session = InMemoryStorage.Session()
      let (card, phone) = (Self.storage("card", session), Self.storage("internal", session))
      try card.put(.file("a", someBytes(100), modified: Place.date))
      #expect(try await place.run(from: card, to: phone)().ending == .done)
      try card.put(.file("a", someBytes(200, seed: 2), modified: Place.later))
      try card.put(.file("b", someBytes(300), modified: Place.later))

      let mortality = Mortality(after: calls, moment)
      let journal = try Journal(
        path: place.folder.url.appending(path: "journal.sqlite").path,
        process: RunningProcess(pid: 1, boot: "an earlier boot", started: 1),
        migrator: Schema.migrator
      )
      let run = SyncRun(
        from: MortalStorage(storage: card, mortality: mortality),
        to: MortalStorage(storage: phone, mortality: mortality),
        journal: journal,
        policy: SyncPolicy(),
        host: MortalStorage(storage: place.host, mortality: mortality)
      )
      let end = await mortality.live { _ = try? await run(control: mortality.control) }
      died = end.died
      let versions = [someBytes(100), someBytes(200, seed: 2)]
      let isThere = phone.contents(of: "a").map(versions.contains) ?? place.keptHere.contains(someBytes(100))
      #expect(isThere, comment)

      #expect(try await place.run(from: card, to: phone)().ending == .done, comment)
      for path in card.paths { #expect(phone.contents(of: path) == card.contents(of: path), comment) }
      #expect(phone.paths == ["a", "b"], comment)
      #expect(Set(place.keptHere) == [someBytes(100)], comment)
      #expect(place.host.paths.filter { TemporaryName.matches($0.name) }.isEmpty, comment)
      #expect(try await place.run(from: card, to: phone)().plan.isIdle, comment)
      mortality.bury()
      await end.rest.value
    }
    #expect(calls > 15, "the run had fewer steps than the test means to interrupt")
  }

  @Test func aFullComputerIsToldBeforeAnythingIsSpooled() async throws {
    let session = InMemoryStorage.Session()
    let (card, phone) = (Self.storage("card", session), Self.storage("internal", session))
    try card.put(.file("a", someBytes(1000), modified: Place.date))
    let host = InMemoryStorage(capacity: 999)
    let folder = try TemporaryFolder(inMemory: true)
    let run = SyncRun(from: card, to: phone, journal: try folder.journal(), policy: SyncPolicy(), host: host)
    guard case .notPossible(let error) = try await run().ending else {
      Issue.record("it was possible")
      return
    }
    #expect(error.reason == .noSpace && error.cause.contains("memory") && error.path == "a")
    #expect(host.calls(of: .write) == 0 && card.calls(of: .read) == 0 && phone.paths.isEmpty)
  }

  private static func storage(_ root: String, _ session: InMemoryStorage.Session) -> InMemoryStorage {
    var traits = DestinationKind.renaming.traits
    traits.identity.root = Array(root.utf8)
    return InMemoryStorage(traits: traits, session: session)
  }

  // MARK: Dates

  @Test(arguments: [DestinationKind.undating, .bare]) func trueDatesComeBack(_ kind: DestinationKind) async throws {
    let place = try Place(kind)
    try place.source.put(.directory("d"))
    for number in 0..<20 {
      let date = Timestamp(seconds: 1_000_000_000 + Int64(number) * 1000, nanoseconds: UInt32(number))
      try place.source.put(.file(.of("d/\(number)"), someBytes(number), modified: date))
    }
    let there = try await place.run()()
    #expect(there.counts.modified == [.manifest: 20])
    let reads = place.device.calls(of: .read)
    #expect(try await place.run()().plan.isIdle)
    #expect(place.device.calls(of: .read) == reads)

    // To another folder.
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("back".utf8)
    let back = InMemoryStorage(traits: traits)
    #expect(try await place.run(from: place.device, to: back)().counts.modified == [.verified: 20])
    for path in place.source.paths where place.source.contents(of: path) != nil {
      #expect(back.times(of: path)?.modified == place.source.times(of: path)?.modified, "\(path)")
    }

    // The way they came: what was lost there.
    let date = place.source.times(of: "d/7")?.modified
    place.source.remove("d/7")
    var run = SyncRun(from: place.device, to: place.source, journal: place.journal, policy: SyncPolicy())
    #expect(try await run().counts.missingFromCheckpoint == 1)
    var policy = SyncPolicy()
    policy.restoreMissing = .always
    run = SyncRun(from: place.device, to: place.source, journal: place.journal, policy: policy)
    #expect(try await run().counts.filesCopied == 1)
    #expect(place.source.times(of: "d/7")?.modified == date)
    #expect(try await place.run()().plan.isIdle)
  }
}
