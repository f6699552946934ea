import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Other file systems in a destination: nothing is renamed from one to another, and each has a room of its own.
@Suite struct VolumesTests: PlannerSuite {
  /// A disk is mounted in `disk`, `sub` is a subvolume, which is no mount, and `own` a folder like any other.
  private var input: Planner.Input {
    var input = Planner.Input.sample
    input.hasHost = true
    input.policy = .mirror(Mirror(limit: .percent(100), allowsEmpty: true))
    input.destinationTraits.folder = FolderIdentity(device: 1, inode: 1)
    input.destinationTraits.capabilities.insert(.symbolicLinks)
    for (inode, name) in (["disk", "disk/d", "own", "sub"] as [RelativePath]).enumerated() {
      var folder = Entry.folder(name)
      let device: UInt64 = name == "sub" ? 3 : name == "own" ? 1 : 2
      folder.folder = FolderIdentity(device: device, inode: UInt64(inode) + 2)
      folder.isMountPoint = name == "disk"
      input.source.entries.append(.folder(name))
      input.destination.entries.append(folder)
      input.destination.volumes.note(folder, below: input.destinationTraits.folder)
    }
    return input
  }

  private func put(_ entries: [Entry], _ old: [Entry], in input: inout Planner.Input) {
    input.source.entries = (input.source.entries + entries).sorted { $0.path < $1.path }
    input.destination.entries = (input.destination.entries + old).sorted { $0.path < $1.path }
  }

  @Test func whereOneBeginsIsKnown() {
    let volumes = input.destination.volumes
    #expect(Set(volumes.tops.keys) == ["disk", "sub"])
    #expect(volumes.top(of: "disk/d/new/e") == "disk" && volumes.top(of: "own/new") == .root)
    #expect(volumes.areOne("disk/a", "disk/d/a") && volumes.areOne("a", "own/a"))
    #expect(!volumes.areOne("disk/a", "sub/a") && !volumes.areOne("a", "sub/a"))
    #expect(volumes.reachVault(from: "own/a") && !volumes.reachVault(from: "sub/a"))
    // The folder itself has its name on the other one.
    #expect(volumes.reachVault(from: "sub"))
  }

  /// A folder from elsewhere on the same disk: Linux renames nothing over a mount, whatever is on its two sides.
  @Test func aMountOfTheSameFileSystemCounts() {
    var (volumes, bound) = (Volumes(), Entry.folder("bound"))
    bound.folder = FolderIdentity(device: 1, inode: 9)
    bound.isMountPoint = true
    volumes.note(bound, below: FolderIdentity(device: 1, inode: 1))
    #expect(!volumes.reachVault(from: "bound/a") && volumes.reachVault(from: "a"))
  }

  @Test(arguments: [true, false], [true, false])
  func anOldVersionStaysOnThisComputerOrWhereItIs(_ hasHost: Bool, _ keepsOld: Bool) {
    var input = input
    input.hasHost = hasHost
    input.policy.keepsOldVersions = keepsOld
    let old: [Entry] = [.file("disk/a", 1, token: 1), .file("own/a", 1, token: 1), .file("sub/a", 1, token: 1)]
    put(old.map { .file($0.path, 2, token: 2) }, old + [.file("sub/gone", 1, token: 1)], in: &input)
    input.history.records = old.map { .of($0, $0) }
    let isLeftOut = keepsOld && !hasHost
    let away = isLeftOut ? "skip noVault" : "replace changed"
    let gone = isLeftOut ? "skip noVault sub/gone" : "delete neverAtSource sub/gone"
    #expect(rows(Planner.plan(input)) == ["\(away) disk/a", "replace changed own/a", "\(away) sub/a", gone])
  }

  @Test(arguments: [true, false]) func linksAreKeptLikeFiles(_ hasHost: Bool) {
    var input = input
    input.hasHost = hasHost
    func link(_ path: RelativePath, _ target: UInt8) -> Entry {
      Entry(path: path, kind: .symbolicLink(target: [target]))
    }
    put([link("own/l", 1), link("sub/l", 1)], [link("own/l", 2), link("sub/gone", 2), link("sub/l", 2)], in: &input)
    let rows = rows(Planner.plan(input))
    let away = hasHost ? ["copyLink different sub/l", "delete neverAtSource sub/gone"] : ["skip noVault sub/l"]
    #expect(rows.starts(with: ["copyLink different own/l"] + away.prefix(1)))
    #expect(rows.last == (hasHost ? "delete neverAtSource sub/gone" : "skip noVault sub/gone"))
  }

