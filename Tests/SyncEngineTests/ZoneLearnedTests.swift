import Journal
import Storage
import Testing

@testable import SyncEngine

/// Dates that an earlier run read in an assumed zone, once the zone is known.
@Suite struct ZoneLearnedTests {
  private static let right: Int64 = 1_600_000_000
  private static let wrong = right + 2 * 3600

  /// A phone's file, whose date is known, and its copy of the time when it was not.
  private var input: Planner.Input {
    var input = Planner.Input.sample
    input.source.entries = [.file("f", 5, token: 1, modified: Self.right)]
    input.destination.entries = [.file("f", 5, token: 2, modified: Self.wrong)]
    var record = Record.of(input.source.entries[0], input.destination.entries[0])
    record.source.modified = Timestamp(seconds: Self.wrong)
    input.history.records = [record]
    input.destination.assumedFrom = ["f": "Pixel"]
    return input
  }

  private func words(_ input: Planner.Input) -> [String] {
    Planner.plan(input).actions.map { "\($0.change.word) \($0.reason.rawValue)" }
  }

  @Test func theCopyGetsTheRightDate() {
    let plan = Planner.plan(input)
    #expect(plan.actions.map(\.change) == [.adopt(setTimes: true)] && plan.actions.map(\.reason) == [.zoneLearned])
    #expect(plan.assumedZones.isEmpty && plan.bytes == 0 && plan.confirmed.isEmpty && plan.unchanged == 0)
  }

  /// Where nothing is on record of an assumed zone, dates differ for some other reason: a camera whose clock was moved, a
  /// card that is mounted in another zone. And as long as the zone is assumed still, nothing is known.
  @Test func nothingElseIsMended() {
    var other = input
    other.destination.assumedFrom = [:]
    #expect(Planner.plan(other).unchanged == 1 && words(other) == [])
    other = input
    other.source.entries[0].hasAssumedZone = true
    #expect(Planner.plan(other).unchanged == 1 && words(other) == [])
    other = input
    other.source.entries[0].times = FileTimes()
    #expect(Planner.plan(other).unchanged == 1 && words(other) == [])
  }

  /// What is on record holds for one version only.
  @Test func whatWasTouchedIsLeftAlone() {
    var input = input
    input.destination.assumedFrom = [:]
    let token = ChangeToken(bytes: [2], version: 1)
    let truth = Truth(path: "f", size: 5, token: token, times: FileTimes(), assumedFrom: "Pixel")
    input.destination.restoreTimes([truth], input.destinationTraits)
    #expect(input.destination.entries[0].told == nil && words(input) == ["adopt zoneLearned"])
    input.destination.assumedFrom = [:]
    input.destination.entries = [.file("f", 5, token: 3, modified: Self.wrong)]
    input.destination.restoreTimes([truth], input.destinationTraits)
    #expect(words(input) == ["skip changedAtDestination"])
  }

  @Test func datesThatTurnOutRightAreNotDoubtfulAnyMore() {
    var same = input
    same.destination.entries[0].times.modified?.seconds = Self.right
    #expect(Planner.plan(same).confirmed == ["f"] && Planner.plan(same).unchanged == 1)
    #expect(words(same) == [])
    // As far as the destination can tell, and in the hour that autumn repeats.
    same.destination.entries[0].times.modified?.seconds += 2
    #expect(words(same) == ["adopt zoneLearned"])
    same.destinationTraits.times.modified = .readWrite(precision: 2_000_000_000)
    #expect(words(same) == [] && Planner.plan(same).confirmed == ["f"])
    var autumn = input
    autumn.source.entries[0].times.laterModified = Timestamp(seconds: Self.wrong)
    #expect(words(autumn) == [] && Planner.plan(autumn).confirmed == ["f"])
  }

