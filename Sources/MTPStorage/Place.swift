internal import Storage

/// A folder on a device that someone uses as a ``Storage``.
struct Place: Sendable {
  let store: Store
  let root: RelativePath
  let names: NameRules

  /// Where a path of the storage is, from the root of its store.
  func path(_ path: RelativePath) -> RelativePath {
    // Both are legal, so the whole is.
    path.components.reduce(root) { $0.appending($1) ?? $0 }
  }
}
