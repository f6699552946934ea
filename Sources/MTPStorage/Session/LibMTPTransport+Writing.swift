internal import CLibMTP
internal import Glibc
internal import PTP
internal import Storage

/// libmtp cannot send a date with a file (libmtp 1.1.20 sends "now" or none), so only devices with settable properties
/// keep them.
extension LibMTPTransport {
  var sendsDates: Bool { false }

  func abilities() throws(StorageError) -> WritingAbilities {
    let device = unsafe handle.device
    func knows(_ property: LIBMTP_property_t) -> Bool {
      unsafe LIBMTP_Is_Property_Supported(device, property, LIBMTP_FILETYPE_UNKNOWN) > 0
    }
    // libmtp tells which properties there are, not which can be set: only names are promised.
    var abilities = WritingAbilities(sends: true, renames: knows(LIBMTP_PROPERTY_ObjectFileName))
    abilities.moves = unsafe LIBMTP_Check_Capability(device, LIBMTP_DEVICECAP_MoveObject) != 0
    unsafe _ = LibMTP.drainErrors(of: device)
    return abilities
  }

  func record(of object: ObjectHandle) throws(StorageError) -> ObjectRecord? {
    let device = unsafe handle.device
    unsafe _ = LibMTP.drainErrors(of: device)
    guard let file = unsafe LIBMTP_Get_Filemetadata(device, object.rawValue) else {
      let error = failure("describe an object")
      if isDead { throw error }
      return nil
    }
    defer { unsafe LIBMTP_destroy_file_t(file) }
    return unsafe ObjectRecord(file.pointee)
  }

  func send(
    _ file: NewObject,
    size: UInt64,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError) -> ObjectHandle {
    try control.check()
    let device = unsafe handle.device
    unsafe _ = LibMTP.drainErrors(of: device)
    guard let description = unsafe LIBMTP_new_file_t() else {
      throw StorageError(.inputOutput, .stop, cause: "There is no memory for a file's description")
    }
    defer { unsafe LIBMTP_destroy_file_t(description) }
    unsafe description.pointee.filename = strdup(file.name)
    unsafe description.pointee.filesize = size
    unsafe description.pointee.filetype = LIBMTP_FILETYPE_UNKNOWN
    unsafe description.pointee.parent_id = file.parent.rawValue
    unsafe description.pointee.storage_id = file.store
    if let old = file.replacing { try delete(old) }
    let sender = LibMTPSender(source, size: size, control)
    // libmtp asks for nothing then.
    if size == 0 { try sender.checkEnd().get() }
    let status = withExtendedLifetime(sender) {
      unsafe LIBMTP_Send_File_From_Handler(
        device,
        { _, context, wanted, bytes, given in
          guard let context = unsafe context, let bytes = unsafe bytes else {
            return UInt16(LIBMTP_HANDLER_RETURN_ERROR)
          }
          let sender = unsafe Unmanaged<LibMTPSender>.fromOpaque(context).takeUnretainedValue()
          let buffer = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: Int(wanted))
          guard let count = unsafe sender.fill(buffer) else { return UInt16(LIBMTP_HANDLER_RETURN_ERROR) }
          unsafe given?.pointee = UInt32(count)
          return UInt16(LIBMTP_HANDLER_RETURN_OK)
        },
        Unmanaged.passUnretained(sender).toOpaque(),
        description,
        nil,
        nil
      )
    }
    let object = ObjectHandle(rawValue: unsafe description.pointee.item_id)
    if let error = sender.failure {
      // Given up in the middle: libmtp's way to cancel ends the MTP server of Android 9 to 14.
      isDead = isDead || sender.hasGivenUp
      if status != 0 { _ = failure("send a file") }
      if !isDead { try? delete(object) }
      throw error
    }
    guard status == 0 else {
      let error = failure("send a file")
      if !isDead { try? delete(object) }
      let free = isDead ? nil : (try? stores())?.first { $0.id == file.store }?.space.free
      throw free.map { $0 < size } ?? false ? StorageError.full() : error
    }
    guard object.isOneObject else {
      throw StorageError(.deviceProtocol, .nextFile, cause: "The device took a file and did not say as what")
    }
    try? setDates(modified: file.modified, created: file.created, of: object)
    return object
  }

  /// Never called, since ``abilities()`` promises no edits.
  func append(
    to object: ObjectHandle,
    of file: NewObject,
    _ range: Range<UInt64>,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError) {
    throw StorageError(.unsupported, .nextFile, cause: "Files are sent whole here")
  }

  func makeFolder(_ folder: NewObject) throws(StorageError) -> ObjectHandle {
    let device = unsafe handle.device
    unsafe _ = LibMTP.drainErrors(of: device)
    let name = unsafe strdup(folder.name)
    defer { unsafe free(name) }
    let made = unsafe LIBMTP_Create_Folder(device, name, folder.parent.rawValue, folder.store)
    guard made != 0 else { throw failure("make a folder") }
    let folder = ObjectHandle(rawValue: made)
    try folder.checkIsOneObject()
    return folder
  }

  func delete(_ object: ObjectHandle) throws(StorageError) {
    try object.checkIsOneObject()
    unsafe _ = LibMTP.drainErrors(of: handle.device)
    if unsafe LIBMTP_Delete_Object(handle.device, object.rawValue) != 0 { throw failure("delete it").asDeletion }
  }

  func rename(_ object: ObjectHandle, to name: String) throws(StorageError) {
    unsafe _ = LibMTP.drainErrors(of: handle.device)
    // Not LIBMTP_Set_File_Name: that first asks about a format which the device may lack (libmtp#436).
    let status = unsafe LIBMTP_Set_Object_String(
      handle.device,
      object.rawValue,
      LIBMTP_PROPERTY_ObjectFileName,
      name
    )
    if status != 0 { throw failure("rename an object") }
  }

  func move(_ object: ObjectHandle, to parent: ObjectHandle, in store: UInt32) throws(StorageError) {
    unsafe _ = LibMTP.drainErrors(of: handle.device)
    let folder = parent == .all ? ObjectHandle.none : parent
    if unsafe LIBMTP_Move_Object(handle.device, object.rawValue, store, folder.rawValue) != 0 {
      throw failure("move an object")
    }
  }

  func setDates(modified: String?, created: String?, of object: ObjectHandle) throws(StorageError) {
    guard maySetDates else { return }
    do throws(StorageError) {
      if let modified { try handle.set(.modified, of: object, to: modified) }
      // Whatever becomes of the other one.
      showsOldDates = true
      if let created { try handle.set(.created, of: object, to: created) }
    } catch {
      isDead = isDead || error.recovery == .reopen
      maySetDates = false
      throw error
    }
  }
}

