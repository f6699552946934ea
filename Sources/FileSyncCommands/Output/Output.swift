internal import Foundation
internal import Synchronization
internal import SystemPackage

/// Where a command writes for people or for programs.
struct Output: Sendable {
  /// Whether a person is likely to read it as it appears.
  var isTerminal: Bool
  /// Columns of the terminal.
  var width: @Sendable () -> Int
  /// Writes text as it is. Never throws: a sync goes on without its reader.
  var write: @Sendable (String) -> Void
  /// Why not all that was written has arrived. A reader that went away (`| head`) has seen enough, and is no reason.
  var failure: @Sendable () -> Errno? = { nil }
  /// Whether somebody may still read it: what only lists can end then.
  var hasReader: @Sendable () -> Bool = { true }
  /// Writes bytes as they are. Blocks.
  var writeBytes: @Sendable (RawSpan) throws(Errno) -> Void

  /// Writes a whole line.
  func line(_ text: String = "") { write(text + "\n") }
}

extension Output {
  /// A file descriptor that stays open as long as the program runs.
  init(_ descriptor: CInt) {
    let failure = FirstFailure()
    self.init(
      isTerminal: isatty(descriptor) == 1,
      width: {
        var size = winsize()
        let isKnown = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
      },
      write: { text in
        do {
          try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
        } catch {
          failure.note(error as? Errno ?? .ioError)
        }
      },
      failure: { failure.error },
      hasReader: { !failure.readerLeft },
      writeBytes: { bytes throws(Errno) in
        do {
          _ = unsafe try bytes.withUnsafeBytes { unsafe try FileDescriptor(rawValue: descriptor).writeAll($0) }
        } catch {
          throw error as? Errno ?? .ioError
        }
      }
    )
  }

  /// Keeps what it is given, for tests.
  static func collecting(into text: Collected, isTerminal: Bool = false, width: Int = 80) -> Output {
    Output(
      isTerminal: isTerminal,
      width: { width },
      write: { text.append($0) },
      writeBytes: { bytes in text.append(unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }) }
    )
  }
}

/// Text that several threads write to.
final class Collected: Sendable {
  private let content = Mutex("")

  var text: String { content.withLock { $0 } }

  func append(_ text: String) { content.withLock { $0 += text } }
}

/// The first error of several threads' writing.
private final class FirstFailure: Sendable {
  private let first = Mutex<(error: Errno?, readerLeft: Bool)>((nil, false))

  var error: Errno? { first.withLock(\.error) }
  var readerLeft: Bool { first.withLock(\.readerLeft) }

  func note(_ error: Errno) {
    first.withLock { first in
      if error == .brokenPipe { first.readerLeft = true } else { first.error = first.error ?? error }
    }
  }
}
