import Storage
import StorageContract
import Synchronization

/// A source that tells when a file is being read.
struct WatchedSource: ForwardingStorage {
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
struct SlowAnswer: ForwardingStorage {
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

  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    let written = try await storage.write(source, order, control)
    if !first.isOver.exchange(true, ordering: .relaxed) { await wait() }
    return written
  }
}

/// A disk as it is to who is not root, which tests may be: what may not be written to takes no attributes, and so no
/// creation date.
struct OthersDisk: ForwardingStorage {
  let storage: any Storage

  func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    let mayBeWritten = try await storage.refresh([entry])[0]?.permissions.map { $0 & 0o200 != 0 } ?? false
    return try await storage.setTimes(mayBeWritten ? times : FileTimes(modified: times.modified), of: entry)
  }
}
