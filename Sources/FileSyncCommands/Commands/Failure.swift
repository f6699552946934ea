internal import Journal
internal import Storage

/// Ends a command: what happened, what to do, and the exit status. The texts are escaped already.
struct Failure: Error, Hashable, Sendable {
  var status: CommandStatus
  /// What happened, and to which file. No full stop.
  var cause: String
  /// What the user can do, in whole sentences; `nil` where the cause says all.
  var cure: String?
  /// Whether trying again may help, also without the user: what `--wait` waits for.
  var mayPass: Bool

  init(_ status: CommandStatus, _ cause: String, cure: String? = nil, mayPass: Bool? = nil) {
    self.status = status
    self.cause = cause
    self.cure = cure
    self.mayPass = mayPass ?? (status == .notReady)
  }

  /// A storage's error, by the table in ``StorageError/Reason/advice``.
  init(_ error: StorageError) {
    let advice = error.reason.advice
    // A phone's device node gets its access rights a moment after it appears.
    let mayPass = advice.status == .notReady || error.reason == .deviceForbidden
    self.init(advice.status, error.shownCause, cure: advice.cure, mayPass: mayPass)
  }

  /// A storage's error about what is called `shown` for people, whatever the storage calls it.
  init(_ error: StorageError, at shown: String) {
    var error = error
    error.path = nil
    self.init(error)
    cause = "\(shown): \(cause)"
  }

  /// The journal's error, which brings its cure along.
  init(_ error: JournalError) {
    let status: CommandStatus =
      switch error.reason {
      case .locked: .notReady
      case .ambiguous: .refused
      case .corrupt, .newer, .full, .unreadable: .notPossible
      }
    self.init(status, shown(error.cause), cure: shown(error.cure) + ".")
  }

  /// Both, as they are printed.
  var text: String { cure.map { "\(cause).\n\($0)" } ?? "\(cause)." }
}

extension StorageError {
  /// The cause, and the file it is about, escaped.
  var shownCause: String {
    guard let path, !path.isRoot else { return shown(cause) }
    return "\(path.shown): \(shown(cause))"
  }
}
