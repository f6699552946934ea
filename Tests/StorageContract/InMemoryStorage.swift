public import Storage
internal import Synchronization

/// A storage in memory, for tests: every operation of the protocol, traits as wished, and faults on demand
/// (see ``fail(_:at:_:)`` and ``listPartially(_:missing:)``). It is its own backing store.
///
/// With the traits of a device it behaves as one: see ``StorageTraits/inMemoryDevice(_:keepsDates:)``.
public final class InMemoryStorage: Storage, BackingStore {
  /// A file, folder or link in memory.
  struct Node {
    var kind: Entry.Kind
    var bytes: [UInt8] = []
    var times = FileTimes()
    /// Grows with each change of the contents.
    var version: UInt64
  }

  /// All nodes by their paths, which can also be sought without regard to case.
  struct Nodes {
    private var nodes: [RelativePath: Node] = [.root: Node(kind: .directory, version: 0)]
    private var folded: Set<String> = []

    subscript(path: RelativePath) -> Node? {
      get { nodes[path] }
      set {
        nodes[path] = newValue
        if newValue == nil { folded.remove(path.text.lowercased()) } else { folded.insert(path.text.lowercased()) }
      }
    }

    var keys: Dictionary<RelativePath, Node>.Keys { nodes.keys }
    var values: Dictionary<RelativePath, Node>.Values { nodes.values }

    mutating func removeValue(forKey path: RelativePath) -> Node? {
      defer { self[path] = nil }
      return nodes[path]
    }

    func contains(inAnyCase path: RelativePath) -> Bool { folded.contains(path.text.lowercased()) }
  }

  struct State {
    var nodes = Nodes()
    var faults: [Fault] = []
    var calls: [Operation: Int] = [:]
    var shortened: [RelativePath: Int] = [:]
    var partial: [RelativePath: [Unlisted]] = [:]
    var generation: UInt32 = 1
    var version: UInt64 = 0
    /// Whether whoever writes dies in the middle of it, see ``whileDying(_:)``.
    var isDying = false
    var bytesRead: UInt64 = 0
    /// How many of the next files arrive with another byte in their middle.
    var corruptions = 0
    /// How often each folder was listed, by whatever operation.
    var listings: [RelativePath: Int] = [:]
    let isCaseSensitive: Bool
  }

  /// As it was given; a test may want a storage that keeps no dates, or another volume.
  public let traits: StorageTraits
  let state: Mutex<State>
  let thread: Thread
  let session: Session?

  /// In bytes.
  public let capacity: UInt64

  /// - Parameter session: shared by the storages of one device; it gives them its name in their traits.
  public init(traits: StorageTraits = .inMemory, capacity: UInt64 = 1 << 30, session: Session? = nil) {
    var traits = traits
    if let session { traits.session = ObjectIdentifier(session) }
    self.traits = traits
    self.capacity = capacity
    self.session = session
    state = Mutex(State(isCaseSensitive: traits.names.isCaseSensitive))
    thread = Thread(label: "filesync.memory.\(traits.name)")
  }

  /// What does one thing at a time for the storages of a device. A transfer beside another is an error that stops a run,
  /// where a real device would make both wait for ever.
  public final class Session: Sendable {
    private let isBusy = Mutex(false)

    public init() {}

    func run<T>(_ body: () async throws(StorageError) -> T) async throws(StorageError) -> T {
      let wasBusy = isBusy.withLock { busy in
        defer { busy = true }
        return busy
      }
      guard !wasBusy else { throw StorageError(.deviceProtocol, .stop, cause: "Two transfers at once in one session") }
      defer { isBusy.withLock { $0 = false } }
      return try await body()
    }
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
    capabilities: [.write, .staging, .move, .rename, .setTimes, .partialRead, .symbolicLinks, .resume],
    times: TimeSupport(modified: .readWrite(precision: 1), created: .readWrite(precision: 1)),
    names: NameRules(isCaseSensitive: true, maximumBytes: 255)
  )

  /// A storage like that of an MTP device: no staging, no links, no dates set afterwards, names as MTP has them.
  /// - Parameters:
  ///   - capabilities: beyond writing: `.rename`, `.move`, `.partialRead`.
  ///   - keepsDates: to the second; if not, files are dated when they arrive.
  public static func inMemoryDevice(_ capabilities: Capabilities, keepsDates: Bool) -> StorageTraits {
    let identity = DeviceIdentity(
      mtpSerial: "0A1B2C3D4E",
      usbSerial: nil,
      vendorID: 0x18d1,
      productID: 0x4ee1,
      manufacturer: "Memory",
      model: "Device",
      firmware: "1"
    )
    let second: UInt64 = 1_000_000_000
    return StorageTraits(
      identity: StorageIdentity(device: identity, volume: "00010001", root: []),
      name: "Device in memory",
      capabilities: capabilities.union(.write),
      times: TimeSupport(
        modified: keepsDates ? .readWrite(precision: second) : .readOnly(precision: second),
        created: .none
      ),
      names: NameRules(isCaseSensitive: false, maximumUTF16: 254, mustBeUnicode: true),
      maximumFileSize: 1 << 32
    )
  }
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
