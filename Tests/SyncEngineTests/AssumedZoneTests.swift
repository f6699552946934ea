import Journal
import Storage
import Testing

@testable import SyncEngine

/// A plan says so when it goes by dates of which nobody told in which time zone they are.
@Suite struct AssumedZoneTests {
  private func assumed(_ path: RelativePath, _ size: UInt64 = 5, modified: Int64 = 1_600_000_000) -> Entry {
    var entry = Entry.file(path, size, token: 1, modified: modified)
    entry.hasAssumedZone = true
    return entry
  }

  private func isAssumed(_ input: Planner.Input) -> Bool { !Planner.plan(input).assumedZones.isEmpty }

  @Test func copiesTakeTheSourcesDates() throws {
    var input = Planner.Input.sample
    input.source.entries = [assumed("f")]
    let zone = try #require(Planner.plan(input).assumedZones.first)
    #expect(zone.name == "Pixel" && zone.device?.mtpSerial == "A1B2C3" && !zone.canBeFoundOut)
    #expect(Planner.plan(input).actions.map(\.goesByAssumedZone) == [true])
    input.sourceTraits.showsZone = true
    #expect(Planner.plan(input).assumedZones.first?.canBeFoundOut == true)
    input.source.entries[0].hasAssumedZone = false
    #expect(!isAssumed(input))
  }

  @Test func foldersGetTheSourcesDates() {
    var input = Planner.Input.sample
    var folder = Entry.folder("d")
    folder.hasAssumedZone = true
    input.source.entries = [folder]
    input.destination.entries = [.folder("d", modified: 1_600_003_600)]
    #expect(isAssumed(input))
    input.destination.entries = [.folder("d")]
    #expect(!isAssumed(input))
    // One that is made, or gets something, has no date that anybody could miss.
    input.destination.entries = []
    #expect(Planner.plan(input).folderDates.map(\.path) == ["d"] && !isAssumed(input))
    input.destination.entries = [.folder("d", modified: 1_600_003_600)]
    input.source.entries.append(.file("d/true", 5, token: 1))
    #expect(Planner.plan(input).folderDates.map(\.path) == ["d"] && !isAssumed(input))
  }

  @Test func datesThatAgreeOrAreOnRecordNeedNoZone() {
    var input = Planner.Input.sample
    input.source.entries = [assumed("f")]
    input.destination.entries = [.file("f", 5, token: 2)]
    #expect(Planner.plan(input).actions.map(\.change) == [.adopt(setTimes: false)])
    #expect(!isAssumed(input))
    input.history.records = [.of(input.source.entries[0], input.destination.entries[0])]
    #expect(Planner.plan(input).unchanged == 1 && !isAssumed(input))
    // Its date is on record.
    input.history.records[0].isRacy = true
    #expect(Planner.plan(input).actions.map(\.reason) == [.unproven])
    #expect(!isAssumed(input))
  }

  @Test(arguments: [SyncPolicy(), .dates])
  func datesThatDifferAreCompared(_ policy: SyncPolicy) {
    var input = Planner.Input.sample
    input.policy = policy
    input.source.entries = [assumed("f")]
    input.destination.entries = [.file("f", 5, token: 2, modified: 1_600_003_600)]
    #expect(isAssumed(input))
    // No date is taken from a destination.
    swap(&input.source, &input.destination)
    swap(&input.sourceTraits, &input.destinationTraits)
    input.destinationTraits.capabilities.insert(.write)
    #expect(Planner.plan(input).actions.map(\.isComparison) == [true])
    #expect(Planner.plan(input).actions.map(\.goesByAssumedZone) == [false])
    #expect(!isAssumed(input))
    input.destination.entries[0].size = 6
    #expect(!isAssumed(input))
  }

  /// A filter still decides by the date as it was read, and the plan tells of how many that may be wrong.
  @Test func filesNearTheLimitOfAFilterAreCounted() throws {
    let (limit, hour) = (Int64(1_600_000_000), Int64(3600))
    var input = Planner.Input.sample
    var filter = Filter()
    filter.notBefore = Timestamp(seconds: limit)
    filter.sizes = 1...9
    input.source.entries = [
      assumed("far", modified: limit - 15 * hour), assumed("later", modified: limit + 14 * hour),
      assumed("near", modified: limit - 14 * hour), assumed("new", modified: limit + 15 * hour),
      assumed("other size", 10, modified: limit), .file("shown", 5, token: 1, modified: limit - hour),
    ]
    input.source.leaveOut(by: filter)
    #expect(input.source.entries.map(\.path) == ["later", "new"])
    let near = try #require(Planner.plan(input).nearLimit)
    #expect(near.files == 2 && near.name == "Pixel")
    filter = Filter()
    filter.before = Timestamp(seconds: limit + 20 * hour)
    input.source.nearLimit = 0
    input.source.leaveOut(by: filter)
    #expect(input.source.entries.map(\.path) == ["later", "new"])
    #expect(Planner.plan(input).nearLimit?.files == 2)
    filter.before = Timestamp(seconds: .max)
    input.source.nearLimit = 0
    input.source.leaveOut(by: filter)
    #expect(Planner.plan(input).nearLimit == nil)
  }

  @Test func aTrueDateFromTheJournalNeedsNone() {
    var tree = Tree()
    tree.entries = [assumed("f"), assumed("g")]
    let token = ChangeToken(bytes: [1], version: 1)
    tree.restoreTimes([
      Truth(path: "f", size: 5, token: token, times: FileTimes(modified: Timestamp(seconds: 7))),
      Truth(path: "g", size: 5, token: token, times: FileTimes(created: Timestamp(seconds: 7))),
    ])
    #expect(tree.entries.map(\.hasAssumedZone) == [false, true])
    #expect(tree.entries[0].told?.modified?.seconds == 1_600_000_000)
    #expect(Fingerprint(tree.entries[0]).modified?.seconds == 1_600_000_000)
  }
}

extension Action {
  fileprivate var isComparison: Bool { if case .compare = change { true } else { false } }
}
