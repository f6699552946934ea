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
      state.listings[directory, default: 0] += 1
      let missing = state.partial[directory]
      let entries = state.children(of: directory).compactMap { state.entry($0) }
      let names = Set((missing ?? []).map { Array($0.name.utf8) })
      return (entries.filter { !names.contains(Array($0.path.name)) }, missing)
    }
    for start in stride(from: 0, to: entries.count, by: 100) { page(Array(entries[start...].prefix(100))) }
    return missing.map(Completeness.partial) ?? .complete
  }

  public func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] {
    try begin(.refresh)
    return state.withLock { state in
      state.countListings(of: entries.map(\.path))
      return entries.map { state.entry($0.path) }
    }
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
    if let session {
      return try await session.run { () async throws(StorageError) in try await deliver(file, offset, sink, control) }
    }
    return try await deliver(file, offset, sink, control)
  }

  private func deliver(
    _ file: Entry,
    _ offset: UInt64,
    _ sink: any ByteSink,
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
        state.withLock { $0.bytesRead += UInt64(piece.count) }
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
    if let session {
      return try await session.run { () async throws(StorageError) in try await take(from: source, order, control) }
    }
    return try await take(from: source, order, control)
  }

  private func take(
    from source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    let fault = count(.write)
    try check(name: order.path)
    if order.keepOldAs != nil { try need(.move) }
    let place = try begin(order)
    let arrived = Collector<UInt8>()
    arrived.append(state.withLock { order.resumesAt > 0 ? $0.nodes[place]?.bytes ?? [] : [] })
    do throws(StorageError) {
      try await thread.run { () throws(StorageError) in try Self.take(from: source, into: arrived, order, control) }
      if let fault { throw fault.error }
      guard UInt64(arrived.all.count) <= free else { throw Self.error(.noSpace, order.path) }
    } catch {
      state.withLock { state in
        // A device whose initiator dies, or that does, keeps what has arrived, under the name that the file has so far.
        let leavesPart = fault.map { !isStaging && ($0.error.recovery == .reopen || $0.after > 0) } ?? false
        let isKept = order.keepsPart && error.leavesFileAsItWas
        guard state.isDying || leavesPart || isKept else {
          if order.resumesAt > 0 { state.nodes[place] = nil }
          return
        }
        let part = Array(arrived.all.prefix(fault.map { Int(order.resumesAt) + $0.after } ?? .max))
        if part.isEmpty, isKept { return }
        state.set(place, Node(kind: .file, bytes: part, times: arrivalTimes(FileTimes()), version: 0))
      }
      throw error
    }
    return state.withLock { state in
      var bytes = arrived.all
      if state.corruptions > 0, !bytes.isEmpty {
        state.corruptions -= 1
        bytes[bytes.count / 2] ^= 1
      }
      state.set(place, Node(kind: .file, bytes: bytes, times: arrivalTimes(order.times), version: 0))
      return Written(order: order, temporary: state.entry(place) ?? Entry(path: place, kind: .file))
    }
  }

  var isStaging: Bool { traits.capabilities.contains(.staging) }

  /// Makes room for a file.
  /// - Returns: the path it has until the commit.
  private func begin(_ order: WriteOrder) throws(StorageError) -> RelativePath {
    let isTemporary = isStaging || order.replacing != nil && traits.capabilities.contains(.rename)
    guard let temporary = order.path.parent.appending(order.temporaryName) else {
      throw Self.error(.nameNotAllowed, order.path)
    }
    return try withState { state throws(StorageError) in
      try state.checkFolder(order.path.parent)
      let place = isTemporary ? temporary : order.path
      if order.resumesAt > 0 {
        guard let part = state.nodes[place], UInt64(part.bytes.count) == order.resumesAt else {
          throw Self.error(.notFound, place)
        }
        return place
      }
      if order.replacing == nil { try state.checkFree(order.path) }
      if isTemporary {
        try state.checkFree(temporary)
        return temporary
      }
      if let old = order.replacing {
        try state.checkUnchanged(old)
        state.nodes[old.path] = nil
      }
      return order.path
    }
  }

  private static func take(
    from source: any ByteSource,
    into arrived: Collector<UInt8>,
    _ order: WriteOrder,
    _ control: TransferControl
  ) throws(StorageError) {
    var count = order.resumesAt
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      try control.check()
      var span = buffer.mutableSpan
      var raw = unsafe span.mutableBytes
      let piece = try source.read(into: &raw)
      if piece == 0 { break }
      arrived.append(Array(buffer[..<piece]))
      count += UInt64(piece)
      guard count <= order.size else { throw error(.wrongLength, order.path) }
    }
    guard count == order.size else { throw error(.wrongLength, order.path) }
  }

  public func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    let fault = count(.verify)
    return state.withLock { state in
      state.countListings(of: batch.map(\.temporary.path))
      return batch.map { written in
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
    if let fault, fault.error.recovery == .reopen, !isStaging {
      for verified in batch.prefix(fault.after) { _ = try? commit(verified) }
      await whileDying { for verified in batch.dropFirst(fault.after).prefix(1) { _ = try? commit(verified) } }
      throw fault.error
    }
    return batch.map { verified in
      Result { () throws(StorageError) in
        if let fault { throw fault.error }
        return try commit(verified)
      }
    }
  }

  private func commit(_ verified: Verified) throws(StorageError) -> Entry {
    let isOneStep = isStaging
    return try withState { state throws(StorageError) in try state.commit(verified.written, isOneStep: isOneStep) }
  }

  public func discard(_ written: Written) async throws(StorageError) {
    try begin(.discard)
    state.withLock { _ = $0.nodes.removeValue(forKey: written.temporary.path) }
  }
}

extension InMemoryStorage.State {
  fileprivate mutating func commit(_ written: Written, isOneStep: Bool) throws(StorageError) -> Entry {
    let order = written.order
    guard let new = nodes[written.temporary.path] else { throw InMemoryStorage.error(.notFound, order.path) }
    if written.temporary.path == order.path { return try existing(order.path) }
    if let old = order.replacing {
      try checkUnchanged(old)
      if let place = order.keepOldAs {
        try checkFree(place)
        makeFolders(place.parent)
        nodes[place] = nodes[old.path]
      }
      nodes[old.path] = nil
      // A device deletes or moves the old one, then renames.
      guard isOneStep || !isDying else {
        throw StorageError(.deviceLost, .reopen, path: order.path, cause: "The cable was pulled")
      }
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
