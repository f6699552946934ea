internal import Synchronization

/// Passes the first bytes on and refuses the rest, so that a reading stops.
package final class PartSink: ByteSink {
  private let sink: any ByteSink
  private let count: UInt64
  private let passed = Mutex<UInt64>(0)

  private init(of count: UInt64, into sink: any ByteSink) {
    self.sink = sink
    self.count = count
  }

  package func write(_ bytes: RawSpan) throws(StorageError) {
    let wanted = Int(clamping: count - passed.withLock { $0 })
    let part = bytes.extracting(first: wanted)
    if part.byteCount > 0 {
      try sink.write(part)
      passed.withLock { $0 += UInt64(part.byteCount) }
    }
    if bytes.byteCount > wanted { throw StorageError(.changed, .nextFile, cause: "All that was wanted was read") }
  }

  /// Calls `read` with a sink that takes `count` bytes.
  /// - Returns: how many came.
  /// - Throws: what `read` throws before they all came.
  package static func take(
    _ count: UInt64,
    into sink: any ByteSink,
    _ read: (PartSink) async throws(StorageError) -> UInt64
  ) async throws(StorageError) -> UInt64 {
    let part = PartSink(of: count, into: sink)
    do throws(StorageError) {
      return try await read(part)
    } catch {
      guard part.passed.withLock({ $0 }) == count else { throw error }
      return count
    }
  }
}
