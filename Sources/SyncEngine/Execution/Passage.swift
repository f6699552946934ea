internal import Storage

/// The way of files from the source of a run to its destination: through a pipe, or through a spool file on this
/// computer where both are parts of one device, which only reads or only writes.
struct Passage {
  let source: any Storage
  let destination: any Storage
  let host: HostPlace?
  let ahead: ReadAhead
  let control: TransferControl
  /// Whether digests are computed of what is sent.
  let digests: Bool

  var isWithinOneDevice: Bool {
    source.traits.session.map { $0 == destination.traits.session } ?? false
  }

  /// Sends a file, which is not verified then; with its digest, if such are computed.
  func send(_ file: Entry, _ order: WriteOrder) async throws(StorageError) -> Written {
    var order = order
    if source.traits.capabilities.contains(.attributes), destination.traits.capabilities.contains(.attributes) {
      order.attributes = try await source.extendedAttributes(of: file)
    }
    let whole = order
    let digest = digests ? DigestSink() : nil
    var written: Written
    if isWithinOneDevice {
      written = try await withSpool(of: file, order.temporaryName, digest) { (spool, host) async throws(StorageError) in
        try await copy(spool, from: host, to: destination, order: whole, control: control)
      }
      written.digest = digest?.digest
    } else {
      if let digest, order.resumesAt > 0 { try await read(beginningOf: file, order.resumesAt, into: digest) }
      let reading = await ahead.begin(file, at: order.resumesAt, from: source, digest: digest, control: control)
      written = try await copy(reading, to: destination, order: whole, control: control)
      written.digest = (reading.watcher as? DigestSink)?.digest
    }
    return written
  }

  /// Reads what of a file is at the destination already: its digest is that of all of it.
  private func read(beginningOf file: Entry, _ count: UInt64, into digest: DigestSink) async throws(StorageError) {
    await ahead.drop()
    guard try await source.readPart(file, 0..<count, into: digest, control) == count else {
      throw StorageError(.wrongLength, .nextFile, path: file.path, cause: "Not as many bytes came as were listed")
    }
  }

  /// How many bytes of `other`, at the destination, are those that `file` begins with: all of them, or, in what an open
  /// step explains as a part, all but the command at its end that a device took for the last of it; `nil` if it is something
  /// else.
  func beginning(
    of file: Entry,
    in other: Entry,
    _ thoroughness: ContentComparison.Thoroughness,
    isPart: Bool = false,
    temporaryName: [UInt8]
  ) async throws(StorageError) -> UInt64? {
    guard let size = other.size, size > 0 else { return 0 }
    func compare(_ file: Entry, in storage: any Storage) async throws(StorageError) -> UInt64? {
      let comparison = ContentComparison(
        source: storage,
        destination: destination,
        thoroughness: thoroughness,
        control: control
      )
      let whole = file.size ?? 0
      if size <= whole, try await comparison.areEqual(file, other, size: size) { return size }
      guard isPart, destination.traits.session != nil,
        let command = try await StrayCommand.length(atEndOf: other, size: size, in: destination, control),
        size - command <= whole, try await comparison.areEqual(file, other, size: size - command)
      else { return nil }
      return size - command
    }
    guard isWithinOneDevice else { return try await compare(file, in: source) }
    return try await withSpool(of: file, temporaryName) { (spool, host) async throws(StorageError) in
      try await compare(spool, in: host)
    }
  }

  private func withSpool<Value>(
    of file: Entry,
    _ temporaryName: [UInt8],
    _ watcher: (any ByteSink)? = nil,
    _ body: (Entry, any Storage) async throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    guard let host else {
      let cause = "Source and destination are on one device, and this computer has no place to pass files through"
      throw StorageError(.unsupported, .nextFile, path: file.path, cause: cause)
    }
    return try await host.withSpool(of: file, from: source, temporaryName: temporaryName, watcher: watcher) {
      (spool) async throws(StorageError) in try await body(spool, host.storage)
    }
  }
}
