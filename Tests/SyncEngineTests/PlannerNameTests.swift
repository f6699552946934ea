import Journal
import Storage
import Testing

@testable import SyncEngine

/// What names make of a plan.
@Suite struct PlannerNameTests: PlannerSuite {
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

  @Test func onlyAConflictMakesANumberANameOfItsOwn() {
    var input = Planner.Input.sample
    input.destinationTraits.names.isCaseSensitive = false
    let (kept, other) = (Entry.file("a (Phone).jpg", 1, token: 1), Entry.file("a.jpg", 2, token: 1))
    input.source.entries = [kept, other, .file("B", 1, token: 1), .file("b", 2, token: 1)]
    input.destination.entries = [.file("a.jpg", 1, token: 1), .file("b", 1, token: 1)]
    input.history.records = [
      .of(kept, .file("a.jpg", 1, token: 1)), .of(.file("B", 1, token: 1), .file("b", 1, token: 1)),
    ]
    let plan = Planner.plan(input)
    #expect(rows(plan) == ["copy new a (2).jpg", "copy new b (2)"])
    #expect(plan.actions.map(\.naming) == [.beside, .mapped(trueName: Array("b".utf8))])
    #expect(plan.actions[0].trueName == nil)
  }

  /// After a conflict the destination's file has the name that the source's folder has, and files of that are on record from
  /// when it was a folder there, too.
  @Test func whatIsOnRecordWhereAFileIsNowGoesWhereItsFolderGoes() {
    var input = Planner.Input.sample
    let (file, kept) = (Entry.file("d/file", 1, token: 1), Entry.file("d (Phone)", 1, token: 1))
    input.source.entries = [.folder("d"), kept, file]
    input.destination.entries = [.file("d", 1, token: 1)]
    input.history.records = [.of(kept, .file("d", 1, token: 1)), .of(file, file)]
    input.policy.restoreMissing = .always
    #expect(rows(Planner.plan(input)) == ["makeFolder new d (2)", "copy missingFromCheckpoint d (2)/file"])
    // A file that nothing of the source stands for is in the way, as ever.
    input.source.entries.remove(at: 1)
    input.history.records.remove(at: 0)
    #expect(rows(Planner.plan(input)) == ["skip kindChanged d", "skip kindChanged d/file"])
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
    #expect(rows(plan) == ["skip nameCollision d/x", "skip nameCollision g"])
    #expect(plan.unchanged == 1)
    // Nor is anything missing that is there, on record or not.
    input.source.entries = [.folder("d"), .folder("d/e"), .file("d/x", 1, token: 1), .file("d/y", 1, token: 1)]
    input.source.entries += [.folder("d/z"), .file("d/z/new", 1, token: 1)]
    input.destination.entries[1...] = [.folder("d/e"), .file("d/x", 1, token: 5), .file("d/y", 1, token: 5)]
    input.destination.entries[2].times.modified = input.source.entries[2].times.modified
    input.destination.entries[3].times.modified = Timestamp(seconds: 5)
    let other = Planner.plan(input)
    #expect(rows(other) == ["skip nameCollision d/y", "skip nameCollision d/z", "skip nameCollision d/z/new"])
    #expect(other.unchanged == 1 && other.folderDates.isEmpty)
  }

  @Test func theVaultOfTheSourceIsPassedOverInSilenceUnlessItWasChosen() {
    var input = Planner.Input.sample
    input.source.temporaries = [.folder(".filesync-vault"), .folder("a/.filesync-vault")]
    #expect(rows(Planner.plan(input)) == ["skip temporary a/.filesync-vault"])
    input.selection = Selection([".filesync-vault": ".filesync-vault"])
    input.source.temporaries.removeLast()
    #expect(rows(Planner.plan(input)) == ["skip temporary .filesync-vault"])
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
}
