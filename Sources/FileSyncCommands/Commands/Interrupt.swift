internal import Foundation
internal import Glibc
internal import Storage
internal import Synchronization

/// Ctrl-C and its like. The first one asks the command to stop in good order, the second one ends it at once.
final class Interrupt: Sendable {
  /// The signals that ask a program to stop.
  enum Signal: CInt, CaseIterable, Sendable {
    case hangUp = 1
    case interrupt = 2
    case terminate = 15

    /// Whether whoever started the program wants it to go on, as `nohup` does.
    fileprivate var isIgnored: Bool {
      var action = sigaction()
      guard unsafe sigaction(rawValue, nil, &action) == 0 else { return false }
      return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    var status: CommandStatus {
      switch self {
      case .hangUp: .hungUp
      case .interrupt: .interrupted
      case .terminate: .terminated
      }
    }
  }

  private struct State {
    var first: Signal?
    var next = 0
    var handlers: [Int: @Sendable () -> Void] = [:]
    var lastWords: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())
  private let exitNow: @Sendable (CommandStatus) -> Void

  /// - Parameter exitNow: ends the program; called at the second signal.
  init(exitNow: @escaping @Sendable (CommandStatus) -> Void) { self.exitNow = exitNow }

  /// The first signal that came.
  var signal: Signal? { state.withLock { $0.first } }

  /// What ``watch()`` calls, and tests.
  func raise(_ signal: Signal) {
    let (handlers, isSecond) = state.withLock { state in
      let isSecond = state.first != nil
      state.first = state.first ?? signal
      return (Array((isSecond ? state.lastWords : state.handlers).values), isSecond)
    }
    for handler in handlers { handler() }
    if isSecond { exitNow(signal.status) }
  }

  /// Calls `stop` at the first signal, at once if it came already; until ``forget(_:)``.
  func onFirst(_ stop: @escaping @Sendable () -> Void) -> Int {
    let (number, isLate) = state.withLock { state in
      state.next += 1
      state.handlers[state.next] = stop
      return (state.next, state.first != nil)
    }
    if isLate { stop() }
    return number
  }

  /// Calls `act` at the second signal, just before the program ends; until ``forget(_:)``. It must not wait.
  func onSecond(_ act: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.next += 1
      state.lastWords[state.next] = act
      return state.next
    }
  }

  /// Takes back a handler.
  func forget(_ number: Int) {
    state.withLock { state in
      state.handlers[number] = nil
      state.lastWords[number] = nil
    }
  }

  /// Begins to take the process's signals. A thread that reads a pipe raises them, since a signal handler itself may
  /// do next to nothing. They cannot be blocked and awaited instead: libdispatch unblocks all on the main thread.
  func watch() {
    let reader = signalPipe.reader
    Thread.detachNewThread {
      var number: UInt8 = 0
      while true {
        let count = unsafe read(reader, &number, 1)
        if count == 1, let signal = Signal(rawValue: CInt(number)) { self.raise(signal) }
      }
    }
    for signal in Signal.allCases where !signal.isIgnored {
      Glibc.signal(signal.rawValue) { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(signalPipe.writer, &byte, 1)
        errno = saved
      }
    }
  }
}

extension CommandContext {
  /// Runs `body` under a control that the first Ctrl-C, or its like, cancels.
  func interruptible<Value>(_ body: (TransferControl) async throws(Failure) -> Value) async throws(Failure) -> Value {
    let control = TransferControl()
    let handler = interrupt.onFirst { control.cancel() }
    defer { interrupt.forget(handler) }
    do throws(Failure) {
      return try await body(control)
    } catch {
      if error.status != interrupt.signal?.status { try checkInterrupt() }
      throw error
    }
  }
}

extension CommandContext {
  /// The same, and says at the first one that the end may take a while: what is on the way is brought to its end, and a
  /// device that is silent is waited for some seconds.
  func stoppable<Value>(
    _ say: @escaping @Sendable (String) -> Void,
    _ body: (TransferControl) async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let handler = interrupt.onFirst { say("Stopping in good order. Interrupt again to stop at once.") }
    defer { interrupt.forget(handler) }
    return try await interruptible(body)
  }
}

/// Joins the signal handler, which can be given nothing, to the thread that raises.
private let signalPipe: (reader: CInt, writer: CInt) = {
  var ends: [CInt] = [-1, -1]
  precondition(unsafe pipe(&ends) == 0, "no file descriptor is left")
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}()
