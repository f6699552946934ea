/// Why a storage could not do what it was asked. Programs branch on ``reason`` and ``recovery``, never on text.
public struct StorageError: Error, Hashable, Sendable {
  /// What went wrong. The raw values are stable words, used in JSON and in the journal.
  public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
    case notFound, alreadyExists, notADirectory, notAFile, directoryNotEmpty
    /// It may not be read, or not even be looked at.
    case readingDenied
    case permissionDenied, readOnly, noSpace, fileTooLarge, nameNotAllowed, ambiguousName
    /// The entry is not what it was when it was listed.
    case changed
    /// Fewer or more bytes came than the listing said.
    case wrongLength
    /// The bytes or dates read back are not those that were written.
    case verificationFailed
    case unsupported, inputOutput, cancelled
    case deviceAbsent, deviceLost, deviceLocked, deviceBusy, deviceForbidden, deviceCharging, deviceTimedOut
    /// The device answered something that MTP does not allow here.
    case deviceProtocol
    /// The device keeps a name for a file that was announced to it and never came, and deletes nothing of that name. It is
    /// free once the device was unplugged, or by ``Storage/reset()``.
    case nameReserved
    /// The device did not delete something, as some do with everything.
    case deletionRefused
    /// The device refused, with the response code in ``StorageError/code``.
    case deviceRefused
  }

  /// What helps.
  public enum Recovery: Hashable, Sendable {
    /// Only this file is concerned: report it and go on.
    case nextFile
    /// The same call may work when made again.
    case retry
    /// The session is dead: ``Storage/reopen()`` and go on.
    case reopen
    /// The user must do something first.
    case waitForUser(UserAction)
    /// Nothing more can work.
    case stop
  }

  /// What a user can do about it.
  public enum UserAction: String, Hashable, Sendable {
    case plugIn, unlock, chooseFileTransfer, closeOtherProgram, installRule, freeSpace
  }

  public var reason: Reason
  public var recovery: Recovery
  /// Which file, where it is about one.
  public var path: RelativePath?
  /// The cause in plain words, one sentence without a full stop; from the device or the system where they said one.
  public var cause: String
  /// `errno`, or the PTP response code (PTP 1.0 section 11, MTP 1.1 appendix F).
  public var code: Int32?

  public init(_ reason: Reason, _ recovery: Recovery, path: RelativePath? = nil, cause: String, code: Int32? = nil) {
    self.reason = reason
    self.recovery = recovery
    self.path = path
    self.cause = cause
    self.code = code
  }

  /// Whether a file that could not be read to its end is still the one it was, as far as this error tells, and there was
  /// room for it: then what was written of it is worth keeping.
  package var leavesFileAsItWas: Bool {
    switch recovery {
    case .retry, .reopen: true
    case .waitForUser: reason != .noSpace
    case .nextFile, .stop:
      [.cancelled, .deviceRefused, .deviceProtocol, .readingDenied, .permissionDenied, .inputOutput].contains(reason)
    }
  }

  /// The same error, about `path`, unless it names one already.
  public func about(_ path: RelativePath) -> StorageError {
    var error = self
    error.path = self.path ?? path
    return error
  }
}
