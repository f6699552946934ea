/// A tree of files that can be listed and read, and written where its traits say so: a local folder, or a folder on
/// an MTP device. The sync engine and the commands know nothing else.
///
/// A storage serialises its own work on a thread of its own. ``ByteSink`` and ``ByteSource`` block, and are called
/// only there, never on the cooperative thread pool (two blocking copies would hang it on two cores).
///
/// Writing is in four steps, so that safety costs no transaction per file: ``write(_:_:_:)`` makes a temporary,
/// ``verify(_:)`` looks at a batch of them, ``commit(_:)`` gives a batch their names, ``discard(_:)`` drops one.
public protocol Storage: Sendable {
  /// What this storage is and can do.
  var traits: StorageTraits { get }

  // MARK: Scan

  /// Lists one folder, in pages, in no promised order.
  /// - Returns: ``Completeness/complete`` only if every entry of the folder was delivered.
  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness

  /// Looks again at entries listed before, in the same order; `nil` stands for one that is gone.
  /// Works with handles of an older generation: they are found again by path.
  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?]

  /// Free and whole size; `nil` where the storage does not tell.
  func space() async throws(StorageError) -> StorageSpace?

  /// The same of the file system that a folder is on, where another one than the root's begins above it or in it.
  func space(in folder: RelativePath) async throws(StorageError) -> StorageSpace?

  // MARK: Bytes

  /// Pushes a file's bytes, from `offset` (in bytes, at most the file's size), into `sink`.
  /// - Returns: how many bytes were delivered; a caller compares it with the size it expects.
  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64

  /// As ``read(_:from:into:_:)``, of a part of the file: with ``Capabilities/partialRead`` not much else is moved.
  func readPart(
    _ file: Entry,
    _ range: Range<UInt64>,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64

  /// Pulls bytes from `source` until it ends and puts them, with their dates, into a temporary beside `order.path`; into
  /// a file of that very name on a storage without ``Capabilities/staging``, where nothing is replaced.
  /// If it throws, nothing is left of it, but for a device that went away, and for what ``WriteOrder/keepsPart`` keeps.
  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written

  /// Looks at a batch of temporaries as the storage now holds them, in the same order.
  func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>]

  /// Makes a batch of verified temporaries durable and gives them their real names, in the same order.
  /// Where the order replaces nothing, an existing name is an `alreadyExists` error and both files stay.
  func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>]

  /// Removes a temporary. One that is gone already is no error.
  func discard(_ written: Written) async throws(StorageError)

  /// As ``read(_:from:into:_:)``, of a whole file as its medium has it: what this computer only has in its memory is
  /// written there before, and read from there, as far as the system lets.
  func readBack(
    _ file: Entry,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64

  /// Has the names of what this folder holds on its medium, if this computer only has them in its memory; of the root also
  /// that of the root itself. What is in the files is the business of ``readBack(_:into:_:)``.
  func keepNames(in folder: RelativePath) async throws(StorageError)

  // MARK: Names

  /// Makes a folder, whose parent exists. A folder that exists is returned as it is.
  func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry

  /// Makes a symbolic link. Needs ``Capabilities/symbolicLinks``.
  func createSymbolicLink(_ path: RelativePath, target: [UInt8]) async throws(StorageError) -> Entry

  /// Removes a file, a link or an empty folder, if it is still what `entry` says.
  func remove(_ entry: Entry) async throws(StorageError)

  /// Gives an entry another path; an existing one there is an `alreadyExists` error. Needs ``Capabilities/move``, or
  /// ``Capabilities/rename`` within a folder.
  func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry

  /// Sets the dates that are not `nil`, and reports what the storage then holds. Needs ``Capabilities/setTimes``.
  func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry

  /// Tells that nobody knows the creation date of a folder that was just made as a copy of another one: what the storage
  /// itself gave it is the moment of the copy. Nothing to do where nothing can be noted beside a folder. Files are told
  /// so by ``WriteOrder/times``.
  func disownCreationDate(of entry: Entry) async

  /// The extended attributes of a file or folder, without FileSync's own. Needs ``Capabilities/attributes``.
  func extendedAttributes(of entry: Entry) async throws(StorageError) -> [ExtendedAttribute]

  /// Gives a folder extended attributes, and access bits, as ``Entry/permissions`` has them, where they are not `nil`. Needs
  /// ``Capabilities/attributes``.
  func setAttributes(
    _ attributes: [ExtendedAttribute],
    permissions: UInt16?,
    of folder: Entry
  ) async throws(StorageError)

  /// Gives a file or folder access bits, as ``Entry/permissions`` has them, and leaves its further ones. Needs
  /// ``Capabilities/permissions``.
  func setPermissions(_ permissions: UInt16, of entry: Entry) async throws(StorageError)

  // MARK: Session

  /// Has a device's dates be read in an assumed zone again, since files of known dates show that it is in another one than
  /// it was. Nothing to do for a storage whose dates are instants.
  func forgetZone() async throws(StorageError)

  /// Starts again after an error whose recovery is ``StorageError/Recovery/reopen``: a new session, for a device that
  /// was unplugged also at a new address. Handles issued before are void. Nothing to do for a local folder.
  func reopen() async throws(StorageError)

  /// Has a device forget what it keeps of initiators that died: resets it on the bus, as if it were unplugged and plugged
  /// in again, and ``reopen()``s. Phones may fall back to charging by it, so it is the last means, for what is
  /// `nameReserved`. Handles issued before are void. Nothing to do for a local folder.
  func reset() async throws(StorageError)
}