  /// The zone that was assumed may differ from the true one in summer only.
  @Test func aCreationDateOfAnotherSeasonIsMended() {
    var input = input
    input.source.entries[0].times.created = Timestamp(seconds: Self.right)
    input.destination.entries[0].times = FileTimes(
      modified: Timestamp(seconds: Self.right),
      created: Timestamp(seconds: Self.wrong)
    )
    #expect(words(input) == ["adopt zoneLearned"] && Planner.plan(input).confirmed == [])
    input.policy.ignoreExisting = true
    #expect(words(input) == [] && Planner.plan(input).confirmed == [])
    input.policy.ignoreExisting = false
    input.destination.entries[0].times.created = Timestamp(seconds: Self.right)
    #expect(words(input) == [] && Planner.plan(input).confirmed == ["f"])
    // A source without one says nothing.
    input.source.entries[0].times.created = nil
    #expect(words(input) == [] && Planner.plan(input).confirmed == ["f"])
  }

  @Test func whatTheRecordCannotProveIsComparedBefore() {
    var young = input
    young.history.records[0].isRacy = true
    #expect(words(young) == ["compare zoneLearned"])
    var checked = input
    checked.policy.checksum = true
    #expect(words(checked) == ["compare zoneLearned"])
  }

  /// The phone was somewhere else when its dates were misread: it prints others now, and those of the copy never were true.
  @Test func aPhoneThatMovedMeanwhile() {
    var moved = input
    moved.source.entries[0].token = ChangeToken(bytes: [9], version: 1)
    #expect(words(moved) == ["adopt zoneLearned"])
    // Nobody knows yet where it is now: the copy stays doubtful.
    moved.source.entries[0].hasAssumedZone = true
    let step = Planner.plan(moved).actions[0]
    #expect(step.change == .adopt(setTimes: false) && step.reason == .equalAfterZoneChange)
    #expect(step.source?.times.modified?.seconds == Self.wrong && step.source?.hasAssumedZone == true)
    // Of one whose zone was known then, the record has the true date.
    moved.destination.assumedFrom = [:]
    #expect(Planner.plan(moved).actions[0].source?.hasAssumedZone == false)
  }

  /// A folder was copied on before its dates were mended.
  @Test func theCopyOfACopyIsComparedBeforeItIsDated() {
    var input = input
    input.source.entries[0].token = ChangeToken(bytes: [9], version: 1)
    input.sourceTraits.identity.device = nil
    #expect(words(input) == ["compare zoneLearned"])
    // Any other change is one.
    for seconds in [Self.right + 1, Self.right + 40 * 3600, Self.wrong] {
      var other = input
      other.source.entries[0].times.modified?.seconds = seconds
      if seconds == Self.wrong { other.destination.entries[0].times.modified?.seconds = Self.right }
      #expect(words(other) == ["replace changed"], "\(seconds)")
    }
    var other = input
    other.source.entries[0].size = 6
    #expect(words(other) == ["replace changed"])
    other = input
    other.destination.assumedFrom = [:]
    #expect(words(other) == ["replace changed"])
    other = input
    other.destination.entries[0].token = ChangeToken(bytes: [8], version: 1)
    #expect(words(other) == ["compare changedOnBoth"])
  }

  @Test func whatIsPassedOnIsSaidToBeDoubtful() {
    var input = Planner.Input.sample
    swap(&input.sourceTraits, &input.destinationTraits)
    input.destinationTraits.capabilities.insert(.write)
    input.source.entries = ["a", "b", "c", "d"].map { .file($0, 5, token: 1) }
    let token = ChangeToken(bytes: [1], version: 1)
    input.source.restoreTimes(
      [("a", "Pixel"), ("b", "Pixel"), ("c", "Board"), ("d", nil)].map { path, device in
        Truth(path: path, size: 5, token: token, times: FileTimes(), assumedFrom: device)
      },
      input.sourceTraits
    )
    let zones = Planner.plan(input).assumedZones
    #expect(zones.map(\.name) == ["Board", "Pixel"] && zones.map(\.files) == [1, 2])
    #expect(zones.allSatisfy { $0.device == nil })
  }
}
