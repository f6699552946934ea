internal import Crypto
internal import Storage
internal import Synchronization

/// Computes the SHA-256 of what it is given.
final class DigestSink: ByteSink {
  private let hash = Mutex(SHA256())
  private let control: TransferControl?

  /// - Parameter control: counts the bytes, if it is given.
  init(countingIn control: TransferControl? = nil) { self.control = control }

  func write(_ bytes: RawSpan) throws(StorageError) {
    unsafe bytes.withUnsafeBytes { piece in hash.withLock { unsafe $0.update(bufferPointer: piece) } }
    control?.count(bytes.byteCount)
  }

  /// Of all that it was given so far.
  var digest: ContentDigest? { ContentDigest(Array(hash.withLock { $0.finalize() })) }
}

extension Storage {
  /// The digest of a file as its medium has it; `nil` if that holds another number of bytes than was listed.
  /// - Parameters:
  ///   - control: stops it.
  ///   - own: counts the bytes, which are none that arrive.
  func digest(
    of file: Entry,
    _ control: TransferControl,
    countingIn own: TransferControl = TransferControl()
  ) async throws(StorageError) -> ContentDigest? {
    let handler = control.onCancel { own.cancel() }
    defer { control.removeHandler(handler) }
    let sink = DigestSink(countingIn: own)
    let count = try await readBack(file, into: sink, own)
    return count == file.size ? sink.digest : nil
  }
}
