import Journal
import Storage
import Testing

@testable import SyncEngine

/// The plan of one file as a table: what two entries and a record lead to.
@Suite struct PlannerDecisionTests: PlannerSuite {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var source: Entry?
    var destination: Entry?
    var record: Record?
    var expected: [String]
  }

  static let cases: [Case] = [
    Case(testDescription: "new", source: old, expected: ["copy new a.jpg"]),
    Case(testDescription: "only at the destination", destination: same, expected: []),
    Case(testDescription: "gone from both", record: record, expected: []),
    Case(testDescription: "unchanged", source: old, destination: same, record: record, expected: []),
    Case(
      testDescription: "another token at the source",
      source: otherDate,
      destination: same,
      record: record,
      expected: ["replace changed a.jpg"]
    ),
    Case(
      testDescription: "another size at the source",
      source: .file("a.jpg", 11, token: 1),
      destination: same,
      record: record,
      expected: ["replace changed a.jpg"]
    ),
    Case(
      testDescription: "changed at the destination",
      source: old,
      destination: larger,
      record: record,
      expected: ["skip changedAtDestination a.jpg"]
    ),
    Case(
      testDescription: "changed on both, other sizes",
      source: .file("a.jpg", 12, token: 5),
      destination: larger,
      record: record,
      expected: ["keepBoth(as: \(kept)) changedOnBoth a.jpg"]
    ),
    Case(
      testDescription: "changed on both, to the same size and date, which says nothing",
      source: larger,
      destination: larger,
      record: record,
      expected: ["compare(keepBothAs: Optional(\(kept))) changedOnBoth a.jpg"]
    ),
    Case(
      testDescription: "a token of another version is unknown, and equal dates suffice",
      source: .file("a.jpg", 10, token: 77, version: 2),
      destination: same,
      record: record,
      expected: ["adopt(setTimes: false) equal a.jpg"]
    ),
    Case(
      testDescription: "removed from the destination",
      source: old,
      record: record,
      expected: ["skip missingFromCheckpoint a.jpg"]
    ),
    Case(
      testDescription: "removed from the destination, and then changed",
      source: larger,
      record: record,
      expected: ["copy changed a.jpg"]
    ),
    Case(
      testDescription: "unrecorded, equal size and date",
      source: old,
      destination: same,
      expected: ["adopt(setTimes: false) equal a.jpg"]
    ),
    Case(
      testDescription: "unrecorded, equal size, another date",
      source: old,
      destination: otherDate,
      expected: ["compare(keepBothAs: Optional(\(kept))) datesDiffer a.jpg"]
    ),
    Case(
      testDescription: "unrecorded, equal size, no date",
      source: undated,
      destination: same,
      expected: ["compare(keepBothAs: Optional(a (Pixel 1970-01-01).jpg)) datesDiffer a.jpg"]
    ),
    Case(
      testDescription: "unrecorded, another size",
      source: old,
      destination: larger,
      expected: ["keepBoth(as: \(kept)) differsUnrecorded a.jpg"]
    ),
    Case(
      testDescription: "two empty files of different dates",
      source: .file("a", 0, token: 1),
      destination: .file("a", 0, token: 2, modified: 5),
      expected: ["adopt(setTimes: true) equalByContent a"]
    ),
    Case(
      testDescription: "a folder where a file was",
      source: .folder("a.jpg"),
      destination: same,
      record: record,
      expected: ["skip kindChanged a.jpg"]
    ),
    Case(
      testDescription: "a file where a folder is",
      source: old,
      destination: .folder("a.jpg"),
      expected: ["skip kindChanged a.jpg"]
    ),
    Case(
      testDescription: "a file whose size nobody knows",
      source: Entry(path: "a.jpg", kind: .file),
      expected: ["skip unreadable a.jpg"]
    ),
    Case(
      testDescription: "a special file",
      source: Entry(path: "a", kind: .special),
      expected: ["skip specialFile a"]
    ),
    Case(
      testDescription: "a link, to where there are none",
      source: Entry(path: "a", kind: .symbolicLink(target: [1])),
      expected: ["skip linkUnsupported a"]
    ),
  ]

  @Test(arguments: cases) func decides(_ row: Case) {
    var input = Planner.Input.sample
    input.source.entries = [row.source].compactMap(\.self)
    // Something else, so that the destination does not look emptied.
    input.destination.entries = [row.destination, .file("z", 1, token: 1)].compactMap(\.self)
    input.history.records = [row.record].compactMap(\.self)
    let plan = Planner.plan(input)
    #expect(rows(plan) == row.expected)
    #expect(plan.refusals.isEmpty)
    #expect(plan.unchanged == (row.testDescription == "unchanged" ? 1 : 0))
  }

  /// That both have the same size and date now says nothing, where the record knows that both are other versions.
  @Test func whatChangedOnBothSidesIsCompared() {
    var input = Planner.Input.sample
    input.source.entries = [Self.larger]
    input.destination.entries = [Self.larger]
    input.history.records = [Self.record]
    input.policy.twoWay = Mirror()
    input.twoWay = TwoWay(setsAside: false)
    let plan = Planner.plan(input)
    #expect(plan.comparisons.map(\.reason) == [.changedOnBoth] && plan.actions.isEmpty)
  }
}
