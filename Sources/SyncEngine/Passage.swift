internal import Storage

/// The way of files from the source of a run to its destination: through a pipe, or through a spool file on this
/// computer where both are parts of one device, which only reads or only writes.
struct Passage {
  let source: any Storage
  let destination: any Storage
  let host: HostPlace?
  let ahead: ReadAhead
  let control: TransferControl

  var isWithinOneDevice: Bool {
    source.traits.session.map { $0 == destination.traits.session } ?? false
  }

  /// Sends a file, which is not verified then.
  func send(_ file: Entry, _ order: WriteOrder) async throws(StorageError) -> Written {
    var order = order
    if source.traits.capabilities.contains(.attributes), destination.traits.capabilities.contains(.attributes) {
      order.attributes = try await source.extendedAttributes(of: file)
    }
    let whole = order
    guard isWithinOneDevice else {
      let reading = await ahead.begin(file, at: order.resumesAt, from: source, control: control)
      return try await copy(reading, to: destination, order: whole, control: control)
    }
    return try await withSpool(of: file, order.temporaryName) { (spool, host) async throws(StorageError) in
      try await copy(spool, from: host, to: destination, order: whole, control: control)
    }
  }

  /// How many bytes of `other`, at the destination, are those that `file` begins with: all of them, or all but the
  /// command at its end that a device took for the last of it; `nil` if it is something else.
  func beginning(
    of file: Entry,
    in other: Entry,
    _ thoroughness: ContentComparison.Thoroughness,
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
      if try await comparison.areEqual(file, other, size: size) { return size }
      guard destination.traits.session != nil, size < file.size ?? 0,
        let command = try await StrayCommand.length(atEndOf: other, size: size, in: destination, control),
        try await comparison.areEqual(file, other, size: size - command)
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
    _ body: (Entry, any Storage) async throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    guard let host else {
      let cause = "Source and destination are on one device, and this computer has no place to pass files through"
      throw StorageError(.unsupported, .nextFile, path: file.path, cause: cause)
    }
    return try await host.withSpool(of: file, from: source, temporaryName: temporaryName) {
      (spool) async throws(StorageError) in try await body(spool, host.storage)
    }
  }
}
