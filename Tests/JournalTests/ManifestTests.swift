import Foundation
import Storage
import Testing

@testable import Journal

/// Dates and names on their way from one journal to another.
@Suite struct ManifestTests {
  private let here = JournalFile()
  private let there = JournalFile()
  private let disk = StorageIdentity.local("/photos")

  private func truth(_ path: RelativePath, _ seconds: Int64 = 5) -> Truth {
    Truth(
      path: path,
      size: .max,
      token: ChangeToken(bytes: [0, 255], version: 3),
      times: FileTimes(
        modified: Timestamp(seconds: seconds, nanoseconds: 999_999_999),
        created: Timestamp(seconds: -seconds, nanoseconds: 1)
      )
    )
  }

  private func put(_ truths: [Truth], on storage: StorageIdentity, _ journal: Journal) async throws {
    let run = try await journal.begin(from: disk, to: storage, policy: "{}")
    let ends = truths.enumerated().map { StepEnd.done(UInt32($0), .of($1.path), truth: $1) }
    try await journal.record(ends, in: run)
    try await journal.end(run, ending: "done", counts: "{}")
  }

  @Test func anotherJournalHasTheSameDates() async throws {
    let phone = StorageIdentity.phone("A1B2C3")
    let journal = try there.open()
    let odd = try #require(RelativePath([0xFF, 0x2F, 0xFE, 0x0A]))
    try await put([truth(RelativePath("a")), truth(odd)], on: phone, journal)
    try await put([truth(RelativePath("b"))], on: .phone("D4E5F6"), journal)
    try await put([truth(RelativePath("c"))], on: .local("/usb"), journal)
    let all = try await journal.manifest { _ in true }
    #expect(all.storages.count == 2 && all.files.count == 3, "none of a folder on disk")
    let manifest = try await journal.manifest { $0.mtpSerial == "A1B2C3" }
    #expect(manifest.files.map(\.truth.path.bytes) == [Array("DCIM/a".utf8), Array("DCIM/".utf8) + odd.bytes])

    let other = try here.open()
    #expect(try await other.merge(manifest) == Manifest.Merged(dates: .init(added: 2)))
    #expect(try await other.merge(manifest) == Manifest.Merged(dates: .init(known: 2)))
    // From whatever folder of the storage, in either direction.
    var root = phone
    root.root = []
    #expect(try await other.history(from: phone, to: disk).sourceTruths == [truth(RelativePath("a")), truth(odd)])
    #expect(try await other.history(from: disk, to: root).destinationTruths.first?.path == RelativePath("DCIM/a"))
    let history = try await other.history(from: disk, to: phone)
    #expect(history.records.isEmpty && !history.destinationReplaced)
    // It is nobody's run, and leaves nothing to resume.
    #expect(try await other.runs(last: 10).isEmpty)
    #expect(try await other.begin(from: disk, to: root, policy: "{}").resumes == nil)
    #expect(try await other.manifest { _ in true }.files.map(\.recorded) == manifest.files.map(\.recorded))
  }

  @Test func doubtsGoAlongWithDatesOnly() async throws {
    let phone = StorageIdentity.phone("A1B2C3")
    var (doubtful, bare) = (truth(RelativePath("a")), truth(RelativePath("b")))
    doubtful.assumedFrom = "Pixel"
    bare.assumedFrom = "Pixel"
    bare.times = FileTimes()
    let journal = try there.open()
    try await put([doubtful, bare], on: phone, journal)
    let manifest = try await journal.manifest { _ in true }
    #expect(manifest.files.map(\.truth.assumedFrom) == ["Pixel"])
    let other = try here.open()
    #expect(try await other.merge(manifest) == Manifest.Merged(dates: .init(added: 1)))
    #expect(try await other.history(from: phone, to: disk).sourceTruths == [doubtful])
  }

  private func name(_ names: [TrueName], on storage: StorageIdentity, _ journal: Journal) async throws {
    let run = try await journal.begin(from: disk, to: storage, policy: "{}")
    try await journal.record(names, in: run)
    try await journal.end(run, ending: "done", counts: "{}")
  }

