public import Storage
internal import Synchronization

/// Collects from any thread.
public final class Collector<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  public init() {}

  public func append(_ more: [Element]) { elements.withLock { $0 += more } }

  public var all: [Element] { elements.withLock { $0 } }
}

/// Keeps what it is given, and does something after so many bytes.
public final class BytesSink: ByteSink {
  private let collected = Collector<UInt8>()
  private let limit: Int
  private let action: @Sendable () throws(StorageError) -> Void

  /// - Parameters:
  ///   - limit: how many bytes are taken before `action`, which is then called at each write.
  ///   - action: throws, or cancels the control.
  public init(limit: Int = .max, action: @escaping @Sendable () throws(StorageError) -> Void = {}) {
    self.limit = limit
    self.action = action
  }

  public var bytes: [UInt8] { collected.all }

  public func write(_ bytes: RawSpan) throws(StorageError) {
    collected.append(unsafe bytes.withUnsafeBytes { unsafe Array($0) })
    if collected.all.count >= limit { try action() }
  }
}

/// Gives an array's bytes, and does something after so many.
public final class BytesSource: ByteSource {
  private let bytes: [UInt8]
  private let position = Mutex(0)
  private let limit: Int
  private let piece: Int
  private let action: @Sendable () throws(StorageError) -> Void

  /// - Parameters:
  ///   - bytes: what it gives.
  ///   - piece: the most it gives in one call.
  ///   - limit: how many bytes are given before `action`, which is then called at each read.
  ///   - action: throws, or cancels the control.
  public init(
    _ bytes: [UInt8],
    piece: Int = .max,
    limit: Int = .max,
    action: @escaping @Sendable () throws(StorageError) -> Void = {}
  ) {
    self.bytes = bytes
    self.piece = piece
    self.limit = limit
    self.action = action
  }

  public func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    let start = position.withLock { $0 }
    if start >= limit { try action() }
    let count = min(bytes.count - start, buffer.byteCount, piece)
    unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: bytes[start..<(start + count)]) }
    position.withLock { $0 += count }
    return count
  }
}

/// Bytes that differ from place to place and from seed to seed.
public func someBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  return unsafe [UInt8](unsafeUninitializedCapacity: count + 8) { bytes, filled in
    // Eight at a time, for tests run unoptimised.
    for start in stride(from: 0, to: count, by: 8) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      unsafe UnsafeMutableRawBufferPointer(bytes).storeBytes(
        of: state ^ state >> 32,
        toByteOffset: start,
        as: UInt64.self
      )
    }
    filled = count
  }
}
