import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// The plan as a table: what two trees and a record lead to.
@Suite struct PlannerTests {
  private typealias Row = (change: Change, reason: Reason)

  private func rows(_ plan: Plan) -> [String] {
    plan.actions.map { "\($0.change) \($0.reason.rawValue) \($0.path.text)" }
  }

  // MARK: One file

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var source: Entry?
    var destination: Entry?
    var record: Record?
    var expected: [String]
  }

  private static let kept: RelativePath = "a (Pixel 2020-09-13).jpg"
  private static let old = Entry.file("a.jpg", 10, token: 1)
  private static let same = Entry.file("a.jpg", 10, token: 2)
  private static let record = Record.of(old, same)
  private static let otherDate = Entry.file("a.jpg", 10, token: 9, modified: 1_700_000_000)
  private static let undated = Entry.file("a.jpg", 10, token: 9, modified: nil)
  private static let larger = Entry.file("a.jpg", 11, token: 9)

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
      testDescription: "changed on both to the same: a run died before its record",
      source: larger,
      destination: larger,
      record: record,
      expected: ["adopt(setTimes: false) equal a.jpg"]
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

  // MARK: Policies

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

  // MARK: Refusals

  @Test(arguments: [(21, 400, true), (20, 21, false), (21, 420, false), (0, 50, false)])
  func manyMissingFilesAreNoCoincidence(_ missing: Int, _ known: Int, _ refused: Bool) {
    var input = Planner.Input.sample
    let files = (0..<known).map { Entry.file(RelativePath("f\($0)") ?? .root, 1, token: 1) }
    input.source.entries = files.sorted { $0.path < $1.path }
    input.destination.entries = Array(files.dropFirst(missing)) + [.file("other", 1, token: 1)]
    input.history.records = files.map { .of($0, $0) }
    let refusal = Refusal.manyMissing(count: missing, of: known)
    #expect(Planner.plan(input).refusals == (refused ? [refusal] : []))
    input.policy.restoreMissing = .always
    #expect(Planner.plan(input).refusals == (refused ? [refusal] : []))
    input.policy.newDestination = true
    let plan = Planner.plan(input)
    #expect(plan.refusals.isEmpty)
    #expect(plan.actions.filter { $0.change == .copy && $0.reason == .new }.count == missing)
  }

  @Test func anotherDiskUnderTheDestinationIsRefused() {
    var input = Planner.Input.sample
    input.source.entries = [Self.old]
    input.history.destinationReplaced = true
    #expect(Planner.plan(input).refusals == [.storageReplaced(.destination)])
    input.policy.newDestination = true
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  @Test func tooLittleRoomIsRefused() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", .max, token: 1), .file("b", 2, token: 1)]
    input.space = StorageSpace(free: 1000, capacity: 2000)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: .max, free: 1000)])
    input.source.entries = [.file("a", 998, token: 1), .file("b", 2, token: 1)]
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  /// What of a destination's room three steps take: 100 bytes for 40, a new file of 10, and 5 bytes for 80.
  @Test(
    arguments: [
      // Old versions stay in the vault.
      ([.move, .rename, .staging], 115),
      // They stay until the batch is settled.
      ([.rename], 115),
      // They go first.
      ([], 70),
    ] as [(Capabilities, UInt64)]
  )
  func roomIsReckonedByWhatOldVersionsDo(_ capabilities: Capabilities, _ needed: UInt64) {
    var input = Planner.Input.sample
    input.hasHost = true
    input.destinationTraits.capabilities = capabilities.union(.write)
    let before: [Entry] = [.file("a", 40, token: 1), .file("c", 80, token: 1)]
    input.source.entries = [.file("a", 100, token: 2), .file("b", 10, token: 2), .file("c", 5, token: 2)]
    input.destination.entries = before
    input.history.records = before.map { .of($0, $0) }
    input.space = StorageSpace(free: needed, capacity: 2000)
    #expect(Planner.plan(input).refusals.isEmpty)
    input.space = StorageSpace(free: needed - 1, capacity: 2000)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: needed, free: needed - 1)])
  }

  @Test func holesTakeRoomWhereTheDestinationHasNone() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", 1 << 40, token: 1)]
    input.source.entries[0].allocated = 4096
    input.space = StorageSpace(free: 4096, capacity: .max)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: 1 << 40, free: 4096)])
    input.destinationTraits.capabilities.insert(.holes)
    #expect(Planner.plan(input).refusals.isEmpty)
    #expect(Planner.plan(input).bytes == 1 << 40)
  }

  @Test func aSettledBatchMakesRoomForTheNext() {
    var input = Planner.Input.sample
    input.hasHost = true
    input.destinationTraits.capabilities = [.write, .rename]
    let large: UInt64 = 64 << 20
    let before = (0..<4).map { Entry.file(.of("\($0)"), large, token: 1) }
    input.source.entries = (0..<4).map { .file(.of("\($0)"), large + 1, token: 2) }
    input.destination.entries = before
    input.history.records = before.map { .of($0, $0) }
    input.space = StorageSpace(free: large + 4, capacity: .max)
    #expect(Planner.plan(input).refusals.isEmpty)
    input.space = StorageSpace(free: large + 3, capacity: .max)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: large + 4, free: large + 3)])
  }

  @Test func aDestinationThatCannotBeWrittenToIsRefusedByName() {
    var input = Planner.Input.sample
    input.destinationTraits.capabilities = [.partialRead]
    input.destinationTraits.name = "Pixel, card"
    #expect(Planner.plan(input).refusals.isEmpty)
    input.source.entries = [.file("a", 1, token: 1)]
    #expect(Planner.plan(input).refusals == [.readOnly("Pixel, card")])
  }

  @Test func sizesThatNoDiskHoldsAreAddedWithoutATrap() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", 1 << 63, token: 1), .file("b", 1 << 63, token: 1)]
    input.space = StorageSpace(free: 1000, capacity: 2000)
    let plan = Planner.plan(input)
    #expect(plan.bytes == .max)
    #expect(plan.refusals == [.noSpace(needed: .max, free: 1000)])
  }

  // MARK: Names

  @Test func namesTheDestinationCannotHoldBecomeOthersAndFoldersToo() {
    var input = Planner.Input.sample
    input.destinationTraits.names.forbidden = [UInt8(ascii: ":")]
    input.destinationTraits.maximumFileSize = 100
    input.source.entries = [.folder("a:b"), .file("a:b/c", 1, token: 1), .file("d:e", 1, token: 1)]
    input.source.entries += [.file("large", 101, token: 1), .file("ok", 100, token: 1)]
    let plan = Planner.plan(input)
    #expect(
      rows(plan) == [
        "makeFolder new a：b", "copy new a：b/c", "copy new d：e", "skip tooLarge large", "copy new ok",
      ]
    )
    #expect(
      plan.actions.map { $0.trueName.map { String(decoding: $0, as: UTF8.self) } } == ["a:b", nil, "d:e", nil, nil]
    )
    #expect(plan.folderDates.map(\.path) == ["a：b"])
    // What cannot be spelled otherwise is left out with all below.
    input.destinationTraits.names.maximumBytes = 3
    #expect(
      rows(Planner.plan(input)) == [
        "skip nameImpossible a:b", "skip nameImpossible a:b/c", "skip nameImpossible d:e", "skip nameImpossible large",
        "copy new ok",
      ]
    )
  }

  @Test func namesThatDifferInCaseOnlyAreNumberedWhereCaseDoesNotCount() {
    var input = Planner.Input.sample
    input.source.entries = [
      .file("A.jpg", 1, token: 1), .folder("D"), .file("D/x", 1, token: 1), .file("a.JPG", 1, token: 1), .folder("d"),
      .file("d/y", 1, token: 1), .file("Über", 1, token: 1),
    ]
    #expect(Planner.plan(input).actions.allSatisfy { $0.naming == .same })
    input.destinationTraits.names.isCaseSensitive = false
    input.destination.entries = [.file("U\u{308}BER", 1, token: 1)]
    #expect(
      rows(Planner.plan(input)) == [
        "copy new A.jpg", "makeFolder new D", "copy new D/x", "copy new a (2).JPG", "makeFolder new d (2)",
        "copy new d (2)/y", "adopt(setTimes: false) equal U\u{308}BER",
      ]
    )
  }

  @Test func aNumberedNameIsNobodyElses() {
    var input = Planner.Input.sample
    input.destinationTraits.names.isCaseSensitive = false
    input.source.entries = [.file("A", 1, token: 1), .file("A (2)", 1, token: 1), .file("a", 1, token: 1)]
    input.destination.entries = [.file("a (3)", 9, token: 1)]
    #expect(rows(Planner.plan(input)) == ["copy new A", "copy new A (2)", "copy new a (4)"])
  }

  @Test func namesOnRecordStayAndAreUndoneOnTheWayBack() {
    var input = Planner.Input.sample
    input.destinationTraits.names.forbidden = [UInt8(ascii: ":")]
    input.source.entries = [.file("a:b", 1, token: 1), .file("a：b", 1, token: 1)]
    #expect(rows(Planner.plan(input)) == ["copy new a：b (2)", "copy new a：b"])
    // The other one came first.
    input.destination.entries = [.file("a：b", 1, token: 1)]
    input.history.destinationNames = ["a：b": Array("a:b".utf8)]
    input.history.records = [.of(.file("a:b", 1, token: 1), .file("a：b", 1, token: 1))]
    #expect(rows(Planner.plan(input)) == ["copy new a：b (2)"])
    input.history.records = []
    #expect(rows(Planner.plan(input)) == ["adopt(setTimes: false) equal a：b", "copy new a：b (2)"])

    var back = Planner.Input.sample
    back.source.entries = [.folder("x：y"), .file("x：y/a：b", 1, token: 1), .file("x：y/a：b (2)", 1, token: 1)]
    back.history.sourceNames = [
      "x：y": Array("x:y".utf8), "x：y/a：b": Array("a:b".utf8), "x：y/a：b (2)": Array("a：b".utf8),
    ]
    let plan = Planner.plan(back)
    #expect(rows(plan) == ["makeFolder new x:y", "copy new x:y/a:b", "copy new x:y/a：b"])
    #expect(plan.actions.allSatisfy { $0.naming == .restored })
  }

  @Test func aLostRecordOfNamesIsMadeAgain() {
    var input = Planner.Input.sample
    input.destinationTraits.names.forbidden = [UInt8(ascii: ":")]
    input.policy.keepsRecord = false
    input.source.entries = [.folder("a:b"), .file("a:b/c:d", 1, token: 1)]
    input.destination.entries = [.folder("a：b"), .file("a：b/c：d", 1, token: 1)]
    var plan = Planner.plan(input)
    #expect(plan.actions.isEmpty && !plan.isIdle && plan.unchanged == 1)
    let names = [
      TrueName(path: "a：b", name: Array("a:b".utf8)), TrueName(path: "a：b/c：d", name: Array("c:d".utf8), size: 1),
    ]
    #expect(plan.names == names)
    // As a run that died has left it: nobody knew yet how large the file is.
    for name in names { input.history.destinationNames[name.path] = name.name }
    #expect(Planner.plan(input).names == [names[1]])
    input.history.destinationNameSizes = ["a：b/c：d": 1]
    plan = Planner.plan(input)
    #expect(plan.names.isEmpty && plan.isIdle && plan.unchanged == 1)
  }

  @Test func aStorageThatComposesNamesGetsNoSecondCopy() {
    var input = Planner.Input.sample
    input.destinationTraits.names.isCaseSensitive = false
    let (sent, there) = (Entry.file("e\u{301}", 1, token: 1), Entry.file("\u{e9}", 1, token: 1))
    input.source.entries = [sent]
    input.destination.entries = [there]
    input.history.records = [.of(sent, .file("e\u{301}", 1, token: 1))]
    let plan = Planner.plan(input)
    #expect(plan.actions.isEmpty && plan.unchanged == 1)
    #expect(plan.names == [TrueName(path: "\u{e9}", name: Array("e\u{301}".utf8), size: 1)])
  }

  @Test func nothingIsDoneToWhatSharesItsName() {
    var input = Planner.Input.sample
    input.source.entries = [.folder("d"), .file("d/x", 1, token: 1), .file("f", 1, token: 1), .file("g", 1, token: 1)]
    input.destination.entries = [.folder("d"), .file("f", 1, token: 1), .file("g", 2, token: 1)]
    for index in input.destination.entries.indices {
      input.destination.entries[index].ownName = Entry.OwnName(text: "d", isShared: true)
    }
    input.history.records = [.of(.file("f", 1, token: 1), .file("f", 1, token: 1))]
    let plan = Planner.plan(input)
    #expect(rows(plan) == ["skip nameCollision d", "skip nameCollision d/x", "skip nameCollision g"])
    #expect(plan.unchanged == 1)
  }

  @Test func foldersAreFilledAsTheDestinationSpellsThem() {
    var input = Planner.Input.sample
    input.destinationTraits.names.isCaseSensitive = false
    input.source.entries = [
      .folder("DCIM"), .file("DCIM/IMG.JPG", 1, token: 1), .folder("DCIM/New"), .file("DCIM/New/a", 1, token: 1),
      .file("DCIM/old.jpg", 2, token: 2),
    ]
    input.destination.entries = [.folder("dcim"), .file("dcim/OLD.JPG", 1, token: 1)]
    input.history.records = [.of(.file("DCIM/old.jpg", 1, token: 1), .file("dcim/OLD.JPG", 1, token: 1))]
    let plan = Planner.plan(input)
    #expect(
      rows(plan) == [
        "copy new dcim/IMG.JPG", "makeFolder new dcim/New", "copy new dcim/New/a", "replace changed dcim/OLD.JPG",
      ]
    )
    #expect(plan.folderDates.map(\.path) == ["dcim", "dcim/New"])
  }

  @Test func aDeviceGetsFolderAfterFolder() {
    var input = Planner.Input.sample
    input.destinationTraits.session = ObjectIdentifier(InMemoryStorage.Session())
    input.source.entries = [
      .folder("d"), .file("d/a", 1, token: 1), .folder("d/e"), .file("d/e/b", 1, token: 1), .file("d/z", 1, token: 1),
      .file("y", 1, token: 1),
    ]
    let plan = Planner.plan(input)
    #expect(
      rows(plan) == [
        "makeFolder new d", "copy new y", "copy new d/a", "makeFolder new d/e", "copy new d/z", "copy new d/e/b",
      ]
    )
    #expect(plan.actions.map(\.id) == [0, 1, 2, 3, 4, 5])
  }

  @Test func ambiguousNamesAndTemporariesAreLeftOut() {
    var input = Planner.Input.sample
    input.source.ambiguous = [.file("twice", 1, token: 1), .file("twice", 2, token: 2)]
    input.source.temporaries = [.file(".filesync-00000000-1.part", 1, token: 1)]
    input.source.unlisted = [
      .root: [Unlisted(name: "x", reason: .nameNotAllowed)], "d": [Unlisted(name: "", reason: .permissionDenied)],
    ]
    input.source.entries = [.file("there", 1, token: 1)]
    input.destination.ambiguous = [.file("there", 1, token: 1), .file("there", 1, token: 1)]
    #expect(
      rows(Planner.plan(input)) == [
        "skip nameCollision there", "skip temporary .filesync-00000000-1.part", "skip nameCollision twice",
        "skip nameCollision twice", "skip folderIncomplete x", "skip unreadable d",
      ]
    )
  }

  @Test func aKeptNameIsFreeAndFits() {
    var input = Planner.Input.sample
    input.destinationTraits.names.maximumBytes = 30
    input.source.entries = [
      .file("a.jpg", 1, token: 1), .file("übermäßig lang.jpg", 1, token: 1),
    ]
    input.destination.entries = [
      .file("a.jpg", 2, token: 1), .file("a (Pixel 2020-09-13).jpg", 3, token: 1),
      .file("übermäßig lang.jpg", 2, token: 1),
    ]
    #expect(
      rows(Planner.plan(input)) == [
        "keepBoth(as: a (Pixel 2020-09-13 2).jpg) differsUnrecorded a.jpg",
        "keepBoth(as: überm (Pixel 2020-09-13).jpg) differsUnrecorded übermäßig lang.jpg",
      ]
    )
  }

  @Test func aFileKeptBesideAnotherIsRecognisedWithoutARecord() {
    var input = Planner.Input.sample
    input.source.entries = [Self.old]
    input.destination.entries = [Self.larger, .file(Self.kept, 10, token: 3)]
    #expect(rows(Planner.plan(input)) == ["adopt(setTimes: false) equal \(Self.kept)"])
  }

  // MARK: Folders

  @Test func aRemovedFolderIsMadeAgainOnlyForSomethingNew() {
    var input = Planner.Input.sample
    input.source.entries = [
      .folder("d"), .file("d/a", 1, token: 1), .folder("d/e"), .file("d/e/b", 1, token: 1), .folder("f"),
      .file("f/c", 1, token: 1),
    ]
    input.destination.entries = [.file("z", 1, token: 1)]
    input.history.records = ["d/a", "d/e/b", "f/c"].map { .of(.file($0, 1, token: 1), .file($0, 1, token: 1)) }
    #expect(Planner.plan(input).actions.map(\.reason) == Array(repeating: .missingFromCheckpoint, count: 3))
    #expect(Planner.plan(input).folderDates.isEmpty)

    input.source.entries.insert(.file("d/e/new", 1, token: 1), at: 4)
    #expect(
      rows(Planner.plan(input)) == [
        "skip missingFromCheckpoint d/a", "skip missingFromCheckpoint d/e/b", "makeFolder new d", "makeFolder new d/e",
        "copy new d/e/new", "skip missingFromCheckpoint f/c",
      ]
    )
    #expect(Planner.plan(input).folderDates.map(\.path) == ["d", "d/e"])
  }

  @Test func foldersGetTheirDatesWhereSomethingWasPutOrTheDateDiffers() {
    var input = Planner.Input.sample
    input.source.entries = [
      .folder("a"), .file("a/new", 1, token: 1), .folder("b"), .folder("c"), .folder("d", modified: nil),
    ]
    input.destination.entries = [.folder("a"), .folder("b"), .folder("c", modified: 7), .folder("d")]
    #expect(Planner.plan(input).folderDates.map(\.path) == ["a", "c"])
    input.destinationTraits.times.modified = .readOnly(precision: 1)
    #expect(Planner.plan(input).folderDates.isEmpty)
  }
}
