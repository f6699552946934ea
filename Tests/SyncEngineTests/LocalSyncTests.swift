import Foundation
import Journal
import LocalStorage
import Storage
import Testing

@testable import SyncEngine

/// Whole runs between two folders of the disk.
@Suite struct LocalSyncTests {
  let folder: TemporaryFolder
  let journal: Journal

  init() throws {
    folder = try TemporaryFolder()
    journal = try folder.journal()
  }

  private func run(_ policy: SyncPolicy = SyncPolicy()) throws -> SyncRun {
    SyncRun(from: try folder.storage("from"), to: try folder.storage("to"), journal: journal, policy: policy)
  }

  @Test func copiesATreeWithItsDatesAndThenNothing() async throws {
    try folder.write("from/a.txt", "alpha", modified: 1_500_000_000.25)
    try folder.write("from/DCIM/Camera/IMG_0001.jpg", "picture", modified: 946_684_800)
    try folder.write("from/DCIM/empty", "", modified: -86_400)
    try folder.setDate("from/DCIM/Camera", 1_000_000_000)
    try folder.setDate("from/DCIM", 1_100_000_000)

    let first = try await run()()
    #expect(first.ending == .done)
    #expect(first.counts.filesCopied == 3)
    #expect(first.counts.foldersMade == 2)
    #expect(first.counts.modified == [.verified: 3])
    #expect(try folder.names(in: "from") == folder.names(in: "to"))
    #expect(folder.read("to/DCIM/Camera/IMG_0001.jpg") == "picture")
    for path in ["a.txt", "DCIM", "DCIM/Camera", "DCIM/Camera/IMG_0001.jpg", "DCIM/empty"] {
      #expect(folder.date("to/\(path)") == folder.date("from/\(path)"), "\(path)")
    }

    let second = try await run()()
    #expect(second.plan.isIdle)
    #expect(second.plan.unchanged == 3)
    #expect(second.ending == .done)
    #expect(second.counts.filesCopied == 0)
  }

  /// Those of either side, also empty ones, which the next run does not date anew.
  @Test func foldersThatATwoWayRunMakesKeepTheirDates() async throws {
    let (from, to) = (try folder.storage("from"), try folder.storage("to"))
    for path in ["from/a/b", "to/c/d"] {
      try FileManager.default.createDirectory(at: folder.url.appending(path: path), withIntermediateDirectories: true)
      try folder.setDate(path, 1_100_000_000)
      try folder.setDate(String(path.dropLast(2)), 1_000_000_000)
    }
    for _ in 0..<2 {
      let sync = TwoWaySync(between: from, and: to, journal: journal, policy: SyncPolicy())
      let plan = try await sync.plan(control: TransferControl()) { _ in }
      #expect(await sync.execute(plan, control: TransferControl()) { _, _ in } == .done)
      for side in ["from", "to"] {
        for (path, date) in [
          ("a", 1_000_000_000.0), ("a/b", 1_100_000_000), ("c", 1_000_000_000), ("c/d", 1_100_000_000),
        ] {
          #expect(folder.date("\(side)/\(path)") == date, "\(side)/\(path)")
        }
      }
    }
  }

  /// What is in the way of something else goes, whatever else the plan leaves out.
  @Test func whatIsLeftOutHoldsNothingUpThatIsInTheWay() async throws {
    try folder.write("from/x/g", "new", modified: 1_600_000_000)
    try folder.write("from/y/f", "one", modified: 1_500_000_000)
    try folder.write("to/x", "a file", modified: 1_600_000_000)
    try folder.write("to/y", "old", modified: 1_400_000_000)
    var policy = SyncPolicy.mirror(Mirror(limit: .percent(100)))
    policy.keepsOldVersions = false
    var run = try run(policy)
    run.filter.before = Timestamp(seconds: 1_550_000_000)
    let result = try await run()
    #expect(result.ending == (result.plan.leavesBehind ? .someFailed : .done), "\(result.plan.actions)")
    #expect(result.counts.failed == 0 && folder.read("to/y/f") == "one" && folder.read("to/x") == "a file")
  }

