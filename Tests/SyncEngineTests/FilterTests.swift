import Foundation
import Journal
import Storage
import StorageContract
import Synchronization
import Testing

@testable import SyncEngine

@Suite struct FilterTests {
  private let source = InMemoryStorage()
  private let destination: InMemoryStorage
  private let journal: Journal
  private let folder: TemporaryFolder
  private let day: Int64 = 86_400

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("copy".utf8)
    destination = InMemoryStorage(traits: traits)
  }

  /// Files of as many bytes as their path has, a day apart, in the order of their paths.
  private func put(_ paths: RelativePath...) throws {
    var folders: Set<RelativePath> = [.root]
    for (number, path) in paths.sorted().enumerated() {
      for depth in 1..<max(path.components.count, 1) {
        let above = try #require(RelativePath(path.components.prefix(depth).joined(separator: [UInt8(ascii: "/")])))
        if folders.insert(above).inserted { try source.put(.directory(above)) }
      }
      try source.put(.file(path, Array(path.bytes), modified: Timestamp(seconds: Int64(number) * day)))
    }
  }

  private func sync(_ change: (inout Filter) throws -> Void) async throws -> Plan {
    var run = SyncRun(from: source, to: destination, journal: journal, policy: SyncPolicy())
    try change(&run.filter)
    run.pause = .zero
    return try await run().plan
  }

  private func include(_ text: String) throws -> Filter.Rule { .include(try Pattern(text)) }
  private func exclude(_ text: String) throws -> Filter.Rule { .exclude(try Pattern(text)) }

  @Test func theFirstPatternDecides() async throws {
    try put("a.jpg", "d/b.jpg", "d/c.txt", "d/keep/e.txt", "f.txt")
    let plan = try await sync {
      $0.rules = [try include("/d/keep/"), try exclude("*.txt"), try include("*.txt")]
    }
    #expect(destination.paths == ["a.jpg", "d", "d/b.jpg", "d/keep", "d/keep/e.txt"])
    #expect(plan.filtered.count == 2)
  }

  @Test func includesAloneLeaveOutTheRest() async throws {
    try put("a.jpg", "d/b.jpg", "d/c.txt", "e/f.txt", "g/h/i.jpg")
    let plan = try await sync { $0.rules = [try include("*.jpg")] }
    #expect(destination.paths == ["a.jpg", "d", "d/b.jpg", "g", "g/h", "g/h/i.jpg"])
    #expect(plan.filtered.count == 2 && !plan.actions.contains { $0.change == .skip })
    #expect(try await sync { $0.rules = [try include("*.jpg")] }.isIdle)
  }

  /// Neither what is excluded, nor what cannot hold anything that is included.
  @Test func whatIsLeftOutIsNotListed() async throws {
    try put("DCIM/Camera/a.jpg", "DCIM/deep/b.jpg", "Android/media/c", "Music/d.mp3")
    try destination.put(.directory("Android"))
    try destination.put(.file("Android/own", [1], modified: Timestamp(seconds: 0)))
    let listed = Mutex<[Side: Set<RelativePath>]>([:])
    var run = SyncRun(from: source, to: destination, journal: journal, policy: SyncPolicy())
    run.filter.rules = [try exclude("/Android"), try exclude("deep/")]
    _ = try await run.plan(control: TransferControl()) { event in
      if case .scanning(let side, _, let path) = event { listed.withLock { _ = $0[side, default: []].insert(path) } }
    }
    #expect(
      listed.withLock(\.self) == [.source: [.root, "DCIM", "DCIM/Camera", "Music"], .destination: [.root]]
    )
    listed.withLock { $0 = [:] }
    run.filter.rules = [try include("/DCIM/Camera/")]
    _ = try await run.plan(control: TransferControl()) { event in
      if case .scanning(.source, _, let path) = event { listed.withLock { _ = $0[.source, default: []].insert(path) } }
    }
    #expect(listed.withLock(\.self) == [.source: [.root, "DCIM", "DCIM/Camera"]])
  }

  @Test func phonesKeepTheirOwnUnlessItIsAskedFor() async throws {
    let own: [RelativePath] = [
      ".thumbnails/1.jpg", "Android/data/app/x", "DCIM/.trashed-9-a.jpg", "DCIM/.pending-1-b.jpg",
    ]
    try put(own[0], own[1], own[2], own[3], "DCIM/a.jpg", "Android/media/y.jpg")
    let plan = try await sync { $0.leavesOutPhonesOwn = true }
    #expect(destination.paths == ["Android", "Android/media", "Android/media/y.jpg", "DCIM", "DCIM/a.jpg"])
    #expect(
      Set(plan.actions.filter { $0.reason == .phonesOwn }.map(\.path))
        == [".thumbnails", "Android/data", "DCIM/.trashed-9-a.jpg", "DCIM/.pending-1-b.jpg"]
    )
    #expect(plan.filtered.count == 0)
    // All pictures are not asked for thumbnails.
    _ = try await sync { ($0.leavesOutPhonesOwn, $0.rules) = (true, [try include("*.jpg")]) }
    #expect(destination.contents(of: own[0]) == nil)
    _ = try await sync {
      ($0.leavesOutPhonesOwn, $0.rules) = (true, [try include("/Android/data/app/"), try include(".thumbnails")])
    }
    #expect(destination.contents(of: own[0]) != nil && destination.contents(of: own[1]) != nil)
    #expect(destination.contents(of: own[2]) == nil)
  }

  @Test func sizesAndDates() async throws {
    // 1 to 5 bytes, and 0 to 4 days.
    try put("1", "22", "333", "4444", "55555")
    let plan = try await sync {
      $0.sizes = 2...4
      ($0.notBefore, $0.before) = (Timestamp(seconds: 2 * day), Timestamp(seconds: 3 * day))
    }
    #expect(destination.paths == ["333"])
    #expect(plan.filtered.count == 4)
  }

  @Test func aFileWithoutADateIsToldWhereDatesDecide() throws {
    var tree = Tree()
    tree.entries = [
      .folder("d"), .file("d/old", 1, token: 1, modified: 5), .file("d/undated", 1, token: 1, modified: nil),
    ]
    var filter = Filter()
    filter.before = Timestamp(seconds: 5)
    tree.leaveOut(by: filter)
    #expect(tree.entries.map(\.path) == ["d"] && tree.filtered == ["d/old": .date, "d/undated": .date])
    #expect(tree.leftOut.map(\.entry.path) == ["d/undated"] && tree.leftOut.map(\.reason) == [.undated])
  }

  @Test func onlyWhatAListNames() async throws {
    try put("a", "d/b", "d/c", "e/f/g", "e/h")
    let plan = try await sync { $0.only = ["a", "d/c", "e/f", "gone/x"] }
    #expect(destination.paths == ["a", "d", "d/c", "e", "e/f", "e/f/g"])
    #expect(plan.actions.filter { $0.reason == .notAtSource }.map(\.path) == ["gone/x"])
    let other = try await sync {
      ($0.only, $0.sizes) = (["a/x", "d/c/x", "d/c", "e/f/g"], 5...5)
      $0.rules = [try exclude("/e/f/")]
    }
    // What is in a folder that a rule leaves out was not looked for.
    #expect(other.actions.filter { $0.reason == .notAtSource }.map(\.path) == ["a/x", "d/c/x"])
  }

  /// What is left out is not gone: neither its copy nor its record says so.
  @Test func whatIsLeftOutLaterStaysAsItIs() async throws {
    try put("a", "b", "d/c")
    _ = try await sync { _ in }
    try source.put(.file("b", [1, 2, 3, 4], modified: Timestamp(seconds: 99)))
    let plan = try await sync { $0.rules = [try exclude("b"), try exclude("/d")] }
    #expect(plan.isIdle && plan.refusals.isEmpty && plan.filtered.count == 2)
    #expect(destination.contents(of: "b") == Array("b".utf8) && destination.contents(of: "d/c") != nil)
    #expect(try await sync { _ in }.actions.map(\.reason) == [.changed])
  }

  @Test func aPatternInAFolderThatIsLeftOutIsAContradiction() throws {
    var filter = Filter()
    filter.rules = [try include("/DCIM/keep/"), try exclude("/DCIM")]
    #expect(filter.contradiction?.include.text == "/DCIM/keep/")
    #expect(filter.contradiction?.insideExclude == "/DCIM/*")
    filter.rules = [try include("/DCIM/keep/"), try exclude("/DCIM/*")]
    #expect(filter.contradiction == nil)
    filter.rules = [try include("/a/b"), try include("/a"), try exclude("/a")]
    #expect(filter.contradiction == nil)
    filter.rules = [try include("/a/"), try include("/a/.thumbnails/"), try exclude("*")]
    #expect(filter.contradiction == nil)
    filter.rules = [try include("/a/b/*.jpg"), try exclude("b/")]
    #expect(filter.contradiction?.exclude.text == "b/")
  }

  /// As people write it who want some files, but not all of their kind: the last rule is about the rest.
  @Test func aLastRuleAboutEverythingLeavesOutTheRest() async throws {
    var filter = Filter()
    filter.rules = [try exclude("cover*"), try include("*.mp3"), try exclude("*")]
    #expect(filter.contradiction == nil && filter.closedFolders == nil)
    func verdict(_ path: RelativePath, isFolder: Bool = false) -> Filter.Verdict {
      filter.verdict(path, isFolder: isFolder)
    }
    #expect(verdict("a.mp3").takesPart && verdict("d/e/a.mp3").takesPart)
    #expect(
      verdict("cover.mp3").leavesOut && verdict("d/a.flac").leavesOut && verdict("d/covers", isFolder: true).leavesOut
    )
    #expect(verdict("d", isFolder: true) == .leadsTo(by: filter.rules[2]))
    filter.rules = [try include("/Music/**.mp3"), try exclude("**")]
    #expect(filter.contradiction == nil && verdict("Music", isFolder: true) == .leadsTo(by: filter.rules[1]))
    #expect(verdict("Other", isFolder: true).leavesOut)
    try put("Music/d/a.mp3", "Music/d/a.flac", "Other/b.mp3")
    let plan = try await sync { $0.rules = filter.rules }
    #expect(plan.filtered.map(\.path) == ["Music/d/a.flac", "Other"])
    #expect(destination.paths == ["Music", "Music/d", "Music/d/a.mp3"])
  }

  /// As people write it who know rsync, where it takes what is at the top only, and says nothing.
  @Test func whatLeavesOutAllFoldersIsFound() throws {
    func closed(_ rules: [Filter.Rule]) -> Filter.ClosedFolders? {
      var filter = Filter()
      filter.rules = rules
      return filter.closedFolders
    }
    let more = try include("x")
    for everything in ["*", "**", "/*", "**/*"] {
      #expect(try closed([include("*.jpg"), exclude(everything), more])?.atTop == "/*.jpg", "\(everything)")
      #expect(try closed([include("/DCIM/"), exclude(everything), exclude("y")]) == nil, "\(everything)")
      #expect(try closed([include("*.jpg"), exclude(everything)]) == nil, "\(everything)")
    }
    #expect(try closed([include("*/"), include("*.jpg"), exclude("*"), more])?.include.text == "*.jpg")
    #expect(try closed([include("*/"), exclude("*"), exclude("y")]) == nil)
    #expect(try closed([include("Camera/"), exclude("*"), more])?.atTop == "/Camera/")
    #expect(try closed([exclude("*"), include("a.jpg")]).map { $0.atTop == nil } == true)
    #expect(try closed([include("*.jpg"), exclude("*/")]) == nil)
    #expect(try closed([include("*.jpg"), exclude("?*")]) == nil)
    #expect(try closed([include("**"), exclude("*")]) == nil)
  }

  /// Also where it is the destination, or one of two ends: listing it may be what a device cannot do. What is there under
  /// a name of another one is known all the same.
  @Test(arguments: [false, true]) func aFolderThatIsLeftOutIsListedNowhere(isTwoWay: Bool) async throws {
    try put("a", "closed/x", "own:/y")
    for path in ["closed", "own_", "closed/theirs"] as [RelativePath] { try destination.put(.directory(path)) }
    var policy = SyncPolicy()
    if isTwoWay { policy.twoWay = Mirror() }
    var filter = Filter()
    filter.rules = [try exclude("/closed/"), try exclude("/own_/")]
    var history = History()
    history.destinationNames = ["own_": Array("own:".utf8)]
    func scan(_ storage: InMemoryStorage, _ side: Side) async throws -> Tree {
      let persistence = Persistence(control: TransferControl(), report: { _ in }, pause: .zero)
      var scan = Scan(storage: storage, side: side, now: { Date() }, persistence: persistence, report: { _ in })
      scan.isBoth = isTwoWay
      scan.filterThere = filter
      scan.names = history.destinationNames
      return try await scan.run()
    }
    let tree = try await scan(destination, .destination)
    #expect(tree.entries.map(\.path) == ["closed", "own_"] && tree.isIncomplete(at: "closed"))
    #expect(destination.listings(of: "closed") == 0 && destination.listings(of: "own_") == 1)

    // The same of a whole run, which leaves them as they are.
    destination.remove("own_")
    let plan: Plan
    if isTwoWay {
      let sync = TwoWaySync(between: source, and: destination, journal: journal, policy: policy, filter: filter)
      let both = try await sync.plan(control: TransferControl()) { _ in }
      #expect(await sync.execute(both, control: TransferControl()) { _, _ in } == .done)
      plan = both.forth
    } else {
      plan = try await sync { $0.rules = filter.rules }
    }
    #expect(!plan.actions.contains { $0.path.isBelow("closed") || $0.path == "closed" })
    #expect(source.listings(of: "closed") == 0 && destination.listings(of: "closed") == 0)
    #expect(destination.paths.contains("a") && destination.paths.contains("closed/theirs"))
  }

  /// Somebody has sorted files into it that take part.
  @Test func aFolderWithCopiesOfWhatTakesPartIsLookedInto() async throws {
    try put("a", "b", "c")
    _ = try await sync { _ in }
    try destination.put(.directory("Sorted"))
    _ = try await destination.move(destination.find("a"), to: "Sorted/a")
    #expect(try await sync { _ in }.actions.map(\.reason) == [.movedAtDestination])
    let closing = try await sync { $0.rules = [try exclude("/Sorted/")] }
    #expect(closing.isIdle, "\(closing.rows)")
    try source.put(.file("a", [1, 2], modified: Timestamp(seconds: 100 * day)))
    let plan = try await sync { $0.rules = [try exclude("/Sorted/")] }
    #expect(plan.actions.map(\.reason) == [.changed] && destination.contents(of: "Sorted/a") == [1, 2], "\(plan.rows)")
  }

  /// Where upper and lower case are the same, a folder that is excluded there is not filled from one of another case.
  @Test(arguments: [false, true]) func anExcludedFolderIsThatOfAnotherCase(isMirror: Bool) async throws {
    var traits = destination.traits
    traits.names.isCaseSensitive = false
    let destination = InMemoryStorage(traits: traits)
    try put("Cache/x", "Cache/d/y", "Music/Cache/z", "a")
    for path in ["cache", "music", "music/cache"] as [RelativePath] { try destination.put(.directory(path)) }
    let theirs: [RelativePath] = ["cache/theirs", "music/cache/theirs"]
    for path in theirs { try destination.put(.file(path, [1], modified: Timestamp(seconds: 0))) }
    var policy = isMirror ? SyncPolicy.mirror(Mirror(limit: .percent(100))) : SyncPolicy()
    policy.newDestination = true
    var run = SyncRun(from: source, to: destination, journal: journal, policy: policy)
    run.filter.rules = [try exclude("cache/")]
    run.pause = .zero
    let end = try await run()
    #expect(end.ending == .done && !end.plan.leavesBehind, "\(end.plan.rows)")
    #expect(end.plan.filtered.map(\.path) == ["Cache", "Music/Cache"] && end.plan.unusedRules.isEmpty)
    #expect(destination.paths == ["a", "cache", "cache/theirs", "music", "music/cache", "music/cache/theirs"])
    #expect(destination.listings(of: "cache") == 0)
    // Nothing is there that it could be.
    for path in ["music/cache/theirs", "music/cache"] as [RelativePath] { destination.remove(path) }
    #expect(try await run().ending == .done)
    #expect(destination.contents(of: "music/Cache/z") != nil && destination.contents(of: "cache/x") == nil)
  }
}
