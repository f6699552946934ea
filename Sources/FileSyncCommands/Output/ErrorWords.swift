internal import Storage

extension StorageError.Reason {
  /// What went wrong, in words that go into parentheses.
  var words: String {
    switch self {
    case .notFound: "it is not there"
    case .alreadyExists: "something of this name is there already"
    case .notADirectory: "no folder"
    case .notAFile: "no file"
    case .directoryNotEmpty: "the folder is not empty"
    case .readingDenied: "no permission to read it"
    case .permissionDenied: "no permission"
    case .readOnly: "read-only"
    case .noSpace: "no room"
    case .fileTooLarge: "too large"
    case .nameNotAllowed: "no name that can be used"
    case .ambiguousName: "the name is there more than once"
    case .changed: "changed since it was listed"
    case .wrongLength: "not as long as it was listed"
    case .verificationFailed: "not what was sent"
    case .unsupported: "not possible there"
    case .inputOutput: "an error in reading or writing"
    case .cancelled: "interrupted"
    case .deviceAbsent: "the device is not connected"
    case .deviceLost: "the device was lost"
    case .deviceLocked: "the device is locked"
    case .deviceBusy: "the device is in use"
    case .deviceForbidden: "the device may not be opened"
    case .deviceCharging: "the device only charges"
    case .deviceTimedOut: "the device stopped answering"
    case .deviceProtocol: "the device answered what makes no sense"
    case .nameReserved: "the device keeps the name for a file that never came"
    case .deletionRefused: "the device refused to delete"
    case .deviceRefused: "the device refused"
    }
  }
}
