import Foundation
@testable import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Files that somebody has renamed or moved at the destination since an earlier run copied them.
@Suite struct ElsewhereTests {
  private let source = InMemoryStorage()
  private let destination: InMemoryStorage
  private let host = InMemoryStorage()
  private let kind: DestinationKind
  private let folder: TemporaryFolder
  private let journal: Journal

  init() throws { try self.init(.folder) }

  private init(_ kind: DestinationKind, forbidding sign: Character? = nil) throws {
    self.kind = kind
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    var traits = kind.traits
    if let sign { traits.names.forbidden = Set(String(sign).utf8) }
    destination = InMemoryStorage(traits: traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
  }

  private func put(_ path: RelativePath, _ text: String, at second: Int64 = 1_500_000_000) throws {
    try source.put(.file(path, Array(text.utf8), modified: Timestamp(seconds: second)))
  }

  /// As a file manager does it, which keeps the date.
  private func move(_ path: RelativePath, to other: RelativePath) throws {
    let (bytes, date) = (try #require(destination.contents(of: path)), destination.times(of: path)?.modified)
    destination.remove(path)
    if !other.parent.isRoot, !destination.paths.contains(other.parent) { try destination.put(.directory(other.parent)) }
    try destination.put(.file(other, bytes, modified: try #require(date)))
  }

  private typealias Adjusting = (inout SyncPolicy) -> Void

  private func run(
    _ change: Adjusting = { _ in },
    journal: Journal? = nil,
    source: (any Storage)? = nil,
    destination: (any Storage)? = nil
  ) -> SyncRun {
    var policy = SyncPolicy()
    change(&policy)
    var run = SyncRun(
      from: source ?? self.source,
      to: destination ?? self.destination,
      journal: journal ?? self.journal,
      policy: policy,
      host: kind.isDevice ? host : nil
    )
    run.pause = .zero
    return run
  }

  private func never(_ policy: inout SyncPolicy) {}
  private func always(_ policy: inout SyncPolicy) { policy.restoreMissing = .always }

  private var own: [RelativePath] { destination.paths.filter { !$0.bytes.starts(with: Vault.name) } }

  private func expectIdle(_ change: Adjusting = { _ in }) async throws {
    let plan = try await run(change).plan(control: TransferControl()) { _ in }
    #expect(plan.isIdle && plan.refusals.isEmpty && !plan.actions.contains { $0.change != .skip })
  }

  @Test(arguments: DestinationKind.allCases) func theRecordFollowsAMovedFile(_ kind: DestinationKind) async throws {
    let world = try ElsewhereTests(kind)
    try world.source.put(.directory("DCIM"))
    try world.put("DCIM/IMG_1", "a photo")
    try world.put("DCIM/IMG_2", "another photo")
    _ = try await world.run()()
    try world.move("DCIM/IMG_1", to: "Holiday/IMG_1")
    let end = try await world.run()()
    let steps = end.plan.actions.filter { $0.reason == .movedAtDestination }
    #expect(steps.map(\.change) == [.follow(to: "Holiday/IMG_1")] && steps.map(\.path) == ["DCIM/IMG_1"])
    #expect(end.ending == .done && end.counts.filesFollowed == 1, "\(end.counts)")
    #expect(end.counts.missingFromCheckpoint == 0 && end.counts.filesCopied == 0 && end.counts.bytesCopied == 0)
    for change in [world.never, world.always] as [Adjusting] {
      let next = try await world.run(change)()
      #expect(next.counts.filesCopied == 0 && next.counts.missingFromCheckpoint == 0, "\(next.counts)")
    }
    if kind != .undating, kind != .bare { try await world.expectIdle() }
    #expect(world.own == ["DCIM", "DCIM/IMG_2", "Holiday", "Holiday/IMG_1"])

    // A new version takes its place there.
    try world.put("DCIM/IMG_1", "an edited photo", at: 1_600_000_000)
    let changed = try await world.run()()
    #expect(changed.ending == .done && changed.counts.filesReplaced == 1, "\(changed.counts)")
    #expect(world.own == ["DCIM", "DCIM/IMG_2", "Holiday", "Holiday/IMG_1"])
    #expect(world.destination.contents(of: "Holiday/IMG_1") == Array("an edited photo".utf8))
  }

  /// As many as make a run without the rule stop and ask whether the destination is the right one.
  @Test(arguments: [false, true]) func whatIsSortedIntoFoldersIsFoundAgain(_ restores: Bool) async throws {
    try source.put(.directory("DCIM"))
    for number in 0..<40 {
      let path = try #require(RelativePath("DCIM/\(number)"))
      try put(path, "photo \(number % 10)", at: 1_500_000_000 + Int64(number / 2))
    }
    _ = try await run()()
    for number in 0..<40 {
      let paths = (try #require(RelativePath("DCIM/\(number)")), try #require(RelativePath("\(number % 3)/\(number)")))
      try move(paths.0, to: paths.1)
    }
    let before = own
    let end = try await run(restores ? always : never)()
    #expect(end.ending == .done && end.counts.filesFollowed == 40 && end.counts.filesCopied == 0, "\(end.counts)")
    #expect(own == before)
    try await expectIdle(restores ? always : never)
  }

  @Test func dateAndNameTellFilesOfOneSizeApart() async throws {
    try put("a", "same size 1", at: 1)
    try put("b", "same size 2", at: 2)
    try put("c", "same size 3", at: 2)
    _ = try await run()()
    try move("a", to: "x")
    try move("b", to: "sorted/b")
    try move("c", to: "sorted/c")
    let end = try await run()()
    #expect(end.counts.filesFollowed == 3 && end.ending == .done, "\(end.counts)")
    try put("a", "a changed", at: 9)
    _ = try await run()()
    #expect(destination.contents(of: "x") == Array("a changed".utf8) && !own.contains("a"))
  }

  @Test func twoThatNothingTellsApartAreMissing() async throws {
    try put("a", "twins")
    _ = try await run()()
    try move("a", to: "x")
    try destination.put(.file("y", Array("twins".utf8), modified: Timestamp(seconds: 1_500_000_000)))
    let end = try await run()()
    #expect(end.plan.actions.map(\.reason) == [.missingFromCheckpoint] && end.counts.filesFollowed == 0)
    #expect(end.counts.missingFromCheckpoint == 1 && own == ["x", "y"])
  }

  @Test(arguments: [false, true]) func whatOnlyLooksTheSameStays(_ restores: Bool) async throws {
    try put("a", "one content")
    _ = try await run()()
    destination.remove("a")
    try destination.put(.file("b", Array("two content".utf8), modified: Timestamp(seconds: 1_500_000_000)))
    let end = try await run(restores ? always : never)()
    #expect(end.plan.actions.map(\.change) == [.follow(to: "b")] && end.counts.filesFollowed == 0)
    #expect(end.counts.filesCopied == (restores ? 1 : 0), "\(end.counts)")
    #expect(end.counts.missingFromCheckpoint == (restores ? 0 : 1) && end.ending == .done)
    #expect(own == (restores ? ["a", "b"] : ["b"]))
    #expect(destination.contents(of: "b") == Array("two content".utf8))
    if restores { try await expectIdle(always) }
  }

  /// It may be anybody's, whatever is in it.
  /// Somebody moved it to a name that the source has given to something else by now.
  @Test(arguments: [false, true]) func itIsFoundUnderTheNameOfANewFile(_ restores: Bool) async throws {
    try source.put(.directory("d"))
    try put("d/x", "a photo")
    try put("rest", "stays")
    _ = try await run()()
    try move("d/x", to: "n")
    try put("n", "another one", at: 1_600_000_000)
    let end = try await run(restores ? always : never)()
    #expect(end.ending == .done && end.counts.filesFollowed == 1 && end.counts.filesKeptBoth == 1, "\(end.counts)")
    #expect(end.counts.missingFromCheckpoint == 0 && end.counts.filesCopied == 0)
    try await expectIdle(restores ? always : never)
    #expect(destination.contents(of: "n") == Array("a photo".utf8) && own.count == 4, "\(own)")
  }

  @Test func oneWithAnotherDateIsNotTheFile() async throws {
    try put("a", "one content")
    _ = try await run()()
    destination.remove("a")
    try destination.put(.file("b", Array("one content".utf8), modified: Timestamp(seconds: 1_700_000_000)))
    #expect(try await run()().counts.filesFollowed == 0)
    #expect(destination.times(of: "b")?.modified == Timestamp(seconds: 1_700_000_000))
  }

  /// What is in a trash can, among old versions or in the vault of a folder was deleted.
  @Test(arguments: [
    ".Trash-1000/files/a", "d/$RECYCLE.BIN/a", "#recycle/a", "d/.stversions/a", "lost+found/a", ".trashed-1796000000-a",
    "d/.filesync-vault/2026-11-23T202414-2/a",
  ])
  func whatWasPutAsideIsGone(_ place: RelativePath) async throws {
    try put("a", "one content")
    _ = try await run()()
    var folder = place.parent, folders: [RelativePath] = []
    while !folder.isRoot {
      folders.append(folder)
      folder = folder.parent
    }
    for folder in folders.reversed() { try destination.put(.directory(folder)) }
    try move("a", to: place)
    let end = try await run()()
    #expect(end.counts.filesFollowed == 0 && end.counts.missingFromCheckpoint == 1)
  }

  /// Two folders are copied into one: the copy of the one's file is not the other's.
  @Test func theCopyOfAnotherFolderIsNotTheFile() async throws {
    let other = InMemoryStorage()
    try other.put(.file("q", Array("one content".utf8), modified: Timestamp(seconds: 1_500_000_000)))
    try put("p", "one content")
    _ = try await run()()
    _ = try await run(source: other)()
    destination.remove("p")
    #expect(try await run()().counts.filesFollowed == 0)
  }

  /// The folder that a file was moved to is gone as well: its next version goes where it belongs.
  @Test func aFolderThatIsGoneIsNotWrittenTo() async throws {
    try put("a", "one content")
    try put("rest", "stays")
    _ = try await run()()
    try move("a", to: "album/a")
    _ = try await run()()
    destination.remove("album/a")
    destination.remove("album")
    try put("a", "another content", at: 1_600_000_000)
    #expect(try await run()().ending == .done)
    #expect(destination.contents(of: "a") == Array("another content".utf8))
  }

  @Test func ownAndEmptyFilesAreNobodysCopies() async throws {
    try put("a", "same size 1")
    try put("b", "same size 2")
    try put("empty", "")
    _ = try await run()()
    destination.remove("a")
    try move("empty", to: "void")
    try put("new", "same size 3")
    try destination.put(.file("new", Array("same size 1".utf8), modified: Timestamp(seconds: 1_500_000_000)))
    let end = try await run({ $0.conflict = .keep })()
    #expect(end.plan.actions.filter { $0.reason == .missingFromCheckpoint }.map(\.path) == ["a", "empty"])
    #expect(end.counts.filesFollowed == 0)
  }

  /// The source is not read.
  @Test func aDigestOnRecordSuffices() async throws {
    try put("a", "one content")
    _ = try await run({ $0.verifies = true })()
    try move("a", to: "b")
    source.fail(.read, StorageError(.inputOutput, .nextFile, cause: "It was read"))
    #expect(try await run()().counts.filesFollowed == 1)
    let records = try await journal.history(from: source.traits.identity, to: destination.traits.identity).records
    #expect(records.map(\.destinationPath) == ["b"] && records.allSatisfy { $0.verification != nil })
    destination.remove("b")
    try destination.put(.file("c", Array("two content".utf8), modified: Timestamp(seconds: 1_500_000_000)))
    #expect(try await run()().counts.filesFollowed == 0)
  }

  @Test func aMirrorPutsItBackAndCopyingBackMakesNoSecondOne() async throws {
    try put("a", "a photo")
    try put("rest", "stays")
    _ = try await run()()
    try move("a", to: "Holiday/a")
    _ = try await run()()
    let back = try await run(source: destination, destination: source)()
    #expect(back.ending == .done && back.counts.filesCopied == 0 && source.paths == ["a", "rest"], "\(back.counts)")
    let mirror = try await run(mirrored)()
    #expect(mirror.ending == .done && own == ["a", "rest"], "\(mirror.counts)")
    #expect(destination.contents(of: "a") == Array("a photo".utf8))
    #expect(mirror.plan.actions.map(\.reason).contains(.movedBack) && mirror.counts.filesMoved == 1)
    #expect(mirror.counts.filesCopied == 0 && mirror.counts.filesDeleted == 0 && mirror.counts.bytesCopied == 0)
    try await expectIdle(mirrored)
  }

  private func mirrored(_ policy: inout SyncPolicy) { policy = .mirror() }

  /// More than may be deleted or be missing, and no run in between that would have found them.
  @Test func aMirrorMovesBackWhatIsNotOnRecordThere() async throws {
    try source.put(.directory("DCIM"))
    for number in 0..<40 {
      try put(try #require(RelativePath("DCIM/\(number)")), "photo \(number)", at: 1_500_000_000 + Int64(number))
    }
    try put("DCIM/empty", "")
    _ = try await run()()
    let before = own
    for path in before where path.parent == "DCIM" {
      try move(path, to: try #require(("Holiday" as RelativePath).appending(path.name)))
    }
    let mirror = try await run(mirrored)()
    #expect(mirror.ending == .done && own == before, "\(mirror.counts) \(mirror.plan.refusals)")
    #expect(mirror.counts.filesMoved == 41 && mirror.counts.filesCopied == 0 && mirror.counts.filesDeleted == 0)
    try await expectIdle(mirrored)
  }

  /// Its new version goes where the source has it.
  @Test func aMirrorSaysWhatItDeletesOfWhatWasMoved() async throws {
    for name in ["a", "b", "c", "d"] as [RelativePath] { try put(name, "the photo \(name.text)") }
    _ = try await run()()
    try move("a", to: "Holiday/a")
    try move("b", to: "Holiday/b")
    _ = try await run()()
    try put("a", "a photo that was edited", at: 1_600_000_000)
    source.remove("b")
    let end = try await run(mirrored)()
    let deleted = end.plan.actions.filter { $0.change == .delete && $0.destination?.kind == .file }
    #expect(deleted.map(\.path) == ["Holiday/a", "Holiday/b"])
    #expect(deleted.map(\.reason) == [.otherPlace, .goneFromSource])
    #expect(end.ending == .done && own == ["a", "c", "d"])
  }

  /// Where somebody has sorted one side, a two-way run sorts the other, whichever the user names first.
  @Test(arguments: [false, true]) func aTwoWayRunMovesItOnTheOtherSideToo(_ isTurned: Bool) async throws {
    try source.put(.directory("DCIM"))
    for name in ["DCIM/a", "DCIM/b", "DCIM/c"] as [RelativePath] { try put(name, "photo \(name.text)") }
    _ = try await run()()
    for name in ["a", "b"] {
      let path = try #require(RelativePath("DCIM/\(name)"))
      try move(path, to: try #require(RelativePath("Holiday/\(name)")))
    }
    #expect(try await run()().counts.filesFollowed == 2)
    // Alike but for their contents and their old names, so that only the record tells which is which.
    for (name, other) in [("Holiday/a", "Holiday/y"), ("Holiday/b", "Holiday/z")] as [(RelativePath, RelativePath)] {
      try move(name, to: other)
      #expect(try await run()().counts.filesFollowed == 1)
    }
    var (copied, moved, deleted) = (0, 0, 0)
    for _ in 0..<2 {
      let sync = TwoWaySync(
        between: isTurned ? destination : source,
        and: isTurned ? source : destination,
        journal: journal,
        policy: SyncPolicy()
      )
      let plan = try await sync.plan(control: TransferControl()) { _ in }
      let recorder = Recorder()
      let ending = await sync.execute(plan, control: TransferControl()) { recorder.report($1) }
      #expect(ending == .done)
      for event in recorder.events {
        guard case .finished(_, let counts) = event else { continue }
        copied += counts.filesCopied
        moved += counts.filesMoved
        deleted += counts.filesDeleted
      }
    }
    #expect(copied == 0 && moved == 2 && deleted == 0, "\(copied) \(moved) \(deleted)")
    #expect(own == ["DCIM", "DCIM/c", "Holiday", "Holiday/y", "Holiday/z"])
    #expect(source.paths == own && source.contents(of: "Holiday/z") == Array("photo DCIM/b".utf8))
  }

  private func both() async throws -> [Counts] {
    let sync = TwoWaySync(between: source, and: destination, journal: journal, policy: SyncPolicy())
    let plan = try await sync.plan(control: TransferControl()) { _ in }
    let recorder = Recorder()
    #expect(await sync.execute(plan, control: TransferControl()) { recorder.report($1) } == .done)
    return recorder.events.compactMap { event in
      guard case .finished(_, let counts) = event else { return nil }
      return counts
    }
  }

  /// Who deletes one of the two deletes the other, and who moves one of them on moves the other, whichever it is.
  @Test(arguments: [false, true]) func whatBecomesOfOneSideTravels(_ isThere: Bool) async throws {
    for (name, text) in [("a", "a photo"), ("b", "the photo b"), ("rest", "stays")] as [(RelativePath, String)] {
      try put(name, text)
    }
    _ = try await run()()
    for name in ["a", "b"] as [RelativePath] {
      try move(name, to: try #require(RelativePath("Holiday/\(name.text)")))
    }
    #expect(try await run()().counts.filesFollowed == 2)
    if isThere {
      destination.remove("Holiday/a")
      try move("Holiday/b", to: "Holiday/c")
    } else {
      source.remove("a")
      source.remove("b")
      try put("c", "the photo b")
    }
    let counts = try await both()
    #expect(counts.reduce(0) { $0 + $1.filesDeleted } == 1 && counts.reduce(0) { $0 + $1.filesMoved } == 1, "\(counts)")
    #expect(counts.allSatisfy { $0.filesCopied == 0 })
    let left: [RelativePath] = isThere ? ["Holiday", "Holiday/c", "rest"] : ["c", "rest"]
    #expect(own == left && source.paths.filter { !$0.bytes.starts(with: Vault.name) } == own, "\(own)")
    // What somebody brings back afterwards is a new file.
    try put("a", "a photo")
    #expect(try await both().reduce(0) { $0 + $1.filesCopied } == 1)
    #expect(own.contains("a"))
  }

  /// What both sides have deleted is on record no more.
  @Test func whatIsGoneFromBothIsNewWhenItComesBack() async throws {
    for name in ["a", "rest"] as [RelativePath] { try put(name, "the photo \(name.text)") }
    _ = try await run()()
    try move("a", to: "Holiday/a")
    _ = try await run()()
    source.remove("a")
    destination.remove("Holiday/a")
    _ = try await both()
    #expect(try await journal.history(from: source.traits.identity, to: destination.traits.identity).records.count == 1)
    try put("a", "the photo a")
    #expect(try await both().reduce(0) { $0 + $1.filesCopied } == 1)
    #expect(own.contains("a") && source.contents(of: "a") != nil)
  }

  /// A run the other way that touches the record leaves it known which side was sorted.
  @Test func aRunBackDoesNotTurnTheMove() async throws {
    for name in ["a", "rest"] as [RelativePath] { try put(name, "the photo \(name.text)") }
    _ = try await run()()
    try move("a", to: "Holiday/a")
    #expect(try await run()().counts.filesFollowed == 1)
    // As a run does that reads the files back, or takes a date over.
    let (here, there) = (source.traits.identity, destination.traits.identity)
    let record = try #require(
      try await journal.history(from: there, to: here).records.first { $0.destinationPath == "a" }
    )
    let ticket = try await journal.begin(from: there, to: here, policy: "{}")
    let intent = Intent(
      sequence: 0,
      change: "adopt",
      reason: "equal",
      path: record.path,
      target: record.destinationPath
    )
    try await journal.record([StepEnd(intent: intent, phase: .done, record: record)], in: ticket)
    try await journal.end(ticket, ending: "done", counts: "{}")
    #expect(try await both().reduce(0) { $0 + $1.filesMoved } == 1)
    #expect(own == ["Holiday", "Holiday/a", "rest"] && source.paths == own)
  }

  /// Whatever else happened to one of the two, both sides keep what they have.
  @Test(arguments: ["changed", "taken", "changed there"])
  func aTwoWayRunLosesNothingOfWhatWasMoved(_ what: String) async throws {
    for name in ["a", "rest"] as [RelativePath] { try put(name, "the photo \(name.text)") }
    _ = try await run()()
    try move("a", to: "Holiday/a")
    _ = try await run()()
    switch what {
    case "changed": try put("a", "edited", at: 1_600_000_000)
    case "taken": try destination.put(.file("a", Array("another".utf8), modified: Timestamp(seconds: 1_600_000_000)))
    default:
      try destination.put(.file("Holiday/a", Array("edited".utf8), modified: Timestamp(seconds: 1_600_000_000)))
    }
    func contents() -> Set<[UInt8]> {
      Set([source, destination].flatMap { side in side.paths.compactMap { side.contents(of: $0) } })
    }
    let before = contents()
    for _ in 0..<2 {
      let sync = TwoWaySync(between: source, and: destination, journal: journal, policy: SyncPolicy())
      let plan = try await sync.plan(control: TransferControl()) { _ in }
      let ending = await sync.execute(plan, control: TransferControl()) { _, _ in }
      #expect(ending == .done)
    }
    #expect(contents() == before)
    let (one, other) = (source.paths, destination.paths)
    #expect(one.filter { !$0.bytes.starts(with: Vault.name) } == other.filter { !$0.bytes.starts(with: Vault.name) })
    #expect(source.contents(of: "a") != nil)
  }

  /// A folder that was renamed, with many empty files that are alike.
  @Test func emptyFilesGoWithTheirFolder() async throws {
    for folder in ["old", "old/p", "old/q"] as [RelativePath] { try source.put(.directory(folder)) }
    try put("old/p/text", "some text")
    for folder in ["p", "q"] {
      for number in 0..<15 { try put(try #require(RelativePath("old/\(folder)/\(number)")), "") }
    }
    try put("old/alone", "", at: 1_400_000_000)
    try put("rest", "stays")
    _ = try await run()()
    for path in own where path.bytes.starts(with: "old/".utf8) && destination.contents(of: path) != nil {
      let rest = path.components.dropFirst().reduce("new" as RelativePath) { $0.appending($1) ?? $0 }
      for folder in ["new", "new/p", "new/q"] as [RelativePath] where !own.contains(folder) {
        try destination.put(.directory(folder))
      }
      try move(path, to: rest)
    }
    let before = own
    let end = try await run()()
    #expect(end.ending == .done && end.counts.filesFollowed == 32, "\(end.counts) \(end.plan.refusals)")
    #expect(own == before)
    try await expectIdle()
  }

  /// Where two folders went to one, nothing tells whose it is.
  @Test func anEmptyFileThatCouldBeEitherIsMissing() async throws {
    for folder in ["p", "q"] as [RelativePath] {
      try source.put(.directory(folder))
      try put(try #require(folder.appending("text of \(folder.text)")), "text of \(folder.text)")
      try put(try #require(folder.appending("empty")), "")
    }
    _ = try await run()()
    try move("p/text of p", to: "r/text of p")
    try move("q/text of q", to: "r/text of q")
    try move("p/empty", to: "r/empty")
    destination.remove("q/empty")
    let end = try await run()()
    #expect(end.counts.filesFollowed == 2 && end.counts.missingFromCheckpoint == 2, "\(end.counts)")
  }

  /// A name that the destination cannot hold is known there, too.
  @Test func aMappedNameGoesAlong() async throws {
    let world = try ElsewhereTests(.moving, forbidding: ":")
    try world.source.put(.directory("d"))
    try world.put("d/a:b", "a photo")
    _ = try await world.run()()
    let path = try #require(world.own.first { !$0.parent.isRoot })
    #expect(!path.name.elementsEqual("a:b".utf8))
    let other = try #require(("Holiday" as RelativePath).appending(Array(path.name)))
    try world.move(path, to: other)
    #expect(try await world.run()().counts.filesFollowed == 1)
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("home".utf8)
    let home = InMemoryStorage(traits: traits)
    _ = try await world.run(source: world.destination, destination: home)()
    #expect(home.paths.contains("Holiday/a:b"), "\(home.paths)")
  }

  /// Whatever was moved, a second plan finds nothing to do, and nothing that was at the destination is touched.
  @Test(arguments: 0..<60) func planningTwiceDoesNothing(_ seed: UInt64) async throws {
    var numbers = SeededNumbers(state: seed)
    let restores = seed.isMultiple(of: 2)
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
      let folder = try #require(RelativePath(["", "p", "q"].randomElement(using: &numbers) ?? ""))
      if !folder.isRoot { try source.put(.directory(folder)) }
      let path = try #require(folder.appending(Array(name.utf8)))
      let text =
        String(repeating: "x", count: Int.random(in: 0...2, using: &numbers))
        + (Bool.random(using: &numbers) ? "1" : "2")
      try put(path, text, at: Int64.random(in: 1...3, using: &numbers))
    }
    _ = try await run()()
    for path in own where destination.contents(of: path) != nil {
      let folder = try #require(RelativePath(["", "p", "r", "s"].randomElement(using: &numbers) ?? ""))
      let name = Bool.random(using: &numbers) ? Array(path.name) : Array("z".utf8) + path.name
      guard Int.random(in: 0..<3, using: &numbers) > 0, let other = folder.appending(name), !own.contains(other) else {
        if Int.random(in: 0..<4, using: &numbers) == 0 { destination.remove(path) }
        continue
      }
      try move(path, to: other)
    }
    // One is left, so that the destination is not an emptied one.
    try destination.put(.file("own", Array("my own".utf8), modified: Timestamp(seconds: 5)))
    func files() -> [RelativePath: [UInt8]] {
      Dictionary(own.compactMap { path in destination.contents(of: path).map { (path, $0) } }) { first, _ in first }
    }
    let before = files()
    let end = try await run(restores ? always : never)()
    #expect(end.ending == .done, "\(end.ending)")
    #expect(before.allSatisfy { destination.contents(of: $0.key) == $0.value })
    if restores {
      for path in source.paths where source.contents(of: path) != nil {
        #expect(files().values.contains(source.contents(of: path) ?? []), "\(path)")
      }
    } else {
      #expect(files() == before)
    }
    // What only looked like the file is compared each time.
    let next = try await run(restores ? always : never)()
    #expect(next.plan.actions.allSatisfy { $0.change == .skip || $0.reason == .movedAtDestination })
    #expect(next.counts.filesCopied == 0 && next.counts.filesFollowed == 0, "\(next.counts)")
    if restores { try await expectIdle(always) }
  }

  /// The process dies at any call of the storages; then the next run finds the files where they are, and copies none.
  @Test(arguments: DestinationKind.allCases) func whatIsCutOffIsFoundByTheNextRun(_ kind: DestinationKind) async throws
  {
    for moment in Mortality.Moment.allCases {
      var calls = 1
      while true {
        let world = try ElsewhereTests(kind)
        for (name, time) in [("a", 1), ("b", 2), ("c", 3)] {
          try world.put(try #require(RelativePath(name)), "file \(name)", at: Int64(time))
        }
        _ = try await world.run()()
        try world.move("a", to: "x")
        try world.move("b", to: "sorted/b")
        let before = world.own
        let mortality = Mortality(after: calls, moment)
        let journal = try Journal(
          path: world.folder.url.appending(path: "journal.sqlite").path,
          process: RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1),
          migrator: Schema.migrator
        )
        let mortal = MortalStorage(storage: world.destination, mortality: mortality)
        let run = world.run(world.always, journal: journal, destination: mortal)
        let (died, rest) = await mortality.live { _ = try? await run(control: mortality.control) }
        let comment: Comment = "\(kind) \(moment) \(calls)"
        let next = try await world.run(world.always)()
        #expect(next.ending == .done && next.counts.filesCopied == 0 && world.own == before, comment)
        mortality.bury()
        await rest.value
        guard died else { break }
        calls += 1
      }
      #expect(calls > 3)
    }
  }
}
