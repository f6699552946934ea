internal import Journal
internal import Storage

/// Which files of a destination have no original any more, since that was removed at a source: by their paths, and by what
/// they were like where somebody has moved them since.
struct LastCopies {
  /// Those that are nowhere: somebody has deleted them, or moved and changed them, so that nothing tells which they are.
  let lost: Set<RelativePath>
  /// Those of which it is on record that they were nowhere, and that are there.
  let isBack: Set<RelativePath>
  /// Whether one of those that are nowhere may still be there, for all that is known.
  private let isOneSought: Bool
  /// What those were called that are on record as nowhere: who takes one away to edit it may bring it back.
  private let lostNames: Set<[UInt8]>
  private let history: History
  private let folding: NameFolding
  /// What the run goes by of the destination, and all that is on record of it, by folded path.
  private let (recorded, left): ([[UInt8]: Fingerprint], [[UInt8]: Fingerprint])

  init(_ input: Planner.Input, _ folding: NameFolding, _ records: some Collection<Record>) {
    history = input.history
    self.folding = folding
    let freed = input.history.freed.filter { !$0.key.isInVault }
    guard !freed.isEmpty || !input.history.freedCopies.isEmpty else {
      (lost, isBack, isOneSought, lostNames, recorded, left) = ([], [], false, [], [:], [:])
      return
    }
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
    guard !entry.isDirectory, !history.freedCopies.isEmpty else { return false }
    let copy = Fingerprint(size: entry.size, token: entry.token)
    return history.freedCopies.contains(copy) && !isKnown(entry, by: recorded)
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
  fileprivate var isInVault: Bool {
    bytes.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(Vault.name) }
  }
}
