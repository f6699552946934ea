internal import CLibMTP
internal import PTP
internal import Storage

/// The dates that some devices let an initiator set as object properties (MTP 1.1 appendix B.2.13, B.2.14).
enum DateProperty {
  case modified, created
}

extension DeviceHandle {
  /// Sets a date through libmtp. Without effect for an empty one.
  /// - Throws: `deviceRefused`, or `deviceLost` after which no call may follow in this session.
  borrowing func set(_ property: DateProperty, of object: ObjectHandle, to date: String) throws(StorageError) {
    guard !date.isEmpty else { return }
    let code = property == .modified ? LIBMTP_PROPERTY_DateModified : LIBMTP_PROPERTY_DateCreated
    unsafe _ = LibMTP.drainErrors(of: device)
    guard unsafe LIBMTP_Set_Object_String(device, object.rawValue, code, date) != 0 else { return }
    throw unsafe LibMTP.failure(of: device, "set a date")
  }
}
