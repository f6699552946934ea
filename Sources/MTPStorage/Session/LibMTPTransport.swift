internal import CLibMTP
internal import Glibc
internal import PTP
internal import Storage

/// Lists, reads and writes objects by libmtp's own calls: the way where its USB handle cannot be proven, or on request.
/// Slower, and blind to much: an error looks like an empty folder, and there are no creation dates.
@safe final class LibMTPTransport: ObjectTransport {
  let deviceInfo: DeviceInfo
  var isDead = false
  /// Whether no date was refused yet.
  var maySetDates = true
  /// libmtp keeps what it once saw of an object, and takes no note of what it sets itself (LIBMTP_Set_Object_String in
  /// libmtp 1.1.20).
  var showsOldDates = false
  let handle: DeviceHandle

  init(_ handle: consuming DeviceHandle) {
    let device = unsafe handle.device
    var info = DeviceInfo()
    unsafe info.manufacturer = Self.take(LIBMTP_Get_Manufacturername(device))
    unsafe info.model = Self.take(LIBMTP_Get_Modelname(device))
    unsafe info.deviceVersion = Self.take(LIBMTP_Get_Deviceversion(device))
    unsafe info.serialNumber = Self.take(LIBMTP_Get_Serialnumber(device))
    unsafe _ = LibMTP.drainErrors(of: device)
    deviceInfo = info
    self.handle = handle
  }

  /// Where a property list fails, libmtp drops objects without an error (libmtp 1.1.20, ptp.c).
  var listsSurely: Bool { false }

  /// Always read whole: libmtp's partial read copies each piece and asks for the object again before it.
  var readsPartially: Bool { false }

  /// A string that libmtp allocated, which is freed.
  private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String {
    guard let text = unsafe text else { return "" }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }

  /// The error for a call that failed.
  func failure(_ what: String) -> StorageError {
    let error = unsafe LibMTP.failure(of: handle.device, what)
    isDead = isDead || error.recovery == .reopen
    return error
  }

  func stores() throws(StorageError) -> [Store] {
    let device = unsafe handle.device
    unsafe _ = LibMTP.drainErrors(of: device)
    guard unsafe LIBMTP_Get_Storage(device, LIBMTP_STORAGE_SORTBY_NOTSORTED) >= 0 else {
      let error = failure("list the storages")
      if isDead { throw error }
      // A locked phone fails here, too: "Get Storage information failed." (libmtp 1.1.20).
      return []
    }
    var stores: [Store] = []
    var next = unsafe device.pointee.storage
    while let storage = unsafe next?.pointee {
      var info = StorageInfo()
      unsafe info.kind = storage.StorageType
      unsafe info.access = storage.AccessCapability
      unsafe info.capacity = storage.MaxCapacity
      unsafe info.free = storage.FreeSpaceInBytes
      unsafe info.description = storage.StorageDescription.map { unsafe String(cString: $0) } ?? ""
      unsafe info.volumeIdentifier = storage.VolumeIdentifier.map { unsafe String(cString: $0) } ?? ""
      unsafe stores.append(Store(id: storage.id, info))
      unsafe next = storage.next
    }
    return stores
  }

  func children(of folder: ObjectHandle, in store: UInt32) throws(StorageError) -> ObjectListing {
    let device = unsafe handle.device
    unsafe _ = LibMTP.drainErrors(of: device)
    var next = unsafe LIBMTP_Get_Files_And_Folders(device, store, folder.rawValue)
    var listing = ObjectListing()
    while let file = unsafe next {
      unsafe listing.records.append(ObjectRecord(file.pointee))
      unsafe next = file.pointee.next
      unsafe LIBMTP_destroy_file_t(file)
    }
    // A list with an error on the stack is not whole. Without one it may still lack objects: a pulled cable looks like
    // an empty folder, so the device is asked for a sign of life.
    let messages = unsafe LibMTP.drainErrors(of: device)
    if try stores().isEmpty {
      throw StorageError(.deviceLocked, .waitForUser(.unlock), cause: "The device no longer shows a storage")
    }
    if !messages.isEmpty { listing.unlisted.append(Unlisted(name: messages[0], reason: .deviceRefused)) }
    return listing
  }

  func read(
    _ object: ObjectHandle,
    size: UInt64?,
    from offset: UInt64,
    to end: UInt64?,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> UInt64 {
    // An empty file is asked for all the same: where sizes are cut to 32 bits, one of 4 GiB looks empty.
    if let size, offset >= size, offset > 0 { return 0 }
    try control.check()
    let device = unsafe handle.device
    unsafe _ = LibMTP.drainErrors(of: device)
    let receiver = LibMTPReceiver(Tail(of: sink, after: offset), control)
    let status = withExtendedLifetime(receiver) {
      unsafe LIBMTP_Get_File_To_Handler(
        device,
        object.rawValue,
        { _, context, length, bytes, taken in
          guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
          let receiver = unsafe Unmanaged<LibMTPReceiver>.fromOpaque(context).takeUnretainedValue()
          unsafe receiver.take(UnsafeRawBufferPointer(start: bytes, count: Int(length)))
          unsafe taken?.pointee = length
          // Never CANCEL or ERROR: libmtp's way to stop a download ends the MTP server of Android 9 to 14. What comes
          // after a failure is dropped.
          return UInt16(LIBMTP_HANDLER_RETURN_OK)
        },
        Unmanaged.passUnretained(receiver).toOpaque(),
        nil,
        nil
      )
    }
    if let failure = receiver.failure { throw failure }
    guard status == 0 else { throw failure("read a file") }
    return receiver.delivered
  }

  func clock() throws(StorageError) -> String? { nil }

  var leavesDoubt: Bool { false }

  var hasGivenUp: Bool { false }

  func takesData() -> Bool { true }

  /// libmtp's way to read an event blocks until there is one.
  func takeEvents() -> [Event] { [] }

  /// libmtp waits as long as it will.
  func shorten(_: TransferControl?) {}

  /// The handle closes when the last reference goes.
  func close() { isDead = true }
}

/// Takes the bytes that libmtp hands to its callback, and keeps the first error for later.
private final class LibMTPReceiver {
  private let tail: Tail
  private let control: TransferControl
  private(set) var failure: StorageError?

  init(_ tail: Tail, _ control: TransferControl) {
    self.tail = tail
    self.control = control
  }

  var delivered: UInt64 { tail.delivered }

  func take(_ bytes: UnsafeRawBufferPointer) {
    guard failure == nil else { return }
    do throws(StorageError) {
      try control.check()
      try unsafe tail.write(bytes.bytes)
    } catch { failure = error }
  }
}

extension ObjectRecord {
  init(_ file: LIBMTP_file_t) {
    handle = ObjectHandle(rawValue: unsafe file.item_id)
    name = PTPString(unsafe file.filename.map { unsafe String(cString: $0) } ?? "")
    isFolder = unsafe file.filetype == LIBMTP_FILETYPE_FOLDER
    size = isFolder ? nil : unsafe file.filesize
    // libmtp read the device's time of day as this machine's (mktime); 0 stands for none.
    modified = unsafe file.modificationdate == 0 ? "" : HostZone.wallClock(Int64(file.modificationdate))
    created = ""
  }
}
