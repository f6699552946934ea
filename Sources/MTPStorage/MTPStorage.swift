internal import PTP
internal import Storage

/// A folder on an MTP device as a ``Storage``. All storages of a device share its session and its thread.
struct MTPStorage: Storage {
  private let device: MTPDevice
  private let place: Place
  let traits: StorageTraits

  init(device: MTPDevice, place: Place, traits: StorageTraits) {
    self.device = device
    self.place = place
    self.traits = traits
  }

  func list(
    _ directory: RelativePath,
    page: @Sendable ([Entry]) -> Void
  ) async throws(StorageError) -> Completeness {
    try await device.list(directory, in: place, page: page)
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] {
    try await device.refresh(entries, in: place)
  }

  func space() async throws(StorageError) -> StorageSpace? {
    try await device.space(of: place.store)
  }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try await device.read(file, from: offset, to: nil, into: sink, control, in: place)
  }

  func readPart(
    _ file: Entry,
    _ range: Range<UInt64>,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    // What cannot be asked for a part sends the rest as well.
    try await PartSink.take(range.upperBound - range.lowerBound, into: sink) { (part) async throws(StorageError) in
      try await device.read(file, from: range.lowerBound, to: range.upperBound, into: part, control, in: place)
    }
  }

  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    try await device.write(source, order, control, in: place)
  }

  func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    try await device.verify(batch, in: place)
  }

  func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    try await device.commit(batch, in: place)
  }

  func discard(_ written: Written) async throws(StorageError) { try await device.discard(written, in: place) }

  func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    try await device.createDirectory(path, in: place)
  }

  func remove(_ entry: Entry) async throws(StorageError) { try await device.remove(entry, in: place) }

  func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    try await device.move(entry, to: path, in: place)
  }

  func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    guard traits.capabilities.contains(.setTimes) else {
      throw StorageError(.unsupported, .nextFile, path: entry.path, cause: "\(traits.name) cannot set dates")
    }
    return try await device.setTimes(times, of: entry, in: place)
  }

  func forgetZone() async throws(StorageError) { try await device.forgetZone() }

  func reopen() async throws(StorageError) { try await device.reopen() }

  func reset() async throws(StorageError) { try await device.reset() }
}
