import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Two storages in memory that call for a step of each kind, and what must come of them.
struct Scenario {
  let kind: DestinationKind
  let source = InMemoryStorage()
  let destination: InMemoryStorage
  let host = InMemoryStorage()
  let folder: TemporaryFolder

  static let old = bytes("the old version of b")
  static let conflict = bytes("a file of the user's own")
  /// Both sides have something else at these names: of another size, and of the same.
  static let conflicts: [RelativePath] = ["other", "twin"]

  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// Runs once and changes the source, so that the next run makes folders, copies, replaces, adopts, compares, mends a
  /// date and keeps both.
  init(_ kind: DestinationKind = .folder) async throws {
    self.kind = kind
    folder = try TemporaryFolder(inMemory: true)
    destination = InMemoryStorage(traits: kind.traits, session: kind.isDevice ? InMemoryStorage.Session() : nil)
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
    try source.put(.file("twin", Self.conflict.reversed(), modified: early))
    try destination.put(.file("twin", Self.conflict, modified: late))
    _ = try await source.createSymbolicLink("link", target: Self.bytes("same"))
  }

  func run(_ journal: Journal, _ policy: SyncPolicy = SyncPolicy()) -> SyncRun {
    var run = SyncRun(
      from: source,
      to: destination,
      journal: journal,
      policy: policy,
      host: kind.isDevice ? host : nil
    )
    run.pause = .zero
    return run
  }

  /// That there is no moment without a whole version of a file that was there, and that nothing half stands under a real
  /// name where the destination can do without.
  func expectNothingLost(_ comment: Comment) {
    for path in destination.paths where !TemporaryName.matches(path.name) && !isInVault(path) {
      guard let contents = destination.contents(of: path), kind == .folder || isOld(path) && path != "d/b" else {
        continue
      }
      let whole = [
        source.contents(of: original(path)), path == "d/b" ? Self.old : nil,
        Self.conflicts.contains(path) ? Self.conflict : nil,
      ]
      #expect(whole.contains(contents), "\(path): \(comment)")
    }
    let there = destination.contents(of: "d/b")
    let isWhole = there == Self.old || there == source.contents(of: "d/b")
    // Only a device may be without either version for a while, and then the old one is in its vault, or here.
    let isKept = kind.isDevice && (kind.keepsOldHere ? keptHere : inVault).contains(Self.old)
    #expect(isWhole || isKept, comment)
    for path in Self.conflicts { #expect(destination.contents(of: path) == Self.conflict, "\(path): \(comment)") }
    #expect(destination.contents(of: "d/a") == source.contents(of: "d/a"), comment)
  }

  /// That the destination holds all of the source, with its dates, and no leftovers.
  func expectComplete(_ comment: Comment) {
    for path in source.paths {
      if source.target(of: path) != nil {
        #expect(kind.isDevice || destination.target(of: path) == source.target(of: path), "\(path): \(comment)")
        continue
      }
      let copy = Self.conflicts.contains(path) ? keptBoth(path) ?? path : path
      #expect(destination.contents(of: copy) == source.contents(of: path), "\(path): \(comment)")
      #expect(destination.paths.contains(copy), "\(path): \(comment)")
      if source.contents(of: path) != nil, hasDate(path) {
        let (date, wanted) = (destination.times(of: copy)?.modified, source.times(of: path)?.modified)
        #expect(kind == .folder ? date == wanted : date?.seconds == wanted?.seconds, "\(path): \(comment)")
      }
    }
    #expect(destination.paths.filter { TemporaryName.matches($0.name) }.isEmpty, comment)
    #expect(host.paths.filter { TemporaryName.matches($0.name) }.isEmpty, comment)
    for path in Self.conflicts {
      let both = destination.paths.filter { $0.name.starts(with: path.name) && !isInVault($0) }
      #expect(both.count == 2, "\(both): \(comment)")
    }
    if kind.keepsOldHere {
      #expect(inVault.isEmpty && Set(keptHere) == [Self.old], comment)
    } else {
      #expect(inVault == [Self.old] && keptHere.isEmpty, comment)
    }
  }

  /// How many files the destination lacks or has a part of, by their names, so that a copy of each must come.
  var missing: Int {
    let new: [RelativePath] = ["d/new/c", "d/new/empty"]
    var count = new.filter { destination.contents(of: $0) != source.contents(of: $0) }.count
    let b = destination.contents(of: "d/b")
    if b != Self.old, b != source.contents(of: "d/b") { count += 1 }
    // One that is not there at all is kept beside the other once more.
    for path in Self.conflicts {
      guard let kept = keptBoth(path) else { continue }
      if destination.contents(of: kept) != source.contents(of: path) { count += 1 }
    }
    return count
  }

  private var keptHere: [[UInt8]] {
    host.paths.filter { !TemporaryName.matches($0.name) }.compactMap { host.contents(of: $0) }
  }

  private var inVault: [[UInt8]] {
    destination.paths.filter { isInVault($0) }.compactMap { destination.contents(of: $0) }
  }

  /// Where the source's version is of a file that both sides have.
  private func keptBoth(_ path: RelativePath) -> RelativePath? {
    destination.paths.first { $0.name.starts(with: path.name + Self.bytes(" (")) }
  }

  private func original(_ path: RelativePath) -> RelativePath {
    Self.conflicts.first { path.name.starts(with: $0.name + Self.bytes(" (")) } ?? path
  }

  /// Whether the destination had the file before.
  private func isOld(_ path: RelativePath) -> Bool {
    Self.conflicts.contains(path) || ["d/a", "d/b", "same", "undated"].contains(path)
  }

  /// Whether the destination can show the date of the source.
  private func hasDate(_ path: RelativePath) -> Bool {
    switch kind {
    case .folder: true
    // It had this file with another date, which it lets nobody set.
    case .moving, .renaming: path != "undated"
    case .undating, .bare: false
    }
  }

  private func isInVault(_ path: RelativePath) -> Bool { path.bytes.starts(with: Vault.name) }
}