/// Gives libmtp the bytes of a file, and keeps the first error for later.
private final class LibMTPSender {
  /// When a source fails, as much is made up with zeros, in bytes, so that the file can be deleted in peace: there is no
  /// safe way to stop libmtp.
  private static let mostPadding: UInt64 = 64 << 20

  private let source: any ByteSource
  private let control: TransferControl
  private var left: UInt64
  private(set) var failure: StorageError?
  private(set) var hasGivenUp = false

  init(_ source: any ByteSource, size: UInt64, _ control: TransferControl) {
    self.source = source
    self.control = control
    left = size
  }

  /// Fills `buffer`. - Returns: how many bytes; `nil` to give up.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let wanted = Int(min(UInt64(buffer.count), left))
    var filled = 0
    while filled < wanted, failure == nil {
      do throws(StorageError) {
        try control.check()
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
        var span = unsafe MutableRawSpan(_unsafeBytes: room)
        let count = try source.read(into: &span)
        if count == 0 { throw StorageError(.wrongLength, .nextFile, cause: "Fewer bytes came than were listed") }
        filled += count
      } catch { failure = error }
    }
    if failure != nil {
      guard left <= Self.mostPadding else {
        hasGivenUp = true
        return nil
      }
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
      unsafe _ = rest.initializeMemory(as: UInt8.self, repeating: 0)
    }
    left -= UInt64(wanted)
    if left == 0, failure == nil, case .failure(let error) = checkEnd() { failure = error }
    return wanted
  }

  /// Makes sure that the source has no more.
  func checkEnd() -> Result<Void, StorageError> {
    var more: [UInt8] = [0]
    var span = more.mutableSpan
    var bytes = unsafe span.mutableBytes
    do throws(StorageError) {
      guard try source.read(into: &bytes) == 0 else {
        throw StorageError(.wrongLength, .nextFile, cause: "More bytes came than were listed")
      }
      return .success(())
    } catch { return .failure(error) }
  }
}
