internal import Storage
internal import Synchronization

/// What a part of a file ends in if its sender was killed and the device was not unplugged: the command of the next
/// program, which the device took for the last of the file's data. Of use only for parts that an open step explains.
enum StrayCommand {
  /// The longest command, in bytes.
  static let longest: UInt64 = 32

  /// Whether a file of `size` bytes may be a part of one that was to have `whole`: as far as it came, and a command.
  static func canEnd(_ size: UInt64, of whole: UInt64) -> Bool { size <= whole || size - whole <= longest }

  /// The length in bytes of the command at the end of a file; `nil` if it does not end in one.
  static func length(
    atEndOf file: Entry,
    size: UInt64,
    in storage: any Storage,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64? {
    let tail = Tail()
    // These bytes do not arrive anywhere, so they count under a control of their own.
    let own = TransferControl()
    let handler = control.onCancel { own.cancel() }
    defer { control.removeHandler(handler) }
    let canSkip = storage.traits.capabilities.contains(.partialRead)
    let start = canSkip && size > longest ? size - longest : 0
    _ = try await storage.read(file, from: start, into: tail, own)
    return length(atEndOf: tail.bytes).map(UInt64.init)
  }

  /// A container of the type command (PTP over USB, ISO 15740 annex D): its length and its type, both little-endian,
  /// then 12 bytes in all and up to 5 parameters.
  ///
  /// Where not even the header of the data had been sent, the device takes the command's own 12 bytes for that, and its
  /// parameter for the file: the number of the session that libmtp opens, 1.
  static func length(atEndOf bytes: [UInt8]) -> Int? {
    if bytes == [1, 0, 0, 0] { return 4 }
    return stride(from: 12, through: Int(longest), by: 4).first { length in
      bytes.count >= length && bytes.suffix(length).starts(with: [UInt8(length), 0, 0, 0, 1, 0])
    }
  }
}

/// Keeps the last bytes of what it is given.
private final class Tail: ByteSink {
  private let kept = Mutex<[UInt8]>([])

  var bytes: [UInt8] { kept.withLock { $0 } }

  func write(_ bytes: RawSpan) throws(StorageError) {
    let longest = Int(StrayCommand.longest)
    let last = bytes.extracting(last: longest)
    kept.withLock { kept in
      unsafe last.withUnsafeBytes { unsafe kept.append(contentsOf: $0) }
      kept.removeFirst(max(0, kept.count - longest))
    }
  }
}
