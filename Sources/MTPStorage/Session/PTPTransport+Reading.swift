internal import PTP
internal import Storage

extension PTPTransport {
  /// Files up to this size are read by one GetObject; larger ones in pieces, so that a cancel falls between two
  /// transactions: there is no safe way to stop one (libmtp's ends the MTP server of Android 9 to 14).
  private static let wholeReadLimit: UInt64 = 32 << 20

  func read(
    _ object: ObjectHandle,
    size: UInt64?,
    from offset: UInt64,
    to end: UInt64?,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> UInt64 {
    // An empty file is asked for all the same: where sizes are cut to 32 bits, one of 4 GiB looks empty.
    if let size, offset >= size, offset > 0 { return 0 }
    let end = min(end ?? size ?? 0, size ?? 0)
    if let size, offset > 0 || end < size || size > Self.wholeReadLimit {
      guard offset < end else { return 0 }
      if supports(.getPartialObject64) {
        return try readPieces(of: object, offset..<end, size: size, wide: true, into: sink, control)
      }
      // The older operation counts in 32 bits.
      if supports(.getPartialObject), size <= UInt64(UInt32.max) {
        return try readPieces(of: object, offset..<end, size: size, wide: false, into: sink, control)
      }
    }
    try control.check()
    let tail = Tail(of: sink, after: offset)
    let (response, _) = try channel.receive(.getObject, [object.rawValue], size: size, into: tail, control)
    try response.code.check("send a file")
    return tail.delivered
  }

  private func readPieces(
    of object: ObjectHandle,
    _ range: Range<UInt64>,
    size: UInt64,
    wide: Bool,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> UInt64 {
    var position = range.lowerBound
    var pieces = PieceSizes()
    while position < range.upperBound {
      try control.check()
      let length = pieces.next(left: range.upperBound - position)
      let (low, high) = (UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32))
      let begin = ContinuousClock.now
      let (response, count) = try channel.receive(
        wide ? .getPartialObject64 : .getPartialObject,
        wide ? [object.rawValue, low, high, UInt32(length)] : [object.rawValue, low, UInt32(length)],
        size: length,
        into: sink,
        control
      )
      try response.code.check("send a part of a file")
      pieces.took(ContinuousClock.now - begin)
      position += count
      // Shorter than asked for is the end of a file that has shrunk: the caller compares the count.
      if count < length { return position - range.lowerBound }
    }
    if range.upperBound == size { try checkEnd(of: object, at: size, wide: wide) }
    return position - range.lowerBound
  }

  /// Makes sure that a file ends where its listing says, on devices whose sizes come from ObjectInfo: some put the low
  /// 32 bits of a size there. (Read whole, such a file gives itself away.)
  private func checkEnd(of object: ObjectHandle, at end: UInt64, wide: Bool) throws(StorageError) {
    guard case .unusable = propertyLists, wide else { return }
    let (low, high) = (UInt32(truncatingIfNeeded: end), UInt32(truncatingIfNeeded: end >> 32))
    let (response, data) = try channel.receive(.getPartialObject64, [object.rawValue, low, high, 1])
    guard response.code != .ok || data.isEmpty else {
      throw StorageError(.wrongLength, .nextFile, cause: "The file is longer than the device says in its listing")
    }
  }
}

/// How long the pieces of a large file are: as long as a piece takes about half a second, which is how long a cancel
/// may have to wait.
struct PieceSizes {
  private static let smallest: UInt64 = 4 << 20
  private static let largest: UInt64 = 32 << 20
  private var length = smallest

  /// The next piece, in bytes. Never so long that the data phase ends in a full packet: Galaxies hang there.
  func next(left: UInt64) -> UInt64 {
    let piece = min(length, left)
    // With its header, a piece of whole MiB never fills its last packet (packets are 64, 512 or 1,024 bytes). The rest
    // of a file may: then it is read in two.
    guard (piece + UInt64(ContainerHeader.size)) % 64 == 0, piece > 32 else { return piece }
    return piece - 32
  }

  /// Learns from how long the last piece took.
  mutating func took(_ time: Duration) {
    if time < .milliseconds(250) { length = min(length * 2, Self.largest) }
    if time > .seconds(1) { length = max(length / 2, Self.smallest) }
  }
}

/// Passes on what comes after the first `skip` bytes, for devices that can only send a whole file.
// @unchecked: created and used within one call, on the device's thread.
final class Tail: ByteSink, @unchecked Sendable {
  private let sink: any ByteSink
  private var skip: UInt64
  private(set) var delivered: UInt64 = 0

  init(of sink: any ByteSink, after skip: UInt64) {
    self.sink = sink
    self.skip = skip
  }

  func write(_ bytes: RawSpan) throws(StorageError) {
    let skipped = Int(min(skip, UInt64(bytes.byteCount)))
    skip -= UInt64(skipped)
    guard skipped < bytes.byteCount else { return }
    try sink.write(bytes.extracting(droppingFirst: skipped))
    delivered += UInt64(bytes.byteCount - skipped)
  }
}
