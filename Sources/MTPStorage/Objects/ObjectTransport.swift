internal import PTP
internal import Storage

/// How objects are listed, read and written: our own transactions, or libmtp's calls. Used on the device's thread only.
/// What is sent has been looked at: the name is legal and free, the parent is there.
protocol ObjectTransport: AnyObject {
  /// Of the device, once at the beginning.
  var deviceInfo: DeviceInfo { get }
  /// Whether only a new session can help.
  var isDead: Bool { get }
  /// Whether ``children(of:in:)`` finds every object or says which it could not.
  var listsSurely: Bool { get }
  /// Whether a read from an offset moves only the bytes after it.
  var readsPartially: Bool { get }

  /// The storages; none on a locked phone.
  func stores() throws(StorageError) -> [Store]

  /// The objects directly in `folder` of a storage; ``ObjectHandle/all`` is its root.
  func children(of folder: ObjectHandle, in store: UInt32) throws(StorageError) -> ObjectListing

  /// Reads an object from `offset`, at most its size, into `sink`: all of it or, where parts can be read, to `end`.
  /// Returns how many bytes the sink took.
  func read(
    _ object: ObjectHandle,
    size: UInt64?,
    from offset: UInt64,
    to end: UInt64?,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> UInt64

  /// What the device told of by itself since the last call; nothing where events are not read.
  func takeEvents() -> [Event]

  // MARK: Writing

  /// Whether files are sent with their dates.
  var sendsDates: Bool { get }

  /// What the device lets us write.
  func abilities() throws(StorageError) -> WritingAbilities

  /// Looks at one object again; `nil` if it is gone.
  func record(of object: ObjectHandle) throws(StorageError) -> ObjectRecord?

  /// Sends a file: its description with its dates, then its bytes, and the dates as properties where those can be set.
  /// If it throws, and the session is alive, no object is left, as far as the device lets itself be told.
  func send(
    _ file: NewObject,
    size: UInt64,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError) -> ObjectHandle

  /// Puts the bytes that the source has, those of `range` in the file, behind all that the object has already; then sets
  /// the dates as properties where those can be set. If it throws, what came stays; `unsupported` for a device that refuses to
  /// take parts. Never called without ``WritingAbilities/edits``.
  func append(
    to object: ObjectHandle,
    of file: NewObject,
    _ range: Range<UInt64>,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError)

  /// Makes a folder.
  func makeFolder(_ folder: NewObject) throws(StorageError) -> ObjectHandle

  /// Deletes a file, or a folder with all that is in it.
  func delete(_ object: ObjectHandle) throws(StorageError)

  func rename(_ object: ObjectHandle, to name: String) throws(StorageError)

  /// Puts an object into another folder of the same storage, with the name it has.
  func move(_ object: ObjectHandle, to parent: ObjectHandle, in store: UInt32) throws(StorageError)

  /// Sets dates as properties. Needs ``WritingAbilities/setsModified`` or ``WritingAbilities/setsCreated``.
  func setDates(modified: String?, created: String?, of object: ObjectHandle) throws(StorageError)

  // MARK: Session

  /// Whether only a new session shows the dates that were set in this one.
  var showsOldDates: Bool { get }

  /// Has a silent device be waited for only a little while `control` is cancelled, as far as that can be had.
  func shorten(_ control: TransferControl?)

  /// The device's clock as PTP's property DateTime tells it; `nil` where there is none.
  func clock() throws(StorageError) -> String?

  /// Whether this session ended in a way after which a device may swallow what it is sent next.
  var leavesDoubt: Bool { get }

  /// Whether the session was ended because the device was silent when it was to be left; see ``shorten(_:)``.
  var hasGivenUp: Bool { get }

  /// Whether the device takes data: asked after a session that left doubt.
  func takesData() -> Bool

  /// Ends the session and gives the device back.
  func close()
}
