internal import Journal
internal import Storage
internal import SyncEngine

/// What a command line such as `copy SOURCE… DESTINATION` asks for, by the rules of `cp`: into DESTINATION if that is a
/// folder, else to that very name.
struct Errands: Sendable {
  /// One thing, and where it goes.
  struct Errand: Sendable {
    var source: Place
    var entry: Entry
    /// From the root of the destination's volume.
    var target: RelativePath
    /// Whether the user gave the name there.
    var isTyped: Bool
  }

  let all: [Errand]
  /// Sources that are not there, while something of their name is at the destination.
  let gone: [Place]
  /// Where they come from: one for all.
  let origin: PlaceVolume
  /// Where they go.
  let destination: Place
  /// The folder there that exists, from the root of its volume.
  let folder: RelativePath

  /// Finds all, and checks what can be checked before anything is done.
  /// - Parameter context: knows the journal, if some of several sources may be missing that are at the destination
  ///   already, under whatever name.
  init(
    _ sources: [(typed: String, location: Location)],
    to destination: (typed: String, location: Location),
    _ places: Places,
    mayBeGone context: CommandContext? = nil
  ) async throws(Failure) {
    var found: [(Place, Entry)] = []
    var missing: [Place] = []
    for source in sources {
      for place in try await places.findAll(source.location, typed: source.typed) {
        guard !place.path.isRoot, !place.isDotted else {
          throw Failure(
            .usage,
            "\(place.shown) has no name of its own",
            cure: "Name what it holds; or take `filesync sync`, which copies what a folder holds."
          )
        }
        if context != nil, sources.count > 1, try await place.look() == nil {
          missing.append(place)
        } else {
          found.append((place, try await place.entry()))
        }
      }
    }
    if found.isEmpty, let first = missing.first { _ = try await first.entry() }
    let target = try await places.find(destination.location, typed: destination.typed, following: true)
    let isFolder = try await Self.check(target, for: found)
    for place in missing {
      guard isFolder, let context, try await Self.has(target, place, context) else {
        _ = try await place.entry()
        continue
      }
    }
    gone = missing
    folder = isFolder ? target.path : target.path.parent
    self.destination = target
    guard let first = found.first else { preconditionFailure("a command line without a source is no errand") }
    origin = first.0.volume
    all = found.map { place, entry in
      let inside = target.path.appending(place.path.name) ?? target.path
      return Errand(source: place, entry: entry, target: isFolder ? inside : target.path, isTyped: !isFolder)
    }
    try checkEach()
  }

  /// Whether a folder holds something that a run called as it would have called what was at `place`.
  private static func has(_ folder: Place, _ place: Place, _ context: CommandContext) async throws(Failure) -> Bool {
    if let path = folder.path.appending(place.path.name), try await folder.look(at: path) != nil { return true }
    let traits: (source: StorageTraits, destination: StorageTraits)
    do throws(StorageError) {
      traits.source = try await place.volume.folder(at: place.path.parent).traits
      traits.destination = try await folder.volume.folder(at: folder.path).traits
    } catch {
      throw Failure(error)
    }
    let journal = try context.openJournal()
    let history: History
    do throws(JournalError) {
      history = try await journal.history(from: traits.source.identity, to: traits.destination.identity)
    } catch {
      throw Failure(error)
    }
    let name = history.sourceNames[place.path.nameOnly] ?? Array(place.path.name)
    for path in history.places(of: name, in: .root, traits.destination.names) {
      guard let path = folder.path.appending(path.name) else { continue }
      if try await folder.look(at: path) != nil { return true }
    }
    return false
  }

  /// - Returns: whether the destination is a folder, into which things go.
  private static func check(_ target: Place, for sources: [(place: Place, entry: Entry)]) async throws(Failure) -> Bool
  {
    let found = try await target.look()
    if found?.isDirectory == true { return true }
    guard sources.count == 1, let source = sources.first else {
      throw Failure(.notPossible, "\(target.shown) is not a folder", cure: "Several things need a folder to go into.")
    }
    if found != nil {
      guard !source.entry.isDirectory else {
        throw Failure(
          .notPossible,
          "\(target.shown) is not a folder, and \(source.place.shown) is one",
          cure: StorageError.Reason.alreadyExists.advice.cure
        )
      }
      return false
    }
    let isFolder = target.endsInSlash && !source.entry.isDirectory
    try await checkAbove(target, isFolder: isFolder)
    guard !isFolder else { throw noFolder(target.shown, toMake: target.typed) }
    return false
  }

