internal import Synchronization

/// Shared by the two ends of a copy: one cancel stops the source, the sink and the USB transfers within their
/// deadlines. Also counts the bytes that have arrived, for a progress display.
public final class TransferControl: Sendable {
  private let cancelled = Atomic<Bool>(false)
  private let moved = Atomic<UInt64>(0)

  public init() {}

  /// Asks every transfer under this control to stop. May be called from anywhere, also a signal source.
  public func cancel() { cancelled.store(true, ordering: .releasing) }

  /// Whether ``cancel()`` was called.
  public var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  /// Throws `cancelled` if ``cancel()`` was called. Storages call it between buffers and between transactions.
  public func check() throws(StorageError) {
    if isCancelled { throw StorageError(.cancelled, .stop, cause: "The run was interrupted") }
  }

  /// Bytes counted so far.
  public var bytes: UInt64 { moved.load(ordering: .relaxed) }

  /// Counts bytes that have arrived.
  public func count(_ bytes: Int) { moved.add(UInt64(bytes), ordering: .relaxed) }
}