/// What to write, and where.
public struct WriteOrder: Sendable {
  public var path: RelativePath
  /// Length in bytes; a source that delivers more or less is a `wrongLength` error.
  public var size: UInt64
  public var times: FileTimes
  /// The entry that makes room at ``Storage/commit(_:)``, as it was listed; `nil` if the name must be free.
  public var replacing: Entry?
  /// Where ``Storage/commit(_:)`` puts the version that makes room, with all folders on the way; `nil` drops it.
  /// On the same file system, beneath the same root. Only for what is `replacing`, and with ``Capabilities/move``.
  public var keepOldAs: RelativePath?
  /// When the source was last read, where the storage keeps such a date.
  public var accessed: Timestamp?
  /// What the source has of these. One that the file system does not take is left out, as `cp -a` does.
  public var attributes: [ExtendedAttribute] = []
  /// The access bits to give (0 to 0o777), where the storage has such; `nil` for its default.
  public var permissions: UInt16?
  /// Of the temporary, in the same folder: see ``TemporaryName``.
  public var temporaryName: [UInt8]
  /// Whether a write that is cut off, by its source or a cancel, leaves what it has got, on the disk, for another to go on
  /// from. Needs ``Capabilities/resume``.
  public var keepsPart = false
  /// How many bytes are there already, of a write that was cut off and that this one goes on with, under the same
  /// temporary name: the source delivers what comes after them. 0 begins anew. Needs ``Capabilities/resume``.
  public var resumesAt: UInt64 = 0

  public init(
    path: RelativePath,
    size: UInt64,
    times: FileTimes,
    replacing: Entry? = nil,
    keepOldAs: RelativePath? = nil,
    accessed: Timestamp? = nil,
    permissions: UInt16? = nil,
    temporaryName: [UInt8]
  ) {
    self.path = path
    self.size = size
    self.times = times
    self.replacing = replacing
    self.keepOldAs = keepOldAs
    self.accessed = accessed
    self.permissions = permissions
    self.temporaryName = temporaryName
  }
}

/// A temporary that was sent whole and is not yet verified.
public struct Written: Sendable {
  public var order: WriteOrder
  /// The temporary itself.
  public var temporary: Entry
  /// Of the bytes that were sent; `nil` where nobody looked.
  public var digest: ContentDigest?

