internal import Glibc
internal import Storage
internal import SystemPackage

/// What was being done when a system call failed; the raw value begins the sentence that a person reads.
enum Step: String {
  case list = "Listing failed"
  case open = "Opening failed"
  case read = "Reading failed"
  case create = "Creating failed"
  case write = "Writing failed"
  case date = "Setting the dates failed"
  case attributes = "Setting the attributes failed"
  case sync = "Saving to the disk failed"
  case rename = "Renaming failed"
  case remove = "Removing failed"
  case look = "Looking at it failed"

  fileprivate var isReading: Bool { [.list, .open, .read, .look].contains(self) }
}

/// Makes system calls, and turns the `errno` of one that fails into an error about `path`.
func attempt<T: ~Copyable>(
  _ step: Step,
  _ path: RelativePath,
  _ body: () throws(Errno) -> T
) throws(StorageError) -> T {
  do throws(Errno) {
    return try body()
  } catch {
    throw StorageError(error, step, path)
  }
}

extension StorageError {
  /// The one place where an `errno` gets a reason and a recovery.
  init(_ errno: Errno, _ step: Step, _ path: RelativePath?) {
    let reason: Reason
    var recovery = Recovery.nextFile
    var what = errno.description
    switch errno.rawValue {
    case ENOENT: reason = .notFound
    case EEXIST: reason = .alreadyExists
    case ENOTDIR: reason = .notADirectory
    case ELOOP:
      reason = .notADirectory
      what = "A folder on the way is a symbolic link, and links are not followed"
    case EISDIR: reason = .notAFile
    case ENOTEMPTY: reason = .directoryNotEmpty
    case EACCES, EPERM: reason = step.isReading ? .readingDenied : .permissionDenied
    case EROFS: (reason, recovery) = (.readOnly, .stop)
    case ENOSPC, EDQUOT: (reason, recovery) = (.noSpace, .waitForUser(.freeSpace))
    // A card or disk that was pulled out, a server that is away, a FUSE program that died.
    case ENOTCONN, ENODEV, ENOMEDIUM, ESHUTDOWN, EHOSTDOWN, EHOSTUNREACH: (reason, recovery) = (.deviceLost, .stop)
    case EFBIG: reason = .fileTooLarge
    case ENAMETOOLONG, EILSEQ: reason = .nameNotAllowed
    // FAT answers so to a name that it cannot hold.
    case EINVAL where step == .create || step == .rename: reason = .nameNotAllowed
    case EXDEV, EOPNOTSUPP, ENOSYS: reason = .unsupported
    default: reason = .inputOutput
    }
    self.init(reason, recovery, path: path, cause: "\(step.rawValue): \(what)", code: errno.rawValue)
  }
}
