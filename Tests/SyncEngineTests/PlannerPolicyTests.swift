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
