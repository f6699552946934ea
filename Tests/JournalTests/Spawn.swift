import Foundation

/// Starts a program, whose path comes first among the arguments.
/// - Returns: its process number, for ``collect(_:)``.
/// - Throws: why it could not be started.
func spawn(_ arguments: [String]) throws -> Int32 {
  var child: pid_t = 0
  let words = unsafe arguments.map { unsafe strdup($0) }
  defer { unsafe words.forEach { unsafe free($0) } }
  let code = unsafe posix_spawn(&child, arguments[0], nil, nil, words + [nil], environ)
  guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT) }
  return child
}

/// Waits for a program's end.
/// - Returns: its status as waitpid(2) gives it; 0 for success.
func collect(_ child: Int32) -> Int32 {
  var status: Int32 = -1
  _ = unsafe waitpid(child, &status, 0)
  return status
}
