internal import Synchronization

/// Shared by the two ends of a copy: one cancel stops the source, the sink and the USB transfers within their
/// deadlines. Also counts the bytes that have arrived, for a progress display.
public final class TransferControl: Sendable {
  private struct Handlers {
    var next: UInt64 = 0
    var actions: [UInt64: @Sendable () -> Void] = [:]
  }

  private let cancelled = Atomic<Bool>(false)
  private let moved = Atomic<UInt64>(0)
  private let handlers = Mutex(Handlers())

  public init() {}

  /// Asks every transfer under this control to stop. May be called from anywhere, also a signal source.
  public func cancel() {
    cancelled.store(true, ordering: .releasing)
    let actions = handlers.withLock { handlers in
      defer { handlers.actions = [:] }
      return handlers.actions.values
    }
    for action in actions { action() }
  }

  /// Whether ``cancel()`` was called.
  public var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  /// The error of whatever a cancel stopped.
  public static let cancellation = StorageError(.cancelled, .stop, cause: "The run was interrupted")

  /// Throws `cancelled` if ``cancel()`` was called. Storages call it between buffers and between transactions.
  public func check() throws(StorageError) {
    if isCancelled { throw Self.cancellation }
  }

  /// Has `action` called once at ``cancel()``, to wake what waits; at once if that was called already.
  /// - Returns: what ``removeHandler(_:)`` takes.
  public func onCancel(_ action: @escaping @Sendable () -> Void) -> UInt64 {
    let number = handlers.withLock { handlers in
      handlers.next += 1
      handlers.actions[handlers.next] = action
      return handlers.next
    }
    // Looked at after the entry was made, so that no cancel falls between the two; an action may then run twice.
    if isCancelled { action() }
    return number
  }

  /// Forgets what ``onCancel(_:)`` was given.
  public func removeHandler(_ number: UInt64) {
    handlers.withLock { _ = $0.actions.removeValue(forKey: number) }
  }

  /// Bytes counted so far.
  public var bytes: UInt64 { moved.load(ordering: .relaxed) }

  /// Counts bytes that have arrived. The pipe of a copy calls it; a storage does not, or they would count twice.
  public func count(_ bytes: Int) { moved.add(UInt64(bytes), ordering: .relaxed) }
}
