internal import Glibc

/// Waiting for signals in one place, on the main thread.
enum SignalWait {
  /// Those that end a program, and the one that tells of a child's end.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD]

  private static var set: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    return set
  }

  /// Keeps the signals from every thread; call it before there are any.
  static func block() {
    var set = set
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for a child, and passes on what other programs send in the meantime. What the terminal sends comes to the
  /// child by itself.
  /// - Returns: its exit status, or 128 and the signal that ended it.
  static func untilEnd(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, WNOHANG) == 0 {
      let (signal, isFromTerminal) = next()
      if signal != SIGCHLD, !isFromTerminal { kill(process, signal) }
    }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }

  /// Waits for a signal that ends a program.
  static func untilSignal() {
    while next().signal == SIGCHLD {}
  }

  private static func next() -> (signal: Int32, isFromTerminal: Bool) {
    var set = set
    var info = unsafe siginfo_t()
    let signal = unsafe sigwaitinfo(&set, &info)
    // An interruption by a signal outside the set is taken for a child's end, which only looks again.
    return unsafe signal < 0 ? (SIGCHLD, false) : (signal, info.si_code > 0)
  }
}
