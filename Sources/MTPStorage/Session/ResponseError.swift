internal import PTP
internal import Storage

extension ResponseCode {
  /// Throws what a response other than OK means for the file or the storage that was asked about.
  func check(_ what: String) throws(StorageError) {
    if self != .ok { throw error(what) }
  }

  /// Whether it says that the device cannot do this at all.
  var isFinal: Bool {
    switch self {
    case .operationNotSupported, .parameterNotSupported, .devicePropNotSupported, .objectPropNotSupported,
      .invalidObjectPropCode, .invalidObjectFormatCode:
      true
    default: false
    }
  }

  /// The error for a response other than OK: where response codes become ``StorageError``.
  func error(_ what: String) -> StorageError {
    let (reason, recovery): (StorageError.Reason, StorageError.Recovery) =
      switch self {
      case .invalidObjectHandle, .invalidParentObject: (.notFound, .nextFile)
      case .accessDenied, .objectWriteProtected: (.permissionDenied, .nextFile)
      case .storeReadOnly: (.readOnly, .stop)
      case .storeFull: (.noSpace, .waitForUser(.freeSpace))
      case .objectTooLarge: (.fileTooLarge, .nextFile)
      case .deviceBusy: (.deviceBusy, .retry)
      case .storeNotAvailable, .invalidStorageID: (.deviceLocked, .waitForUser(.unlock))
      case .sessionNotOpen: (.deviceLost, .reopen)
      case .operationNotSupported: (.unsupported, .nextFile)
      default: (.deviceRefused, .nextFile)
      }
    return StorageError(reason, recovery, cause: "The device refused to \(what): \(self)", code: Int32(rawValue))
  }
}

extension StorageError {
  /// The same error, of an attempt to delete something: any refusal is one to delete.
  var asDeletion: StorageError {
    guard recovery == .nextFile, reason != .notFound else { return self }
    return StorageError(.deletionRefused, .nextFile, path: path, cause: cause, code: code)
  }
}

extension PTPError {
  /// The error for a dataset that cannot be read.
  func error(_ what: String) -> StorageError {
    StorageError(.deviceProtocol, .nextFile, cause: "The device sent an unreadable answer to \(what): \(self)")
  }
}
