internal import CLinux
internal import Glibc

/// A file that an initiator sends, open for writing.
struct IncomingFile: ~Copyable {
  private let descriptor: CInt
  /// Bytes that still fit on the device.
  private var room: UInt64
  private var offset: UInt64
  private let isNew: Bool

  /// Opens the file at `path`, which is made if it is not there and emptied if it is, to be written from its start.
  /// `nil` if that cannot be.
  init?(replacing path: String, room: UInt64) {
    self.init(path, flags: O_CREAT | O_TRUNC, offset: 0, room: room)
  }

  /// Opens the file at `path` to be written from `offset` on. `nil` if it is not there.
  init?(editing path: String, from offset: UInt64, room: UInt64) {
    self.init(path, flags: 0, offset: offset, room: room)
  }

  private init?(_ path: String, flags: CInt, offset: UInt64, room: UInt64) {
    descriptor = unsafe linux_open_at(AT_FDCWD, path, O_RDWR | flags, 0o644)
    guard descriptor >= 0 else { return nil }
    self.room = room
    self.offset = offset
    isNew = flags & O_TRUNC != 0
  }

  deinit { close(descriptor) }

  /// Appends `count` bytes of `buffer` from `start` on. Where a new file gets many zeros, it gets a hole, so that tests
  /// with files of some GiB need no disk.
  /// - Returns: how many were written; fewer than `count` if the device is full.
  mutating func write(_ count: Int, of buffer: [UInt8], from start: Int = 0) -> Int {
    let wanted = min(count, Int(clamping: room))
    if isNew, wanted >= Self.smallestHole, isZero(buffer, start, wanted),
      ftruncate(descriptor, off_t(clamping: offset + UInt64(wanted))) == 0
    {
      offset += UInt64(wanted)
      room -= UInt64(wanted)
      return wanted
    }
    var done = 0
    while done < wanted {
      let written = unsafe buffer.withUnsafeBytes { bytes in
        unsafe pwrite(
          descriptor,
          bytes.baseAddress.map { unsafe $0 + start + done },
          wanted - done,
          off_t(clamping: offset)
        )
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { break }
      done += written
      offset += UInt64(written)
      room -= UInt64(written)
    }
    return done
  }

  private static let smallestHole = 1 << 16

  private func isZero(_ buffer: [UInt8], _ start: Int, _ count: Int) -> Bool {
    unsafe buffer.withUnsafeBytes { bytes in
      // Each byte is the same as the next.
      guard unsafe bytes[start] == 0, let first = unsafe bytes.baseAddress.map({ unsafe $0 + start }) else {
        return false
      }
      return unsafe memcmp(first, first + 1, count - 1) == 0
    }
  }

  /// Makes the device full from now on: for a fault.
  mutating func fillDevice() { room = 0 }

  /// Sets the modification time, in Unix seconds.
  func setModified(_ seconds: Int64) {
    let time = linux_time(seconds: seconds, nanoseconds: 0)
    _ = linux_set_times(descriptor, time, time)
  }
}