  /// Throws if there is no folder in which `target` could be made. `isFolder`: it is to be one itself.
  private static func checkAbove(_ target: Place, isFolder: Bool = false) async throws(Failure) {
    guard try await target.look(at: target.path.parent)?.isDirectory != true else { return }
    let missing = isFolder ? target.typed : target.volume.typed(target.path.parent)
    throw noFolder("The folder above \(target.shown)", toMake: missing)
  }

  private static func noFolder(_ shown: String, toMake folder: String) -> Failure {
    Failure(
      .notPossible,
      "\(shown) does not exist",
      cure: "Make it first: filesync mkdir -p \(shellWord(folder))"
    )
  }

  /// Throws what this machine alone tells of a command line's faults: to be said before that nobody can confirm.
  /// Touches no device. `mayBeGone`: of several sources some may be missing.
  static func checkHere(
    _ sources: [(typed: String, location: Location)],
    to destination: (typed: String, location: Location),
    mayBeGone: Bool = false,
    _ context: CommandContext
  ) async throws(Failure) {
    try await Places.use(context, wait: 0) { places throws(Failure) in
      let here = sources.filter(\.location.isLocal)
      if here.count == sources.count, destination.location.isLocal {
        _ = try await Errands(sources, to: destination, places)
        return
      }
      var missing: [Failure] = []
      for source in here {
        do throws(Failure) {
          _ = try await places.find(source.location, typed: source.typed).entry()
        } catch { missing.append(error) }
      }
      let isFault = mayBeGone && sources.count > 1 ? missing.count == sources.count : !missing.isEmpty
      if isFault { throw missing[0] }
      guard destination.location.isLocal else { return }
      let target = try await places.find(destination.location, typed: destination.typed, following: true)
      if try await target.look() == nil { try await checkAbove(target) }
    }
  }

  private func checkEach() throws(Failure) {
    var taken: [RelativePath: Place] = [:]
    for errand in all {
      let source = errand.source
      guard source.volume.id == origin.id else {
        throw Failure(
          .usage,
          "\(all[0].source.shown) and \(source.shown) are on different storages",
          cure: "Run the command once for each storage."
        )
      }
      if let other = taken.updateValue(source, forKey: errand.target) {
        throw Failure(
          .usage,
          "\(other.shown) and \(source.shown) would both become \(destination.volume.location(of: errand.target))",
          cure: "Take them one by one, under different names."
        )
      }
      if let outer = all.first(where: { source.path.isBelow($0.source.path) }) {
        throw Failure(.usage, "\(source.shown) lies in \(outer.source.shown)", cure: "Name only one of them.")
      }
      guard destination.volume.id == origin.id else { continue }
      if errand.target == source.path {
        throw Failure(.usage, "\(source.shown) is there already", cure: "Name another folder, or another name.")
      }
      if errand.target.isBelow(source.path) {
        throw Failure(.usage, "\(source.shown) cannot go into itself", cure: "Name another folder.")
      }
      if source.path.isBelow(errand.target) {
        throw Failure(.usage, "\(source.shown) lies in what it would replace", cure: "Name another folder.")
      }
    }
  }

  // MARK: As a run

  /// The ends of a run that copies them, and what it is to look at.
  struct Route: Sendable {
    /// The folder of the source storage, from its volume's root.
    var root: RelativePath
    var source: any Storage
    var destination: any Storage
    /// Where each goes below the destination, by where it is below the source.
    var places: [RelativePath: RelativePath]
    /// Those whose name there the user gave.
    var typed: Set<RelativePath>
    /// For people and programs.
    var ends: RunFlow.Ends
    /// How a path at the source is shown.
    var shown: @Sendable (RelativePath) -> String

