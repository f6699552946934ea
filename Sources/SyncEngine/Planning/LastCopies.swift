internal import Journal
internal import Storage

/// Which files of a destination have no original any more, since that was removed at a source: by their paths, and by what
/// they were like where somebody has moved them since.
struct LastCopies {
  /// Whether one of them is nowhere: somebody has deleted it, or moved it and changed it, so that nothing tells which it is.
  private let isOneLost: Bool
  private let history: History
  private let folding: NameFolding
  /// What is on record of the destination, by folded path.
  private let recorded: [[UInt8]: Fingerprint]

  init(_ input: Planner.Input, _ folding: NameFolding, _ records: some Collection<Record>) {
    history = input.history
    self.folding = folding
    let freed = input.history.freed.filter { !$0.key.isInVault }
    guard !freed.isEmpty || !input.history.freedCopies.isEmpty else {
      (isOneLost, recorded) = (false, [:])
      return
    }
    recorded = Dictionary(records.map { (folding.key($0.destinationPath), $0.destination) }) { first, _ in first }
    let files = input.destination.entries.filter { $0.kind == .file }
    let paths = Set(files.map { folding.key($0.path) })
    let found = Set(files.map { Fingerprint(size: $0.size, token: $0.token) })
    isOneLost = freed.contains { !paths.contains(folding.key($0.key)) && !found.contains($0.value) }
  }

  func contains(_ entry: Entry) -> Bool {
    if history.freed[entry.path] != nil { return true }
    guard !entry.isDirectory, !history.freedCopies.isEmpty else { return false }
    return history.freedCopies.contains(Fingerprint(size: entry.size, token: entry.token)) && !isAsRecorded(entry)
  }

  /// Whether it may be the one that is lost, for all that is known: no run left it so.
  func mayContain(_ entry: Entry) -> Bool { isOneLost && entry.kind == .file && !isAsRecorded(entry) }

  private func isAsRecorded(_ entry: Entry) -> Bool {
    recorded[folding.key(entry.path)].map { entry.isChanged(since: $0) == false } ?? false
  }
}

extension RelativePath {
  /// Whether it lies in the vault of some folder, where the versions are that runs replaced or deleted.
  fileprivate var isInVault: Bool {
    bytes.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(Vault.name) }
  }
}
