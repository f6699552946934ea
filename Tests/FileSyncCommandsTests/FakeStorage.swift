import LocalStorage
import Storage

/// A folder of the test that stands for a storage on a device, as far as a command can tell: it does one thing at a
/// time, knows no links, and fails when it is told to.
struct FakeStorage: Storage {
  enum Operation { case list, read, write, createDirectory, remove, move }
  /// The error with which an operation on a path from the storage's root fails.
  typealias Fault = @Sendable (Operation, RelativePath) -> StorageError?

  var traits: StorageTraits
  /// The name of a file that no listing can tell.
  var unlisted: String?
  /// The name of what is listed twice, as MTP allows.
  var doubled: String?
  /// Whether all folders are the same object.
  var isLoop = false
  private static let one = Entry.Handle(value: 1, generation: 1)
  /// What every file is listed with, if not its own.
  var size: UInt64?
  private let base: LocalStorage
  private let root: RelativePath
  private let fault: Fault

  init(_ base: LocalStorage, name: String, root: RelativePath, session: AnyObject, fault: @escaping Fault) {
    var traits = base.traits
    traits.name = name
    traits.identity = StorageIdentity(
      device: DeviceIdentity(
        mtpSerial: nil,
        usbSerial: name,
        vendorID: 0x18d1,
        productID: 0x4ee1,
        manufacturer: "Google",
        model: name,
        firmware: ""
      ),
      volume: "00010001",
      root: root.bytes
    )
    traits.capabilities.subtract([.symbolicLinks, .attributes])
    traits.session = ObjectIdentifier(session)
    self.traits = traits
    self.base = base
    self.root = root
    self.fault = fault
  }

  private func check(_ operation: Operation, _ path: RelativePath) throws(StorageError) {
    let whole = path.components.reduce(root) { $0.appending($1) ?? $0 }
    if let error = fault(operation, whole) { throw error.about(path) }
  }

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    try check(.list, directory)
    let (doubled, size, isLoop) = (doubled, size, isLoop)
    let completeness = try await base.list(directory) { listed in
      var entries = listed
      if isLoop { for index in entries.indices where entries[index].isDirectory { entries[index].handle = Self.one } }
      if let size { for index in entries.indices where entries[index].kind == .file { entries[index].size = size } }
      page(entries + entries.filter { doubled?.utf8.elementsEqual($0.path.name) == true })
    }
    return unlisted.map { .partial([Unlisted(name: $0, reason: .deviceProtocol)]) } ?? completeness
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] { try await base.refresh(entries) }

  func space() async throws(StorageError) -> StorageSpace? { try await base.space() }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try check(.read, file.path)
    return try await base.read(file, from: offset, into: sink, control)
  }

  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    try check(.write, order.path)
    return try await base.write(source, order, control)
  }

  func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    try await base.verify(batch)
  }

  func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    try await base.commit(batch)
  }

  func discard(_ written: Written) async throws(StorageError) { try await base.discard(written) }

  func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    try check(.createDirectory, path)
    return try await base.createDirectory(path)
  }

  func remove(_ entry: Entry) async throws(StorageError) {
    try check(.remove, entry.path)
    try await base.remove(entry)
  }

  func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    try check(.move, entry.path)
    return try await base.move(entry, to: path)
  }

  func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    try await base.setTimes(times, of: entry)
  }
}
