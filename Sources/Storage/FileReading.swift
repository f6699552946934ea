/// A file on its way out of a storage into a bounded pipe. It is read whether or not somebody takes its bytes yet, so
/// that it can be ready when its turn comes.
///
/// Its storage is busy until all is read: who does not take the bytes must ``drop()`` it before asking the storage for
/// anything else.
public final class FileReading: Sendable {
  /// What is read, as it was listed.
  public let file: Entry
  /// The first byte that is read.
  public let offset: UInt64
  /// What is given the bytes as well, in front of who takes them.
  public let watcher: (any ByteSink)?
  let source: any Storage
  let pipe: BytePipe
  private let task: Task<Result<UInt64, StorageError>, Never>

  /// Begins as soon as `previous`, if there is one, has been read to its end.
  /// - Parameters:
  ///   - offset: the first byte to read, at most the file's size.
  ///   - watcher: is given the bytes as well.
  ///   - control: stops it, and counts the bytes that are taken from it.
  public init(
    _ file: Entry,
    at offset: UInt64 = 0,
    from source: any Storage,
    after previous: FileReading? = nil,
    watcher: (any ByteSink)? = nil,
    control: TransferControl
  ) {
    self.file = file
    self.offset = offset
    self.watcher = watcher
    self.source = source
    let pipe = BytePipe(control: control)
    let sink: any ByteSink = watcher.map { WatchedSink(sink: pipe, watcher: $0) } ?? pipe
    self.pipe = pipe
    task = Task {
      _ = await previous?.delivered
      do throws(StorageError) {
        if let failure = pipe.failure { throw failure }
        let count = try await source.read(file, from: offset, into: sink, control)
        pipe.finish()
        return .success(count)
      } catch {
        pipe.fail(error)
        return .failure(error)
      }
    }
  }

  /// How many bytes the storage delivered, once it has.
  var delivered: Result<UInt64, StorageError> { get async { await task.value } }

  /// Stops the reading. Returns when the storage is free again.
  public func drop() async {
    pipe.fail(StorageError(.cancelled, .nextFile, path: file.path, cause: "Nobody wants the file any more"))
    _ = await task.value
  }
}

/// Has two sinks take the same bytes.
private struct WatchedSink: ByteSink {
  let sink: BytePipe
  let watcher: any ByteSink

  func write(_ bytes: RawSpan) throws(StorageError) {
    try watcher.write(bytes)
    try sink.write(bytes)
  }
}
