internal import PTP
internal import Storage

/// One object in a folder of a device, as the device describes it.
struct ObjectRecord {
  var handle: ObjectHandle
  var name: PTPString
  var isFolder: Bool
  /// In bytes; `nil` where the device does not know.
  var size: UInt64?
  /// The dates as the device sent them, often empty. Raw strings can be compared whatever zone they mean.
  var modified: String
  var created: String
}

/// What was found in a folder.
struct ObjectListing {
  var records: [ObjectRecord] = []
  /// Objects that are there, and that the device would not describe.
  var unlisted: [Unlisted] = []
}

/// How objects are listed and read: our own transactions, or libmtp's calls. Used on the device's thread only.
protocol ObjectTransport: AnyObject {
  /// Of the device, once at the beginning.
  var deviceInfo: DeviceInfo { get }
  /// Whether only a new session can help.
  var isDead: Bool { get }
  /// Whether a read from an offset moves only the bytes after it.
  var readsPartially: Bool { get }

  /// The storages; none on a locked phone.
  func stores() throws(StorageError) -> [Store]

  /// The objects directly in `folder` of a storage; ``ObjectHandle/all`` is its root.
  func children(of folder: ObjectHandle, in store: UInt32) throws(StorageError) -> ObjectListing

  /// Reads an object from `offset`, at most its size, into `sink`. Returns how many bytes the sink took.
  func read(
    _ object: ObjectHandle,
    size: UInt64?,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> UInt64

  /// The device's clock as PTP's property DateTime tells it; `nil` where there is none.
  func clock() throws(StorageError) -> String?

  /// Ends the session and gives the device back.
  func close()
}