  @Test func foldersGetBothDatesBeforeTheirRights() async throws {
    let times = FileTimes(modified: Timestamp(seconds: 1_100_000_000), created: Timestamp(seconds: 1_000_000_000))
    let entry = Entry(path: "d", kind: .directory)
    let (from, to) = (try folder.storage("from"), try folder.storage("to"))
    _ = try await from.createDirectory("d")
    guard try await from.setTimes(times, of: entry).times == times else {
      Issue.record("the file system for temporary files keeps no attributes")
      return
    }
    try await from.setAttributes([], permissions: 0o555, of: entry)
    let first = try await SyncRun(from: from, to: OthersDisk(storage: to), journal: journal, policy: SyncPolicy())()
    #expect(first.counts.folderDates == [.verified: 1] && first.counts.folderCreated == [.verified: 1])
    let copy = try #require(try await to.refresh([entry])[0])
    #expect(copy.times == times && copy.permissions == 0o555)
    #expect(try await run()().plan.isIdle)
    for side in [from, to] { try await side.setAttributes([], permissions: 0o755, of: entry) }
  }

  @Test func replacesWhatChangedAndKeepsTheOldVersion() async throws {
    try folder.write("from/d/a.txt", "one")
    _ = try await run()()
    try folder.write("from/d/a.txt", "two", modified: 1_600_000_500)
    let second = try await run()()
    #expect(second.counts.filesReplaced == 1)
    #expect(folder.read("to/d/a.txt") == "two")
    let old = try folder.names(in: "to/.filesync-vault").filter { $0.hasSuffix("d/a.txt") }
    #expect(old.map { folder.read("to/.filesync-vault/\($0)") } == ["one"])
    let third = try await run()()
    #expect(third.plan.isIdle)
  }

  @Test func keepsWhatChangedAtTheDestination() async throws {
    try folder.write("from/a.txt", "one")
    _ = try await run()()
    try folder.write("to/a.txt", "mine", modified: 1_600_000_500)
    let second = try await run()()
    #expect(second.plan.actions.map(\.reason) == [.changedAtDestination])
    #expect(folder.read("to/a.txt") == "mine")
    #expect(second.ending == .done)
  }

  @Test func keepsBothOfAConflictOnce() async throws {
    try folder.write("from/IMG.jpg", "new camera", modified: 1_600_000_000)
    try folder.write("to/IMG.jpg", "old", modified: 1_500_000_000)
    let first = try await run()()
    #expect(first.counts.filesKeptBoth == 1)
    let kept = "to/IMG (from 2020-09-13).jpg"
    #expect(folder.read("to/IMG.jpg") == "old")
    #expect(folder.read(kept) == "new camera")
    #expect(try await run()().plan.isIdle)

    // The kept version is the source's own now: it follows the source, and the other stays.
    try folder.write("from/IMG.jpg", "edited", modified: 1_600_001_000)
    let third = try await run()()
    #expect(third.counts.filesReplaced == 1)
    #expect(folder.read(kept) == "edited")
    #expect(folder.read("to/IMG.jpg") == "old")
  }

  @Test func adoptsEqualFilesAndMendsTheirDates() async throws {
    try folder.write("from/same.txt", "same", modified: 1_600_000_000)
    try folder.write("to/same.txt", "same", modified: 1_600_000_000)
    try folder.write("from/undated.txt", "text", modified: 1_400_000_000)
    try folder.write("to/undated.txt", "text", modified: 1_700_000_000)
    try folder.write("from/other.txt", "left", modified: 1_400_000_000)
    try folder.write("to/other.txt", "over", modified: 1_700_000_000)
    let first = try await run()()
    #expect(first.counts.adopted == 2)
    #expect(first.counts.filesKeptBoth == 1)
    #expect(first.counts.bytesCopied == 4)
    #expect(folder.date("to/undated.txt") == 1_400_000_000)
    #expect(folder.read("to/other.txt") == "over")
    #expect(folder.read("to/other (from 2014-05-13).txt") == "left")
    #expect(try await run()().plan.isIdle)
  }

  @Test func comparesALargeFileWhole() async throws {
    let text = String(repeating: "0123456789abcdef", count: 100_000)
    try folder.write("from/big", text, modified: 1_400_000_000)
    try folder.write("to/big", text, modified: 1_700_000_000)
    try folder.write("from/odd", text, modified: 1_400_000_000)
    try folder.write("to/odd", String(text.dropLast(700_000)) + "!" + text.suffix(699_999), modified: 1_700_000_000)
    let first = try await run()()
    #expect(first.counts.adopted == 1)
    #expect(first.counts.filesKeptBoth == 1)
  }

