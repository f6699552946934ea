import Foundation
import Storage
import StorageContract
import Testing

@testable import Journal
@testable import SyncEngine

/// Names that go to a storage that cannot hold them, and come back.
@Suite struct NameRoundTripTests {
  private static let paths: [RelativePath] = ["x:y", "x:y/a:b", "x:y/a：b", "A.txt", "a.txt", "a (2).txt"]

  private static func source() throws -> InMemoryStorage {
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("from".utf8)
    let source = InMemoryStorage(traits: traits)
    for path in paths {
      if path == "x:y" {
        try source.put(.directory(path))
      } else {
        try source.put(.file(path, Array("in \(path)".utf8), modified: DevicePlace.date))
      }
    }
    return source
  }

  private static func narrow(_ kind: DestinationKind) -> InMemoryStorage {
    var traits = kind.traits
    traits.names.isCaseSensitive = false
    traits.names.forbidden = [UInt8(ascii: ":")]
    return InMemoryStorage(traits: traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
  }

  private static func wide() -> InMemoryStorage {
    var traits = StorageTraits.inMemory
    traits.identity.root = Array("back".utf8)
    return InMemoryStorage(traits: traits)
  }

  private func run(_ from: any Storage, _ to: any Storage, _ journal: Journal, copying: Bool = false) -> SyncRun {
    var policy = SyncPolicy()
    if copying {
      policy.keepsRecord = false
      policy.conflict = .refuse
    }
    var run = SyncRun(from: from, to: to, journal: journal, policy: policy)
    run.pause = .zero
    return run
  }

  @Test(arguments: DestinationKind.allCases, [false, true])
  func allNamesComeBackAndNothingIsCopiedTwice(_ kind: DestinationKind, copying: Bool) async throws {
    let folder = try TemporaryFolder(inMemory: true)
    let journal = try folder.journal()
    let (source, there, back) = (try Self.source(), Self.narrow(kind), Self.wide())
    let first = try await run(source, there, journal, copying: copying)()
    #expect(first.ending == .done && first.counts.filesCopied == 5 && first.counts.namesMapped == 3)
    #expect(there.paths == ["A.txt", "a (2).txt", "a (3).txt", "x：y", "x：y/a：b", "x：y/a：b (2)"])
    let second = try await run(source, there, journal, copying: copying)()
    #expect(second.plan.isIdle && second.counts.unchanged == 5)
    let returned = try await run(there, back, journal, copying: copying)()
    #expect(returned.ending == .done && returned.counts.namesRestored == 3)
    #expect(back.paths == source.paths)
    for path in source.paths { #expect(back.contents(of: path) == source.contents(of: path), "\(path)") }
    // And into the folder that they came from.
    let home = try await run(there, source, journal, copying: copying)()
    #expect(home.counts.filesCopied == 0 && home.counts.foldersMade == 0)

    // Without the journal the same names are found again, and their record is made anew.
    let other = try TemporaryFolder(inMemory: true)
    let lost = try other.journal()
    let found = try await run(source, there, lost, copying: copying)()
    #expect(found.counts.filesCopied == 0 && found.counts.filesKeptBoth == 0 && found.counts.foldersMade == 0)
    let again = Self.wide()
    _ = try await run(there, again, lost, copying: copying)()
    // Whether another date than the source's is a copy's, only a sync finds out.
    if !copying || kind == .folder || kind == .moving || kind == .renaming { #expect(again.paths == source.paths) }
  }

  /// After a conflict each side calls one of the two versions otherwise. Those are names of their own: no copy swaps them.
  @Test(arguments: [DestinationKind.folder, .moving, .bare])
  func versionsOfAConflictKeepTheirNamesWhereverTheyGo(_ kind: DestinationKind) async throws {
    let folder = try TemporaryFolder(inMemory: true)
    let journal = try folder.journal()
    let (device, home) = (Self.narrow(kind), Self.wide())
    try device.put(.file("a.jpg", [1], modified: DevicePlace.date))
    try home.put(.file("a.jpg", [2, 2], modified: DevicePlace.later))
    let conflict = try await run(device, home, journal)()
    #expect(conflict.counts.filesKeptBoth == 1 && home.contents(of: "a.jpg") == [2, 2])
    let back = try await run(home, device, journal)()
    #expect(back.counts.filesCopied == 1 && back.counts.namesBeside == 1 && back.counts.namesMapped == 0)
    #expect(device.contents(of: "a.jpg") == [1] && device.contents(of: "a (2).jpg") == [2, 2])
    let again = try await run(device, home, journal)()
    #expect(again.plan.isIdle && again.counts.unchanged == 2)
    for place in [device, home] {
      var traits = StorageTraits.inMemory
      traits.identity.root = Array("copy of \(place === home)".utf8)
      let fresh = InMemoryStorage(traits: traits)
      let copied = try await run(place, fresh, journal)()
      #expect(copied.counts.filesCopied == 2)
      #expect(copied.counts.namesMapped + copied.counts.namesRestored + copied.counts.namesBeside == 0)
      #expect(fresh.paths == place.paths)
      for path in place.paths { #expect(fresh.contents(of: path) == place.contents(of: path), "\(path)") }
      let returned = try await run(fresh, place, journal)()
      #expect(returned.plan.isIdle && returned.counts.unchanged == 2)
    }
  }

  /// What is found again by its date, or by its contents, goes on record with its size, so that the name ends with the file.
  @Test(arguments: [DestinationKind.folder, .bare])
  func aNameThatIsFoundAgainIsThatOfOneFile(_ kind: DestinationKind) async throws {
    let (first, lost) = (try TemporaryFolder(inMemory: true), try TemporaryFolder(inMemory: true))
    let (source, there, back) = (try Self.source(), Self.narrow(kind), Self.wide())
    _ = try await run(source, there, try first.journal(), copying: true)()
    let journal = try lost.journal()
    let found = try await run(source, there, journal, copying: true)()
    #expect(found.counts.filesCopied == 0 && (found.counts.adopted > 0) == (kind == .bare))
    let history = try await journal.history(from: there.traits.identity, to: back.traits.identity)
    #expect(Set(history.sourceNameSizes.keys) == Set(history.sourceNames.keys).subtracting(["x：y"]))
    let mapped: RelativePath = "x：y/a：b (2)"
    #expect(history.sourceNames[mapped] == Array("a:b".utf8))
    try there.put(.file(mapped, [1], modified: DevicePlace.later))
    _ = try await run(there, back, journal, copying: true)()
    #expect(back.paths.contains("x:y/a：b (2)") && !back.paths.contains("x:y/a:b"))
  }

  /// Whatever is there when a run dies has its true name on the way back.
  @Test(arguments: [DestinationKind.folder, .moving, .bare], Mortality.Moment.allCases)
  func aRunThatDiesLosesNoName(_ kind: DestinationKind, _ moment: Mortality.Moment) async throws {
    var died = true
    var calls = 0
    while died {
      calls += 1
      let folder = try TemporaryFolder(inMemory: true)
      let (source, there, back) = (try Self.source(), Self.narrow(kind), Self.wide())
      let mortality = Mortality(after: calls, moment)
      let journal = try Journal(
        path: folder.url.appending(path: "journal.sqlite").path,
        process: RunningProcess(pid: 1, boot: "an earlier boot", started: 1),
        migrator: Schema.migrator
      )
      let mortal = run(
        MortalStorage(storage: source, mortality: mortality),
        MortalStorage(storage: there, mortality: mortality),
        journal
      )
      let end = await mortality.live { _ = try? await mortal(control: mortality.control) }
      died = end.died
      _ = try await run(there, back, try folder.journal())()
      let strangers = Set(back.paths).subtracting(Self.paths)
      #expect(strangers.isEmpty, "\(kind), killed \(moment) call \(calls)")
      mortality.bury()
      await end.rest.value
    }
    #expect(calls > 8, "the run had fewer steps than the test means to interrupt")
  }
}
