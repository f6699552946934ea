import Storage
import Testing

@testable import Journal

/// What is on record of single paths, and what commands do to these.
@Suite struct NameRecordTests {
  private let file = JournalFile()
  private let root = StorageIdentity.local("/")
  private let other = StorageIdentity.local("/other")

  private func journal() async throws -> Journal {
    let journal = try file.open()
    let run = try await journal.begin(from: other, to: root, policy: "{}")
    for (number, path) in (["a", "a/x", "a/x/y", "ab", "b", "b/old"] as [StaticString]).enumerated() {
      let path = RelativePath(path)
      let token = ChangeToken(bytes: [1], version: 1)
      let truth = Truth(path: path, size: 7, token: token, times: FileTimes(modified: Timestamp(seconds: 5)))
      var end = StepEnd.done(UInt32(number), .of(path, size: 7), truth: truth)
      end.size = 7
      end.intent.trueName = path.bytes.filter { $0 != UInt8(ascii: "/") }
      try await journal.record([end], in: run)
    }
    try await journal.end(run, ending: "done", counts: "{}")
    return journal
  }

  private func known(_ journal: Journal) async throws -> (names: [String: String], dates: Set<String>) {
    let history = try await journal.history(from: other, to: root)
    #expect(history.destinationNameSizes.allSatisfy { $0.value == 7 })
    #expect(history.destinationNameSizes.count == history.destinationNames.count)
    let names = history.destinationNames.map { ($0.key.text, String(decoding: $0.value, as: UTF8.self)) }
    return (Dictionary(uniqueKeysWithValues: names), Set(history.destinationTruths.map(\.path.text)))
  }

  @Test func whatIsMovedTakesItsNamesAndDatesWithIt() async throws {
    let journal = try await journal()
    // Into another folder: seen from two of its folders, as commands do.
    try await journal.move(RelativePath("x"), in: .local("/a"), to: RelativePath("x"), in: .local("/b"))
    var known = try await known(journal)
    #expect(known.names == ["a": "a", "b/x": "ax", "b/x/y": "axy", "ab": "ab", "b": "b", "b/old": "bold"])
    #expect(known.dates == Set(known.names.keys))
    // Under another name, to where something was.
    try await journal.move(RelativePath("b"), in: root, to: RelativePath("a"), in: root)
    known = try await self.known(journal)
    #expect(known.names == ["a/x": "ax", "a/x/y": "axy", "a/old": "bold", "ab": "ab"])
    #expect(known.dates == ["a", "a/x", "a/x/y", "a/old", "ab"])
  }

  @Test func datesFollowAFileWhoseTokenChangedWithTheZoneOfItsDevice() async throws {
    let journal = try await journal()
    var moved = Truth(path: RelativePath("x"), size: 7, token: ChangeToken(bytes: [9], version: 2), times: FileTimes())
    try await journal.follow([moved], in: .local("/a"))
    // Of another file.
    (moved.path, moved.size) = (RelativePath("y"), 8)
    try await journal.follow([moved], in: .local("/a/x"))
    let truths = try await journal.history(from: other, to: root).destinationTruths
    #expect(truths.filter { $0.token == moved.token }.map(\.path.text) == ["a/x"])
    #expect(truths.count == 6 && truths.allSatisfy { $0.times.modified?.seconds == 5 })
  }

  @Test func whatIsRemovedIsForgotten() async throws {
    let journal = try await journal()
    try await journal.forget([RelativePath("x"), RelativePath("x/y"), RelativePath("none")], in: .local("/a"))
    try await journal.forget([RelativePath("b")], in: .local("/", volume: "another"))
    let known = try await known(journal)
    #expect(Set(known.names.keys) == ["a", "ab", "b", "b/old"] && known.dates == Set(known.names.keys))
  }
}
