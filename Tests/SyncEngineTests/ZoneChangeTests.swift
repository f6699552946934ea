import Journal
import Storage
import Testing

@testable import SyncEngine

/// A phone prints its dates in its present time zone, so all of them move when it travels.
@Suite struct ZoneChangeTests {
  /// Files whose dates moved by these many seconds; `nil` for one that was really changed.
  private func pairs(_ offsets: [Int64?]) -> [ZoneChange.Pair] {
    offsets.enumerated().map { index, offset in
      let path = RelativePath("f\(index)") ?? .root
      let before = Entry.file(path, 5, token: 1)
      let now = Entry.file(
        path,
        offset == nil ? 6 : 5,
        token: offset == 0 ? 1 : 2,
        modified: 1_600_000_000 + (offset ?? 3600)
      )
      return ZoneChange.Pair(path: path, recorded: Fingerprint(before), now: now)
    }
  }

  private func explained(_ offsets: [Int64?]) -> Int { ZoneChange.explained(pairs(offsets)).count }

  @Test func anOffsetOfAllIsAZoneChange() {
    #expect(explained([3600, 3600, 3600]) == 3)
    #expect(explained([-93_600, -93_600]) == 2)
    #expect(explained([20_700]) == 1)
  }

  @Test func daylightSavingMakesUpToThreeOffsets() {
    #expect(explained([3600, 7200, 0, 5400]) == 3)
    #expect(explained([3600, 7200, 5400, 900]) == 0)
  }

  @Test func nothingElseIsAZoneChange() {
    #expect(explained([]) == 0)
    #expect(explained([0, 0]) == 0)
    #expect(explained([3600, 61]) == 0)
    #expect(explained([3600, nil]) == 0)
    #expect(explained([94_500]) == 0)
  }

  @Test func ofManyFilesOneInTwentyMayHaveReallyChanged() {
    #expect(explained(Array(repeating: 3600, count: 19) + [nil]) == 19)
    #expect(explained(Array(repeating: 3600, count: 19) + [nil, nil]) == 0)
    #expect(explained(Array(repeating: 3600, count: 18) + [nil]) == 0)
  }

  @Test func thePlanOnlyRecordsTheNewTokens() {
    var input = Planner.Input.sample
    for pair in pairs([3600, 3600, 3600]) {
      var copy = pair.now
      copy.token = ChangeToken(bytes: [7], version: 1)
      input.source.entries.append(pair.now)
      input.destination.entries.append(copy)
      var record = Record.of(pair.now, copy)
      record.source = pair.recorded
      input.history.records.append(record)
    }
    let plan = Planner.plan(input)
    #expect(plan.actions.map(\.change) == Array(repeating: .adopt(setTimes: false), count: 3))
    #expect(plan.actions.map(\.reason) == Array(repeating: .equalAfterZoneChange, count: 3))

    // On a disk a date that moved by an hour is a change.
    input.sourceTraits.identity.device = nil
    #expect(Planner.plan(input).actions.map(\.change) == Array(repeating: .replace, count: 3))
  }
}
