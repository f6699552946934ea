import Journal
import Storage
import StorageContract
import Synchronization
import Testing

@testable import SyncEngine

/// What must not be lost by a mirror when things go on meanwhile, or answers do not come.
@Suite struct MirrorSafetyTests {
  private let source = InMemoryStorage()
  private let host = InMemoryStorage()
  private let folder: TemporaryFolder
  private let journal: Journal

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    try put(source, "a", "a")
  }

  private func put(_ storage: InMemoryStorage, _ path: RelativePath, _ text: String) throws {
    try storage.put(.file(path, Array(text.utf8), modified: Timestamp(seconds: 1_500_000_000)))
  }

  private func destination(_ kind: DestinationKind = .folder) throws -> InMemoryStorage {
    let storage = InMemoryStorage(traits: kind.traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
    try put(storage, "a", "a")
    for name in ["x", "y"] as [RelativePath] { try put(storage, name, "old \(name)") }
    return storage
  }

  private func run(from source: (any Storage)? = nil, to destination: any Storage, keepsOld: Bool = true) -> SyncRun {
    var policy = SyncPolicy.mirror()
    policy.keepsOldVersions = keepsOld
    let isDevice = destination.traits.identity.device != nil
    var run = SyncRun(
      from: source ?? self.source,
      to: destination,
      journal: journal,
      policy: policy,
      host: isDevice ? host : nil
    )
    run.pause = .zero
    return run
  }

  /// What is kept of old versions, anywhere.
  private func kept(_ destination: InMemoryStorage) -> Set<String> {
    let files =
      destination.paths.filter { $0.bytes.starts(with: Vault.name) }.compactMap { destination.contents(of: $0) }
      + host.paths.compactMap { host.contents(of: $0) }
    return Set(files.map { String(decoding: $0, as: UTF8.self) })
  }

  private func own(_ destination: InMemoryStorage) -> [RelativePath] {
    destination.paths.filter { !$0.bytes.starts(with: Vault.name) }
  }

  /// Without a vault, a disk with room for one more file is enough to replace all.
  @Test(arguments: [DestinationKind.folder, .moving, .renaming])
  func aNearlyFullDiskIsMirroredFileByFile(_ kind: DestinationKind) async throws {
    let destination = InMemoryStorage(
      traits: kind.traits,
      capacity: 510,
      session: kind.isDevice ? InMemoryStorage.Session() : nil
    )
    try put(destination, "a", "a")
    for name in ["w", "x", "y", "z"] as [RelativePath] {
      try put(destination, name, String(repeating: "-", count: 100))
      let new = Array(String(repeating: "\(name)", count: 100).utf8)
      try source.put(.file(name, new, modified: Timestamp(seconds: 1_600_000_000)))
    }
    let end = try await run(to: destination, keepsOld: false)()
    #expect(end.ending == .done && end.counts.filesReplaced == 4, "\(end.ending)")
    #expect(own(destination).allSatisfy { destination.contents(of: $0) == source.contents(of: $0) })
  }

  /// An empty folder that cannot be kept stays, and stops nothing.
  @Test(arguments: [DestinationKind.folder, .moving, .renaming])
  func aFolderThatCannotBeKeptStays(_ kind: DestinationKind) async throws {
    let destination = try destination(kind)
    for path in ["x", "y"] as [RelativePath] { destination.remove(path) }
    for path in ["d", "e"] as [RelativePath] { try destination.put(.directory(path)) }
    let keeper = kind.keepsOldHere ? host : destination
    keeper.fail(.createDirectory, StorageError(.noSpace, .nextFile, cause: "full"))
    let first = try await run(to: destination)()
    #expect(first.ending == .done && first.counts.foldersDeleted == 1, "\(first.ending)")
    #expect(own(destination) == ["a", "e"] || own(destination) == ["a", "d"])
    let second = try await run(to: destination)()
    #expect(second.ending == .done && own(destination) == ["a"], "\(second.ending)")
    #expect(Set(keeper.paths.map { String(decoding: $0.name, as: UTF8.self) }).isSuperset(of: ["d", "e"]))
  }

  /// A folder whose files only got another place is nothing that was lost.
  @Test func aFolderThatWasRenamedIsNotKept() async throws {
    let destination = try destination()
    try source.put(.directory("d"))
    try put(source, "d/f", "photo")
    _ = try await run(to: destination)()
    _ = try await source.move(source.find("d"), to: "new")
    let vaults = destination.paths.filter { $0.bytes.starts(with: Vault.name) }
    let end = try await run(to: destination)()
    #expect(end.ending == .done && end.counts.filesMoved == 1 && end.counts.foldersDeleted == 1)
    #expect(destination.paths.filter { $0.bytes.starts(with: Vault.name) } == vaults)
    #expect(own(destination) == ["a", "new", "new/f"])
  }

  /// What libmtp alone lists of a device looks the same whether there is nothing or nothing could be listed.
  @Test(arguments: [true, false]) func aListingThatNobodyVouchesForDeletesNothing(_ isOfSource: Bool) async throws {
    let destination = try destination()
    (isOfSource ? source : destination).listPartially(.root, missing: [])
    let end = try await run(to: destination)()
    #expect(own(destination) == ["a", "x", "y"] && end.counts.filesDeleted == 0)
    #expect(end.ending == .someFailed && end.plan.actions.map(\.reason).contains(.folderIncomplete))
  }

  /// The cable slips while a device deletes or moves: it has done so, and its answer never came.
  @Test(arguments: [DestinationKind.renaming, .moving, .bare])
  func aDeletionWithoutAnAnswerKeepsWhatWasDeleted(_ kind: DestinationKind) async throws {
    let destination = try destination(kind)
    let end = try await run(to: LosingAnswers(storage: destination))()
    #expect(own(destination) == ["a"] && kept(destination) == ["old x", "old y"])
    #expect(end.ending == .done && end.counts.filesDeleted == 2, "\(end.counts)")
  }

  @Test(arguments: [true, false]) func whatIsAtTheSourceAgainStays(_ keepsOld: Bool) async throws {
    let destination = try destination()
    let run = run(to: destination, keepsOld: keepsOld)
    let plan = try await run.plan(control: TransferControl()) { _ in }
    try put(source, "x", "new x")
    let recorder = Recorder()
    #expect(await run.execute(plan, control: TransferControl()) { recorder.report($0) } == .someFailed)
    #expect(own(destination) == ["a", "x"] && recorder.counts?.filesDeleted == 1)
  }

  /// A share that went away may look like a folder without anything in it.
  @Test func aSourceThatIsGoneAfterThePlanDeletesNothing() async throws {
    let destination = try destination()
    let run = run(to: destination)
    let plan = try await run.plan(control: TransferControl()) { _ in }
    for path in source.paths { source.remove(path) }
    let ending = await run.execute(plan, control: TransferControl()) { _ in }
    guard case .notReady = ending else { return #expect(ending == .interrupted, "it went on") }
    #expect(own(destination) == ["a", "x", "y"])
  }

  @Test func aSourceThatCannotBeLookedAtDeletesNothing() async throws {
    let destination = try destination()
    let run = run(to: destination)
    let plan = try await run.plan(control: TransferControl()) { _ in }
    let error = StorageError(.inputOutput, .nextFile, cause: "a bad block")
    for call in 1...2 { source.fail(.refresh, at: call, error) }
    let recorder = Recorder()
    #expect(await run.execute(plan, control: TransferControl()) { recorder.report($0) } == .someFailed)
    #expect(own(destination) == ["a", "x", "y"] && recorder.counts?.failed == 2)
  }

  @Test func linksThatAreReplacedAreKept() async throws {
    let destination = try destination()
    _ = try await source.createSymbolicLink("link", target: Array("a".utf8))
    _ = try await destination.createSymbolicLink("link", target: Array("their own".utf8))
    let end = try await run(to: destination)()
    #expect(end.ending == .done && destination.target(of: "link") == Array("a".utf8))
    let links = destination.paths.compactMap { destination.target(of: $0) }.map { String(decoding: $0, as: UTF8.self) }
    #expect(Set(links) == ["a", "their own"])
    guard case .keptVersions(3, _, _)? = end.events.dropLast().last else { return #expect(end.events.isEmpty) }
  }

  /// A host's place that cannot hold the date of a version is no place for it.
  @Test func aVersionWhoseDateCannotBeKeptStays() async throws {
    let destination = try destination(.renaming)
    var traits = StorageTraits.inMemory
    traits.times = TimeSupport(modified: .readOnly(precision: 1), created: .none)
    var policy = SyncPolicy.mirror()
    policy.keepsOldVersions = true
    let run = SyncRun(
      from: source,
      to: destination,
      journal: journal,
      policy: policy,
      host: InMemoryStorage(traits: traits)
    )
    let end = try await run()
    #expect(own(destination) == ["a", "x", "y"] && end.counts.failed == 2)
  }
}

/// A device that does the first thing of each kind that it is asked for, and whose answer is lost.
private struct LosingAnswers: ForwardingStorage {
  let storage: any Storage
  private let lost = Lost()

  init(storage: any Storage) { self.storage = storage }

  private final class Lost: Sendable {
    let kinds = Mutex<Set<String>>([])
  }

  private func answer(_ kind: String) throws(StorageError) {
    guard lost.kinds.withLock({ $0.insert(kind).inserted }) else { return }
    throw StorageError(.deviceLost, .reopen, cause: "The cable slipped")
  }

  func remove(_ entry: Entry) async throws(StorageError) {
    try await storage.remove(entry)
    try answer("remove")
  }

  func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    let moved = try await storage.move(entry, to: path)
    try answer("move")
    return moved
  }
}
