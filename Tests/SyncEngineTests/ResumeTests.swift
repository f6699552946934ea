import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Going on inside a file that was cut off, from a device to a folder and back.
@Suite struct ResumeTests {
  private static let size = 1_000_000
  private static let bytes = someBytes(size)
  private static let cut = 300_000
  private static let lost = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
  /// Head and tail of a part are compared.
  private static let sample: UInt64 = 2 * 64 << 10

  /// A device with one file, and a folder to copy it to.
  private struct Download {
    let place: DevicePlace
    let folder = InMemoryStorage()

    init() throws {
      place = try DevicePlace(.moving)
      try place.device.put(.file("film", bytes, modified: DevicePlace.date))
    }

    var run: SyncRun { place.run(from: place.device, to: folder) }

    /// Cuts the next reading, and all its repetitions in the run.
    func pullTheCable(_ times: Int = 4) {
      for call in 1...times { place.device.fail(.read, at: call, after: call == 1 ? cut : 0, lost) }
    }

    var part: RelativePath? { folder.paths.first { TemporaryName.matches($0.name) } }

    /// The same file at the end, and nothing else.
    func expectWhole(_ result: (plan: Plan, ending: Ending, counts: Counts, events: [Event])) async throws {
      #expect(result.ending == .done)
      #expect(folder.contents(of: "film") == bytes && folder.paths == ["film"])
      let film = try await folder.find("film")
      #expect(film.times.modified == DevicePlace.date)
      #expect(try await run().plan.isIdle)
    }
  }

  private static func resumed(_ events: [Event]) -> [UInt64] {
    events.compactMap { if case .resuming(_, let offset) = $0 { offset } else { nil } }
  }

  @Test func aDownloadGoesOnInTheSameRunAfterTheDeviceCameBack() async throws {
    let download = try Download()
    download.pullTheCable(1)
    let result = try await download.run()
    let offset = try #require(Self.resumed(result.events).first)
    #expect(offset > 0 && offset <= UInt64(Self.cut))
    #expect(download.place.device.bytesRead == UInt64(Self.cut) + Self.sample + UInt64(Self.size) - offset)
    try await download.expectWhole(result)
  }

  @Test(arguments: [true, false])
  func aDownloadGoesOnInTheNextRun(_ isCancelled: Bool) async throws {
    let download = try Download()
    if isCancelled {
      download.folder.fail(.write, after: Self.cut, TransferControl.cancellation)
    } else {
      download.pullTheCable()
    }
    let first = try await download.run()
    #expect(first.ending == (isCancelled ? .interrupted : .notReady(Self.lost.about("film"))))
    let part = try #require(download.part)
    let size = try #require(download.folder.contents(of: part)?.count)
    let before = download.place.device.bytesRead

    let next = try await download.run()
    #expect(next.plan.actions.map(\.part?.path) == [part] && next.plan.leftovers.isEmpty)
    #expect(next.plan.bytes == UInt64(Self.size - size))
    #expect(Self.resumed(next.events) == [UInt64(size)])
    #expect(download.place.device.bytesRead - before == Self.sample + UInt64(Self.size - size))
    try await download.expectWhole(next)
  }

  enum Change: CaseIterable { case date, size, part }

  /// Nothing is put together from two versions.
  @Test(arguments: Change.allCases)
  func aPartOfAnotherVersionIsNotGoneOnWith(_ change: Change) async throws {
    let download = try Download()
    download.pullTheCable()
    _ = try await download.run()
    let part = try #require(download.part)
    var bytes = Self.bytes
    switch change {
    case .date: try download.place.device.put(.file("film", bytes, modified: DevicePlace.later))
    case .size:
      bytes.append(7)
      try download.place.device.put(.file("film", bytes, modified: DevicePlace.date))
    case .part:
      let count = try #require(download.folder.contents(of: part)?.count)
      try download.folder.put(.file(part, [UInt8](repeating: 0, count: count), modified: DevicePlace.date))
    }
    let next = try await download.run()
    #expect(Self.resumed(next.events).isEmpty)
    #expect(next.ending == .done)
    #expect(download.folder.contents(of: "film") == bytes && download.folder.paths == ["film"])
  }