  public init(order: WriteOrder, temporary: Entry) {
    self.order = order
    self.temporary = temporary
  }
}

/// A temporary whose size the storage confirmed, and the dates it reports for it.
public struct Verified: Sendable {
  public var written: Written
  /// As read back; compare with `written.order.times`.
  public var times: FileTimes

  public init(written: Written, times: FileTimes) {
    self.written = written
    self.times = times
  }
}

extension Storage {
  private func unsupported(_ what: String) -> StorageError {
    StorageError(.unsupported, .nextFile, cause: "\(traits.name) cannot \(what)")
  }

  /// That of the whole storage, which is one file system.
  public func space(in folder: RelativePath) async throws(StorageError) -> StorageSpace? { try await space() }

  /// Reads from the beginning of the part on, and stops at its end.
  public func readPart(
    _ file: Entry,
    _ range: Range<UInt64>,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try await PartSink.take(range.upperBound - range.lowerBound, into: sink) { (part) async throws(StorageError) in
      try await read(file, from: range.lowerBound, into: part, control)
    }
  }

  /// Reads from the beginning: a device has nothing in this computer's memory.
  public func readBack(
    _ file: Entry,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 { try await read(file, from: 0, into: sink, control) }

  /// Does nothing: a device has nothing in this computer's memory.
  public func keepNames(in folder: RelativePath) async throws(StorageError) {}

  /// Throws `unsupported`.
  public func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written { throw unsupported("be written to").about(order.path) }

  /// Throws `unsupported`.
  public func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    throw unsupported("be written to")
  }

  /// Throws `unsupported`.
  public func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    throw unsupported("be written to")
  }

  /// Throws `unsupported`.
  public func discard(_ written: Written) async throws(StorageError) { throw unsupported("be written to") }

  /// Throws `unsupported`.
  public func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    throw unsupported("make folders").about(path)
  }

  /// Throws `unsupported`.
  public func createSymbolicLink(_ path: RelativePath, target: [UInt8]) async throws(StorageError) -> Entry {
    throw unsupported("hold symbolic links").about(path)
  }

  /// Throws `unsupported`.
  public func remove(_ entry: Entry) async throws(StorageError) { throw unsupported("delete").about(entry.path) }

  /// Throws `unsupported`.
  public func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    throw unsupported("rename or move").about(entry.path)
  }

  /// Throws `unsupported`.
  public func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    throw unsupported("set dates").about(entry.path)
  }

  /// Does nothing.
  public func disownCreationDate(of entry: Entry) async {}

  /// Throws `unsupported`.
  public func extendedAttributes(of entry: Entry) async throws(StorageError) -> [ExtendedAttribute] {
    throw unsupported("hold extended attributes").about(entry.path)
  }

  /// Throws `unsupported`.
  public func setAttributes(
    _ attributes: [ExtendedAttribute],
    permissions: UInt16?,
    of folder: Entry
  ) async throws(StorageError) { throw unsupported("hold extended attributes").about(folder.path) }

  /// Throws `unsupported`.
  public func setPermissions(_ permissions: UInt16, of entry: Entry) async throws(StorageError) {
    throw unsupported("hold access rights").about(entry.path)
  }

  /// Does nothing.
  public func forgetZone() async throws(StorageError) {}

  /// Does nothing.
  public func reopen() async throws(StorageError) {}

  /// Does nothing.
  public func reset() async throws(StorageError) {}

  /// Whether what was written is still the same object of the same session, with as many bytes. What has its real name
  /// from the first byte may be somebody else's by now.
  package func holds(_ written: Written) async -> Bool {
    guard let handle = written.temporary.handle, let now = try? await refresh([written.temporary]).first ?? nil else {
      return false
    }
    return now.handle == handle && now.size == written.order.size
  }
}