  /// Of a file that was moved at the source from one to another.
  @Test(
    arguments: [
      ("sub/a", "own/a", false), ("own/a", "sub/a", false), ("sub/a", "sub/b", true), ("own/a", "b", true),
      ("own/a", "disk/d/a", false),
    ] as [(RelativePath, RelativePath, Bool)]
  )
  func whatCannotBeRenamedIsCopied(_ path: RelativePath, _ new: RelativePath, _ isMoved: Bool) {
    var input = input
    let old = Entry.file(path, 1, token: 1)
    put([.file(new, 1, token: 1)], [old], in: &input)
    input.history.records = [.of(old, old)]
    let copied = ["copy new \(new)", "delete goneFromSource \(path)"]
    #expect(rows(Planner.plan(input)) == (isMoved ? ["move(from: \(path)) movedAtSource \(new)"] : copied))
  }

  @Test func eachHasItsOwnRoom() {
    var input = input
    input.space = StorageSpace(free: 5, capacity: 10)
    input.spaceBelow = ["disk": StorageSpace(free: 100, capacity: 200), "sub": StorageSpace(free: 0, capacity: 10)]
    put([.file("disk/d/big", 60, token: 1), .file("disk/new", 40, token: 1), .file("x", 5, token: 1)], [], in: &input)
    #expect(Planner.plan(input).refusals.isEmpty)
    input.source.entries.append(.file("y", 1, token: 1))
    #expect(Planner.plan(input).refusals == [.noSpace(needed: 6, free: 5)])
    input.spaceBelow["disk"] = StorageSpace(free: 99, capacity: 200)
    let full = Refusal.noSpace(needed: 100, free: 99, in: "disk")
    #expect(Planner.plan(input).refusals == [.noSpace(needed: 6, free: 5), full])
    // One that does not tell is no reason to refuse.
    input.spaceBelow["disk"] = nil
    #expect(Planner.plan(input).refusals == [.noSpace(needed: 6, free: 5)])
  }

  // MARK: What nothing shows beforehand

  /// One that renames nothing to its vault, without another file system: quotas by project do that, and encrypted folders.
  private struct KeptApart: ForwardingStorage {
    let storage: any Storage
    private var error: StorageError { StorageError(.unsupported, .nextFile, cause: "Invalid cross-device link") }

    func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
      guard !path.bytes.starts(with: Vault.name) else { throw error }
      return try await storage.move(entry, to: path)
    }

    func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
      var results: [Result<Entry, StorageError>] = []
      for verified in batch {
        if verified.written.order.keepOldAs != nil {
          results.append(.failure(error))
        } else {
          results += try await storage.commit([verified])
        }
      }
      return results
    }
  }

  @Test(arguments: [true, false]) func whatTheVaultDoesNotTakeIsKeptHere(_ hasHost: Bool) async throws {
    let (source, host) = (InMemoryStorage(), InMemoryStorage())
    let destination = InMemoryStorage(traits: DestinationKind.folder.traits)
    let folder = try TemporaryFolder(inMemory: true)
    let (before, after) = (Timestamp(seconds: 1_500_000_000), Timestamp(seconds: 1_600_000_000))
    for storage in [source, destination] { try storage.put(.directory("d")) }
    for path in ["a", "b", "d/gone", "stays"] as [RelativePath] {
      try destination.put(.file(path, [1], modified: before))
      try source.put(.file(path, path == "stays" ? [1] : [2, 2], modified: path == "stays" ? before : after))
    }
    source.remove("d/gone")
    _ = try await destination.createSymbolicLink("l", target: Array("old".utf8))
    _ = try await source.createSymbolicLink("l", target: Array("new".utf8))
    var policy = SyncPolicy.mirror(Mirror(limit: .percent(100)))
    policy.newDestination = true
    var run = SyncRun(
      from: source,
      to: KeptApart(storage: destination),
      journal: try folder.journal(),
      policy: policy,
      host: hasHost ? host : nil
    )
    run.pause = .zero
    let end = try await run()
    #expect(end.ending == (hasHost ? .done : .someFailed), "\(end.events)")
    #expect(destination.contents(of: "a") == (hasHost ? [2, 2] : [1]))
    #expect((destination.contents(of: "d/gone") == nil) == hasHost)
    #expect(!destination.paths.contains { TemporaryName.matches($0.name) && destination.contents(of: $0) != nil })
    guard hasHost else { return }
    #expect(host.paths.compactMap { host.contents(of: $0) } == [[1], [1], [1]], "\(host.paths)")
    #expect(host.paths.contains { $0.name.elementsEqual("l".utf8) })
    let kept = end.events.compactMap { if case .keptVersions(let count, _, true) = $0 { count } else { nil } }
    #expect(kept == [4])
    let next = try await run()
    #expect(next.ending == .done && next.counts.filesReplaced + next.counts.filesCopied == 0, "\(rows(next.plan))")
  }
}
