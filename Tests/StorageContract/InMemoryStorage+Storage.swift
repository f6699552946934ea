public import Storage
internal import Synchronization

extension InMemoryStorage {
  public func list(
    _ directory: RelativePath,
    page: @Sendable ([Entry]) -> Void
  ) async throws(StorageError) -> Completeness {
    try begin(.list)
    let (entries, missing) = try withState { state throws(StorageError) in
      try state.checkFolder(directory)
      let missing = state.partial[directory] ?? []
      let entries = state.children(of: directory).compactMap { state.entry($0) }
      return (entries.filter { entry in !missing.contains { $0.name.utf8.elementsEqual(entry.path.name) } }, missing)
    }
    for start in stride(from: 0, to: entries.count, by: 100) { page(Array(entries[start...].prefix(100))) }
    return missing.isEmpty ? .complete : .partial(missing)
  }

  public func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] {
    try begin(.refresh)
    return state.withLock { state in entries.map { state.entry($0.path) } }
  }

  public func space() async throws(StorageError) -> StorageSpace? {
    try begin(.space)
    return StorageSpace(free: free, capacity: capacity)
  }

  var free: UInt64 {
    let used = state.withLock { $0.nodes.values.reduce(0) { $0 + UInt64($1.bytes.count) } }
    return capacity - min(used, capacity)
  }

  public func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    let fault = count(.read)
    let bytes = try withState { state throws(StorageError) in
      Array(try state.file(file).bytes.prefix(state.shortened[file.path] ?? .max))
    }
    return try await thread.run { () throws(StorageError) in
      var position = min(Int(clamping: offset), bytes.count)
      let start = position
      let end = fault.map { min($0.after + start, bytes.count) } ?? bytes.count
      while position < end {
        try control.check()
        let piece = Array(bytes[position..<end].prefix(64 << 10))
        unsafe try sink.write(piece.span.bytes)
        position += piece.count
      }
      if let fault { throw fault.error }
      return UInt64(position - start)
    }
  }

  public func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    let fault = count(.write)
    try check(name: order.path)
    guard let temporary = order.path.parent.appending(order.temporaryName) else {
      throw Self.error(.nameNotAllowed, order.path)
    }
    try withState { state throws(StorageError) in
      try state.checkFolder(order.path.parent)
      if order.replacing == nil { try state.checkFree(order.path) }
      try state.checkFree(temporary)
    }
    let bytes = try await thread.run { () throws(StorageError) in try Self.take(from: source, order, control) }
    if let fault { throw fault.error }
    guard UInt64(bytes.count) <= free else { throw Self.error(.noSpace, order.path) }
    return state.withLock { state in
      state.set(temporary, Node(kind: .file, bytes: bytes, times: kept(order.times), version: 0))
      return Written(order: order, temporary: state.entry(temporary) ?? Entry(path: temporary, kind: .file))
    }
  }

  private static func take(
    from source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) throws(StorageError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      try control.check()
      var span = buffer.mutableSpan
      var raw = unsafe span.mutableBytes
      let count = try source.read(into: &raw)
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= order.size else { throw error(.wrongLength, order.path) }
    }
    guard bytes.count == order.size else { throw error(.wrongLength, order.path) }
    return bytes
  }

  public func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    let fault = count(.verify)
    return state.withLock { state in
      batch.map { written in
        if let fault { return .failure(fault.error) }
        guard let entry = state.entry(written.temporary.path), entry.size == written.order.size else {
          return .failure(Self.error(.verificationFailed, written.order.path))
        }
        return .success(Verified(written: written, times: entry.times))
      }
    }
  }

  public func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    let fault = count(.commit)
    return batch.map { verified in
      Result { () throws(StorageError) in
        if let fault { throw fault.error }
        return try withState { state throws(StorageError) in try state.commit(verified.written) }
      }
    }
  }

  public func discard(_ written: Written) async throws(StorageError) {
    try begin(.discard)
    state.withLock { _ = $0.nodes.removeValue(forKey: written.temporary.path) }
  }
}

extension InMemoryStorage.State {
  fileprivate mutating func commit(_ written: Written) throws(StorageError) -> Entry {
    let order = written.order
    guard let new = nodes[written.temporary.path] else { throw InMemoryStorage.error(.notFound, order.path) }
    if let old = order.replacing {
      try checkUnchanged(old)
      if let place = order.keepOldAs {
        try checkFree(place)
        makeFolders(place.parent)
        nodes[place] = nodes[old.path]
      }
      nodes[old.path] = nil
    } else {
      try checkFree(order.path)
    }
    nodes[written.temporary.path] = nil
    nodes[order.path] = new
    return entry(order.path) ?? written.temporary
  }

  private mutating func makeFolders(_ path: RelativePath) {
    guard nodes[path] == nil else { return }
    makeFolders(path.parent)
    set(path, InMemoryStorage.Node(kind: .directory, version: 0))
  }
}
