import Glibc
import Storage
import Synchronization

/// What a large file holds that takes little room: zeros, but for a few blocks of which no two are the same.
struct SparseContent: Sendable {
  /// In bytes.
  let size: Int
  private static let block = 64 << 10
  private static let distance = 4096 * block

  private func isZero(_ block: Int) -> Bool {
    // The first of each 256 MiB, and the two that the end is in.
    !(block * Self.block).isMultiple(of: Self.distance) && block < (size - 1) / Self.block - 1
  }

  private static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: (offset &* 2_654_435_761) >> 24) | 1 }

  /// Writes what is at `offset` into `buffer`.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
    pieces(offset, buffer.count) { start, range, isZero in
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[range])
      guard !isZero else { return unsafe _ = part.initializeMemory(as: UInt8.self, repeating: 0) }
      for index in part.indices { unsafe part[index] = Self.byte(start + index) }
    }
  }

  /// Whether `buffer` is what is at `offset`.
  func matches(_ buffer: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    guard offset + buffer.count <= size else { return false }
    var isEqual = true
    pieces(offset, buffer.count) { start, range, isZero in
      let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[range])
      guard let first = part.baseAddress else { return }
      if isZero {
        // Each byte is the same as the next.
        let areZeros = unsafe part[0] == 0 && memcmp(first, first + 1, part.count - 1) == 0
        isEqual = isEqual && areZeros
      } else {
        for index in part.indices where unsafe part[index] != Self.byte(start + index) { isEqual = false }
      }
    }
    return isEqual
  }

  /// Calls `body` for each block from `offset` on: where it begins in the file and in the buffer, and whether it is zero.
  private func pieces(_ offset: Int, _ count: Int, _ body: (Int, Range<Int>, Bool) -> Void) {
    var done = 0
    while done < count {
      let block = (offset + done) / Self.block
      let end = min(count, (block + 1) * Self.block - offset)
      body(offset + done, done..<end, isZero(block))
      done = end
    }
  }

  /// Whether the file at `path` is this: its data is read, and where it has holes there is nothing but zeros to be.
  func isStored(at path: String) throws -> Bool {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0, lseek(file, 0, SEEK_END) == off_t(size) else { return false }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var (offset, isEqual) = (0, true)
    while offset < size, isEqual {
      // SEEK_DATA and SEEK_HOLE (lseek(2)).
      let data = lseek(file, off_t(offset), 3)
      let start = data < 0 ? size : Int(data)
      pieces(offset, start - offset) { _, _, isZero in isEqual = isEqual && isZero }
      offset = start
      let end = start < size ? Int(lseek(file, off_t(start), 4)) : size
      while offset < end, isEqual {
        let count = unsafe pread(file, &buffer, min(buffer.count, end - offset), off_t(offset))
        guard count > 0 else { return false }
        isEqual = unsafe buffer.withUnsafeBytes { unsafe matches(.init(rebasing: $0[..<count]), at: offset) }
        offset += count
      }
    }
    return isEqual
  }
}

/// Delivers such content.
// @unchecked: read on the device's thread only.
final class SparseSource: ByteSource, @unchecked Sendable {
  private let content: SparseContent
  private var position = 0

  init(_ content: SparseContent) { self.content = content }

  func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    let count = min(content.size - position, buffer.byteCount)
    unsafe buffer.withUnsafeMutableBytes { unsafe content.fill(.init(rebasing: $0[..<count]), at: position) }
    position += count
    return count
  }
}

/// Compares what it is given with such content.
final class SparseSink: ByteSink {
  private let content: SparseContent
  private let state: Mutex<(position: Int, isEqual: Bool)>

  init(_ content: SparseContent, from start: Int) {
    self.content = content
    state = Mutex((start, true))
  }

  /// Whether all of it from there on came, and nothing else.
  var isEqual: Bool { state.withLock { $0.isEqual && $0.position == content.size } }

  func write(_ bytes: RawSpan) throws(StorageError) {
    state.withLock { state in
      let isSame = unsafe bytes.withUnsafeBytes { unsafe content.matches($0, at: state.position) }
      state.isEqual = state.isEqual && isSame
      state.position += bytes.byteCount
    }
  }
}
