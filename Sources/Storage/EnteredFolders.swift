/// The folders that a walk through a tree has entered, so that it ends whatever a device makes up: folders that contain
/// themselves or one another, one that is in many (thirty levels of two such folders have a billion paths), and a tree
/// without an end.
package struct EnteredFolders: Sendable {
  /// The longest path that Linux programs can name (`PATH_MAX`), in bytes.
  private static let longestPath = 4096
  /// More than any device holds.
  private static let most = 1 << 20

  private var handles: Set<Entry.Handle> = []

  package init() {}

  /// Whether a folder may be entered, which it then counts as: each object once, and none that lies too deep.
  package mutating func enters(_ folder: Entry) -> Bool {
    guard folder.path.bytes.count <= Self.longestPath else { return false }
    guard let handle = folder.handle else { return true }
    return handles.count < Self.most && handles.insert(handle).inserted
  }
}
