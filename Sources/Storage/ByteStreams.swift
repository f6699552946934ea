/// Takes a file's bytes, in order. Blocks while it has no room, and is called only on a storage's own thread.
public protocol ByteSink: Sendable {
  /// Takes all of `bytes`, in one or more steps.
  func write(_ bytes: RawSpan) throws(StorageError)
}

/// Gives a file's bytes, in order. Blocks while it has none, and is called only on a storage's own thread.
public protocol ByteSource: Sendable {
  /// Fills `buffer`, or its beginning if the end comes first. A taker must cope with less at any time.
  /// - Returns: how many bytes were given; 0 only at the end.
  func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int
}
