internal import Storage

/// A destination folder that is made when the user has confirmed: until then it is empty, and on the file system of
/// the folder it will be in. So neither a dry run nor a run that is declined leaves anything behind.
struct FutureFolder: Storage {
  let traits: StorageTraits
  private let parent: any Storage

  /// `root` is its path as ``StorageIdentity/root`` has it; `name` is for people.
  init(root: [UInt8], name: String, parent: any Storage) {
    var traits = parent.traits
    traits.identity.root = root
    traits.name = name
    traits.folder = nil
    self.traits = traits
    self.parent = parent
  }

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    .complete
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { entries.map { _ in nil } }

  func space() async throws(StorageError) -> StorageSpace? { try await parent.space() }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    throw StorageError(.notFound, .nextFile, path: file.path, cause: "It is not there yet")
  }
}
