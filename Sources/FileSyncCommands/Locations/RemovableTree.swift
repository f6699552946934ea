internal import Storage

/// A file, or a folder with all that is in it, as it was listed: what a removal may remove, and nothing else.
struct RemovableTree: Sendable {
  /// In the order of removal: what a folder holds comes before it.
  let entries: [Entry]

  /// These entries alone, sorted as paths are.
  init(_ sorted: [Entry]) { entries = sorted.reversed() }

  /// Several in one, so that a folder which they share is looked at once.
  init(_ trees: [RemovableTree]) { entries = trees.flatMap(\.entries) }

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

  /// Removes them, folder by folder. Each must still be what it was; a folder must be empty by then. What cannot be
  /// removed is told of, and the folders above it stay. What a device says to have removed counts once a listing lacks
  /// it: one of each folder, of which also what somebody else has removed is known.
  /// - Parameter line: Takes note of what is gone, and tells it to programs.
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
    // What is in a folder comes before the folder itself.
    for (folder, entries) in Dictionary(grouping: entries, by: \.path.parent).sorted(by: { $1.key < $0.key }) {
      let ours = entries.filter { !kept.contains($0.path) }
      let answers = await Self.remove(ours, from: storage, context, shown)
      let isClaim = !answers.removed.isEmpty && storage.traits.identity.device != nil
      let isOver = answers.end?.status == .notReady
      let now = !isOver && (isClaim || !answers.denied.isEmpty) ? await Contents(of: folder, in: storage) : nil
      var failures = answers.refused
      for entry in answers.removed {
        if isClaim, now?.paths.contains(entry.path) ?? false {
          failures.append(.onlyClaimed(shown(entry.path)))
        } else {
          removed.append(entry.path)
          tally.done(line(entry))
        }
      }
      for (entry, error) in answers.denied where !(now?.surelyLacks(entry.path) ?? false) {
        failures.append(Failure(error, at: shown(entry.path)))
      }
      for failure in failures { tally.failed(failure) }
      if !failures.isEmpty || ours.count < entries.count { kept.insert(folder) }
      if let end = answers.end { throw end }
    }
    return removed
  }

  /// What a storage says of entries that it was to remove.
  private struct Answers {
    var removed: [Entry] = []
    /// It has none such: somebody else has removed them, or it cannot look at them any more, such as with its storage
    /// gone, or under a void handle.
    var denied: [(entry: Entry, error: StorageError)] = []
    var refused: [Failure] = []
    /// Why it was not asked about the others.
    var end: Failure?
  }

  private static func remove(
    _ entries: [Entry],
    from storage: any Storage,
    _ context: CommandContext,
    _ shown: (RelativePath) -> String
  ) async -> Answers {
    var answers = Answers()
    for entry in entries {
      do throws(Failure) { try context.checkInterrupt() } catch {
        answers.end = error
        return answers
      }
      do throws(StorageError) {
        try await storage.remove(entry)
        answers.removed.append(entry)
      } catch {
        let failure = Failure(error, at: shown(entry.path))
        if error.reason == .notFound {
          answers.denied.append((entry, error))
        } else if failure.status == .notReady {
          answers.end = failure
          return answers
        } else {
          answers.refused.append(failure)
        }
      }
    }
    return answers
  }

  /// What is in a folder now.
  private struct Contents {
    var paths: Set<RelativePath> = []
    var isWhole = true

    /// - Returns: `nil` where nobody knows.
    init?(of folder: RelativePath, in storage: any Storage) async {
      do throws(StorageError) {
        let listing = try await Listing(of: folder, in: storage)
        paths = Set(listing.entries.map(\.path))
        isWhole = listing.isComplete
      } catch {
        // One that is gone itself has nothing in it.
        guard error.reason == .notFound, !folder.isRoot,
          await Contents(of: folder.parent, in: storage)?.surelyLacks(folder) ?? false
        else { return nil }
      }
    }

    func surelyLacks(_ path: RelativePath) -> Bool { isWhole && !paths.contains(path) }
  }
}

extension Failure {
  fileprivate static func onlyClaimed(_ shown: String) -> Failure {
    Failure(
      .someFailed,
      "\(shown): the device says that it has removed this, and lists it still",
      cure: "Unplug it and plug it in again, then run the same command again."
    )
  }
}
