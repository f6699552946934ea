public import Storage
internal import Synchronization

/// A storage in memory, for tests: every operation of the protocol, traits as wished, and faults on demand
/// (see ``fail(_:at:_:)`` and ``listPartially(_:missing:)``). It is its own backing store.
public final class InMemoryStorage: Storage, BackingStore {
  /// A file, folder or link in memory.
  struct Node {
    var kind: Entry.Kind
    var bytes: [UInt8] = []
    var times = FileTimes()
    /// Grows with each change of the contents.
    var version: UInt64
  }

  struct State {
    var nodes: [RelativePath: Node] = [.root: Node(kind: .directory, version: 0)]
    var faults: [Fault] = []
    var calls: [Operation: Int] = [:]
    var shortened: [RelativePath: Int] = [:]
    var partial: [RelativePath: [Unlisted]] = [:]
    var generation: UInt32 = 1
    var version: UInt64 = 0
  }

  /// As it was given; a test may want a storage that keeps no dates, or another volume.
  public let traits: StorageTraits
  let state = Mutex(State())
  let thread: Thread

  /// In bytes.
  public let capacity: UInt64

  public init(traits: StorageTraits = .inMemory, capacity: UInt64 = 1 << 30) {
    self.traits = traits
    self.capacity = capacity
    thread = Thread(label: "filesync.memory.\(traits.name)")
  }

  /// Sinks and sources block, so they are called on a thread of the storage's own.
  actor Thread {
    private nonisolated let executor: StorageThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(label: String) { executor = StorageThread(label: label) }

    func run<T: Sendable>(_ body: @Sendable () throws(StorageError) -> T) throws(StorageError) -> T { try body() }
  }
}

extension StorageTraits {
  /// A storage that can do everything, and keeps dates to the nanosecond.
  public static let inMemory = StorageTraits(
    identity: StorageIdentity(device: nil, volume: "memory", root: []),
    name: "memory",
    capabilities: [.write, .staging, .move, .rename, .setTimes, .partialRead, .symbolicLinks],
    times: TimeSupport(modified: .readWrite(precision: 1), created: .readWrite(precision: 1)),
    names: NameRules(isCaseSensitive: true, maximumBytes: 255)
  )
}

// MARK: Backing store

extension InMemoryStorage {
  public func contents(of path: RelativePath) -> [UInt8]? {
    state.withLock { $0.nodes[path].flatMap { $0.kind == .file ? $0.bytes : nil } }
  }

  /// What the link at `path` points to.
  public func target(of path: RelativePath) -> [UInt8]? {
    state.withLock { state in
      guard case .symbolicLink(let target) = state.nodes[path]?.kind else { return nil }
      return target
    }
  }

  public func names(in directory: RelativePath) -> Set<[UInt8]> {
    state.withLock { state in Set(state.children(of: directory).map { Array($0.name) }) }
  }

  public func put(_ item: TreeItem) throws {
    state.withLock { state in
      switch item {
      case .directory(let path): state.set(path, Node(kind: .directory, version: 0))
      case .file(let path, let bytes, let modified):
        state.set(path, Node(kind: .file, bytes: bytes, times: FileTimes(modified: modified), version: 0))
      }
    }
  }

  public func remove(_ path: RelativePath) { state.withLock { _ = $0.nodes.removeValue(forKey: path) } }

  /// Dates of what is at `path`, as they are kept.
  public func times(of path: RelativePath) -> FileTimes? { state.withLock { $0.nodes[path]?.times } }

  /// Every path, except the root, in order.
  public var paths: [RelativePath] { state.withLock { $0.nodes.keys.filter { !$0.isRoot }.sorted() } }
}

extension InMemoryStorage.State {
  func children(of directory: RelativePath) -> [RelativePath] {
    nodes.keys.filter { !$0.isRoot && $0.parent == directory }.sorted()
  }

  /// Puts a node under a path, as a new version of it.
  mutating func set(_ path: RelativePath, _ node: InMemoryStorage.Node) {
    version += 1
    nodes[path] = node
    nodes[path]?.version = version
  }

  func entry(_ path: RelativePath) -> Entry? {
    guard let node = nodes[path] else { return nil }
    var entry = Entry(path: path, kind: node.kind, times: node.times)
    if node.kind == .file { entry.size = UInt64(node.bytes.count) }
    if node.kind != .directory {
      let version = node.version
      entry.token = ChangeToken(bytes: (0..<8).map { UInt8(truncatingIfNeeded: version >> ($0 * 8)) }, version: 1)
    }
    entry.handle = Entry.Handle(value: node.version, generation: generation)
    return entry
  }
}
