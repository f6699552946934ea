import Foundation
import Storage
import SyncEngine
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct SummaryTests {
  @Test(arguments: Reason.allCases)
  func everyReasonHasWords(reason: Reason) { #expect(!reason.words.isEmpty) }

  /// Sizes are what a device claims.
  @Test func sizesThatNoDiskHoldsAreAddedWithoutATrap() {
    let actions = (0..<2).map { Action(id: $0, change: .copy, reason: .new, path: .root, bytes: 1 << 63) }
    let plan = Plan(actions: actions)
    #expect(Summary.plan(plan, from: "a", to: "b").contains { $0.hasPrefix("  Files to copy: 2, ") })
    #expect(Progress(plan, at: 0).line(width: 80).contains("0 of 2 files"))
  }

  @Test func numbersOfARun() throws {
    var counts = Counts()
    counts.filesCopied = 3
    counts.filesReplaced = 1
    counts.adopted = 2
    counts.unchanged = 5
    counts.failed = 1
    counts.bytesCopied = 3_100_000
    counts.modified = [.verified: 3, .manifest: 1, .lost: 1]
    counts.created = [.absent: 5]
    counts.folderDates = [.verified: 2]
    counts.folderCreated = [.verified: 1, .manifest: 1]
    var leftOut = LeftOut()
    leftOut.add(try path("a/pipe"), .specialFile)
    leftOut.add(try path("gone"), .vanished)
    leftOut.add(try path("a/socket"), .specialFile)
    #expect(
      Summary.run(counts, leftOut: leftOut, .sync(offersRestoring: true)) == [
        "3 files copied, 1 file replaced (3.1 MB); 2 files there already, now on record; 5 files up to date.",
        "Dates: 3 kept and verified, 1 kept in the journal only, 1 lost.",
        "Dates of folders: 2 kept and verified.",
        "Creation dates of folders: 1 kept and verified, 1 kept in the journal only.",
        "Left out: 2 (no regular file): a/pipe, a/socket",
        "Left out: 1 (gone since it was listed): gone",
        "Failed: 1 file.",
      ]
    )
  }

  @Test func filesThatWereTooNewForTheRecordSayWhyTheyAreOnItAgain() throws {
    let actions = [Reason.unproven, .equal].enumerated().map { index, reason in
      Action(id: UInt32(index), change: .adopt(setTimes: false), reason: reason, path: .root)
    }
    let lines = Summary.plan(Plan(actions: actions), from: "a", to: "b")
    #expect(lines.contains("  Equal files to put on record: 1"), "\(lines)")
    let again = "  Equal files to put on record again, since they were too new for a change to show in their dates: 1"
    #expect(lines.contains(again), "\(lines)")
  }

  @Test(arguments: [(1, "1 file found where it was moved to"), (2, "2 files found where they were moved to")])
  func oneFileIsNotThey(count: Int, words: String) {
    var counts = Counts()
    counts.filesFollowed = count
    let lines = Summary.run(counts, leftOut: LeftOut(), .sync(offersRestoring: false))
    #expect(lines == ["Nothing copied; \(words) at the destination."])
  }

  @Test func aFolderThatIsMadeForAllCountsToo() throws {
    let plan = Plan(actions: [Action(id: 0, change: .makeFolder, reason: .new, path: try path("a"))])
    #expect(Summary.plan(plan, from: "a", to: "b", makesDestination: true).contains("  Folders to make: 2"))
    let only = Summary.plan(Plan(actions: []), from: "a", to: "b", makesDestination: true)
    #expect(only.contains("  Folders to make: 1") && !only.contains("Nothing to do."))
  }

  @Test func onlyTheFirstThatAreLeftOutAreNamed() throws {
    var leftOut = LeftOut()
    for name in ["a", "b\u{1B}", "c", "d", "e"] { leftOut.add(try path(name), .tooLarge) }
    #expect(leftOut.lines("Left out") == ["Left out: 5 (too large for the destination): a, b\\x1b, c and 2 more"])
  }

  @Test func theFirstThatAreReplacedOrKeptInBothVersionsAreNamed() throws {
    var actions = try ["a", "b\u{1B}", "c", "d", "e"].enumerated().map { index, name in
      Action(id: UInt32(index), change: .replace, reason: .changed, path: try path(name), bytes: 1000)
    }
    actions.append(
      Action(id: 5, change: .keepBoth(as: try path("f (2)")), reason: .changedOnBoth, path: try path("f"), bytes: 0)
    )
    actions.append(Action(id: 6, change: .copy, reason: .new, path: try path("g"), bytes: 2))
    let lines = Summary.plan(Plan(actions: actions), from: "x", to: "y")
    #expect(
      lines.contains("  Files to replace, as they changed at the source: 5, 5.0 kB: a, b\\x1b, c and 2 more"),
      "\(lines)"
    )
    #expect(lines.contains("  Files to keep in both versions: 1: f") && lines.contains("  Files to copy: 1, 2 bytes"))
  }

  /// However many there are, and however often each begins anew.
  @Test func whatIsGoneOnWithIsToldInOneLine() throws {
    let (results, errors) = (Collected(), Collected())
    let steps = try (0..<3).map { Action(id: $0, change: .copy, reason: .new, path: try path("file \($0)")) }
    for detail in [HumanReport.Detail.normal, .verbose] {
      let report = HumanReport(
        results: .collecting(into: results, isTerminal: false),
        errors: .collecting(into: errors, isTerminal: false),
        detail: detail,
        kind: .copy,
        uptime: { 0 }
      )
      report.take(.planned(Plan(actions: steps)), step: nil, place: nil)
      for step in steps {
        report.take(.resuming(step.id, at: 1000), step: step, place: nil)
        report.take(.resuming(step.id, at: 3000), step: step, place: nil)
      }
      report.take(.finished(.done, Counts()), step: nil, place: nil)
      #expect(results.text.hasSuffix("Gone on with inside: 3 files, of which 3.0 kB were there already.\n"))
      #expect(results.text.contains("Going on with") == (detail == .verbose), "\(results.text)")
    }
  }

  @Test func whatFailsForOneCauseIsToldTogetherWithItsCure() throws {
    var failures = Failures()
    #expect(failures.lines(log: "/log") == [])
    func error(_ reason: StorageError.Reason, _ cause: String) -> StorageError {
      StorageError(reason, .nextFile, cause: cause)
    }
    let told = try (1...12).map { failures.add(try path("\($0)"), error(.readingDenied, "No \u{1B}")) }
    #expect(told == [true] + Array(repeating: false, count: 11))
    #expect(failures.add(try path("x"), error(.wrongLength, "Short")))
    #expect(failures.add(try path("y"), error(.unsupported, "Odd")))
    #expect(
      failures.lines(log: "/l\n") == [
        "Failed: 12 (No \\x1b): 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more", "  Check who owns it and who may read it.",
        "Failed: 1 (Short): x", "  Nothing was replaced. Run the same command again.", "Failed: 1 (Odd): y",
        "The log names each: /l\\x0a",
      ]
    )
    #expect(failures.lines(log: nil).last == "Failed: 1 (Odd): y")
  }

  @Test func noLineOfTheProgressIsWiderThanTheTerminal() {
    let text = Collected()
    let errors = Output.collecting(into: text, isTerminal: true, width: 12)
    let report = HumanReport(results: errors, errors: errors, detail: .normal, kind: .copy, uptime: { 1 })
    report.take(.scanning(.source, entries: 7, at: .root), step: nil, place: nil)
    #expect(text.text == "\rLooking at \u{1B}[K")
  }

  @Test func aRefusedPlanIsNotSaidToBeIdle() throws {
    let idle = Plan(actions: [])
    #expect(Summary.plan(idle, from: "a", to: "b").last == "Nothing to do.")
    let refused = Plan(actions: [], refusals: [.storageReplaced(.destination)])
    #expect(!Summary.plan(refused, from: "a", to: "b").contains("Nothing to do."))
    let followed = Action(id: 0, change: .follow(to: try path("y/x")), reason: .movedAtDestination, path: try path("x"))
    #expect(Summary.plan(Plan(actions: [followed]), from: "a", to: "b")[0] == "For example: a/x \u{2192} b/y/x")
    let leaving = Plan(actions: [Action(id: 0, change: .skip, reason: .nameImpossible, path: try path("x"))])
    let lines = Summary.plan(leaving, from: "a", to: "b")
    #expect(
      lines.suffix(2) == [
        "  Left out: 1 (the destination cannot hold this name): x", "Nothing else to do: 1 is left out.",
      ]
    )
  }

  @Test(arguments: [
    (Refusal.manyMissing(count: 30, of: 100), CommandStatus.refused, "--new-destination"),
    (.storageReplaced(.destination), .refused, "--new-destination"), (.storageReplaced(.source), .refused, "source"),
    (.manyLost(count: 20, of: 30, allowed: 10), .refused, "--max-delete 20"),
    (.foldersOverlap(.root, .root), .refused, "the source and the destination"),
    (.noSpace(needed: 2_000_000, free: 1000), .notPossible, "2.0 MB are needed, 1.0 kB are free"),
  ])
  func refusals(refusal: Refusal, status: CommandStatus, words: String) {
    #expect(refusal.failure().status == status)
    #expect(refusal.failure().text.contains(words))
  }

  @Test func aFolderOfTheSameNameInTheSourceNeedsNoNote() throws {
    let folder = Entry(path: try path("DCIM"), kind: .directory)
    func note(_ source: [Entry], _ destination: [Entry]) -> String? {
      Summary.nestedFolder(source: "DCIM", sourceEntries: source, destination: "/d", destinationEntries: destination)
    }
    #expect(note([], [folder])?.contains("/d/DCIM") == true)
    #expect(note([folder], [folder]) == nil)
    #expect(note([], []) == nil)
    #expect(note([], [Entry(path: try path("DCIM"), kind: .file)]) == nil)
  }
}
