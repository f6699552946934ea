internal import ArgumentParser
internal import Journal
internal import Storage
internal import SyncEngine

/// `filesync rm`
struct RmCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Removes files, and with -r folders, for good.",
    discussion: """
      Nothing of a folder is removed unless all of it could be listed. A link is removed, not what it points to. \
      The root of a storage is never removed. What a pattern found on a device is asked about, too.
      """
  )

  @Argument(help: "Paths, or mtp:DEVICE/STORAGE/PATH.", completion: .file()) var locations: [String]
  @Flag(name: [.customShort("r"), .customLong("recursive")], help: "Remove folders, too, with all that is in them.")
  var recursive = false
  @Flag(help: "With -r or a pattern, do not ask.") var yes = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  /// One thing to remove, and all that is in it.
  private struct Target: Sendable {
    var place: Place
    var tree: RemovableTree
  }

  /// What two arguments may both mean.
  private struct Known: Hashable {
    var volume: PlaceVolume.ID
    var path: RelativePath
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let locations = try locations.map { text throws(Failure) in (typed: text, location: try Location(text)) }
    guard yes || !recursive || context.canAsk else {
      try await context.checkHere(locations)
      throw Failure.nobodyToAsk("Add --yes to remove without a question.")
    }
    let tally = Tally(context, json: json)
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      var targets: [Target] = []
      var known: Set<Known> = []
      for (text, location) in locations {
        try await tally.each([location]) { location throws(Failure) in
          let found = try await places.findAll(location, typed: text)
          // All that a pattern found is to go, or nothing of it.
          var new: [Target] = []
          for place in found where known.insert(Known(volume: place.volume.id, path: place.path)).inserted {
            let isWayKnown = new.last?.place.path.parent == place.path.parent
            new.append(Target(place: place, tree: try await tree(of: place, isWayKnown: isWayKnown, context)))
          }
          targets += new
        }
      }
      let mustAsk = !yes && (recursive || targets.contains { $0.place.listed != nil })
      if mustAsk, !targets.isEmpty {
        guard context.canAsk else { throw Failure.nobodyToAsk("Add --yes to remove without a question.") }
        guard try await question(targets).ask(context) else { throw Failure(.declined, "Nothing was removed") }
      }
      var groups: [Known: [Target]] = [:]
      var folders: [Known] = []
      for target in targets {
        let key = Known(volume: target.place.volume.id, path: target.place.path.parent)
        if groups[key] == nil { folders.append(key) }
        groups[key, default: []].append(target)
      }
      var records: [Unplanned] = []
      let end: Result<Void, Failure>
      do throws(Failure) {
        try await tally.each(folders) { folder throws(Failure) in
          guard let targets = groups[folder], let volume = targets.first?.place.volume else { return }
          let record = volume.record("rm", in: folder.path, context)
          records.append(record)
          try await remove(targets, from: volume, folder.path, context, tally, record)
        }
        end = .success(())
      } catch { end = .failure(error) }
      for record in records { await record.end(of: tally, end) }
      try end.get()
      return tally.status
    }
  }

  /// Looks at all that would go, before anything goes.
  private func tree(
    of place: Place,
    isWayKnown: Bool,
    _ context: CommandContext
  ) async throws(Failure) -> RemovableTree {
    guard !place.path.isRoot else {
      throw Failure(
        .refused,
        "\(place.shown) is the root of a storage, which is not removed",
        cure: "Name a folder in it."
      )
    }
    guard !place.isDotted else {
      throw Failure(.refused, "\(place.shown) is not removed under this name", cure: "Write the folder's own.")
    }
    let entry = try await place.entry()
    guard recursive || !entry.isDirectory else {
      throw Failure(.notPossible, "\(place.shown) is a folder", cure: "-r removes folders with all that is in them.")
    }
    try place.checkWritable()
    if !isWayKnown { try await place.checkWay() }
    return try await RemovableTree(of: entry, at: place, context)
  }

  private func question(_ targets: [Target]) -> Question {
    let names = targets.prefix(10).map(\.place.shown) + (targets.count > 10 ? ["and \(targets.count - 10) more"] : [])
    let entries = targets.flatMap(\.tree.entries)
    let folders = entries.count(where: \.isDirectory)
    let bytes = entries.reduce(UInt64(0)) { $0.addingSaturated($1.size ?? 0) }
    let parts = [
      counted(entries.count - folders, "file"), folders > 0 ? counted(folders, "folder") : nil, formatted(bytes: bytes),
    ]
    return Question(
      text: "\(names.joined(separator: ", ")): \(parts.compactMap(\.self).joined(separator: ", "))\n"
        + "Remove for good?"
    )
  }

  /// Removes what is in one folder.
  private func remove(
    _ targets: [Target],
    from volume: PlaceVolume,
    _ folder: RelativePath,
    _ context: CommandContext,
    _ tally: Tally,
    _ record: Unplanned
  ) async throws(Failure) {
    let places = Dictionary(targets.map { ($0.place.path, $0.place) }) { first, _ in first }
    /// What the user named, of which this is a part.
    func place(of path: RelativePath) -> Place {
      var path = path
      while path.parent != folder, !path.isRoot { path = path.parent }
      return places[path] ?? targets[0].place
    }
    let tree = RemovableTree(targets.map(\.tree))
    var removed: [RelativePath] = []
    let end: Result<Void, Failure>
    do throws(Failure) {
      _ = try await tree.remove(
        from: volume.storage,
        context,
        tally,
        shown: { place(of: $0).shown($0) },
        line: { entry in
          let place = place(of: entry.path)
          removed.append(entry.path.from(folder))
          let fields: [String: JSONValue] = ["location": .text(place.typed), "bytes": .size(entry.size ?? 0)]
          return JSONLine("removed", fields.with(RelativePath(entry.path.bytes.dropFirst(place.path.bytes.count))))
        }
      )
      end = .success(())
    } catch { end = .failure(error) }
    // Also of what was begun only.
    let gone = removed
    await context.keepRecord { journal in
      try await journal.forget(gone, in: try await volume.folder(at: folder).traits.identity)
    }
    await record.removed(gone)
    try end.get()
  }
}

extension Failure {
  /// A question is due, and nobody is there to answer it.
  static func nobodyToAsk(_ cure: String) -> Failure {
    Failure(.usage, "Nobody is there to confirm, since this is no terminal", cure: cure)
  }
}
