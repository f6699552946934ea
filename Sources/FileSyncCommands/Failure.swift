internal import Storage

/// Ends a command: what happened, what to do, and the exit status. The texts are escaped already.
struct Failure: Error, Hashable, Sendable {
  var status: ExitStatus
  /// What happened, and to which file. No full stop.
  var cause: String
  /// What the user can do; `nil` where the cause says all.
  var cure: String?

  init(_ status: ExitStatus, _ cause: String, cure: String? = nil) {
    self.status = status
    self.cause = cause
    self.cure = cure
  }

  /// A storage's error, by the table in ``StorageError/Reason/advice``.
  init(_ error: StorageError) {
    let advice = error.reason.advice
    self.init(advice.status, error.shownCause, cure: advice.cure)
  }

  /// Both, as they are printed.
  var text: String { [cause, cure].compactMap(\.self).joined(separator: ".\n") + "." }
}

extension StorageError {
  /// The cause, and the file it is about, escaped.
  var shownCause: String {
    guard let path, !path.isRoot else { return shown(cause) }
    return "\(path.shown): \(shown(cause))"
  }
}
