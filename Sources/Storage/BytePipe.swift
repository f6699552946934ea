internal import Foundation

/// A bounded pipe between two storages: one pushes into it on its thread, the other pulls on its own. Each end blocks
/// while the other is behind; none hangs, since either may ``fail(_:)`` and a cancel of the control wakes both.
// @unchecked: the mutable state below is only touched with `condition` locked.
@safe
public final class BytePipe: ByteSink, ByteSource, @unchecked Sendable {
  private enum State {
    case open
    case finished
    case failed(StorageError)
  }

  private let condition = NSCondition()
  private let control: TransferControl
  private var cancelHandler: UInt64 = 0
  // A ring: `filled` bytes from `start` on, wrapping at the end.
  private let ring: UnsafeMutableRawBufferPointer
  private var start = 0
  private var filled = 0
  private var state = State.open

  /// - Parameters:
  ///   - capacity: in bytes, at least 1. Memory is taken as it is filled.
  ///   - control: whose cancel wakes both ends, and that counts what the reader takes.
  public init(capacity: Int = 4 << 20, control: TransferControl) {
    precondition(capacity > 0, "a pipe must hold something")
    self.control = control
    unsafe ring = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    cancelHandler = control.onCancel { [weak self] in self?.fail(TransferControl.cancellation) }
  }

  deinit {
    control.removeHandler(cancelHandler)
    unsafe ring.deallocate()
  }

  /// The first error that either end gave, if one did.
  public var failure: StorageError? {
    condition.lock()
    defer { condition.unlock() }
    guard case .failed(let error) = state else { return nil }
    return error
  }

  /// Says that no byte follows: once the reader took what is there, it gets the end.
  public func finish() {
    condition.lock()
    defer { condition.unlock() }
    guard case .open = state else { return }
    state = .finished
    condition.broadcast()
  }

  /// Gives up, from either end: the other's waiting or next call throws `error`, but the reader first gets what had come,
  /// unless it was cancelled. The first error stays. Without effect once the reader has taken everything up to the end.
  public func fail(_ error: StorageError) {
    condition.lock()
    defer { condition.unlock() }
    switch state {
    case .failed: return
    case .finished where filled == 0: return
    case .open, .finished: state = .failed(error)
    }
    condition.broadcast()
  }

  public func write(_ bytes: RawSpan) throws(StorageError) {
    condition.lock()
    defer { condition.unlock() }
    var offset = 0
    while offset < bytes.byteCount {
      while case .open = state, unsafe filled == ring.count { condition.wait() }
      switch state {
      case .open: break
      case .finished: preconditionFailure("a pipe takes no bytes after finish()")
      case .failed(let error): throw error
      }
      let end = unsafe (start + filled) % ring.count
      let count = unsafe min(bytes.byteCount - offset, ring.count - filled, ring.count - end)
      unsafe bytes.extracting(offset..<(offset + count)).withUnsafeBytes { piece in
        unsafe UnsafeMutableRawBufferPointer(rebasing: ring[end...]).copyMemory(from: piece)
      }
      offset += count
      filled += count
      condition.broadcast()
    }
  }

  public func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    condition.lock()
    defer { condition.unlock() }
    var given = 0
    while given < buffer.byteCount {
      while case .open = state, filled == 0 { condition.wait() }
      if case .failed(let error) = state, error.reason == .cancelled || filled == 0 && given == 0 { throw error }
      if filled == 0 { break }
      let count = unsafe min(filled, ring.count - start, buffer.byteCount - given)
      unsafe buffer.withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[given...])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[start..<(start + count)]))
      }
      start = unsafe (start + count) % ring.count
      filled -= count
      given += count
      control.count(count)
      condition.broadcast()
    }
    return given
  }
}
