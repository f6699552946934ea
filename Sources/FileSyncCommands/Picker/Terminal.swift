internal import Foundation
internal import Glibc

/// The terminal of standard input, for pictures and single keys. It is as it was before and after each use, also where a
/// signal ends the program, and while it is suspended.
struct Terminal: Sendable {
  /// Whether standard input is no terminal and may hold something: `/dev/null` and the like do not.
  static var isInputPiped: Bool {
    var status = stat()
    guard isatty(0) == 0, unsafe fstat(0, &status) == 0 else { return false }
    return [S_IFIFO, S_IFREG, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  /// Writes text as it is.
  let write: @Sendable (String) -> Void

  /// `nil` if standard input is no terminal, or `$TERM` says that this one understands no sequences.
  init?(_ environment: [String: String], write: @escaping @Sendable (String) -> Void) {
    guard isatty(0) == 1, let kind = environment["TERM"], !["", "dumb", "unknown"].contains(kind) else { return nil }
    self.write = write
  }

  /// Columns and lines.
  var size: (columns: Int, lines: Int) {
    var size = winsize()
    guard unsafe ioctl(0, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}
