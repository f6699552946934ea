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
    input.destination.entries = [.folder("d", modified: 1_600_000_500)]
    #expect(isAssumed(input))
    input.destination.entries = [.folder("d")]
    #expect(!isAssumed(input))
    // One that is made, or gets something, has no date that anybody could miss.
    input.destination.entries = []
    #expect(Planner.plan(input).folderDates.map(\.path) == ["d"] && !isAssumed(input))
    input.destination.entries = [.folder("d", modified: 1_600_000_500)]
    input.source.entries.append(.file("d/true", 5, token: 1))
    #expect(Planner.plan(input).folderDates.map(\.path) == ["d"] && !isAssumed(input))
  }

  /// It travels, and its dates are read in the zone of before: the folders have had the right ones since then.
  @Test(arguments: [-3600, 20_701, 93_600] as [Int64]) func foldersKeepWhatIsTheSameInAnotherZone(apart: Int64) {
    var input = Planner.Input.sample
    var folder = Entry.folder("d")
    folder.hasAssumedZone = true
    input.source.entries = [folder]
    let known = Entry.folder("d", modified: 1_600_000_000 + apart)
    input.destination.entries = [known]
    #expect(Planner.plan(input).folderDates.isEmpty && !isAssumed(input))
    input.source.entries.append(.file("d/new", 5, token: 1))
    #expect(Planner.plan(input).folderDates.map(\.times) == [known.times])
    input.source.entries[0].hasAssumedZone = false
    #expect(Planner.plan(input).folderDates.map(\.times) == [folder.times])
  }

  /// It is not the zone of the device that passes them on.
  @Test func foldersSayWhereTheirDatesAreFrom() {
    var input = Planner.Input.sample
    input.source.entries = [.folder("d")]
    input.destination.entries = [.folder("d", modified: 1_600_000_500)]
    var truth = Truth(folder: "d", times: FileTimes(modified: Timestamp(seconds: 1_600_000_000)), isDated: false)
    truth.assumedFrom = "Board"
    input.source.restoreTimes([truth], input.sourceTraits)
    let zones = Planner.plan(input).assumedZones
    #expect(zones.map(\.name) == ["Board"] && zones.map(\.files) == [0] && zones[0].device == nil)
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

  /// A filter still decides by the date as it was read, and the plan tells of how many that may be wrong: here the true one
  /// may be 3 h earlier than read, or 12 h later, or anything that two zones can differ by.
  @Test func filesNearTheLimitOfAFilterAreCounted() {
    let (limit, hour) = (Int64(1_600_000_000), Int64(3600))
    var input = Planner.Input.sample
    input.source.entries = [
      assumed("a far", modified: limit - 12 * hour - 1), assumed("b near", modified: limit - 12 * hour),
      assumed("c near", modified: limit + 3 * hour - 1), assumed("d new", modified: limit + 3 * hour),
      assumed("e", 10, modified: limit), .file("f shown", 5, token: 1, modified: limit - hour),
      assumed("g recorded", modified: limit - 26 * hour), assumed("h recorded", modified: limit - 26 * hour - 1),
      assumed("i recorded", modified: limit + 26 * hour - 1), assumed("j recorded", modified: limit + 26 * hour),
    ]
    let recorded: [RelativePath] = ["g recorded", "h recorded", "i recorded", "j recorded"]
    input.source.assumedFrom = Dictionary(uniqueKeysWithValues: recorded.map { ($0, "Pixel") })
    func near(_ filter: Filter) -> (near: AssumedZone?, taken: [String]) {
      var input = input
      input.source.leaveOut(by: filter) { _ in -3 * hour...12 * hour }
      let names = input.source.entries.map { String($0.path.description.prefix(1)) }
      return (Planner.plan(input).nearLimit, names)
    }
    var filter = Filter()
    filter.sizes = 1...9
    filter.notBefore = Timestamp(seconds: limit)
    var found = near(filter)
    #expect(found.taken == ["c", "d", "i", "j"] && found.near?.files == 4 && found.near?.name == "Pixel")
    filter.notBefore = nil
    filter.before = Timestamp(seconds: limit)
    found = near(filter)
    #expect(found.taken == ["a", "b", "f", "g", "h"] && found.near?.files == 4)
    filter.before = Timestamp(seconds: .max)
    #expect(near(filter).near == nil)
    // Where nothing is known of the device's zone, any two may be meant.
    input.source.leaveOut(by: filter)
    #expect(input.source.nearLimit == 0)
    filter.before = Timestamp(seconds: limit + 20 * hour)
    input.source.leaveOut(by: filter)
    #expect(input.source.nearLimit == 4)
  }

  @Test func aTrueDateFromTheJournalNeedsNone() {
    var tree = Tree()
    tree.entries = [assumed("f"), assumed("g")]
    let token = ChangeToken(bytes: [1], version: 1)
    tree.restoreTimes(
      [
        Truth(path: "f", size: 5, token: token, times: FileTimes(modified: Timestamp(seconds: 7))),
        Truth(path: "g", size: 5, token: token, times: FileTimes(created: Timestamp(seconds: 7))),
      ],
      Planner.Input.sample.sourceTraits
    )
    #expect(tree.entries.map(\.hasAssumedZone) == [false, true])
    #expect(tree.entries[0].told?.modified?.seconds == 1_600_000_000)
    #expect(Fingerprint(tree.entries[0]).modified?.seconds == 1_600_000_000)
  }
}

extension Action {
  fileprivate var isComparison: Bool { if case .compare = change { true } else { false } }
}
