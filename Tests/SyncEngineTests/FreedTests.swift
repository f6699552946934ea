import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What later runs do with files whose originals were removed at the source, since the destination has them.
@Suite struct FreedTests {
  private let source: InMemoryStorage
  private let destination: InMemoryStorage
  private let folder: TemporaryFolder
  private let journal: Journal
  private static let bytes = someBytes(500)

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("original".utf8)
    source = InMemoryStorage(traits: traits)
    traits.identity.root = Array("copy".utf8)
    destination = InMemoryStorage(traits: traits)
    try source.put(.directory("d"))
    for name in ["d/a", "d/b", "c"] as [RelativePath] {
      try source.put(.file(name, Self.bytes, modified: DevicePlace.date))
    }
  }

  private func run(back: Bool = false, _ policy: SyncPolicy = SyncPolicy()) -> SyncRun {
    var run =
      back
      ? SyncRun(from: destination, to: source, journal: journal, policy: policy)
      : SyncRun(from: source, to: destination, journal: journal, policy: policy)
    run.pause = .zero
    return run
  }

  private var mirror: SyncPolicy { .mirror(Mirror(limit: .percent(100))) }

  /// Syncs, and removes `d/a` and `d/b` at the source as `sync --move` does; with `dying`, it does not come to its end.
  private func free(dying: Bool = false) async throws {
    #expect(try await run()().ending == .done)
    let ticket = try await journal.begin(
      from: source.traits.identity,
      to: destination.traits.identity,
      policy: "{}"
    )
    var files: [FreedFile] = []
    for path in ["d/a", "d/b"] as [RelativePath] {
      files.append(FreedFile(path: path, place: path, copy: Fingerprint(try await destination.find(path))))
    }
    try await journal.free(files, in: ticket)
    for file in files { source.remove(file.path) }
    if !dying { try await journal.endFreeing(removed: files, kept: [], in: ticket) }
    try await journal.end(ticket, ending: dying ? "interrupted" : "done", counts: "{}")
  }

  private func paths() -> [RelativePath] {
    destination.paths.filter { !$0.bytes.starts(with: Vault.name) && destination.contents(of: $0) != nil }
  }

  @Test(arguments: [false, true])
  func aSyncNeitherMissesNorDeletesThem(_ dying: Bool) async throws {
    try await free(dying: dying)
    let next = try await run()()
    #expect(next.ending == .done && next.plan.actions.isEmpty && next.plan.refusals.isEmpty)
    let mirrored = try await run(mirror)()
    #expect(mirrored.ending == .done && mirrored.counts.filesDeleted == 0)
    #expect(mirrored.plan.actions.map(\.reason) == [.freedAtSource, .freedAtSource])
    #expect(paths() == ["c", "d/a", "d/b"])
    // What has gone otherwise is deleted as ever.
    try source.put(.file("e", Self.bytes, modified: DevicePlace.date))
    #expect(try await run(mirror)().counts.filesCopied == 1)
    source.remove("c")
    #expect(try await run(mirror)().counts.filesDeleted == 1)
    #expect(paths() == ["d/a", "d/b", "e"])
  }

  /// A phone that is empty by now.
  @Test func aMirrorOfAnEmptiedSourceLeavesThem() async throws {
    try await free()
    source.remove("c")
    source.remove("d")
    let result = try await run(mirror)()
    #expect(result.plan.refusals == [.sourceEmptied(deletions: 1)] && paths() == ["c", "d/a", "d/b"])
  }

  @Test func aMirrorDeletesThemIfItIsAskedTo() async throws {
    try await free()
    var policy = mirror
    policy.deletesFreed = true
    let result = try await run(policy)()
    #expect(result.counts.filesDeleted == 2 && paths() == ["c"])
    #expect(
      result.plan.actions.filter { $0.change == .delete }.prefix(2).map(\.reason) == [.goneFromSource, .goneFromSource]
    )
  }

  /// A camera counts anew, and gives the name of a file that was removed to another one.
  @Test(arguments: [false, true], [SyncPolicy.Conflict.both, .replace, .newer])
  func aNewFileOfTheNameReplacesNone(_ dying: Bool, _ conflict: SyncPolicy.Conflict) async throws {
    try await free(dying: dying)
    let new = someBytes(500, seed: 9)
    try source.put(.file("d/a", new, modified: DevicePlace.later))
    var policy = SyncPolicy()
    policy.conflict = conflict
    let result = try await run(policy)()
    #expect(result.ending == .done && destination.contents(of: "d/a") == Self.bytes)
    #expect(paths().contains { destination.contents(of: $0) == new })
    #expect(try await run(policy)().plan.isIdle)
    #expect(paths().count == 4)
  }

  /// A camera that counts anew with its clock reset: name, size and date of a file that was removed, and something else in it.
  @Test(arguments: [false, true])
  func aNewFileThatLooksTheSameTakesNoMark(_ isMirror: Bool) async throws {
    try await free()
    let new = someBytes(500, seed: 9)
    try source.put(.file("d/a", new, modified: DevicePlace.date))
    let policy = isMirror ? mirror : SyncPolicy()
    let result = try await run(policy)()
    #expect(result.ending == (isMirror ? .someFailed : .done) && destination.contents(of: "d/a") == Self.bytes)
    #expect(paths().contains { destination.contents(of: $0) == new } == !isMirror)
    #expect(try await run(policy)().counts.filesReplaced == 0)
    // Its mark is there still.
    source.remove("d/a")
    _ = try await run(mirror)()
    #expect(destination.contents(of: "d/a") == Self.bytes && destination.contents(of: "d/b") == Self.bytes)
  }

  /// A run that died while it compared them has begun nothing that could be adopted.
  @Test func whatADeadRunMeantToWriteThereIsComparedAllTheSame() async throws {
    try await free()
    try source.put(.file("d/a", someBytes(500, seed: 9), modified: DevicePlace.date))
    let ticket = try await journal.begin(
      from: source.traits.identity,
      to: destination.traits.identity,
      policy: "{}"
    )
    let entry = try await source.find("d/a")
    let step = Intent(
      sequence: 0,
      change: "compare",
      reason: "equal",
      path: "d/a",
      target: "d/a",
      size: entry.size,
      token: entry.token
    )
    try await journal.intend([step], in: ticket)
    try await journal.markSent([step], in: ticket)
    try await journal.end(ticket, ending: "interrupted", counts: "{}")
    #expect(try await run()().ending == .done)
    source.remove("d/a")
    _ = try await run(mirror)()
    #expect(destination.contents(of: "d/a") == Self.bytes)
  }

  @Test(arguments: [false, true])
  func aMirrorLeavesANewFileOfTheNameOut(_ dying: Bool) async throws {
    try await free(dying: dying)
    try source.put(.file("d/a", someBytes(500, seed: 9), modified: DevicePlace.later))
    let result = try await run(mirror)()
    #expect(result.ending == .someFailed && destination.contents(of: "d/a") == Self.bytes)
    #expect(result.plan.actions.filter { $0.path == "d/a" }.map(\.reason) == [.nameOfFreed])
    #expect(paths() == ["c", "d/a", "d/b"])
  }

  /// What is the last copy of something from elsewhere stays that, whatever becomes of another original of it.
  @Test(arguments: [false, true])
  func anotherOriginalThatStaysTakesNoMark(_ dying: Bool) async throws {
    try await free()
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("elsewhere".utf8)
    let other = InMemoryStorage(traits: traits)
    for name in ["c", "d/a"] as [RelativePath] {
      if !name.parent.isRoot { try other.put(.directory(name.parent)) }
      try other.put(.file(name, Self.bytes, modified: DevicePlace.date))
    }
    var run = SyncRun(from: other, to: destination, journal: journal, policy: SyncPolicy())
    run.pause = .zero
    #expect(try await run().ending == .done)
    // `sync --move` from there, which cannot remove its original.
    let ends = (other.traits.identity, destination.traits.identity)
    let ticket = try await journal.begin(from: ends.0, to: ends.1, policy: "{}")
    let file = FreedFile(path: "d/a", place: "d/a", copy: Fingerprint(try await destination.find("d/a")))
    try await journal.free([file], in: ticket)
    if !dying { try await journal.endFreeing(removed: [], kept: [file], in: ticket) }
    try await journal.end(ticket, ending: "someFailed", counts: "{}")
    #expect(try await run().ending == .done)
    #expect(try await journal.history(from: ends.0, to: ends.1).freed.count == 2)
    #expect(try await self.run(mirror)().counts.filesDeleted == 0)
    #expect(paths() == ["c", "d/a", "d/b"])
  }

  /// Who puts a file back has its original again, and may delete it.
  @Test func anOriginalThatIsBackIsNoLongerFreed() async throws {
    try await free()
    try source.put(.file("d/a", Self.bytes, modified: DevicePlace.date))
    #expect(try await run()().ending == .done)
    source.remove("d/a")
    #expect(try await run(mirror)().counts.filesDeleted == 1)
    #expect(paths() == ["c", "d/b"])
  }

  /// The other way they are files that somebody has removed there on purpose.
  @Test func aSyncBackLeavesThemOutUnlessItIsToRestoreThem() async throws {
    try await free()
    let back = try await run(back: true)()
    #expect(back.plan.actions.map(\.reason) == [.missingFromCheckpoint, .missingFromCheckpoint])
    #expect(back.plan.refusals.isEmpty && source.contents(of: "d/a") == nil)
    // One that was changed since is another file.
    try destination.put(.file("d/b", someBytes(600), modified: DevicePlace.later))
    #expect(try await run(back: true)().counts.filesCopied == 1)
    var policy = SyncPolicy()
    policy.restoreMissing = .always
    #expect(try await run(back: true, policy)().counts.filesCopied == 1)
    #expect(source.contents(of: "d/a") == Self.bytes)
    source.remove("d/a")
    #expect(try await run(mirror)().counts.filesDeleted == 1)
  }

  /// `filesync mv` and `rm` at the destination.
  @Test func theyAreKnownUnderTheirNewNames() async throws {
    try await free()
    let identity = destination.traits.identity
    _ = try await destination.move(try await destination.find("d/a"), to: "moved")
    try await journal.move("d/a", in: identity, to: "moved", in: identity)
    #expect(try await run(mirror)().counts.filesDeleted == 0)
    #expect(paths() == ["c", "d/b", "moved"])
    try await journal.forget(["moved"], in: identity)
    #expect(try await run(mirror)().counts.filesDeleted == 1)
  }

  private func move(_ path: RelativePath, to target: RelativePath) async throws {
    _ = try await destination.move(try await destination.find(path), to: target)
  }

  private var strictMirror: SyncPolicy {
    var policy = mirror
    policy.keepsOldVersions = false
    return policy
  }

  /// Somebody moves it, and edits it there: nothing tells any more that it is the last copy.
  @Test(arguments: [false, true])
  func oneThatWasMovedAndChangedIsNotDeletedForGood(_ keepsOld: Bool) async throws {
    try await free()
    let changed = Self.bytes + [1]
    destination.remove("d/a")
    try destination.put(.file("d/moved", changed, modified: DevicePlace.later))
    let result = try await run(keepsOld ? mirror : strictMirror)()
    if keepsOld {
      #expect(result.counts.filesDeleted == 1 && destination.paths.contains { destination.contents(of: $0) == changed })
      return
    }
    #expect(result.counts.filesDeleted == 0 && destination.contents(of: "d/moved") == changed)
    #expect(result.ending == .someFailed && result.plan.actions.map(\.reason) == [.freedAtSource, .maybeFreed])
    // What a run has left there is known, and goes.
    source.remove("c")
    try source.put(.file("e", someBytes(60), modified: DevicePlace.date))
    _ = try await run()()
    #expect(try await run(strictMirror)().counts.filesDeleted == 1 && destination.contents(of: "c") == nil)
  }

  /// Once a run has seen that nothing there could be one that somebody deleted, what comes later is as free to go as ever.
  @Test(arguments: [false, true])
  func oneThatWasDeletedSparesNothingForGood(_ putsAside: Bool) async throws {
    try await free()
    destination.remove("d/a")
    if putsAside { try destination.put(.file("d/own", someBytes(80), modified: DevicePlace.later)) }
    // A mirror with a vault leaves nothing that could be it; a plain sync only sees that there is nothing.
    #expect(try await run(putsAside ? mirror : SyncPolicy())().ending == .done)
    try destination.put(.file("d/other", someBytes(90), modified: DevicePlace.later))
    let result = try await run(strictMirror)()
    #expect(result.ending == .done && result.counts.filesDeleted == 1, "\(result.plan.actions.map(\.reason))")
    #expect(paths() == ["c", "d/b"])
    // Who brings something back to its path has a last copy again.
    try destination.put(.file("d/a", someBytes(70), modified: DevicePlace.later))
    #expect(try await run(strictMirror)().counts.filesDeleted == 0 && paths().contains("d/a"))
    // And a lost one, if that is not where it was any more.
    try await move("d/a", to: "d/moved")
    #expect(try await run(strictMirror)().plan.actions.contains { $0.path == "d/moved" && $0.reason == .maybeFreed })
  }

  /// Who takes one away to edit it brings it back under its name, wherever.
  @Test func oneThatComesBackUnderItsNameIsNotDeletedForGood() async throws {
    try await free()
    destination.remove("d/a")
    #expect(try await run()().ending == .done)
    try destination.put(.directory("best"))
    try destination.put(.file("best/a", Self.bytes + [1], modified: DevicePlace.later))
    #expect(try await run(strictMirror)().counts.filesDeleted == 0)
    #expect(destination.contents(of: "best/a") == Self.bytes + [1])
  }

  /// Nothing is known of it while something there could be it, or was not listed, or lies in a larger folder.
  @Test func oneIsNotTakenForDeletedTooSoon() async throws {
    try await free()
    destination.remove("d/a")
    try destination.put(.file("d/moved", Self.bytes + [1], modified: DevicePlace.later))
    for _ in 0..<2 {
      #expect(try await run()().ending == .done)
      #expect(try await run(strictMirror)().counts.filesDeleted == 0)
    }
    destination.remove("d/moved")
    let identity = destination.traits.identity
    var inside = identity
    inside.root = Array("copy/d".utf8)
    try await journal.note(missing: ["a"], found: [], in: inside)
    func missing(_ identity: StorageIdentity) async throws -> Set<RelativePath> {
      try await journal.history(from: source.traits.identity, to: identity).missingCopies
    }
    #expect(try await missing(inside) == ["a"])
    #expect(try await missing(identity).isEmpty)
    try await journal.note(missing: ["d/a"], found: [], in: identity)
    #expect(try await missing(inside) == ["a"])
    #expect(try await missing(identity) == ["d/a"])
  }

  /// A name on record at whose path nothing is any more ends; the mark of what somebody has moved from there does not.
  @Test func aStaleNameTakesNoMarkAlong() async throws {
    try await free()
    let ends = (source.traits.identity, destination.traits.identity)
    let ticket = try await journal.begin(from: ends.0, to: ends.1, policy: "{}")
    try await journal.record([TrueName(path: "d/a", name: Array("a?".utf8), size: 500)], in: ticket)
    try await journal.end(ticket, ending: "done", counts: "{}")
    try await move("d/a", to: "d/v")
    #expect(try await run()().ending == .done)
    #expect(try await journal.trueNames(in: ends.1).isEmpty)
    #expect(try await run(strictMirror)().counts.filesDeleted == 0 && paths() == ["c", "d/b", "d/v"])
  }

  /// The name is a new file's at the source, and a plain sync has kept its copy beside the last one: that is its place.
  @Test func aMirrorLeavesWhatWasKeptBesideThem() async throws {
    try await free()
    try source.put(.file("d/a", someBytes(60), modified: DevicePlace.later))
    #expect(try await run()().counts.filesKeptBoth == 1)
    let before = paths()
    #expect(before.count == 4)
    for policy in [mirror, strictMirror] {
      let result = try await run(policy)()
      #expect(result.ending == .done && result.counts.filesDeleted == 0 && paths() == before, "\(result.plan.actions)")
    }
    try source.put(.file("d/a", someBytes(70), modified: Timestamp(seconds: 1_700_000_000)))
    #expect(try await run(mirror)().counts.filesReplaced == 1)
    #expect(paths() == before && destination.contents(of: "d/a") == Self.bytes)
    source.remove("d/a")
    #expect(try await run(mirror)().counts.filesDeleted == 1 && paths() == ["c", "d/a", "d/b"])
  }

  /// What a run would leave out, since it knows that something cannot be copied, its plan does not announce.
  @Test func aPlanAnnouncesNoDeletionThatIsLeftOut() async throws {
    try await free()
    try source.put(.file("d/a", someBytes(60), modified: DevicePlace.later))
    try destination.put(.directory("x"))
    try destination.put(.file("x/stray", someBytes(80), modified: DevicePlace.later))
    let plan = try await run(strictMirror).plan(control: TransferControl()) { _ in }
    #expect(!plan.actions.contains { $0.change == .delete })
    let reasons = Dictionary(plan.actions.map { ($0.path, $0.reason) }) { first, _ in first }
    #expect(reasons["d/a"] == .nameOfFreed && reasons["x/stray"] == .copyFailed, "\(reasons)")
    let result = try await run(strictMirror)()
    #expect(result.ending == .someFailed && result.counts.skipped == plan.actions.count)
  }

  /// Or moves it onto the name of a file that is on record.
  @Test(arguments: [false, true])
  func oneThatWasMovedOntoAnotherIsNotReplaced(_ changed: Bool) async throws {
    try source.put(.file("v", someBytes(70), modified: DevicePlace.date))
    try await free()
    destination.remove("v")
    try await move("d/a", to: "v")
    if changed { try destination.put(.file("v", Self.bytes, modified: DevicePlace.later)) }
    let result = try await run(strictMirror)()
    #expect(destination.contents(of: "v") == Self.bytes && result.ending == .someFailed)
    let reasons = result.plan.actions.filter { $0.path == "v" }.map(\.reason)
    #expect(reasons == [changed ? .maybeFreed : .nameOfFreed])
    // A sync keeps both.
    var policy = SyncPolicy()
    (policy.conflict, policy.keepsOldVersions) = (.replace, false)
    _ = try await run(policy)()
    #expect(destination.contents(of: "v") == Self.bytes)
  }

  /// The same in a two-way run with another folder, whichever of the two the user named first.
  @Test(arguments: [false, true])
  func oneThatWasMovedIsNotReplacedBothWays(_ isFirst: Bool) async throws {
    try await free()
    try await move("d/a", to: "d/v")
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("elsewhere".utf8)
    let other = InMemoryStorage(traits: traits)
    try other.put(.directory("d"))
    try other.put(.file("d/v", someBytes(90), modified: DevicePlace.later))
    var policy = SyncPolicy()
    (policy.conflict, policy.keepsOldVersions) = (isFirst ? .keep : .replace, false)
    let sync = TwoWaySync(
      between: isFirst ? destination : other,
      and: isFirst ? other : destination,
      journal: journal,
      policy: policy
    )
    let plan = try await sync.plan(control: TransferControl()) { _ in }
    _ = await sync.execute(plan, control: TransferControl()) { _, _ in }
    #expect(destination.contents(of: "d/v") == Self.bytes && other.contents(of: "d/v") == someBytes(90))
  }

  /// Another folder is mirrored to a place that has them, such as the one above.
  @Test func aMirrorOfAnotherSourceLeavesThem() async throws {
    try await free()
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("elsewhere".utf8)
    let other = InMemoryStorage(traits: traits)
    try other.put(.file("x", Self.bytes, modified: DevicePlace.date))
    var run = SyncRun(from: other, to: destination, journal: journal, policy: mirror)
    run.pause = .zero
    #expect(try await run().counts.filesDeleted == 1)
    #expect(paths() == ["d/a", "d/b", "x"])
  }
}
