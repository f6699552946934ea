internal import PTP
internal import Storage

/// Android's operations on a part of an object (MtpServer.cpp, since Android 3.2): a file that was cut off by them keeps
/// what has come, where one that was sent whole is removed. They leave it with the date of the last write.
extension PTPTransport {
  func append(
    to object: ObjectHandle,
    of file: NewObject,
    _ range: Range<UInt64>,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError) {
    try control.check()
    try object.checkIsOneObject()
    guard !range.isEmpty else {
      try expectEnd(of: source)
      // The session that sent the last of it may have ended before.
      return try setDates(of: object, file, try abilities())
    }
    do throws(StorageError) {
      // Data for an object that is not open for it is never read: it must be known to be open (measured).
      try beginEdit(object)
      try sendPieces(of: range, to: object, file, from: source, control)
      try channel.transact(.endEditObject, [object.rawValue]).code.check("finish a file")
    } catch {
      if !channel.isDead { _ = try? channel.transact(.endEditObject, [object.rawValue]) }
      throw error
    }
    try setDates(of: object, file, try abilities())
  }

  /// Lets the reading of a file of which nothing is missing come to its end.
  private func expectEnd(of source: any ByteSource) throws(StorageError) {
    var byte: [UInt8] = [0]
    var span = byte.mutableSpan
    var room = unsafe span.mutableBytes
    guard try source.read(into: &room) > 0 else { return }
    throw StorageError(.wrongLength, .nextFile, cause: "The source holds more than was listed")
  }

  private func beginEdit(_ object: ObjectHandle) throws(StorageError) {
    let response = try channel.transact(.beginEditObject, [object.rawValue])
    if response.code == .ok { return }
    // It may be open since a session that ended in the middle.
    _ = try channel.transact(.endEditObject, [object.rawValue])
    let again = try channel.transact(.beginEditObject, [object.rawValue])
    guard again.code == .ok else { throw Self.refusal("let a file be changed", again) }
  }

  /// A device that lists these operations and refuses them.
  private static func refusal(_ what: String, _ response: Response) -> StorageError {
    let cause = "The device refused to \(what)"
    return StorageError(.unsupported, .nextFile, cause: cause, code: Int32(response.code.rawValue))
  }

  private func sendPieces(
    of range: Range<UInt64>,
    to object: ObjectHandle,
    _ file: NewObject,
    from source: any ByteSource,
    _ control: TransferControl
  ) throws(StorageError) {
    var position = range.lowerBound
    var pieces = PieceSizes()
    while position < range.upperBound {
      try control.check()
      let length = pieces.next(left: range.upperBound - position)
      // The last piece ends with the source, so that one that is too long shows.
      let isLast = position + length == range.upperBound
      let data = try channel.prepare(isLast ? source : Piece(of: source, length), size: length)
      let (low, high) = (UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32))
      let begin = ContinuousClock.now
      let response = try channel.send(
        .sendPartialObject,
        [object.rawValue, low, high, UInt32(length)],
        data,
        control
      )
      // How much was written, its parameter does not say: Android leaves out what came in the first packet.
      do throws(StorageError) {
        try response.code.check("take a part of a file")
      } catch {
        if isFull(error, file.store, range.upperBound - position) { throw .full(code: error.code) }
        throw error.reason == .deviceRefused ? Self.refusal("take a part of a file", response) : error
      }
      pieces.took(ContinuousClock.now - begin)
      position += length
    }
  }
}

/// The next bytes of a source, as one of its own.
// @unchecked: created and used within one call, on the device's thread.
private final class Piece: ByteSource, @unchecked Sendable {
  private let source: any ByteSource
  private var left: UInt64

  init(of source: any ByteSource, _ length: UInt64) {
    self.source = source
    left = length
  }

  func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    guard left > 0 else { return 0 }
    let length = min(buffer.byteCount, Int(clamping: left))
    let count = try unsafe buffer.withUnsafeMutableBytes { bytes throws(StorageError) in
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<length])
      var span = unsafe part.mutableBytes
      return try source.read(into: &span)
    }
    left -= UInt64(count)
    return count
  }
}
