import Journal
import Storage
import Testing

@testable import SyncEngine

/// What the policy, and what earlier runs left, make of a plan.
@Suite struct PlannerPolicyTests: PlannerSuite {
  @Test func ignoringExistingComparesNothing() {
    var input = Planner.Input.sample
    input.policy.ignoreExisting = true
    input.source.entries = [.file("a", 1, token: 1), .file("b", 1, token: 1)]
    input.destination.entries = [.file("a", 99, token: 9)]
    #expect(rows(Planner.plan(input)) == ["copy new b"])
  }

  @Test func checksumComparesWhatLooksEqual() {
    var input = Planner.Input.sample
    input.policy.checksum = true
    input.source.entries = [Self.old, .file("b", 1, token: 1)]
    input.destination.entries = [Self.same, .file("b", 1, token: 1)]
    input.history.records = [Self.record]
    #expect(
      Planner.plan(input).actions.map(\.reason) == [.unproven, .equal]
    )
    #expect(
      Planner.plan(input).actions.allSatisfy { if case .compare = $0.change { true } else { false } }
    )
  }

  /// A file that both sides changed, and one that no record knows: by size, then by date. No earlier, larger one is in doubt.
  @Test(arguments: [
    (SyncPolicy.Conflict.both, "keepBoth", "keepBoth"), (.newer, "replace", "skip keptByChoice"),
    (.larger, "skip keptByChoice", "replace"), (.replace, "replace", "replace"),
    (.keep, "skip keptByChoice", "skip keptByChoice"),
  ])
  func aConflictIsDecidedAsChosen(conflict: SyncPolicy.Conflict, newerAndSmaller: String, olderAndLarger: String) {
    var input = Planner.Input.sample
    input.policy.conflict = conflict
    let versions = [
      Entry.file("a.jpg", 20, token: 8, modified: 1_700_000_000), .file("a.jpg", 30, token: 9, modified: 1_650_000_000),
    ]
    for records in [[Self.record], []] {
      input.history.records = records
      for (file, old, decision) in [
        (versions[0], versions[1], newerAndSmaller), (versions[1], versions[0], olderAndLarger),
      ] {
        (input.source.entries, input.destination.entries) = ([file], [old])
        let row = rows(Planner.plan(input)).first ?? ""
        #expect(row.hasPrefix(decision), "\(row)")
      }
    }
  }

  @Test func whatNobodyCanDecideIsKeptInBothVersions() {
    var input = Planner.Input.sample
    func row(_ conflict: SyncPolicy.Conflict, _ file: Entry, _ old: Entry) -> String {
      input.policy.conflict = conflict
      (input.source.entries, input.destination.entries) = ([file], [old])
      return rows(Planner.plan(input)).first ?? ""
    }
    #expect(row(.newer, Self.larger, Self.same).hasPrefix("keepBoth"))
    #expect(row(.newer, Self.undated, Self.larger).hasPrefix("keepBoth"))
    #expect(row(.larger, Self.otherDate, Self.same).hasPrefix("compare(keepBothAs: Optional"))
    // 26 h may lie between two zones, and not a second more.
    for (apart, decision) in [(Int64(93_600), "keepBoth"), (93_601, "replace"), (-93_601, "skip keptByChoice")] {
      var file = Entry.file("a.jpg", 11, token: 9, modified: 1_600_000_000 + apart)
      file.hasAssumedZone = true
      #expect(row(.newer, file, Self.same).hasPrefix(decision))
    }
    // Of equal size the contents tell whether it is one at all.
    for conflict in [SyncPolicy.Conflict.newer, .keep, .replace] {
      #expect(row(conflict, Self.otherDate, Self.same) == "compare(keepBothAs: nil) datesDiffer a.jpg")
    }
  }

  /// The source has had an older version put back: an update leaves the newer one.
  @Test func anUpdateReplacesNothingByWhatIsOlder() {
    var input = Planner.Input.sample
    (input.policy.conflict, input.policy.onlyUpdates) = (.newer, true)
    input.history.records = [Self.record]
    input.destination.entries = [Self.same]
    input.source.entries = [.file("a.jpg", 12, token: 9, modified: 1_500_000_000)]
    #expect(rows(Planner.plan(input)) == ["skip keptByChoice a.jpg"])
    input.source.entries = [.file("a.jpg", 12, token: 9, modified: 1_700_000_000)]
    #expect(rows(Planner.plan(input)) == ["replace changed a.jpg"])
    input.policy.onlyUpdates = false
    input.source.entries = [.file("a.jpg", 12, token: 9, modified: 1_500_000_000)]
    #expect(rows(Planner.plan(input)) == ["replace changed a.jpg"])
  }

  @Test func aRacyRecordIsNotBelieved() {
    var input = Planner.Input.sample
    input.source.entries = [Self.old]
    input.destination.entries = [Self.same]
    input.history.records = [Self.record]
    input.history.records[0].isRacy = true
    #expect(Planner.plan(input).actions.map(\.reason) == [.unproven])
  }

  @Test func whatARunDiedOverWasNotCopied() {
    var input = Planner.Input.sample
    input.source.entries = [Self.old]
    input.destination.entries = [.file("z", 1, token: 1)]
    input.history.records = [Self.record]
    input.history.unfinished = ["a.jpg": Unfinished()]
    #expect(rows(Planner.plan(input)) == ["copy new a.jpg"])
  }

  @Test func aGapInTheDestinationsListingIsNoRemoval() {
    var input = Planner.Input.sample
    input.policy.restoreMissing = .always
    input.source.entries = [.folder("d"), .file("d/a", 1, token: 1), .file("d/b", 1, token: 1)]
    input.destination.entries = [.folder("d")]
    input.destination.unlisted = ["d": [Unlisted(name: "?", reason: .inputOutput)]]
    input.history.records = [.of(.file("d/a", 1, token: 1), .file("d/a", 1, token: 1))]
    #expect(rows(Planner.plan(input)) == ["skip folderIncomplete d/a", "copy new d/b"])
  }
}
