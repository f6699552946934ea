internal import PTP
internal import Storage

/// A folder on an MTP device as a ``Storage``. All storages of a device share its session and its thread.
struct MTPStorage: Storage {
  private let device: MTPDevice
  private let store: Store
  private let root: RelativePath
  let traits: StorageTraits

  init(device: MTPDevice, store: Store, root: RelativePath) {
    self.device = device
    self.store = store
    self.root = root
    traits = StorageTraits(
      identity: StorageIdentity(
        device: device.identity,
        volume: padded(String(store.id, radix: 16), to: 8),
        label: store.label,
        capacity: store.space.capacity,
        root: root.bytes
      ),
      name: store.label.isEmpty ? device.name : "\(device.name), \(store.label)",
      capabilities: device.readsPartially ? .partialRead : [],
      times: TimeSupport(
        modified: .readOnly(precision: 1_000_000_000),
        created: .readOnly(precision: 1_000_000_000)
      ),
      // MTP strings have 254 UTF-16 units; shared storage of phones and every card is case-insensitive.
      names: NameRules(isCaseSensitive: false, maximumUTF16: PTPString.maximumUnits, mustBeUnicode: true),
      session: ObjectIdentifier(device)
    )
  }

  func list(
    _ directory: RelativePath,
    page: @Sendable ([Entry]) -> Void
  ) async throws(StorageError) -> Completeness {
    try await device.list(directory, under: root, in: store, page: page)
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] {
    try await device.refresh(entries, under: root, in: store)
  }

  func space() async throws(StorageError) -> StorageSpace? {
    try await device.space(of: store)
  }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try await device.read(file, from: offset, into: sink, control, under: root, in: store)
  }

  func reopen() async throws(StorageError) {
    try await device.reopen()
  }
}
