internal import Foundation

/// The program's standard streams, with standard output kept for the program alone.
///
/// libmtp prints to file descriptor 1 even when its debug level is 0 (libmtp 1.1.20, `LIBMTP_INFO`). So the program
/// keeps a copy of the descriptor for itself, and points number 1 at `/dev/null` before any device is looked for.
enum StandardStreams {
  /// Must be called once, before anything is printed.
  static func guarded() -> (output: Output, errors: Output) {
    // A reader that goes away must not end a sync in the middle of a file.
    signal(SIGPIPE, SIG_IGN)
    let kept = fcntl(1, F_DUPFD_CLOEXEC, 3)
    let null = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
    if kept >= 0, null >= 0 { dup2(null, 1) }
    if null >= 0 { close(null) }
    return (Output(kept >= 0 ? kept : 1), Output(2))
  }
}
