import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What was written is read back and compared before it gets its name.
@Suite struct VerifyTests {
  /// A place whose source has a file, and whose run verifies; with `old`, in the place of an older version.
  private struct Verified {
    let place: DevicePlace
    let bytes: [UInt8]

    init(_ kind: DestinationKind, old: Bool) async throws {
      place = old ? try await DevicePlace.changed(kind) : try DevicePlace(kind)
      if !old {
        try place.source.put(.directory("d"))
        try place.source.put(.file("d/a", someBytes(3000, seed: 2), modified: DevicePlace.later))
      }
      bytes = someBytes(3000, seed: 2)
    }

    func run(_ change: (inout SyncPolicy) -> Void = { _ in }) -> SyncRun {
      var policy = SyncPolicy()
      policy.verifies = true
      change(&policy)
      var run = SyncRun(
        from: place.source,
        to: place.device,
        journal: place.journal,
        policy: policy,
        host: place.host
      )
      run.pause = .zero
      return run
    }

    var leftovers: [RelativePath] { place.device.paths.filter { TemporaryName.matches($0.name) } }

    func record() async throws -> Record? {
      let ends = (place.source.traits.identity, place.device.traits.identity)
      return try await place.journal.history(from: ends.0, to: ends.1).records.first
    }
  }

  private static let cases = DestinationKind.allCases.flatMap { kind in [(kind, false), (kind, true)] }

  @Test(arguments: cases)
  func whatIsReadBackAndTheSameIsOnRecordWithItsDigest(_ kind: DestinationKind, old: Bool) async throws {
    let world = try await Verified(kind, old: old)
    let before = world.place.device.bytesRead
    let result = try await world.run()()
    #expect(result.ending == .done && result.counts.verified == 1)
    #expect(world.place.device.contents(of: "d/a") == world.bytes)
    // The old version is read as well where it is kept here.
    let kept = old && kind.keepsOldHere ? 1000 : 0
    #expect(world.place.device.bytesRead - before == UInt64(world.bytes.count + kept))
    let sink = DigestSink()
    unsafe try sink.write(world.bytes.span.bytes)
    #expect(try await world.record()?.verification?.digest == sink.digest)
    #expect(result.events.contains { if case .verifying(_?, "d/a", _) = $0 { true } else { false } })
    // Nothing is read a second time.
    let next = try await world.run()()
    #expect(next.plan.isIdle && next.counts.verified == 0)
  }

  @Test func withoutVerifyNothingIsReadBackAndNoDigestIsKept() async throws {
    let world = try await Verified(.folder, old: false)
    let result = try await world.run { $0.verifies = false }()
    #expect(result.ending == .done && result.counts.verified == 0 && world.place.device.bytesRead == 0)
    #expect(try await world.record()?.verification == nil)
  }

  @Test(arguments: cases)
  func whatDiffersIsSentOnceMore(_ kind: DestinationKind, old: Bool) async throws {
    let world = try await Verified(kind, old: old)
    world.place.device.corruptNextWrites(1)
    let result = try await world.run()()
    #expect(result.ending == .done && result.counts.verified == 1)
    #expect(world.place.device.contents(of: "d/a") == world.bytes && world.leftovers.isEmpty)
    let retries = result.events.compactMap { if case .retrying(_, let error, _) = $0 { error.reason } else { nil } }
    #expect(retries == [.verificationFailed])
  }

  /// Nothing of it gets its name, and the old version stays, or is there again.
  @Test(arguments: cases)
  func whatDiffersTwiceIsNotPutInPlace(_ kind: DestinationKind, old: Bool) async throws {
    let world = try await Verified(kind, old: old)
    world.place.device.corruptNextWrites(2)
    let result = try await world.run()()
    #expect(result.ending == .someFailed && result.counts.failed == 1 && result.counts.verified == 0)
    guard case .failed(let error) = result.events.compactMap(\.failure).first else { return }
    #expect(error.reason == .verificationFailed && error.path == "d/a" && error.recovery == .nextFile)
    #expect(world.place.device.contents(of: "d/a") == (old ? someBytes(1000) : nil))
    #expect(world.leftovers.isEmpty)
    #expect(try await world.record()?.verification == nil)
    let next = try await world.run()()
    #expect(next.ending == .done && world.place.device.contents(of: "d/a") == world.bytes)
  }

  @Test func oneThatDiffersStopsNoOther() async throws {
    let world = try await Verified(.folder, old: false)
    try world.place.source.put(.file("d/b", someBytes(500), modified: DevicePlace.date))
    world.place.device.corruptNextWrites(2)
    let result = try await world.run()()
    #expect(result.counts.failed == 1 && result.counts.verified == 1 && result.counts.filesCopied == 1)
    #expect(world.place.device.contents(of: "d/b") == someBytes(500))
  }

