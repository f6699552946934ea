internal import Journal
internal import Storage

/// Which files of a destination have no original any more, since that was removed at a source: by their paths, and by
/// what they were like where somebody has moved them since.
struct LastCopies {
  /// Those that are nowhere: somebody has deleted them, or moved and changed them: nothing tells which they are.
  let lost: Set<RelativePath>
  /// Those of which it is on record that they were nowhere, and that are there.
  let isBack: Set<RelativePath>
  /// Whether one of those that are nowhere may still be there, for all that is known.
  private let isOneSought: Bool
  /// What those were called that are on record as nowhere: who takes one away to edit it may bring it back.
  private let lostNames: Set<[UInt8]>
  private let history: History
  private let folding: NameFolding
  /// What those are like that are not where runs left them.
  private let astray: Set<Fingerprint>
  /// What the run goes by of the destination, and all that is on record of it, by folded path.
  private let (recorded, left): ([[UInt8]: Fingerprint], [[UInt8]: Fingerprint])

  init(_ input: Planner.Input, _ folding: NameFolding, _ records: some Collection<Record>) {
    history = input.history
    self.folding = folding
    let freed = input.history.freed.filter { !$0.key.isInVault }
    guard !freed.isEmpty || !input.history.lastCopies.isEmpty else {
      (lost, isBack, isOneSought, lostNames, recorded, left, astray) = ([], [], false, [], [:], [:], [])
      return
    }
    astray = Self.astray(input.history.lastCopies, input, folding)
    func fingerprints(_ records: some Collection<Record>) -> [[UInt8]: Fingerprint] {
      Dictionary(records.map { (folding.key($0.destinationPath), $0.destination) }) { first, _ in first }
    }
    recorded = fingerprints(records)
    // Also what somebody has sorted elsewhere there: runs have found it, and know what it is.
    left = input.policy.newDestination ? recorded : fingerprints(input.history.records)
    let files = input.destination.entries.filter { $0.kind == .file }
    let paths = Set(files.map { folding.key($0.path) })
    let copies = Set(files.map { Fingerprint(size: $0.size, token: $0.token) })
    let found = freed.filter { paths.contains(folding.key($0.key)) || copies.contains($0.value) }
    lost = Set(freed.keys).subtracting(found.keys)
    isBack = input.history.missingCopies.intersection(found.keys)
    isOneSought = !lost.isSubset(of: input.history.missingCopies)
    lostNames = Set(lost.map { Array($0.name) })
  }

  func contains(_ entry: Entry) -> Bool {
    if history.freed[entry.path] != nil { return true }
    guard !entry.isDirectory, !astray.isEmpty else { return false }
    return astray.contains(Fingerprint(size: entry.size, token: entry.token)) && !isKnown(entry, by: recorded)
  }

  /// What those are like that are not where runs left them, as far as the two folders show. While one is there, what has
  /// its size and date elsewhere is a copy of it.
  static func astray(_ copies: [LastCopy], _ input: Planner.Input, _ folding: NameFolding) -> Set<Fingerprint> {
    guard !copies.isEmpty else { return [] }
    func files(_ tree: Tree, _ folding: NameFolding, _ paths: [RelativePath]) -> [[UInt8]: Entry] {
      let wanted = Set(paths.map { folding.key($0) })
      guard !wanted.isEmpty else { return [:] }
      let found = tree.entries.lazy.filter { $0.kind == .file }.map { (folding.key($0.path), $0) }
      return Dictionary(found.filter { wanted.contains($0.0) }) { first, _ in first }
    }
    let atSource = NameFolding(isCaseSensitive: input.sourceTraits.names.isCaseSensitive)
    let here = files(input.source, atSource, copies.compactMap(\.path))
    let there = files(input.destination, folding, copies.compactMap(\.destinationPath))
    let astray = copies.filter { copy in
      let entries = [
        copy.path.flatMap { here[atSource.key($0)] }, copy.destinationPath.flatMap { there[folding.key($0)] },
      ]
      return !entries.contains { $0?.isChanged(since: copy.copy) == false }
    }
    return Set(astray.map(\.copy))
  }

  /// Whether it may be one that is lost, for all that is known: no run left it so.
  func mayContain(_ entry: Entry) -> Bool {
    (isOneSought || lostNames.contains(Array(entry.path.name))) && entry.kind == .file && !isKnown(entry, by: left)
  }

  /// Whether nothing tells what this is.
  func isUnknown(_ entry: Entry) -> Bool { entry.kind == .file && !isKnown(entry, by: left) && !contains(entry) }

  private func isKnown(_ entry: Entry, by record: [[UInt8]: Fingerprint]) -> Bool {
    record[folding.key(entry.path)].map { entry.isChanged(since: $0) == false } ?? false
  }
}

extension RelativePath {
  /// Whether it lies in the vault of some folder, where the versions are that runs replaced or deleted.
  var isInVault: Bool {
    bytes.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(Vault.name) }
  }
}
