import Storage
import Testing

@testable import Journal

/// Which storages the journal takes for the same.
@Suite struct RecognitionTests {
  private let file = JournalFile()
  private let disk = StorageIdentity.local("/photos")

  /// Runs once from `first`, and tells whether `second` is then known as the same.
  private func isSame(_ first: StorageIdentity, _ second: StorageIdentity) async throws -> Bool {
    let journal = try file.open()
    let run = try await journal.begin(from: first, to: disk, policy: "{}")
    try await journal.record([.done(0, .of(RelativePath("a")))], in: run)
    try await journal.end(run, ending: "done", counts: "{}")
    return try await !journal.history(from: second, to: disk).records.isEmpty
  }

  @Test func aSerialSufficesThoughTheProductIdChanges() async throws {
    var charging = StorageIdentity.phone("A1B2C3")
    charging.device?.productID = 0x4ee7
    charging.device?.firmware = "2.0"
    #expect(try await isSame(.phone("A1B2C3"), charging))
  }

  @Test func anotherSerialIsAnotherDevice() async throws {
    #expect(try await !isSame(.phone("A1B2C3"), .phone("D4E5F6")))
  }

  @Test func aSerialThatOneOfTwoPlacesTellsSuffices() async throws {
    #expect(try await isSame(.phone("A1B2C3", usb: "USB-77"), .phone(nil, usb: "USB-77")))
  }

  @Test func aStorageIdMayChangeIfItsLabelStays() async throws {
    #expect(try await isSame(.phone("A1B2C3"), .phone("A1B2C3", volume: "00020001")))
  }

  @Test func aLabelMayChangeWithTheLanguageIfItsIdStays() async throws {
    #expect(try await isSame(.phone("A1B2C3"), .phone("A1B2C3", label: "Interner Speicher")))
  }

  @Test func anotherCapacityIsAnotherStorage() async throws {
    #expect(try await !isSame(.phone("A1B2C3"), .phone("A1B2C3", capacity: 1 << 36)))
  }

  @Test func withoutASerialModelIdAndCapacityMustAgree() async throws {
    let dummy = StorageIdentity.phone("0123456789ABCDEF")
    #expect(try await isSame(dummy, .phone("0123456789ABCDEF", label: "Karte")))
    #expect(try await !isSame(dummy, .phone("0123456789ABCDEF", capacity: 5)))
    #expect(try await !isSame(dummy, .phone("0123456789ABCDEF", model: "Nexus")))
    #expect(try await !isSame(dummy, .phone("A1B2C3")))
    // Too short to tell devices of all makers apart, and yet not the same.
    #expect(try await isSame(.phone("A1"), .phone("A1")))
    #expect(try await !isSame(.phone("A1"), .phone("B1")))
  }

  @Test func twoCandidatesAreAnErrorThatNamesBoth() async throws {
    let journal = try file.open()
    for identity in [StorageIdentity.phone("A1B2C3"), .phone(nil, usb: "USB-77")] {
      let run = try await journal.begin(from: identity, to: disk, policy: "{}")
      try await journal.end(run, ending: "done", counts: "{}")
    }
    let error = await failure { () async throws(JournalError) in
      try await journal.history(from: .phone("A1B2C3", usb: "USB-77"), to: disk)
    }
    #expect(error?.reason == .ambiguous)
    #expect(error?.cause.contains("A1B2C3") == true)
    #expect(error?.cause.contains("USB-77") == true)
  }

  @Test func aFolderIsTheSameOnlyOnItsOwnFileSystem() async throws {
    #expect(try await isSame(.local("/a", volume: "one"), .local("/a", volume: "one")))
    #expect(try await !isSame(.local("/a", volume: "one"), .local("/a", volume: "two")))
    #expect(try await !isSame(.local("/a", volume: "one"), .local("/a/b", volume: "one")))
  }

  @Test func anotherDiskUnderTheDestinationIsNoticed() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: .phone("A1B2C3"), to: disk, policy: "{}")
    try await journal.record([.done(0, .of(RelativePath("a")))], in: run)
    let unmounted = StorageIdentity.local("/photos", volume: "the system's own disk")
    let elsewhere = StorageIdentity.local("/other", volume: "the system's own disk")
    #expect(try await journal.history(from: .phone("A1B2C3"), to: unmounted).destinationReplaced)
    #expect(try await !journal.history(from: .phone("A1B2C3"), to: elsewhere).destinationReplaced)
    #expect(try await !journal.history(from: .phone("A1B2C3"), to: disk).destinationReplaced)
    #expect(try await !journal.history(from: .phone("D4E5F6"), to: unmounted).destinationReplaced)
    // And under the source: the way back shares the record.
    #expect(try await journal.history(from: unmounted, to: .phone("A1B2C3")).sourceReplaced)
    #expect(try await !journal.history(from: elsewhere, to: .phone("A1B2C3")).sourceReplaced)
    #expect(try await !journal.history(from: disk, to: .phone("A1B2C3")).sourceReplaced)
  }
}
