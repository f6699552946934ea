internal import CLinux
internal import Glibc

/// A file that an initiator sends, open for writing.
struct IncomingFile: ~Copyable {
  private let descriptor: CInt
  /// Bytes that still fit on the device.
  private var room: UInt64
  private var offset: UInt64

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
  }

  deinit { close(descriptor) }

  /// Appends the first `count` bytes of `buffer`.
  /// - Returns: how many were written; fewer than `count` if the device is full.
  mutating func write(_ count: Int, of buffer: [UInt8], from start: Int = 0) -> Int {
    let wanted = min(count, Int(clamping: room))
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

  /// Makes the device full from now on: for a fault.
  mutating func fillDevice() { room = 0 }

  /// Sets the modification time, in Unix seconds.
  func setModified(_ seconds: Int64) {
    let time = linux_time(seconds: seconds, nanoseconds: 0)
    _ = linux_set_times(descriptor, time, time)
  }
}