  @Test func reportsWhatTheUserRemovedAndRestoresItWhenAsked() async throws {
    try folder.write("from/d/a.txt", "one")
    try folder.write("from/d/b.txt", "two")
    _ = try await run()()
    try folder.remove("to/d/a.txt")
    let second = try await run()()
    #expect(second.plan.actions.map(\.reason) == [.missingFromCheckpoint])
    #expect(second.counts.missingFromCheckpoint == 1)
    #expect(folder.read("to/d/a.txt") == nil)

    try folder.remove("to/d")
    try folder.write("to/other", "")
    #expect(try await run()().counts.missingFromCheckpoint == 2)
    #expect(folder.date("to/d") == nil)

    var policy = SyncPolicy()
    policy.restoreMissing = .always
    let third = try await run(policy)()
    #expect(third.counts.filesCopied == 2)
    #expect(folder.read("to/d/a.txt") == "one")
  }

  @Test func refusesAnEmptiedDestination() async throws {
    try folder.write("from/a.txt", "one")
    _ = try await run()()
    try folder.remove("to/a.txt")
    let second = try await run()()
    #expect(second.ending == .refused([.manyMissing(count: 1, of: 1)]))
    #expect(try folder.names(in: "to").isEmpty)

    var policy = SyncPolicy()
    policy.newDestination = true
    #expect(try await run(policy)().counts.filesCopied == 1)
  }

  @Test func copiesLinksAndLeavesOutSpecialFiles() async throws {
    try folder.write("from/a.txt", "one")
    let link = folder.url.appending(path: "from/link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "a.txt")
    let made = unsafe mkfifo(folder.url.appending(path: "from/pipe").path, 0o600)
    #expect(made == 0)
    let first = try await run()()
    #expect(first.counts.linksCopied == 1)
    #expect(first.plan.actions.map(\.reason) == [.new, .new, .specialFile])
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder.url.appending(path: "to/link").path)
    #expect(target == "a.txt")
    #expect(try await run()().plan.actions.map(\.reason) == [.specialFile])
  }

  @Test func aLinkFollowsItsSource() async throws {
    try folder.link("from/link", to: "old")
    let first = try await run()()
    #expect(first.counts.linksCopied == 1)
    #expect(first.counts.modified == [.verified: 1])
    #expect(folder.date("to/link") == folder.date("from/link"))

    try folder.remove("from/link")
    try folder.link("from/link", to: "new")
    let second = try await run()()
    #expect(second.plan.actions.map(\.reason) == [.changed])
    #expect(second.counts.modified == [.verified: 1])
    #expect(second.ending == .done)
    #expect(folder.target(of: "to/link") == "new")
    let kept = try folder.names(in: "to").filter { $0 != "link" && $0.hasSuffix("/link") }
    #expect(kept.map { folder.target(of: "to/\($0)") } == ["old"])
    #expect(try await run()().plan.isIdle)

    // The user's own link stays.
    try folder.remove("to/link")
    try folder.link("to/link", to: "mine")
    #expect(try await run()().plan.actions.map(\.reason) == [.changedAtDestination])
    try folder.remove("from/link")
    try folder.link("from/link", to: "newer")
    let last = try await run()()
    #expect(last.plan.actions.map(\.reason) == [.changedOnBoth])
    #expect(last.ending == .someFailed)
    #expect(folder.target(of: "to/link") == "mine")
  }

  @Test func anotherLinkOfNoRecordIsLeftBehind() async throws {
    try folder.link("from/link", to: "one")
    try folder.link("to/link", to: "other")
    let result = try await run()()
    #expect(result.plan.actions.map(\.reason) == [.differsUnrecorded])
    #expect(result.ending == .someFailed)
    #expect(folder.target(of: "to/link") == "other")
  }

  @Test func copiesBackWithTheRecordOfTheWayThere() async throws {
    try folder.write("from/a.txt", "one")
    _ = try await run()()
    try folder.write("to/a.txt", "edited", modified: 1_600_000_500)
    let back = SyncRun(
      from: try folder.storage("to"),
      to: try folder.storage("from"),
      journal: journal,
      policy: SyncPolicy()
    )
    let result = try await back()
    #expect(result.plan.actions.map(\.change) == [.replace])
    #expect(folder.read("from/a.txt") == "edited")
  }
}