    /// A run that copies as `cp` does: it neither goes by a record nor makes one.
    /// `isMove`, `verifies` and `command` as in ``SyncPolicy``.
    func run(
      _ flow: RunFlow,
      conflict: SyncPolicy.Conflict,
      isMove: Bool = false,
      verifies: Bool = false,
      command: String? = nil
    ) -> SyncRun {
      var policy = SyncPolicy()
      policy.conflict = conflict
      // What is there already is compared byte by byte: nothing else would justify removing the source.
      policy.checksum = isMove
      policy.isMove = isMove
      policy.verifies = verifies
      policy.command = command
      policy.keepsRecord = false
      var run = SyncRun(from: source, to: destination, journal: flow.journal, policy: policy, host: flow.host)
      run.selection = Selection(places, typed: typed)
      return run
    }
  }

  /// The folder that all sources lie in, from the root of their volume.
  func root(of errands: [Errand]) -> RelativePath {
    errands.map(\.source.path.parent).reduce(errands[0].source.path.parent) { $0.common(with: $1) }
  }

  /// What goes where: the folders that it lies in are not what the user named.
  private func headline(for errands: [Errand]) -> String {
    guard errands.count == 1, let errand = errands.first else {
      return "\(errands.count) files or folders go into \(destination.volume.location(of: folder))"
    }
    let kind = errand.entry.isDirectory ? "The folder " : ""
    return
      "\(kind)\(origin.location(of: errand.source.path)) \u{2192} \(destination.volume.location(of: errand.target))"
  }

  /// What to tell where a folder goes into another that looks like an earlier copy of it, as with the second of two equal
  /// commands of `cp -r`.
  func noteOnNesting() async -> String? {
    guard all.count == 1, let errand = all.first, errand.entry.isDirectory, !errand.isTyped, !destination.endsInSlash,
      let inside = try? await Listing(of: errand.source.path, in: origin.storage).entries,
      let there = try? await Listing(of: folder, in: destination.volume.storage).entries
    else { return nil }
    let names = Set(inside.map { Array($0.path.name) })
    guard there.contains(where: { names.contains(Array($0.path.name)) }) else { return nil }
    return """
      Note: \(destination.shown) is there already, so the folder goes into it, beside what it holds. To bring what it holds \
      up to date: filesync sync \(shellWord(errand.source.typed)) \(shellWord(destination.typed))
      """
  }

  /// Opens the folder that all sources lie in, and the one that they go to.
  func route(for errands: [Errand]) async throws(Failure) -> Route {
    let root = root(of: errands)
    var places: [RelativePath: RelativePath] = [:]
    for errand in errands { places[errand.source.path.from(root)] = errand.target.from(folder) }
    do throws(StorageError) {
      return Route(
        root: root,
        source: try await origin.folder(at: root),
        destination: try await destination.volume.folder(at: folder),
        places: places,
        typed: Set(errands.filter(\.isTyped).map { $0.source.path.from(root) }),
        ends: RunFlow.Ends(
          source: origin.location(of: root),
          destination: destination.volume.location(of: folder),
          headline: headline(for: errands)
        ),
        shown: { [origin, root] path in origin.location(of: path.below(root)) }
      )
    } catch {
      throw Failure(error)
    }
  }
}

extension Place {
  /// What is at another path of this place's volume now; `nil` if nothing is.
  func look(at path: RelativePath) async throws(Failure) -> Entry? {
    do {
      return try await volume.entry(at: path)
    } catch {
      throw failure(error)
    }
  }
}

extension RelativePath {
  /// The deepest folder that holds both, or is one of them.
  func common(with other: RelativePath) -> RelativePath {
    var folder = self
    while folder != other, !folder.isRoot, !other.isBelow(folder) { folder = folder.parent }
    return folder
  }

  /// This path from `folder` on, as a whole.
  fileprivate func below(_ folder: RelativePath) -> RelativePath {
    RelativePath(folder.bytes + [UInt8(ascii: "/")] + bytes) ?? self
  }

  /// The last component alone.
  var nameOnly: RelativePath { RelativePath(name) ?? self }

  /// The same path, seen from a folder above it.
  func from(_ folder: RelativePath) -> RelativePath {
    RelativePath(bytes.dropFirst(folder.bytes.count)) ?? self
  }
}
