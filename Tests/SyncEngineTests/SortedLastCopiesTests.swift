import Foundation
import Journal
import LocalStorage
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// A phone was emptied to a folder with `--move`, that folder is kept the same as another one on its disk, and somebody sorts
/// the files in one of the two. The files of the other one have the size and date of the last copies, and are none.
@Suite struct SortedLastCopiesTests {
  private let phone: InMemoryStorage
  private let pictures: LocalStorage
  private let backup: LocalStorage
  private let folder: TemporaryFolder
  private let journal: Journal

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    var traits = StorageTraits.inMemory
    (traits.identity.root, traits.identity.volume) = (Array("DCIM".utf8), "phone")
    phone = InMemoryStorage(traits: traits)
    (pictures, backup) = (try folder.storage("pictures"), try folder.storage("backup"))
    try phone.put(.directory("d"))
    for (number, name) in (["d/a", "d/b", "c", "e"] as [RelativePath]).enumerated() {
      try phone.put(.file(name, someBytes(500 + number), modified: DevicePlace.date))
    }
  }

  private func run(
    _ source: any Storage,
    _ destination: any Storage,
    _ policy: SyncPolicy = SyncPolicy()
  ) async throws -> (plan: Plan, ending: Ending, counts: Counts, events: [Event]) {
    var run = SyncRun(from: source, to: destination, journal: journal, policy: policy)
    run.pause = .zero
    return try await run()
  }

  private func both(_ first: any Storage, _ second: any Storage) async throws -> (Ending, Counts, [Reason]) {
    let sync = TwoWaySync(between: first, and: second, journal: journal, policy: SyncPolicy())
    let plan = try await sync.plan(control: TransferControl()) { _ in }
    let recorder = Recorder()
    let ending = await sync.execute(plan, control: TransferControl()) { recorder.report($1) }
    var sum = Counts()
    for event in recorder.events {
      guard case .finished(_, let counts) = event else { continue }
      sum.filesCopied += counts.filesCopied
      sum.filesMoved += counts.filesMoved
      sum.filesDeleted += counts.filesDeleted
    }
    return (ending, sum, (plan.forth.actions + plan.back.actions).map(\.reason))
  }

  private var mirror: SyncPolicy { .mirror(Mirror(limit: .percent(100))) }

  /// Empties the phone as `sync --move` does, but for `e`.
  private func free() async throws {
    #expect(try await run(phone, pictures).ending == .done)
    let ticket = try await journal.begin(from: phone.traits.identity, to: pictures.traits.identity, policy: "{}")
    var files: [FreedFile] = []
    for path in ["d/a", "d/b", "c"] as [RelativePath] {
      files.append(FreedFile(path: path, place: path, copy: Fingerprint(try await pictures.find(path))))
    }
    try await journal.free(files, in: ticket)
    for file in files { phone.remove(file.path) }
    phone.remove("d")
    try await journal.endFreeing(removed: files, kept: [], in: ticket)
    try await journal.end(ticket, ending: "done", counts: "{}")
  }

  private func sort(_ place: String) throws {
    let url = folder.url.appending(path: place)
    try FileManager.default.moveItem(at: url.appending(path: "d"), to: url.appending(path: "z"))
  }

  private func own(_ place: String) throws -> [String] {
    try folder.names(in: place).filter { !$0.hasPrefix(".filesync") }
  }

  private static let sorted = ["c", "e", "z", "z/a", "z/b"]

  private func marked() async throws -> Set<RelativePath> {
    Set(try await journal.history(from: backup.traits.identity, to: pictures.traits.identity).freed.keys)
  }

  /// Whichever of the two is sorted, and whichever the user names first.
  @Test(arguments: [false, true], [false, true])
  func aTwoWayRunSortsTheOtherFolder(_ isBackupSorted: Bool, _ isTurned: Bool) async throws {
    try await free()
    let (first, second) = isTurned ? (backup, pictures) : (pictures, backup)
    #expect(try await both(first, second).0 == .done)
    try sort(isBackupSorted ? "backup" : "pictures")
    let (ending, counts, _) = try await both(first, second)
    #expect(
      ending == .done && counts.filesMoved == 2 && counts.filesCopied == 0 && counts.filesDeleted == 0,
      "\(counts)"
    )
    #expect(try own("pictures") == Self.sorted && own("backup") == Self.sorted)
    let (_, again, reasons) = try await both(first, second)
    #expect(again == Counts() && reasons.isEmpty, "\(reasons)")
    // Where the last copies are by now is known, and nobody deletes them there.
    #expect(try await marked() == ["c", "z/a", "z/b"])
    try folder.remove("backup/z/a")
    _ = try await both(first, second)
    #expect(folder.read("pictures/z/a") != nil)
  }

  @Test(arguments: [false, true]) func aMirrorMovesTheirCopiesBack(_ isRecorded: Bool) async throws {
    try await free()
    #expect(try await run(pictures, backup, mirror).ending == .done)
    try sort("backup")
    if isRecorded { #expect(try await run(pictures, backup).counts.filesFollowed == 2) }
    let end = try await run(pictures, backup, mirror)
    #expect(end.ending == .done && end.counts.filesMoved == 2 && end.counts.filesCopied == 0, "\(end.counts)")
    #expect(try own("backup") == own("pictures") && own("backup") == ["c", "d", "d/a", "d/b", "e"])
  }

  /// The last copies themselves go where the source of a mirror has their copies.
  @Test func aMirrorMovesLastCopiesAlong() async throws {
    try await free()
    #expect(try await run(pictures, backup).ending == .done)
    try sort("backup")
    let end = try await run(backup, pictures, mirror)
    #expect(end.ending == .done && end.counts.filesMoved == 2 && end.counts.filesDeleted == 0, "\(end.counts)")
    #expect(try own("pictures") == Self.sorted)
    #expect(try await marked() == ["c", "z/a", "z/b"])
    try folder.remove("backup/z/a")
    #expect(try await run(backup, pictures, mirror).counts.filesDeleted == 0)
    #expect(folder.read("pictures/z/a") != nil)
  }

  /// A folder that they leave makes room for a file of its name no sooner than the next run.
  @Test func whatTheyLeaveIsNotInTheirWay() async throws {
    try await free()
    #expect(try await run(pictures, backup).ending == .done)
    try sort("backup")
    try folder.write("backup/d", "a file", modified: 1_600_000_000)
    for _ in 0..<2 { _ = try await run(backup, pictures, mirror) }
    #expect(try own("pictures") == ["c", "d", "e", "z", "z/a", "z/b"] && folder.read("pictures/d") == "a file")
  }

  /// One that was taken away may come back, or be elsewhere on the disk: no other file gets its mark, however alike.
  @Test(arguments: [true, false]) func noOtherFileTakesTheMark(_ isFiltered: Bool) async throws {
    try phone.put(.directory("f"))
    for name in ["f/a", "y"] as [RelativePath] {
      try phone.put(.file(name, someBytes(500, seed: 9), modified: DevicePlace.date))
    }
    try await free()
    let url = folder.url.appending(path: "pictures")
    try FileManager.default.createDirectory(at: url.appending(path: "old"), withIntermediateDirectories: true)
    let away = isFiltered ? url.appending(path: "old/a") : folder.url.appending(path: "away")
    try FileManager.default.moveItem(at: url.appending(path: "d/a"), to: away)
    try phone.put(.file("new", someBytes(7), modified: DevicePlace.later))
    for (source, destination) in [(phone, pictures), (pictures, backup)] as [(any Storage, any Storage)] {
      var some = SyncRun(from: source, to: destination, journal: journal, policy: SyncPolicy())
      if isFiltered { some.filter.rules = [.exclude(try Pattern("old"))] }
      #expect(try await some().ending == .done)
      #expect(try await marked() == ["c", "d/a", "d/b"])
    }
    if !isFiltered { try FileManager.default.moveItem(at: away, to: url.appending(path: "d/a")) }
    var strict = mirror
    strict.keepsOldVersions = false
    _ = try await run(phone, pictures, strict)
    #expect(folder.read(isFiltered ? "pictures/old/a" : "pictures/d/a") != nil)
    // And such a file goes on being synced.
    try phone.put(.file("y", someBytes(30), modified: DevicePlace.later))
    #expect(try await run(phone, pictures, mirror).counts.filesReplaced == 1)
  }

  /// Another phone is plugged in, and mirrored to where the first one was copied.
  @Test func anotherPhoneDeletesNothing() async throws {
    #expect(try await run(phone, pictures).ending == .done)
    var traits = StorageTraits.inMemory
    (traits.identity.root, traits.identity.volume) = (Array("Camera".utf8), "another")
    let another = InMemoryStorage(traits: traits)
    try another.put(.file("e", someBytes(9), modified: DevicePlace.later))
    let before = try own("pictures")
    let refused = try await run(another, pictures, mirror)
    #expect(refused.plan.refusals == [.copiesFromElsewhere(count: 4)])
    #expect(try own("pictures") == before)
    let end = try await run(another, pictures, .mirror(Mirror(limit: .percent(100), allowsEmpty: true)))
    #expect(end.ending == .done && end.counts.filesDeleted == 3 && end.counts.filesReplaced == 1)
    // From then on they are its own.
    another.remove("e")
    try another.put(.file("f", someBytes(9), modified: DevicePlace.later))
    #expect(try await run(another, pictures).counts.filesCopied == 1)
    #expect(try await run(another, pictures, mirror).plan.refusals.isEmpty)
    // An old backup takes nothing away either that came from a phone since.
    try folder.write("backup/old", "an old photo")
    #expect(try await run(backup, pictures, mirror).plan.refusals == [.copiesFromElsewhere(count: 1)])
  }

  /// What only looks like one of them, in two other folders of the disk, is spared, and not said to be one.
  @Test func whatLooksLikeOneIsNotSaidToBeOne() async throws {
    try await free()
    let (one, other) = (try folder.storage("one"), try folder.storage("other"))
    try folder.write("one/x", "a file")
    try folder.write("other/stray", String(repeating: "s", count: 500), modified: 1_500_000_000)
    let end = try await run(one, other, mirror)
    #expect(end.ending == .done && end.counts.filesDeleted == 0)
    #expect(end.plan.actions.map(\.reason) == [.new, .likeFreed], "\(end.plan.actions.map(\.reason))")
  }

  /// The emptied phone is not filled again with what was sorted, one way or both; a copy that was edited since is another file.
  @Test(arguments: [false, true]) func thePhoneStaysEmpty(_ isBothWays: Bool) async throws {
    try await free()
    try sort("pictures")
    try folder.write("pictures/z/b", "an edited photo", modified: 1_600_000_000)
    if isBothWays {
      let (ending, counts, reasons) = try await both(phone, pictures)
      #expect(ending == .done && counts.filesCopied == 1, "\(counts)")
      #expect(reasons.count { $0 == .freedAtSource } == 2)
    } else {
      let end = try await run(pictures, phone)
      #expect(end.counts.filesCopied == 1 && end.plan.actions.count { $0.reason == .missingFromCheckpoint } == 2)
    }
    #expect(phone.paths.filter { !$0.bytes.starts(with: Vault.name) } == ["e", "z", "z/b"])
    guard !isBothWays else { return }
    var policy = SyncPolicy()
    policy.restoreMissing = .always
    #expect(try await run(pictures, phone, policy).counts.filesCopied == 2)
  }
}
