internal import Glibc
public import Storage
internal import Synchronization

extension InMemoryStorage {
  public func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    try begin(.createDirectory)
    return try make(path, Node(kind: .directory, times: timesOfFolder, version: 0), orKeep: true)
  }

  public func createSymbolicLink(_ path: RelativePath, target: [UInt8]) async throws(StorageError) -> Entry {
    try begin(.createSymbolicLink)
    try need(.symbolicLinks)
    return try make(path, Node(kind: .symbolicLink(target: target), version: 0), orKeep: false)
  }

  private func make(_ path: RelativePath, _ node: Node, orKeep: Bool) throws(StorageError) -> Entry {
    try check(name: path)
    return try withState { state throws(StorageError) in
      try state.checkFolder(path.parent)
      if orKeep, let found = state.entry(path), found.kind == node.kind { return found }
      try state.checkFree(path)
      state.set(path, node)
      return try state.existing(path)
    }
  }

  public func remove(_ entry: Entry) async throws(StorageError) {
    try begin(.remove)
    try withState { state throws(StorageError) in
      try state.checkUnchanged(entry)
      guard state.children(of: entry.path).isEmpty else { throw Self.error(.directoryNotEmpty, entry.path) }
      state.nodes[entry.path] = nil
    }
  }

  public func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    try begin(.move)
    try need(entry.path.parent == path.parent ? .rename : .move)
    try check(name: path)
    return try withState { state throws(StorageError) in
      try state.checkUnchanged(entry)
      try state.checkFolder(path.parent)
      try state.checkFree(path)
      let prefix = entry.path.bytes + [UInt8(ascii: "/")]
      for old in state.nodes.keys where old == entry.path || old.bytes.starts(with: prefix) {
        guard let new = RelativePath(path.bytes + old.bytes.dropFirst(entry.path.bytes.count)) else { continue }
        state.nodes[new] = state.nodes.removeValue(forKey: old)
      }
      return try state.existing(path)
    }
  }

  public func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    try begin(.setTimes)
    try need(.setTimes)
    return try withState { state throws(StorageError) in
      try state.checkUnchanged(entry)
      let kept = kept(times)
      if let modified = kept.modified { state.nodes[entry.path]?.times.modified = modified }
      if let created = kept.created { state.nodes[entry.path]?.times.created = created }
      return try state.existing(entry.path)
    }
  }

  public func reopen() async throws(StorageError) {
    try begin(.reopen)
    state.withLock { $0.generation += 1 }
  }

  /// The dates of a file that arrives with `times`: a storage that keeps none but has some has its own.
  func arrivalTimes(_ times: FileTimes) -> FileTimes {
    var kept = kept(times)
    if case .readOnly = traits.times.modified { kept.modified = now }
    return kept
  }

  /// The dates that a device gives a new folder.
  private var timesOfFolder: FileTimes {
    guard traits.identity.device != nil else { return FileTimes() }
    return FileTimes(modified: now, created: traits.times.created == .none ? nil : now)
  }

  private var now: Timestamp {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(seconds: Int64(now.tv_sec))
  }

  /// What is left of dates that are set, by the traits.
  func kept(_ times: FileTimes) -> FileTimes {
    func keep(_ date: Timestamp?, _ support: TimeSupport.Support) -> Timestamp? {
      guard let date, let precision = support.settablePrecision else { return nil }
      let whole = Int64(max(precision / 1_000_000_000, 1))
      let rest = date.seconds % whole
      let fraction = precision < 1_000_000_000 ? date.nanoseconds - date.nanoseconds % UInt32(max(precision, 1)) : 0
      return Timestamp(seconds: date.seconds - (rest < 0 ? rest + whole : rest), nanoseconds: fraction)
    }
    return FileTimes(
      modified: keep(times.modified, traits.times.modified),
      created: keep(times.created, traits.times.created)
    )
  }

  func check(name path: RelativePath) throws(StorageError) {
    guard traits.names.allow(path.name) else { throw Self.error(.nameNotAllowed, path) }
  }

  func need(_ capability: Capabilities) throws(StorageError) {
    guard traits.capabilities.contains(capability) else {
      throw StorageError(.unsupported, .stop, cause: "\(traits.name) was asked for what it cannot do")
    }
  }

  static func error(_ reason: StorageError.Reason, _ path: RelativePath) -> StorageError {
    StorageError(reason, .nextFile, path: path, cause: "The storage in memory says \(reason.rawValue)")
  }

  func withState<T: Sendable>(_ body: (inout State) throws(StorageError) -> T) throws(StorageError) -> T {
    try state.withLock { state in Result { () throws(StorageError) in try body(&state) } }.get()
  }
}

extension InMemoryStorage.State {
  func checkFolder(_ path: RelativePath) throws(StorageError) {
    guard let node = nodes[path] else { throw InMemoryStorage.error(.notFound, path) }
    guard node.kind == .directory else { throw InMemoryStorage.error(.notADirectory, path) }
  }

  func checkFree(_ path: RelativePath) throws(StorageError) {
    guard nodes[path] == nil else { throw InMemoryStorage.error(.alreadyExists, path) }
    guard isCaseSensitive || !nodes.contains(inAnyCase: path) else {
      throw InMemoryStorage.error(.alreadyExists, path)
    }
  }

  func checkUnchanged(_ entry: Entry) throws(StorageError) {
    let now = try existing(entry.path)
    guard now.kind == entry.kind, entry.token == nil || now.token == entry.token else {
      throw InMemoryStorage.error(.changed, entry.path)
    }
  }

  func existing(_ path: RelativePath) throws(StorageError) -> Entry {
    guard let entry = entry(path) else { throw InMemoryStorage.error(.notFound, path) }
    return entry
  }

  func file(_ entry: Entry) throws(StorageError) -> InMemoryStorage.Node {
    guard entry.kind == .file else { throw InMemoryStorage.error(.notAFile, entry.path) }
    try checkUnchanged(entry)
    guard let node = nodes[entry.path] else { throw InMemoryStorage.error(.notFound, entry.path) }
    return node
  }
}
