internal import Glibc

/// Why a program could not be started.
struct SpawnError: Error, CustomStringConvertible {
  /// An errno.
  var code: Int32

  var description: String {
    code == ENOENT ? "command not found" : unsafe String(cString: strerror(code))
  }
}

/// Starts `command`, sought in PATH, in this process's own group, so that it can read from the terminal.
func spawn(_ command: [String], environment: [String: String]) -> Result<pid_t, SpawnError> {
  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
  // The child takes signals as usual; here they are blocked.
  var none = sigset_t()
  unsafe sigemptyset(&none)
  unsafe posix_spawnattr_setsigmask(&attributes, &none)
  unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

  let arguments = unsafe command.map { unsafe strdup($0) } + [nil]
  let variables = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
  defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
  var process: pid_t = 0
  let code = unsafe posix_spawnp(&process, command[0], nil, &attributes, arguments, variables)
  return code == 0 ? .success(process) : .failure(SpawnError(code: code))
}