  /// A device that answers with an error in the middle of a file: at once for good, or whenever it is asked again.
  @Test(arguments: [StorageError.Recovery.nextFile, .retry])
  func aFileThatFailsIsGoneOnWithInTheNextRun(_ recovery: StorageError.Recovery) async throws {
    let download = try Download()
    let refused = StorageError(.deviceRefused, recovery, cause: "No")
    // Also where the part is compared.
    for call in 1...(recovery == .retry ? Persistence.attempts : 1) {
      download.place.device.fail(.read, at: call, after: call == 1 ? Self.cut : 0, refused)
    }
    #expect(try await download.run().ending == .someFailed)
    let part = try #require(download.part)
    let size = try #require(download.folder.contents(of: part)?.count)
    let next = try await download.run()
    #expect(Self.resumed(next.events) == [UInt64(size)])
    try await download.expectWhole(next)
  }

  @Test(arguments: [StorageError.Reason.changed, .notFound, .wrongLength])
  func aFileThatIsAnotherOneNowLeavesNoPart(_ reason: StorageError.Reason) async throws {
    let download = try Download()
    download.place.device.fail(.read, at: 1, after: Self.cut, StorageError(reason, .nextFile, cause: "No"))
    let result = try await download.run()
    #expect(result.ending == .someFailed && download.folder.paths.isEmpty)
  }

  @Test func aFullDiskKeepsNoPart() async throws {
    let place = try DevicePlace(.moving)
    let folder = InMemoryStorage()
    try place.device.put(.file("film", Self.bytes, modified: DevicePlace.date))
    folder.fail(.write, after: Self.cut, StorageError(.noSpace, .waitForUser(.freeSpace), cause: "No space left"))
    _ = try await place.run(from: place.device, to: folder)()
    #expect(folder.paths.isEmpty)
  }

  /// Where the device can write behind what it has.
  @Test(arguments: [true, false])
  func anUploadGoesOn(_ isInTheNextRun: Bool) async throws {
    let place = try DevicePlace(.undating)
    try place.source.put(.file("film", Self.bytes, modified: DevicePlace.date))
    for call in 1...(isInTheNextRun ? 4 : 1) {
      place.device.fail(.write, at: call, after: call == 1 ? Self.cut : 0, Self.lost)
    }
    var result = try await place.run()()
    if isInTheNextRun {
      #expect(result.ending == .notReady(Self.lost.about("film")))
      #expect(place.device.contents(of: "film")?.count == Self.cut)
      result = try await place.run()()
    }
    #expect(Self.resumed(result.events).last == UInt64(Self.cut))
    #expect(result.ending == .done)
    #expect(place.device.contents(of: "film") == Self.bytes && place.device.paths == ["film"])
    #expect(try await place.run()().plan.isIdle)
  }

  /// The file changed where nobody looks that compares the ends of a part only.
  @Test(arguments: [true, false])
  func aPartOfAnotherVersionIsNotWrittenBehind(_ comparesAll: Bool) async throws {
    let place = try DevicePlace(.undating)
    try place.source.put(.file("film", Self.bytes, modified: DevicePlace.date))
    for call in 1...4 { place.device.fail(.write, at: call, after: call == 1 ? Self.cut : 0, Self.lost) }
    _ = try await place.run()()
    var bytes = Self.bytes
    if !comparesAll { bytes[Self.cut / 2] ^= 1 }
    let date = comparesAll ? DevicePlace.date : DevicePlace.later
    try place.source.put(.file("film", bytes, modified: date))
    var policy = SyncPolicy()
    policy.checksum = comparesAll
    var run = SyncRun(
      from: place.source,
      to: place.device,
      journal: place.journal,
      policy: policy,
      host: place.host
    )
    run.pause = .zero
    let next = try await run()
    #expect(Self.resumed(next.events).isEmpty && next.ending == .done)
    #expect(place.device.paths.contains { place.device.contents(of: $0) == bytes })
  }

  /// All of it seems to have come when the device is back, and its ends are right.
  @Test func aFileThatSeemsWholeIsComparedWhole() async throws {
    let place = try DevicePlace(.undating)
    try place.source.put(.file("film", Self.bytes, modified: DevicePlace.date))
    place.device.fail(.write, after: Self.size, Self.lost)
    var bytes = Self.bytes
    bytes[Self.size / 2] ^= 1
    let (device, damaged) = (place.device, bytes)
    var run = place.run()
    run.pause = .zero
    let plan = try await run.plan(control: TransferControl()) { _ in }
    let recorder = Recorder()
    let ending = await run.execute(plan, control: TransferControl()) { event in
      recorder.report(event)
      if case .retrying = event { try? device.put(.file("film", damaged, modified: DevicePlace.later)) }
    }
    #expect(ending == .someFailed && recorder.counts?.filesCopied == 0)
  }

