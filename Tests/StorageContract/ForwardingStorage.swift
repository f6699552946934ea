public import Storage

/// A storage in front of another one, as tests put there: what it does not do itself, the other one does.
public protocol ForwardingStorage: Storage {
  var storage: any Storage { get }
}

extension ForwardingStorage {
  public var traits: StorageTraits { storage.traits }

  public func list(
    _ directory: RelativePath,
    page: @Sendable ([Entry]) -> Void
  ) async throws(StorageError) -> Completeness { try await storage.list(directory, page: page) }

  public func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { try await storage.refresh(entries) }

  public func space() async throws(StorageError) -> StorageSpace? { try await storage.space() }

  public func space(in folder: RelativePath) async throws(StorageError) -> StorageSpace? {
    try await storage.space(in: folder)
  }

  public func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 { try await storage.read(file, from: offset, into: sink, control) }

  public func readPart(
    _ file: Entry,
    _ range: Range<UInt64>,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 { try await storage.readPart(file, range, into: sink, control) }

  public func readBack(
    _ file: Entry,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 { try await storage.readBack(file, into: sink, control) }

  public func keepNames(in folder: RelativePath) async throws(StorageError) { try await storage.keepNames(in: folder) }

  public func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written { try await storage.write(source, order, control) }

  public func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    try await storage.verify(batch)
  }

  public func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    try await storage.commit(batch)
  }

  public func discard(_ written: Written) async throws(StorageError) { try await storage.discard(written) }

  public func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    try await storage.createDirectory(path)
  }

  public func createSymbolicLink(_ path: RelativePath, target: [UInt8]) async throws(StorageError) -> Entry {
    try await storage.createSymbolicLink(path, target: target)
  }

  public func remove(_ entry: Entry) async throws(StorageError) { try await storage.remove(entry) }

  public func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    try await storage.move(entry, to: path)
  }

  public func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    try await storage.setTimes(times, of: entry)
  }

  public func disownCreationDate(of entry: Entry) async { await storage.disownCreationDate(of: entry) }

  public func extendedAttributes(of entry: Entry) async throws(StorageError) -> [ExtendedAttribute] {
    try await storage.extendedAttributes(of: entry)
  }

  public func setAttributes(
    _ attributes: [ExtendedAttribute],
    permissions: UInt16?,
    of folder: Entry
  ) async throws(StorageError) {
    try await storage.setAttributes(attributes, permissions: permissions, of: folder)
  }

  public func setPermissions(_ permissions: UInt16, of entry: Entry) async throws(StorageError) {
    try await storage.setPermissions(permissions, of: entry)
  }

  public func forgetZone() async throws(StorageError) { try await storage.forgetZone() }

  public func reopen() async throws(StorageError) { try await storage.reopen() }

  public func reset() async throws(StorageError) { try await storage.reset() }
}
