internal import Storage

/// A file, or a folder with all that is in it, as it was listed: what a removal may remove, and nothing else.
struct RemovableTree: Sendable {
  /// In the order of removal: what a folder holds comes before it.
  let entries: [Entry]

  /// These entries alone, sorted as paths are.
  init(_ sorted: [Entry]) { entries = sorted.reversed() }

  /// Lists everything below `entry`.
  /// - Throws: refused, if a listing has a gap: what cannot be seen is not to be removed.
  init(of entry: Entry, at place: Place, _ context: CommandContext) async throws(Failure) {
    var found = [entry]
    var folders = entry.isDirectory ? [entry] : []
    var entered = EnteredFolders()
    while let folder = folders.popLast() {
      try context.checkInterrupt()
      let listing: Listing
      do throws(StorageError) {
        guard entered.enters(folder) else {
          let cause = "Its folders are nested too deep, or within one another"
          throw StorageError(.nameNotAllowed, .nextFile, path: folder.path, cause: cause)
        }
        listing = try await Listing(of: folder.path, in: place.volume.storage)
      } catch {
        throw place.failure(error)
      }
      guard listing.isComplete else {
        let names = listing.unlisted.prefix(3).map { FileSyncCommands.shown($0.name) }.joined(separator: ", ")
        throw Failure(
          .refused,
          names.isEmpty
            ? "Nothing assures that all of \(place.shown(folder.path)) is listed"
            : "\(place.shown(folder.path)) could not be listed whole (\(names))",
          cure: "Nothing of it was removed. Remove its files by name, or run again once all of it can be listed."
        )
      }
      let isAmbiguous = listing.entries.contains(where: \.isNameShared)
      guard !isAmbiguous, Set(listing.entries.map(\.path)).count == listing.entries.count else {
        throw Failure(
          .refused,
          "\(place.shown(folder.path)) holds several things of one name",
          cure: "Nothing of it was removed. Remove or rename one of them on the device itself."
        )
      }
      found += listing.entries
      folders += listing.entries.filter(\.isDirectory)
    }
    entries = found.sorted { $1.path < $0.path }
  }

  /// Removes them, one by one. Each must still be what it was; a folder must be empty by then. What cannot be removed
  /// is told of, and the folders above it stay.
  /// - Returns: what was removed.
  func remove(
    from storage: any Storage,
    _ context: CommandContext,
    _ tally: Tally,
    shown: (RelativePath) -> String,
    line: (Entry) -> JSONLine
  ) async throws(Failure) -> [RelativePath] {
    var removed: [RelativePath] = []
    var kept: Set<RelativePath> = []
    for entry in entries {
      try context.checkInterrupt()
      guard !kept.contains(entry.path) else {
        kept.insert(entry.path.parent)
        continue
      }
      do throws(StorageError) {
        try await storage.remove(entry)
        removed.append(entry.path)
        tally.done(line(entry))
      } catch {
        kept.insert(entry.path.parent)
        if error.reason == .notFound, await Self.isGone(entry.path, from: storage) { continue }
        let failure = Failure(error, at: shown(entry.path))
        guard failure.status != .notReady else { throw failure }
        tally.failed(failure)
      }
    }
    return removed
  }

  /// Whether somebody else has removed it, as a listing shows: of what it cannot look at any more, such as with its storage
  /// gone, or under a void handle, a device says the same.
  private static func isGone(_ path: RelativePath, from storage: any Storage) async -> Bool {
    guard !path.isRoot else { return false }
    do throws(StorageError) {
      let listing = try await Listing(of: path.parent, in: storage)
      return listing.isComplete && !listing.entries.contains { $0.path == path }
    } catch {
      return error.reason == .notFound ? await isGone(path.parent, from: storage) : false
    }
  }
}