  /// What stands behind another file in its batch, so that nothing may be read ahead while its part is compared.
  @Test func aReplacementIsGoneOnWithBehindAnotherFile() async throws {
    let place = try DevicePlace(.undating)
    try place.source.put(.file("b", someBytes(10), modified: DevicePlace.date))
    #expect(try await place.run()().ending == .done)
    try place.source.put(.file("b", Self.bytes, modified: DevicePlace.later))
    for call in 1...4 { place.device.fail(.write, at: call, after: call == 1 ? Self.cut : 0, Self.lost) }
    #expect(try await place.run()().ending != .done)
    let large = someBytes(8 << 20, seed: 3)
    try place.source.put(.file("a", large, modified: DevicePlace.date))
    let next = try await place.run()()
    #expect(Self.resumed(next.events) == [UInt64(Self.cut)] && next.ending == .done)
    #expect(place.device.contents(of: "a") == large && place.device.contents(of: "b") == Self.bytes)
  }

  /// The command of the next program at the end of a part, see ``StrayCommand``.
  @Test func aPartThatEndsInACommandIsSentAgain() async throws {
    let place = try DevicePlace(.undating)
    try place.source.put(.file("film", Self.bytes, modified: DevicePlace.date))
    for call in 1...4 { place.device.fail(.write, at: call, after: call == 1 ? Self.cut : 0, Self.lost) }
    _ = try await place.run()()
    let command: [UInt8] = [16, 0, 0, 0, 1, 0, 2, 0x10, 0, 0, 0, 0, 1, 0, 0, 0]
    try place.device.put(.file("film", Array(Self.bytes.prefix(Self.cut)) + command, modified: DevicePlace.later))
    let next = try await place.run()()
    #expect(Self.resumed(next.events).isEmpty && next.ending == .done)
    #expect(place.device.contents(of: "film") == Self.bytes && place.device.paths == ["film"])
  }

  /// The same where it makes the part as large as the file, or larger: at a file's last bytes, and in place of the data of
  /// one that is smaller than what the command leaves.
  @Test(arguments: [(0, 0), (4, 0), (3, 0), (100, 84), (100, 90), (100, 100)])
  func aCommandMakesAPartNoLessOfOne(_ size: Int, _ came: Int) async throws {
    let place = try DevicePlace(.undating)
    let bytes = someBytes(size)
    try place.source.put(.file("file", bytes, modified: DevicePlace.date))
    for call in 1...4 { place.device.fail(.write, at: call, after: 0, Self.lost) }
    #expect(try await place.run()().ending != .done)
    let command: [UInt8] = [16, 0, 0, 0, 1, 0, 2, 0x10, 0, 0, 0, 0, 1, 0, 0, 0]
    let part = came == 0 ? Array(command.suffix(4)) : Array(bytes.prefix(came)) + command
    try place.device.put(.file("file", part, modified: DevicePlace.later))
    let next = try await place.run()()
    #expect(next.ending == .done && next.counts.filesKeptBoth == 0)
    #expect(place.device.contents(of: "file") == bytes && place.device.paths == ["file"])
    #expect(try await place.run()().plan.actions.isEmpty)
  }

  /// What stands there meanwhile is somebody's own.
  @Test func aFileOfSomebodyElseIsNotGoneOnWith() async throws {
    let place = try DevicePlace(.undating)
    try place.source.put(.file("film", Self.bytes, modified: DevicePlace.date))
    for call in 1...4 { place.device.fail(.write, at: call, after: call == 1 ? Self.cut : 0, Self.lost) }
    _ = try await place.run()()
    let theirs = [UInt8](repeating: 7, count: Self.cut)
    try place.device.put(.file("film", theirs, modified: DevicePlace.later))
    let next = try await place.run()()
    #expect(Self.resumed(next.events).isEmpty && next.ending == .done)
    #expect(place.device.contents(of: "film") == theirs && next.counts.filesKeptBoth == 1)
  }
}
