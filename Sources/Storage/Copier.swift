/// Streams one file from a storage into a temporary of another, through a bounded pipe: `source` reads on its thread
/// while `destination` writes on its own. The caller verifies and commits what comes back.
///
/// The two must not be parts of one device: it does one thing at a time, so one end would wait for ever.
/// - Parameters:
///   - file: as `source` listed it.
///   - source: where it is.
///   - destination: where it goes.
///   - order: the path there, the length and the dates, and how much of it is there already.
///   - control: stops both ends, and counts the bytes.
/// - Returns: the temporary.
/// - Throws: what either storage threw, the first if both did; `wrongLength` if the source did not deliver all of
///   `order.size` bytes; `cancelled`. No temporary is left then, but for what the order keeps.
public func copy(
  _ file: Entry,
  from source: any Storage,
  to destination: any Storage,
  order: WriteOrder,
  control: TransferControl
) async throws(StorageError) -> Written {
  try checkStream(from: source, to: destination, order)
  return try await copy(
    FileReading(file, at: order.resumesAt, from: source, control: control),
    to: destination,
    order: order,
    control: control
  )
}

/// The same for a file that is being read already, from where the order goes on. When this returns or throws, the
/// reading has come to its end.
public func copy(
  _ reading: FileReading,
  to destination: any Storage,
  order: WriteOrder,
  control: TransferControl
) async throws(StorageError) -> Written {
  let pipe = reading.pipe
  let written: Result<Written, StorageError>
  do throws(StorageError) {
    try checkStream(from: reading.source, to: destination, order)
    try control.check()
    written = .success(try await destination.write(pipe, order, control))
    // A destination that returned without reading to the end must not leave the source waiting.
    pipe.fail(StorageError(.wrongLength, .nextFile, path: order.path, cause: "The source holds more than was listed"))
  } catch {
    written = .failure(error)
    pipe.fail(error)
  }
  let delivered = await reading.delivered

  // The pipe keeps the first error; each end may have thrown one of its own after that.
  switch (written, delivered, pipe.failure) {
  case (.success(let written), .success(order.size - order.resumesAt), nil): return written
  case (.success(let written), _, let failure):
    // Without staging it stands under its real name already.
    var isOurs = written.temporary.path != order.path
    if !isOurs { isOurs = await destination.holds(written) }
    if isOurs { try? await destination.discard(written) }
    let wrongLength = StorageError(.wrongLength, .nextFile, cause: "Not as many bytes came as were listed")
    throw (failure ?? wrongLength).about(order.path)
  case (.failure(let error), _, let failure): throw (failure ?? error).about(order.path)
  }
}

private func checkStream(
  from source: any Storage,
  to destination: any Storage,
  _ order: WriteOrder
) throws(StorageError) {
  guard let session = source.traits.session, session == destination.traits.session else { return }
  let cause = "Files cannot be streamed between two places on one device"
  throw StorageError(.unsupported, .nextFile, path: order.path, cause: cause)
}
