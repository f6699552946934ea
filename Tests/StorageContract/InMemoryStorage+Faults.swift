public import Storage
internal import Synchronization

extension InMemoryStorage {
  /// What can be made to fail, and is counted.
  public enum Operation: Hashable, Sendable, CaseIterable {
    case list, refresh, space, read, write, verify, commit, discard
    case createDirectory, createSymbolicLink, remove, move, setTimes, reopen
  }

  struct Fault {
    var operation: Operation
    /// The call that fails, counted from the next one, which is 1.
    var call: Int
    var error: StorageError
    /// For reads: how many bytes are delivered first; for writes: how many stay, where any do.
    var after: Int
  }

  /// Has one call of an operation fail.
  /// - Parameters:
  ///   - operation: which.
  ///   - call: the first from now on is 1.
  ///   - after: for a read, how many bytes are delivered before it. For a write without staging, how many bytes stay; if
  ///     it does not end the session, 0 leaves no file. For a commit that ends the session of a device, how many files
  ///     have their names; the next one is between its two.
  ///   - error: what it throws; `verify`, and `commit` but for that, give it as the result of each file of the batch.
  public func fail(_ operation: Operation, at call: Int = 1, after: Int = 0, _ error: StorageError) {
    state.withLock { state in
      let now = state.calls[operation, default: 0]
      state.faults.append(Fault(operation: operation, call: now + call, error: error, after: after))
    }
  }

  /// Has a file tell its old size and token, and deliver only its first `count` bytes without an error.
  public func shorten(_ path: RelativePath, to count: Int) { state.withLock { $0.shortened[path] = count } }

  /// Has the next files that arrive, so many of them, have another byte in their middle than was sent, of which nothing tells.
  public func corruptNextWrites(_ count: Int) { state.withLock { $0.corruptions = count } }

  /// Changes a byte in the middle of a file, of which nothing tells but its contents.
  public func rot(_ path: RelativePath) {
    state.withLock { state in
      guard var node = state.nodes[path], !node.bytes.isEmpty else { return }
      node.bytes[node.bytes.count / 2] ^= 1
      state.nodes[path] = node
    }
  }

  /// Has every listing of a folder leave something out: nodes of these names are not listed, and named as missing;
  /// without any, nothing assures that what is listed is all there is.
  public func listPartially(_ directory: RelativePath, missing: [Unlisted]) {
    state.withLock { $0.partial[directory] = missing }
  }

  /// How often an operation was called, failures included.
  public func calls(of operation: Operation) -> Int { state.withLock { $0.calls[operation, default: 0] } }

  /// How often a folder was listed, also to find, to look again at or to verify what is in it.
  public func listings(of directory: RelativePath) -> Int { state.withLock { $0.listings[directory, default: 0] } }

  /// How many bytes of files were delivered.
  public var bytesRead: UInt64 { state.withLock(\.bytesRead) }

  /// Calls `body`, in which whoever writes dies, or the cable is pulled: a write that fails leaves what has arrived, and
  /// a commit that replaces without ``Capabilities/staging`` has deleted or moved the old version when it fails.
  public func whileDying<T>(_ body: () async -> T) async -> T {
    state.withLock { $0.isDying = true }
    defer { state.withLock { $0.isDying = false } }
    return await body()
  }

  /// Counts a call.
  /// - Returns: its fault, if it shall fail.
  func count(_ operation: Operation) -> Fault? {
    state.withLock { state in
      state.calls[operation, default: 0] += 1
      let call = state.calls[operation]
      guard let index = state.faults.firstIndex(where: { $0.operation == operation && $0.call == call }) else {
        return nil
      }
      return state.faults.remove(at: index)
    }
  }

  /// Counts a call, and throws if it shall fail.
  func begin(_ operation: Operation) throws(StorageError) {
    if let fault = count(operation) { throw fault.error }
  }
}

extension InMemoryStorage.State {
  /// A device lists a folder once, however many of its files it is asked for.
  mutating func countListings(of paths: [RelativePath]) {
    for folder in Set(paths.map(\.parent)) { listings[folder, default: 0] += 1 }
  }
}
