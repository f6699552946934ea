internal import Foundation
internal import Glibc
internal import Synchronization

/// The terminal while it shows a picture: without echo and line editing, and on its second screen where it has one.
final class PictureMode: Sendable {
  enum Event: Sendable {
    case key(PickerKey)
    /// The window has another size, or the program goes on after it was stopped.
    case spoilt
    /// A moment has passed.
    case tick
    /// Nothing more comes.
    case ended
  }

  private struct Before {
    var state: termios
    var handlers: [(CInt, __sighandler_t?)]
  }

  private let terminal: Terminal
  /// What it was like before; `nil` while it is so again.
  private let before = Mutex<Before?>(nil)
  /// The signals that concern the picture.
  private static let signals = [SIGWINCH, SIGCONT, SIGTSTP]

  init(_ terminal: Terminal) { self.terminal = terminal }

  var size: (columns: Int, lines: Int) { terminal.size }

  /// Begins. ``end()`` has to follow on every way out.
  /// - Returns: whether the terminal can be had.
  func begin() -> Bool {
    before.withLock { before in
      guard before == nil else { return true }
      var state = termios()
      guard unsafe tcgetattr(0, &state) == 0, Self.setRaw(state) else { return false }
      var byte: UInt8 = 0
      while unsafe read(noticed.reader, &byte, 1) == 1 {}
      let handlers = Self.signals.map { number in (number, signal(number, notice)) }
      before = Before(state: state, handlers: handlers)
      // The second screen; no cursor.
      terminal.write("\u{1B}[?1049h\u{1B}[?25l")
      return true
    }
  }

  private static func setRaw(_ normal: termios) -> Bool {
    var state = normal
    state.c_lflag &= ~tcflag_t(ICANON | ECHO)
    // A carriage return is a key of its own.
    state.c_iflag &= ~tcflag_t(ICRNL | IXON)
    // Ctrl-Z is a key, so that the terminal is given back first; Ctrl-\ would leave it as it is. Ctrl-C is a signal.
    unsafe withUnsafeMutableBytes(of: &state.c_cc) { codes in
      for code in [VSUSP, VQUIT] { unsafe codes[Int(code)] = 0 }
      unsafe codes[Int(VMIN)] = 1
      unsafe codes[Int(VTIME)] = 0
    }
    return unsafe tcsetattr(0, TCSADRAIN, &state) == 0
  }

  /// Gives the terminal back as it was. Does nothing the second time.
  func end() {
    before.withLock { before in
      guard var old = before else { return }
      before = nil
      for (number, handler) in old.handlers { _ = signal(number, handler) }
      terminal.write("\u{1B}[?25h\u{1B}[?1049l")
      _ = unsafe tcsetattr(0, TCSADRAIN, &old.state)
    }
  }

  /// Stops the program, and what was started along with it, as Ctrl-Z does; until it is to go on.
  func suspend() {
    end()
    let handler = signal(SIGTSTP, SIG_IGN)
    kill(0, SIGTSTP)
    _ = signal(SIGTSTP, handler)
    // To this thread, so that nothing happens before it has stopped. libdispatch blocks signals on its threads.
    var wanted = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&wanted)
    unsafe sigaddset(&wanted, SIGTSTP)
    unsafe pthread_sigmask(SIG_UNBLOCK, &wanted, &before)
    raise(SIGTSTP)
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    _ = begin()
  }

  /// Draws a picture over the last one.
  func draw(_ picture: PickerPicture) {
    // Somebody else may have given the terminal back, as a shell does to a program that was stopped.
    before.withLock { before in if let before { _ = Self.setRaw(before.state) } }
    let lines = picture.lines.map { line in
      switch line.style {
      case .plain: "\(line.text)\u{1B}[K"
      case .chosen: "\u{1B}[7m\(line.text)\u{1B}[0m\u{1B}[K"
      case .faint: "\u{1B}[2m\(line.text)\u{1B}[0m\u{1B}[K"
      }
    }
    terminal.write("\u{1B}[H" + lines.joined(separator: "\r\n") + "\u{1B}[J")
  }

  /// Has ``events(_:)`` end.
  func stop() { tell(0) }

  /// Gives what happens to `take`, on a thread of its own, until ``stop()`` or the end of the input; then calls `done`.
  func events(_ take: @escaping @Sendable (Event) -> Void, done: @escaping @Sendable () -> Void) {
    Thread.detachNewThread {
      var decoder = KeyDecoder()
      var isOver = false
      while !isOver {
        for event in self.next(&decoder) {
          take(event)
          if case .ended = event { isOver = true }
        }
      }
      done()
    }
  }

  /// Waits for what happens next, for a fraction of a second at the most.
  private func next(_ decoder: inout KeyDecoder) -> [Event] {
    var sources = [
      pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: noticed.reader, events: Int16(POLLIN), revents: 0),
    ]
    // The bytes of a key come together, also over a slow line.
    let count = unsafe poll(&sources, 2, decoder.isWaiting ? 100 : 200)
    if count == 0 { return decoder.isWaiting ? decoder.settle().map(Event.key) : [.tick] }
    guard count > 0 else { return [] }
    var events: [Event] = []
    var bytes = [UInt8](repeating: 0, count: 256)
    if sources[1].revents != 0 {
      let count = unsafe read(noticed.reader, &bytes, bytes.count)
      for byte in bytes.prefix(max(0, count)) {
        events.append(byte == 0 ? .ended : CInt(byte) == SIGTSTP ? .key(.suspend) : .spoilt)
      }
    }
    guard sources[0].revents != 0 else { return events }
    let length = unsafe read(0, &bytes, bytes.count)
    if length > 0 { return events + decoder.take(bytes.prefix(length)).map(Event.key) }
    return length < 0 && errno == EINTR ? events : events + [.ended]
  }
}

/// Joins signal handlers, which can be given nothing, to the thread that waits for keys. As long as the program lives.
private let noticed: (reader: CInt, writer: CInt) = {
  var ends: [CInt] = [-1, -1]
  precondition(unsafe pipe(&ends) == 0, "no file descriptor is left")
  for end in ends {
    _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    _ = fcntl(end, F_SETFL, O_NONBLOCK)
  }
  return (ends[0], ends[1])
}()

private func tell(_ number: CInt) {
  var byte = UInt8(truncatingIfNeeded: number)
  _ = unsafe write(noticed.writer, &byte, 1)
}

private let notice: @convention(c) (CInt) -> Void = { number in
  let saved = errno
  tell(number)
  errno = saved
}
