import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Two storages in memory that call for a step of each kind, and what must come of them.
struct Scenario {
  let source = InMemoryStorage()
  let destination: InMemoryStorage
  let folder: TemporaryFolder

  static let old = bytes("the old version of b")
  static let conflict = bytes("a file of the user's own")

  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// Runs once and changes the source, so that the next run makes folders, copies, replaces, adopts, compares, mends a
  /// date and keeps both.
  init() async throws {
    folder = try TemporaryFolder(inMemory: true)
    var traits = StorageTraits.inMemory
    traits.identity.root = Self.bytes("copy")
    destination = InMemoryStorage(traits: traits)
    let early = Timestamp(seconds: 1_500_000_000)
    try source.put(.directory("d"))
    try source.put(.file("d/a", Self.bytes("unchanged"), modified: early))
    try source.put(.file("d/b", Self.old, modified: early))
    _ = try await source.createSymbolicLink("moved", target: Self.bytes("d/a"))
    _ = try await run(try folder.journal())()

    source.remove("moved")
    _ = try await source.createSymbolicLink("moved", target: Self.bytes("d/b"))
    let late = Timestamp(seconds: 1_600_000_000, nanoseconds: 5)
    try source.put(.file("d/b", Self.bytes("the new version of b"), modified: late))
    try source.put(.directory("d/new"))
    try source.put(.file("d/new/c", Self.bytes("new"), modified: late))
    try source.put(.file("d/new/empty", [], modified: late))
    try source.put(.file("same", Self.bytes("same on both"), modified: late))
    try destination.put(.file("same", Self.bytes("same on both"), modified: late))
    try source.put(.file("undated", Self.bytes("same bytes"), modified: late))
    try destination.put(.file("undated", Self.bytes("same bytes"), modified: early))
    try source.put(.file("other", Self.bytes("another file than at the other end"), modified: late))
    try destination.put(.file("other", Self.conflict, modified: late))
    _ = try await source.createSymbolicLink("link", target: Self.bytes("same"))
  }

  func run(_ journal: Journal, _ policy: SyncPolicy = SyncPolicy()) -> SyncRun {
    var run = SyncRun(from: source, to: destination, journal: journal, policy: policy)
    run.pause = .zero
    return run
  }

  /// That nothing stands under a real name but a whole version of it.
  func expectNothingHalf(_ comment: Comment) {
    for path in destination.paths where !TemporaryName.matches(path.name) && !isInVault(path) {
      guard let contents = destination.contents(of: path) else { continue }
      let original = path.name.starts(with: Self.bytes("other (")) ? "other" : path
      let whole = [
        source.contents(of: original), path == "d/b" ? Self.old : nil, path == "other" ? Self.conflict : nil,
      ]
      #expect(whole.contains(contents), "\(path): \(comment)")
    }
    // The old version is never gone before the new one is there.
    #expect(destination.contents(of: "d/b") != nil, comment)
    #expect(destination.contents(of: "other") == Self.conflict, comment)
  }

  /// That the destination holds all of the source, with its dates, and no leftovers.
  func expectComplete(_ comment: Comment) {
    #expect(destination.target(of: "moved") == Self.bytes("d/b"), comment)
    for path in source.paths {
      var copy = path
      if path == "other" {
        copy = destination.paths.first { $0.name.starts(with: Self.bytes("other (")) } ?? path
      }
      #expect(destination.contents(of: copy) == source.contents(of: path), "\(path): \(comment)")
      #expect(destination.paths.contains(copy), "\(path): \(comment)")
      if source.contents(of: path) != nil {
        #expect(destination.times(of: copy)?.modified == source.times(of: path)?.modified, "\(path): \(comment)")
      }
    }
    #expect(destination.paths.filter { TemporaryName.matches($0.name) }.isEmpty, comment)
    let others = destination.paths.filter { $0.name.starts(with: Self.bytes("other")) && !isInVault($0) }
    #expect(others.count == 2, "\(others): \(comment)")
    let vault = destination.paths.filter { isInVault($0) }.compactMap { destination.contents(of: $0) }
    #expect(vault == [Self.old], comment)
  }

  private func isInVault(_ path: RelativePath) -> Bool { path.bytes.starts(with: Vault.name) }
}