  @Test func anotherJournalHasTheSameNames() async throws {
    let phone = StorageIdentity.phone("A1B2C3")
    let journal = try there.open()
    let odd = TrueName(path: RelativePath("b"), name: [0xFF], size: .max)
    try await put([truth(RelativePath("a"))], on: .phone("D4E5F6"), journal)
    try await name([TrueName(path: RelativePath("a"), name: [0x3A]), odd], on: phone, journal)
    try await name([odd], on: .local("/usb"), journal)
    let manifest = try await journal.manifest { _ in true }
    #expect(manifest.storages.map { $0.device?.mtpSerial } == ["D4E5F6", "A1B2C3"], "also one without dates")
    #expect(manifest.names.map(\.trueName.path) == [RelativePath("DCIM/a"), RelativePath("DCIM/b")])
    let other = try here.open()
    #expect(try await other.merge(manifest) == Manifest.Merged(dates: .init(added: 1), names: .init(added: 2)))
    #expect(try await other.merge(manifest) == Manifest.Merged(dates: .init(known: 1), names: .init(known: 2)))
    let history = try await other.history(from: phone, to: disk)
    #expect(history.sourceNames == [RelativePath("a"): [0x3A], RelativePath("b"): [0xFF]])
    #expect(history.sourceNameSizes == [RelativePath("b"): .max])
    #expect(try await other.manifest { _ in true }.names.map(\.recorded) == manifest.names.map(\.recorded))

    // The later run's, and this journal's of the same moment.
    var newer = manifest
    newer.files = []
    newer.names = [manifest.names[1]]
    newer.names[0].trueName.size = 3
    for (apart, merged) in [
      (-1, Manifest.Taken(older: 1)), (0, Manifest.Taken(older: 1)), (1, Manifest.Taken(updated: 1)),
    ] {
      newer.names[0].run = UUID()
      newer.names[0].recorded = manifest.names[1].recorded + Int64(apart)
      #expect(try await other.merge(newer).names == merged, "\(apart)")
    }
    #expect(try await other.history(from: phone, to: disk).sourceNameSizes == [RelativePath("b"): 3])
  }

  @Test func whatTheJournalKnowsOfADeviceStays() async throws {
    let journal = try there.open()
    var old = StorageIdentity.phone("A1B2C3", label: "Old label")
    old.device?.firmware = "0.1"
    try await put([truth(RelativePath("a"))], on: old, journal)
    let manifest = try await journal.manifest { _ in true }
    let other = try here.open()
    try await put([], on: .phone("A1B2C3"), other)
    #expect(try await other.merge(manifest).dates.added == 1)
    #expect(try await other.devices().map(\.firmware) == ["1.0"])
    #expect(try await other.manifest { _ in true }.storages.map(\.label) == ["Internal"])
  }

  @Test func theLaterRunWinsAndThisJournalsOfTheSameMoment() async throws {
    let journal = try here.open()
    try await put([truth(RelativePath("a"), 1)], on: .phone("A1B2C3"), journal)
    var manifest = try await journal.manifest { _ in true }
    let recorded = manifest.files[0].recorded
    for (apart, merged) in [
      (-1, Manifest.Merged(dates: .init(older: 1))), (0, Manifest.Merged(dates: .init(older: 1))),
      (1, Manifest.Merged(dates: .init(updated: 1))),
    ] {
      manifest.files[0].truth = truth(RelativePath("DCIM/a"), 7)
      manifest.files[0].run = UUID()
      manifest.files[0].recorded = recorded + Int64(apart)
      #expect(try await journal.merge(manifest) == merged, "\(apart)")
    }
    // A run that is known began when it is known to have begun, whatever somebody says.
    manifest.files[0].truth = truth(RelativePath("DCIM/a"), 9)
    manifest.files[0].recorded = recorded + 1000
    #expect(try await journal.merge(manifest) == Manifest.Merged(dates: .init(older: 1)))
    #expect(
      try await journal.history(from: disk, to: .phone("A1B2C3")).destinationTruths == [truth(RelativePath("a"), 7)]
    )
  }

  /// The second of two storages cannot be told from another, so that not even the first one is taken.
  @Test func allOrNothing() async throws {
    let journal = try here.open()
    try await put([truth(RelativePath("b"))], on: .phone("A1B2C3"), journal)
    try await put([], on: .phone("F00D"), journal)
    var manifest = Manifest()
    manifest.storages = [.phone("D4E5F6"), .phone("A1B2C3", usb: "F00D")]
    manifest.files = [0, 1].map {
      Manifest.File(storage: $0, truth: truth(RelativePath("a")), run: UUID(), recorded: 1)
    }
    let before = try await journal.manifest { _ in true }.files.count
    #expect(await failure { () async throws(JournalError) in try await journal.merge(manifest) }?.reason == .ambiguous)
    #expect(try await journal.manifest { _ in true }.files.count == before)
    #expect(try await !journal.devices().contains { $0.mtpSerial == "D4E5F6" })
  }
}
