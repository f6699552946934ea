internal import Glibc

/// Why a program could not be started.
struct SpawnError: Error, CustomStringConvertible {
  /// An errno.
  var code: Int32

  var description: String {
    code == ENOENT ? "command not found" : unsafe String(cString: strerror(code))
  }
}

/// Starts `command`, sought in PATH, in this process's own group, so that it can read from the terminal; with this process's
/// environment, byte by byte, and `variables` besides.
func spawn(_ command: [[UInt8]], adding variables: [String: String]) -> Result<pid_t, SpawnError> {
  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
  // The child takes signals as usual; here they are blocked.
  var none = sigset_t()
  unsafe sigemptyset(&none)
  unsafe posix_spawnattr_setsigmask(&attributes, &none)
  unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

  var inherited: [[UInt8]] = []
  var next = unsafe environ
  while let variable = unsafe next.pointee {
    unsafe inherited.append(Words.bytes(variable))
    unsafe next += 1
  }
  inherited.removeAll { variable in variables.keys.contains { variable.starts(with: Array("\($0)=".utf8)) } }
  func copies(_ words: [[UInt8]]) -> [UnsafeMutablePointer<CChar>?] {
    unsafe words.map { word in unsafe strdup(word.map { CChar(bitPattern: $0) } + [0]) } + [nil]
  }
  let arguments = unsafe copies(command)
  let environment = unsafe copies(inherited + variables.map { Array("\($0)=\($1)".utf8) })
  defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
  guard let program = unsafe arguments[0] else { return .failure(SpawnError(code: EINVAL)) }
  var process: pid_t = 0
  let code = unsafe posix_spawnp(&process, program, nil, &attributes, arguments, environment)
  return code == 0 ? .success(process) : .failure(SpawnError(code: code))
}