  @Test(arguments: DestinationKind.allCases)
  func whatCannotBeReadBackIsNotPutInPlace(_ kind: DestinationKind) async throws {
    let world = try await Verified(kind, old: false)
    world.place.device.fail(.read, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let result = try await world.run()()
    #expect(result.ending == .someFailed && world.place.device.contents(of: "d/a") == nil && world.leftovers.isEmpty)
    #expect(try await world.run()().ending == .done)
  }

  /// The session ends while the file is read back; it is read back in the next one.
  @Test(arguments: [DestinationKind.moving, .bare])
  func aSessionThatEndsCostsTheFileNothing(_ kind: DestinationKind) async throws {
    let world = try await Verified(kind, old: true)
    // On a device that has to delete, the old version is read first.
    let call = kind.keepsOldHere ? 2 : 1
    world.place.device.fail(.read, at: call, after: 100, StorageError(.deviceLost, .reopen, cause: "The cable"))
    let result = try await world.run()()
    #expect(result.ending == .done && result.counts.verified == 1)
    #expect(world.place.device.contents(of: "d/a") == world.bytes)
  }

  /// What is there whole after an interruption in the middle of the reading back is read back by the next run.
  @Test(arguments: DestinationKind.allCases)
  func anInterruptionInTheMiddleLeavesItToTheNextRun(_ kind: DestinationKind) async throws {
    let world = try await Verified(kind, old: false)
    world.place.device.fail(.read, after: 100, TransferControl.cancellation)
    let first = try await world.run()()
    #expect(first.ending == .interrupted && first.counts.verified == 0)
    #expect(try await world.record() == nil)
    // It has changed meanwhile, of which nothing tells.
    let there = try #require(world.place.device.paths.first { $0 != "d" })
    world.place.device.rot(there)
    let next = try await world.run()()
    #expect(next.ending == .done && world.leftovers.isEmpty)
    let copies = world.place.device.paths.compactMap { world.place.device.contents(of: $0) }
    #expect(copies.contains(world.bytes))
  }

  /// The digest of a file that was gone on with is that of all of it.
  @Test func aFileThatWasCutOffIsVerifiedWhole() async throws {
    let world = try await Verified(.folder, old: false)
    let bytes = someBytes(1_000_000)
    try world.place.source.put(.file("d/a", bytes, modified: DevicePlace.date))
    world.place.device.fail(.write, after: 300_000, TransferControl.cancellation)
    #expect(try await world.run()().ending == .interrupted)
    #expect(world.leftovers.count == 1)
    let next = try await world.run()()
    #expect(next.ending == .done && next.counts.verified == 1 && next.plan.actions.last?.part != nil)
    #expect(world.place.device.contents(of: "d/a") == bytes)
    let sink = DigestSink()
    unsafe try sink.write(bytes.span.bytes)
    #expect(try await world.record()?.verification?.digest == sink.digest)
  }

  /// Only its ends are compared before it is gone on with.
  @Test func aPartThatHasChangedInItsMiddleIsFound() async throws {
    let world = try await Verified(.folder, old: false)
    let bytes = someBytes(1_000_000)
    try world.place.source.put(.file("d/a", bytes, modified: DevicePlace.date))
    world.place.device.fail(.write, after: 400_000, TransferControl.cancellation)
    #expect(try await world.run()().ending == .interrupted)
    world.place.device.rot(try #require(world.leftovers.first))
    let next = try await world.run()()
    #expect(next.ending == .done && next.counts.verified == 1)
    #expect(world.place.device.contents(of: "d/a") == bytes && world.leftovers.isEmpty)
  }

  /// A later run that finds the same contents, and puts the file on record again, keeps what is known of them.
  @Test func theDigestStaysWithTheContents() async throws {
    let world = try await Verified(.folder, old: false)
    _ = try await world.run()()
    let known = try #require(try await world.record()?.verification)
    let compared = try await world.run { ($0.verifies, $0.checksum) = (false, true) }()
    #expect(compared.plan.actions.map(\.reason) == [.unproven])
    #expect(try await world.record()?.verification == known)
    try world.place.source.put(.file("d/a", someBytes(3000, seed: 3), modified: DevicePlace.date))
    #expect(try await world.run { $0.verifies = false }().counts.filesReplaced == 1)
    #expect(try await world.record()?.verification == nil)
  }

  /// Two places of one device: what was read from it, not what this computer had of it on the way, is what counts.
  @Test func withinADeviceTheSourceIsWhatCounts() async throws {
    let session = InMemoryStorage.Session()
    var traits = StorageTraits.inMemoryDevice([.rename], keepsDates: true)
    traits.identity.root = Array("from".utf8)
    let source = InMemoryStorage(traits: traits, session: session)
    traits.identity.root = Array("to".utf8)
    let destination = InMemoryStorage(traits: traits, session: session)
    let (host, folder) = (InMemoryStorage(), try TemporaryFolder(inMemory: true))
    try source.put(.file("a", someBytes(2000), modified: DevicePlace.date))
    host.corruptNextWrites(1)
    var policy = SyncPolicy()
    policy.verifies = true
    var run = SyncRun(from: source, to: destination, journal: try folder.journal(), policy: policy, host: host)
    run.pause = .zero
    let result = try await run()
    #expect(result.ending == .done && destination.contents(of: "a") == someBytes(2000))
    #expect(result.counts.verified == 1)
  }
}

extension Event {
  fileprivate var failure: Outcome? {
    if case .ended(_, .failed(let error)) = self { .failed(error) } else { nil }
  }
}
