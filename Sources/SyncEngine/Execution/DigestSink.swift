internal import Crypto
package import Storage
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

  /// Whether a file of this storage holds what one of `source` does, see ``digest(of:like:in:_:countingIn:)``.
  func holds(
    _ copy: Entry,
    like file: Entry,
    in source: any Storage,
    _ control: TransferControl
  ) async throws(StorageError) -> Bool {
    try await digest(of: copy, like: file, in: source, control) != nil
  }

  /// The digest of a file of this storage if it holds what one of `source` does, which has as many bytes, both as their media
  /// have it: neither is asked for what this computer only has in its memory. `nil` if they differ.
  /// - Parameter own: counts the bytes of this storage, which are none that arrive.
  func digest(
    of copy: Entry,
    like file: Entry,
    in source: any Storage,
    _ control: TransferControl,
    countingIn own: TransferControl = TransferControl()
  ) async throws(StorageError) -> ContentDigest? {
    // A device may have nothing of an empty file that could be read.
    if copy.size == 0, traits.identity.device != nil { return DigestSink().digest }
    // One session does one thing at a time.
    if let session = traits.session, session == source.traits.session {
      guard let there = try await digest(of: copy, control, countingIn: own) else { return nil }
      return try await source.digest(of: file, control) == there ? there : nil
    }
    async let reading = result(of: file, in: source, control)
    let there = await result(of: copy, in: self, control, countingIn: own)
    let here = await reading
    guard let there = try there.get() else { return nil }
    return try here.get() == there ? there : nil
  }

  /// Has the names of files and links, and of the folders that they are in, on the medium.
  /// - Returns: by folder, why that could not be done.
  package func keepNames(of paths: [RelativePath]) async -> [RelativePath: StorageError] {
    var folders: Set<RelativePath> = []
    for path in paths {
      var folder = path.parent
      while folders.insert(folder).inserted, !folder.isRoot { folder = folder.parent }
    }
    var failures: [RelativePath: StorageError] = [:]
    for folder in folders.sorted() {
      do throws(StorageError) { try await keepNames(in: folder) } catch { failures[folder] = error }
    }
    return failures
  }
}

private func result(
  of file: Entry,
  in storage: any Storage,
  _ control: TransferControl,
  countingIn own: TransferControl = TransferControl()
) async -> Result<ContentDigest?, StorageError> {
  do throws(StorageError) { return .success(try await storage.digest(of: file, control, countingIn: own)) } catch {
    return .failure(error.about(file.path))
  }
}
