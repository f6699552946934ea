import LocalStorage
import Storage
import Synchronization

/// A source that tells when a file is being read.
struct WatchedSource: Storage {
  let storage: any Storage
  private let watch = Watch()

  init(storage: any Storage) { self.storage = storage }

  private final class Watch: Sendable {
    struct State {
      var begun: Set<RelativePath> = []
      var waiting: [RelativePath: CheckedContinuation<Void, Never>] = [:]
    }
    let state = Mutex(State())
  }

  /// Returns once the file's bytes are asked for.
  func waitForReading(of path: RelativePath) async {
    await withCheckedContinuation { continuation in
      let hasBegun = watch.state.withLock { state in
        if state.begun.contains(path) { return true }
        state.waiting[path] = continuation
        return false
      }
      if hasBegun { continuation.resume() }
    }
  }

  var traits: StorageTraits { storage.traits }

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    try await storage.list(directory, page: page)
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { try await storage.refresh(entries) }

  func space() async throws(StorageError) -> StorageSpace? { try await storage.space() }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    let waiting = watch.state.withLock { state in
      state.begun.insert(file.path)
      return state.waiting.removeValue(forKey: file.path)
    }
    waiting?.resume()
    return try await storage.read(file, from: offset, into: sink, control)
  }
}

/// A destination whose answer to the first file it was sent takes as long as `wait`.
struct SlowAnswer: Storage {
  let storage: any Storage
  let wait: @Sendable () async -> Void
  private let first = First()

  private final class First: Sendable {
    let isOver = Atomic(false)
  }

  init(storage: any Storage, wait: @escaping @Sendable () async -> Void) {
    self.storage = storage
    self.wait = wait
  }

  var traits: StorageTraits { storage.traits }

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    try await storage.list(directory, page: page)
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { try await storage.refresh(entries) }

  func space() async throws(StorageError) -> StorageSpace? { try await storage.space() }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 { try await storage.read(file, from: offset, into: sink, control) }

  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    let written = try await storage.write(source, order, control)
    if !first.isOver.exchange(true, ordering: .relaxed) { await wait() }
    return written
  }

  func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    try await storage.verify(batch)
  }

  func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    try await storage.commit(batch)
  }

  func discard(_ written: Written) async throws(StorageError) { try await storage.discard(written) }
}

/// A disk as it is to who is not root, which tests may be: what may not be written to takes no attributes, and so no
/// creation date.
struct OthersDisk: Storage {
  let storage: LocalStorage

  var traits: StorageTraits { storage.traits }

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    try await storage.list(directory, page: page)
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { try await storage.refresh(entries) }

  func space() async throws(StorageError) -> StorageSpace? { try await storage.space() }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try await storage.read(file, from: offset, into: sink, control)
  }

  func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    try await storage.createDirectory(path)
  }

  func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    let mayBeWritten = try await storage.refresh([entry])[0]?.permissions.map { $0 & 0o200 != 0 } ?? false
    return try await storage.setTimes(mayBeWritten ? times : FileTimes(modified: times.modified), of: entry)
  }

  func setAttributes(
    _ attributes: [ExtendedAttribute],
    permissions: UInt16?,
    of folder: Entry
  ) async throws(StorageError) {
    try await storage.setAttributes(attributes, permissions: permissions, of: folder)
  }
}
