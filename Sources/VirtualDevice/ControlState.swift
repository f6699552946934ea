internal import PTP
internal import Synchronization

/// What the class requests of the still image class (section 5.2) do, and what a fragile server makes of them:
/// measured on Android's own (MtpFfsHandle.cpp of Android 9 to 14).
final class ControlState: Sendable {
  private struct State {
    var isInTransaction = false
    var isDead = false
    /// A cancel without a transaction left a read behind, which takes the next data for itself.
    var swallowsData = false
    /// The device ended a transaction by itself, and has not told yet.
    var wasCancelledByDevice = false
  }

  private let isFragile: Bool
  private let state = Mutex(State())

  init(isFragile: Bool) { self.isFragile = isFragile }

  var isDead: Bool { state.withLock(\.isDead) }

  /// Ends the server until a reset.
  func kill() { state.withLock { $0.isDead = true } }

  /// What a bus reset does.
  func revive() { state.withLock { $0 = State() } }

  /// Notes that the device ended a transaction by halting its endpoints.
  func cancelByDevice() { state.withLock { $0.wasCancelledByDevice = true } }

  func beginTransaction() { state.withLock { $0.isInTransaction = true } }

  func endTransaction(on port: any ResponderPort) {
    state.withLock {
      $0.isInTransaction = false
      port.clearInterrupt()
    }
  }

  /// Whether the data that has just come is lost.
  func swallowsData() -> Bool {
    state.withLock { state in
      defer { state.swallowsData = false }
      return state.swallowsData
    }
  }

  /// Answers a class request; called on the port's thread.
  func answer(_ request: ControlRequest, on port: any ResponderPort) -> ControlAnswer {
    state.withLock { state in
      guard !state.isDead else { return .stall }
      switch request.request {
      case 0x64, 0x66:
        if state.isInTransaction {
          port.interrupt()
        } else if isFragile {
          state.swallowsData = true
        }
        return .accept()
      case 0x67:
        if isFragile, request.length < 8 {
          state.isDead = true
          if state.isInTransaction { port.interrupt() }
          return .stall
        }
        if state.wasCancelledByDevice {
          // TransactionCancelled, once, with two endpoints that do not exist (measured).
          state.wasCancelledByDevice = false
          return .accept([8, 0, 0x1F, 0x20, 0xFF, 0, 0xFF, 0])
        }
        // Length, and OK: also right after a cancel.
        return .accept([4, 0, 0x01, 0x20])
      default: return .stall
      }
    }
  }
}
