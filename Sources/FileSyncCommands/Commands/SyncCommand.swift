internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// `filesync sync`
struct SyncCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Copies what is missing or changed, dates kept; deletes nothing.",
    discussion: """
      DESTINATION holds SOURCE's contents afterwards, with or without a slash at the end. What an interrupted run \
      left undone, the next one does.

      Exit status: 0 all done; 1 some files failed; 2 not ready, try again; 3 stopped by a safety rule; 4 not \
      possible; 5 declined; 64 usage; 129, 130, 143 interrupted, the same command goes on.
      """
  )

  /// What to do with files that an earlier run copied and that are gone from the destination.
  enum RestoreMissing: String, ExpressibleByArgument, CaseIterable { case ask, always, never }

  @Argument(help: "A folder: a path, or mtp:DEVICE/STORAGE/PATH.") var source: String
  @Argument(help: "A folder. It is made if only its last part is missing.") var destination: String
  @OptionGroup var options: RunOptions
  @Flag(name: [.customShort("c"), .long], help: "Compare contents, whatever the dates say.") var checksum = false
  @Flag(help: "Copy only what is missing by name.") var ignoreExisting = false
  @Option(help: "Files copied earlier that are gone from the destination: ask, always or never copy them again.")
  var restoreMissing = RestoreMissing.ask
  @Flag(help: "Accept that the destination is another one, or was emptied.") var newDestination = false

  var json: Bool { options.json }

  /// The policy, with `ask` not yet answered.
  var policy: SyncPolicy {
    var policy = SyncPolicy()
    policy.checksum = checksum
    policy.ignoreExisting = ignoreExisting
    policy.newDestination = newDestination
    policy.restoreMissing = restoreMissing == .always ? .always : .never
    return policy
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    try options.checkAnswerable(context)
    let locations = (source: try Location(source), destination: try Location(destination))
    let folders = try localFolders(locations.source, locations.destination, context)
    return try await RunFlow.open(
      options,
      context,
      commandLine: ["sync", source, destination],
      offersRestoring: restoreMissing == .ask
    ) { flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let origin = try await origin(folders.source, locations.source, places)
        let target = try await target(folders.destination, locations.destination, places)
        for place in [origin.place, target.place] { place.map(flow.log) }
        if let from = origin.place, let to = target.place { try from.checkApart(from: to) }
        return try await SyncFlow(command: self, flow: flow).sync(from: origin.origin, to: target.target)
      }
    }
  }

  /// The ends that are local folders, looked at before anything is opened.
  private func localFolders(
    _ source: Location,
    _ destination: Location,
    _ context: CommandContext
  ) throws(Failure) -> (source: LocalFolder?, destination: LocalFolder?) {
    func folder(_ location: Location, mayBeMissing: Bool) throws(Failure) -> LocalFolder? {
      guard case .local(let path) = location else { return nil }
      return try LocalFolder(path, from: context.workingDirectory, mayBeMissing: mayBeMissing)
    }
    let folders = (
      source: try folder(source, mayBeMissing: false), destination: try folder(destination, mayBeMissing: true)
    )
    if let from = folders.source, let to = folders.destination {
      try LocalFolder.checkApart(source: from, destination: to)
    }
    return folders
  }

  private func origin(
    _ folder: LocalFolder?,
    _ location: Location,
    _ places: Places
  ) async throws(Failure) -> (origin: SyncFlow.Origin, place: Place?) {
    if let folder {
      let name = folder.path.split(separator: "/").last.map(String.init) ?? ""
      return (SyncFlow.Origin(storage: try folder.open(), place: shown(folder.path), name: name), nil)
    }
    let place = try await places.find(location, typed: source)
    let storage = try await place.folder()
    let name = String(decoding: place.path.name, as: UTF8.self)
    return (SyncFlow.Origin(storage: storage, place: place.shown, name: name), place)
  }

  private func target(
    _ folder: LocalFolder?,
    _ location: Location,
    _ places: Places
  ) async throws(Failure) -> (target: RunTarget, place: Place?) {
    if let folder { return (try RunTarget(folder), nil) }
    let place = try await places.find(location, typed: destination)
    return (try await RunTarget(place), place)
  }
}
