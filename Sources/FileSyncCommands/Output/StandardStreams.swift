internal import CLinux
internal import Foundation

/// The program's standard streams, kept for the program alone.
///
/// libmtp prints to file descriptor 1 even when its debug level is 0 (libmtp 1.1.20, `LIBMTP_INFO`), and to number 2
/// whenever a device does not open at once, which can be in the middle of a run. So the program keeps copies of both for
/// itself. Number 1 points at `/dev/null` before any device is looked for, number 2 at memory: a crash has to show.
enum StandardStreams {
  /// Occupies the numbers of streams that are closed, as by `>&-`: the next file that is opened, the user's own at worst,
  /// would have one, and get what is printed. Reading and writing them fails as before. Must be called before
  /// anything opens a file.
  static func fill() {
    for stream: CInt in 0...2 where fcntl(stream, F_GETFD) == -1 {
      // The lowest number that is free is this one. The other way round than it is used, so that using it fails.
      _ = unsafe open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Must be called once, before anything is printed.
  static func guarded() -> (output: Output, errors: Output) {
    // A reader that goes away must not end a sync in the middle of a file.
    signal(SIGPIPE, SIG_IGN)
    // Nor must a file that is larger than `ulimit -f` allows: it fails alone.
    signal(SIGXFSZ, SIG_IGN)
    let streams = [copy(1), copy(2)]
    if streams[0] != 1 { silence(1) }
    // Without memory to spare, libmtp is heard.
    if streams[1] != 2 { _ = linux_hide_errors(streams[1]) }
    return (Output(streams[0]), Output(streams[1]))
  }

  /// A copy of a descriptor, or itself if there can be none.
  private static func copy(_ descriptor: CInt) -> CInt {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    return copy >= 0 ? copy : descriptor
  }

  private static func silence(_ descriptor: CInt) {
    let null = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard null >= 0 else { return }
    dup2(null, descriptor)
    close(null)
  }
}
