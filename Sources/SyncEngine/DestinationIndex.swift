internal import Storage

/// Finds what is at a path of a destination: exactly there, or where the destination takes the paths for the same.
struct DestinationIndex {
  let folding: NameFolding
  private let exact: [RelativePath: Entry]
  private let folded: [[UInt8]: Entry]

  init(_ entries: [Entry], _ folding: NameFolding) {
    self.folding = folding
    exact = Dictionary(entries.map { ($0.path, $0) }) { first, _ in first }
    folded = Dictionary(entries.map { (folding.key($0.path), $0) }) { first, _ in first }
  }

  subscript(_ path: RelativePath) -> Entry? { exact[path] ?? folded[folding.key(path)] }

  /// What has exactly this path.
  func entry(exactlyAt path: RelativePath) -> Entry? { exact[path] }

  /// A path as the destination spells as much of it as it has.
  func spelled(_ path: RelativePath) -> RelativePath {
    guard !folding.isCaseSensitive, !path.isRoot else { return path }
    if let there = self[path] { return there.path }
    return spelled(path.parent).appending(path.name) ?? path
  }
}
