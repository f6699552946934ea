import Journal
import Storage
import Testing

@testable import SyncEngine

/// True dates on record stay those of their files when a phone prints its dates in another zone.
@Suite struct TruthTests {
  private let traits = Planner.Input.sample.sourceTraits
  private let paths: [RelativePath] = ["a", "b", "c"]
  private let date = Timestamp(seconds: 1_600_000_000, nanoseconds: 123_456_789)

  /// The truths of three files that the device had dated to the second.
  private func truths(_ times: FileTimes) -> [Truth] {
    paths.map { Truth(path: $0, size: 5, token: ChangeToken(bytes: [1], version: 1), times: times) }
  }

  /// The same files, with dates that many seconds off.
  private func tree(_ offset: Int64, size: UInt64 = 5) -> Tree {
    var tree = Tree()
    tree.entries = paths.map { .file($0, size, token: 2, modified: 1_600_000_000 + offset) }
    return tree
  }

  private func records(reported: Int64, token: UInt8 = 1) -> [Record] {
    paths.map { path in
      let entry = Entry.file(path, 5, token: token, modified: reported)
      return .of(entry, entry)
    }
  }

  @Test func theyAreTheirOwnEvidence() {
    var history = History()
    var tree = tree(3 * 3600)
    history.sourceTruths = truths(FileTimes(modified: date, created: Timestamp(seconds: 9)))
    #expect(history.followTruths(.source, in: &tree, traits).truths.map(\.path) == paths)
    // They are read in the zone of before.
    #expect(tree.entries.allSatisfy { $0.hasAssumedZone })
    #expect(history.sourceTruths.map(\.token.bytes) == [[2], [2], [2]])
    // The next time they are where they belong.
    #expect(history.followTruths(.source, in: &tree, traits).truths.isEmpty)
    tree.restoreTimes(history.sourceTruths, traits)
    #expect(tree.entries.allSatisfy { $0.times.modified == date && $0.times.created?.seconds == 9 })
    #expect(!tree.entries.contains { $0.hasAssumedZone })
  }

  @Test func recordsAreEvidenceWhereADeviceKeepsNoDates() {
    // The date at which the device received it says nothing of the true one.
    var history = History()
    var tree = tree(3600)
    history.destinationTruths = truths(FileTimes(modified: Timestamp(seconds: 5)))
    #expect(history.followTruths(.destination, in: &tree, traits).truths.isEmpty)
    // Read in the zone of now, the dates are those of the record.
    history.records = records(reported: 1_600_003_600)
    #expect(history.followTruths(.destination, in: &tree, traits).truths.count == 3)
    #expect(!tree.entries.contains { $0.hasAssumedZone })
    #expect(history.destinationTruths.map(\.times.modified?.seconds) == [5, 5, 5])
  }

  /// The phone was misread, moved, and was plugged in and shown anew: dates of then never were true. Without that, and of
  /// files whose dates were known, those on record tell that it is the zone of before in which all is read.
  @Test func whatWasMisreadIsNoEvidence() {
    var history = History()
    history.records = records(reported: 1_600_000_000)
    let token = ChangeToken(bytes: [1], version: 1)
    history.destinationTruths = paths.map {
      Truth(path: $0, size: 5, token: token, times: FileTimes(), assumedFrom: "Pixel")
    }
    func isMisread(_ history: History, ofNow: Bool, _ side: Side = .source) -> Bool {
      var (history, tree, traits) = (history, tree(3 * 3600), traits)
      traits.isZoneOfNow = ofNow
      let isMisread = history.followTruths(side, in: &tree, traits).isMisread
      #expect(tree.entries.contains { $0.hasAssumedZone } == isMisread)
      return isMisread
    }
    #expect(!isMisread(history, ofNow: true))
    #expect(isMisread(history, ofNow: false))
    var known = history
    known.destinationTruths.removeLast()
    #expect(isMisread(known, ofNow: true))
    // What a device got from another one with such a date, it prints in its own zone.
    var back = history
    swap(&back.sourceTruths, &back.destinationTruths)
    #expect(!isMisread(back, ofNow: true, .destination))
    back.destinationTruths = history.destinationTruths
    #expect(isMisread(back, ofNow: true, .destination))
  }

  @Test func nothingElseIsFollowed() {
    var history = History()
    history.sourceTruths = truths(FileTimes(modified: date))
    var disk = traits
    disk.identity.device = nil
    func follow(_ side: Side, _ tree: Tree, _ traits: StorageTraits) -> Int {
      var (history, tree) = (history, tree)
      let count = history.followTruths(side, in: &tree, traits).truths.count
      #expect(tree.entries.contains { $0.hasAssumedZone } == (count > 0))
      return count
    }
    #expect(follow(.source, tree(3600), traits) == 3)
    #expect(follow(.source, tree(3600 + 61), traits) == 0)
    #expect(follow(.source, tree(3600, size: 6), traits) == 0)
    #expect(follow(.source, tree(3600), disk) == 0)
    #expect(follow(.destination, tree(3600), traits) == 0)
    // The truths are those of versions before the ones on record.
    history.records = records(reported: 1_600_003_600, token: 7)
    #expect(follow(.source, tree(3600), traits) == 0)
  }

  /// A folder has no token: its own date tells it, or, where its storage gives it that itself, its path alone.
  @Test func thoseOfFoldersHoldWhereTheyWereLeft() {
    let times = FileTimes(modified: date, created: Timestamp(seconds: 9))
    var history = History()
    history.sourceTruths = [
      Truth(folder: "by path", times: times, isDated: false), Truth(folder: "dated", times: times, isDated: true),
      Truth(folder: "other date", times: times, isDated: true), Truth(folder: "file", times: times, isDated: false),
      Truth(folder: "uncreated", times: FileTimes(modified: date), isDated: true),
    ]
    var tree = Tree()
    tree.entries = [
      .folder("by path", modified: 7), .folder("dated"), .folder("other date", modified: 1_600_000_002),
      .file("file", 0, token: 1), .folder("uncreated"),
    ]
    for index in tree.entries.indices { tree.entries[index].times.created = Timestamp(seconds: 8) }
    #expect(history.followTruths(.source, in: &tree, traits).truths.isEmpty)
    tree.restoreTimes(history.sourceTruths, traits)
    let modified = tree.entries.map { $0.times.modified == date }
    #expect(modified == [true, true, false, false, true])
    #expect(tree.entries.map(\.times.created?.seconds) == [9, 9, 8, 8, nil])
  }

  /// A plan knows files whose true dates are restored for those of the record.
  @Test func aRestoredDateHidesNoZoneChange() {
    var input = Planner.Input.sample
    input.source = tree(3600)
    input.destination.entries = paths.map { .file($0, 5, token: 2) }
    input.history.records = records(reported: 1_600_000_000)
    for (index, entry) in input.destination.entries.enumerated() {
      input.history.records[index].destination = Fingerprint(entry)
    }
    input.history.sourceTruths = truths(FileTimes(modified: Timestamp(seconds: 5)))
    _ = input.history.followTruths(.source, in: &input.source, traits)
    input.source.restoreTimes(input.history.sourceTruths, traits)
    #expect(input.source.entries.map(\.times.modified?.seconds) == [5, 5, 5])
    #expect(Planner.plan(input).actions.map(\.reason) == Array(repeating: .equalAfterZoneChange, count: 3))
  }
}
