public import Storage

func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws(ContractViolation) {
  guard condition else { throw ContractViolation(what()) }
}

func expectEqual<T: Equatable>(_ found: T, _ wanted: T, _ what: String) throws(ContractViolation) {
  guard found == wanted else { throw ContractViolation("\(what): \(found) instead of \(wanted)") }
}

/// Runs `body`, which must throw a `StorageError` with one of these reasons.
/// - Returns: that error.
@discardableResult
func expectError(
  _ reasons: StorageError.Reason...,
  of what: String,
  _ body: () async throws -> Void
) async throws -> StorageError {
  do {
    try await body()
  } catch let error as StorageError {
    try expect(reasons.contains(error.reason), "\(what): \(error) instead of \(reasons)")
    try expect(!error.cause.isEmpty, "\(what): an error without a cause")
    return error
  }
  throw ContractViolation("\(what): no error, where \(reasons) was due")
}

extension Storage {
  /// The whole listing of a folder, which must lack nothing, in byte order.
  public func listAll(_ directory: RelativePath = .root) async throws -> [Entry] {
    let entries = Collector<Entry>()
    let completeness = try await list(directory) { page in entries.append(page) }
    // A storage that cannot be sure says so, and misses nothing it knows of.
    try expect(completeness == .complete || completeness == .partial([]), "listing of \(directory): \(completeness)")
    return entries.all.sorted { $0.path < $1.path }
  }

  /// The entry of one path, from the listing of its folder.
  public func find(_ path: RelativePath) async throws -> Entry {
    guard let entry = try await listAll(path.parent).first(where: { $0.path == path }) else {
      throw ContractViolation("\(path) is not in the listing of its folder")
    }
    return entry
  }

  /// The bytes of a file from `offset` on, whose number must be the one that was returned.
  public func bytes(of entry: Entry, from offset: UInt64 = 0) async throws -> [UInt8] {
    let sink = BytesSink()
    let count = try await read(entry, from: offset, into: sink, TransferControl())
    try expectEqual(UInt64(sink.bytes.count), count, "bytes that \(entry.path) delivered")
    return sink.bytes
  }
}
