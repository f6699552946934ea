internal import Storage

/// Removes what probes have sent: their folder, and in it what has the name and the size of a probe's files. Anything else
/// is somebody's, and stays with the folder.
struct ProbeLeftovers {
  let storage: any Storage
  /// Whether the device may be reset on the bus for a file whose name it keeps, since a probe was killed before it came.
  var mayReset = false
  /// No file of a probe is longer, in bytes.
  static let longestFile: UInt64 = 16

  /// Those in a folder.
  func find(in home: RelativePath) async throws(StorageError) -> [Entry] {
    try await Listing(of: home, in: storage).entries.filter { entry in
      TemporaryName.isProbe(entry.path.name) && (entry.isDirectory || isOurs(entry))
    }
  }

  /// Removes a folder of a probe, or a file.
  /// - Returns: whether nothing that is a probe's stays there.
  /// - Throws: what ended the session.
  func remove(_ entry: Entry) async throws(StorageError) -> Bool { try await remove(entry, in: 0, mayReset) }

  private func remove(_ entry: Entry, in depth: Int, _ mayReset: Bool) async throws(StorageError) -> Bool {
    var isClean = true
    do throws(StorageError) {
      // A probe makes a folder in its folder, and nothing in that; a device may list anything.
      if entry.isDirectory, depth < 2 {
        for inner in try await Listing(of: entry.path, in: storage).entries where isOurs(inner) {
          let isGone = try await remove(inner, in: depth + 1, mayReset)
          isClean = isClean && isGone
        }
      }
      if isClean { try await storage.remove(entry) }
    } catch {
      switch error.reason {
      // A folder into which somebody else has put something is theirs.
      case .notFound, .directoryNotEmpty: return isClean
      case .nameReserved where mayReset:
        try await storage.reset()
        return try await remove(entry, in: depth, false)
      default:
        guard error.recovery != .reopen, error.reason != .cancelled else { throw error }
        return false
      }
    }
    return isClean
  }

  /// Of a name that was cut off, the end is missing.
  private func isOurs(_ entry: Entry) -> Bool {
    guard entry.path.name.starts(with: ".filesync-\(TemporaryName.probe)-".utf8) else { return false }
    return entry.isDirectory || entry.size.map { $0 <= Self.longestFile } ?? false
  }
}
