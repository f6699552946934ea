import Foundation
import GRDB
import Storage
import Testing

@testable import Journal

/// What was read back of a file.
@Suite struct VerificationTests {
  private let file = JournalFile()
  private let from = StorageIdentity.local("/photos")
  private let to = StorageIdentity.local("/copy")
  private let verification: Verification

  init() throws {
    verification = Verification(digest: try #require(ContentDigest((0..<32).map { $0 })), at: 1_795_000_000)
  }

  @Test func aDigestHas32Bytes() {
    #expect(ContentDigest([UInt8](repeating: 0, count: 31)) == nil && ContentDigest([]) == nil)
  }

  @Test func itIsKeptWithTheRecordAndGoesWithIt() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    var record = Record.of(RelativePath("a"))
    record.verification = verification
    try await journal.record([.done(0, record)], in: run)
    #expect(try await journal.history(from: from, to: to).records == [record])
    #expect(try await journal.history(from: to, to: from).records.first?.verification == verification)
    record.verification = nil
    try await journal.record([.done(1, record)], in: run)
    #expect(try await journal.history(from: from, to: to).records == [record])
  }

  @Test func anOlderJournalHasNoneAndTakesThem() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version2.dump) }
    try old.close()
    let journal = try file.open()
    let before = try await journal.history(from: from, to: to).records
    #expect(before.count == 2 && before.allSatisfy { $0.verification == nil })
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    var record = before[0]
    record.verification = verification
    try await journal.record([.done(0, record)], in: run)
    #expect(try await journal.history(from: from, to: to).records == [record, before[1]])
  }
}
