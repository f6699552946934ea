internal import Storage

/// Finds what is at a path of a destination: exactly there, or where the destination takes the paths for the same.
struct DestinationIndex {
  let folding: NameFolding
  private let exact: [RelativePath: Entry]
  private let folded: [[UInt8]: Entry]
  private let filled: Set<RelativePath>

  init(_ entries: [Entry], _ folding: NameFolding) {
    self.folding = folding
    filled = Set(entries.map(\.path.parent))
    exact = Dictionary(entries.map { ($0.path, $0) }) { first, _ in first }
    folded = Dictionary(entries.map { (folding.key($0.path), $0) }) { first, _ in first }
  }

  subscript(_ path: RelativePath) -> Entry? { exact[path] ?? folded[folding.key(path)] }

  /// What has exactly this path.
  func entry(exactlyAt path: RelativePath) -> Entry? { exact[path] }

  func isEmpty(_ folder: RelativePath) -> Bool { !filled.contains(folder) }

  /// A path as the destination spells as much of it as it has.
  func spelled(_ path: RelativePath) -> RelativePath {
    guard !folding.isCaseSensitive, !path.isRoot else { return path }
    if let there = self[path] { return there.path }
    return spelled(path.parent).appending(path.name) ?? path
  }
}
