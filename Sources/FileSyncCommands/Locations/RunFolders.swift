internal import Storage

/// The two folders that a command names, from which and to which it runs.
struct RunFolders: Sendable {
  private struct End: Sendable {
    let typed: String
    let location: Location
    /// One on this machine.
    let local: LocalFolder?
  }

  private let source: End
  private let destination: End
  private let mayBeMissing: Bool

  /// Where files come from.
  struct Origin: Sendable {
    var storage: any Storage
    /// As a location, escaped, for people.
    var place: String
    /// The folder's own name; empty for the root of a device's storage.
    var name: String
    /// Where it is; `nil` for this computer.
    var volume: PlaceVolume?
  }

  /// Reads both locations, and looks at those that are local folders before anything is opened. `mayBeMissing` says
  /// whether the destination's last part may be.
  init(
    from source: String,
    to destination: String,
    mayBeMissing: Bool,
    _ context: CommandContext
  ) throws(Failure) {
    func end(_ typed: String, _ location: Location, mayBeMissing: Bool) throws(Failure) -> End {
      guard case .local(let path) = location else { return End(typed: typed, location: location, local: nil) }
      let folder = try LocalFolder(path, from: context.workingDirectory, mayBeMissing: mayBeMissing)
      return End(typed: typed, location: location, local: folder)
    }
    let locations = (try Location(source), try Location(destination))
    self.source = try end(source, locations.0, mayBeMissing: false)
    self.destination = try end(destination, locations.1, mayBeMissing: mayBeMissing)
    self.mayBeMissing = mayBeMissing
    if let from = self.source.local, let to = self.destination.local {
      try LocalFolder.checkApart(source: from, destination: to)
    }
  }

  /// Opens both.
  func open(_ places: Places, _ flow: RunFlow) async throws(Failure) -> (origin: Origin, target: RunTarget) {
    try flow.context.checkMeansOne([source.location, destination.location])
    let (origin, from) = try await origin(places)
    let (target, to) = try await target(places, flow.context)
    for place in [from, to] { place.map(flow.log) }
    if let from, let to { try from.checkApart(from: to) }
    return (origin, target)
  }

  /// Opens the logs, the journal and both folders, and runs `body` under a control that Ctrl-C cancels.
  func run(
    _ options: RunOptions,
    _ context: CommandContext,
    commandLine: [String],
    kind: RunKind,
    _ body: (Origin, RunTarget, RunFlow, TransferControl) async throws(Failure) -> CommandStatus
  ) async throws(Failure) -> CommandStatus {
    try await RunFlow.open(options, context, commandLine: commandLine, kind: kind) { flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let (origin, target) = try await open(places, flow)
        return try await flow.interruptible { control throws(Failure) in try await body(origin, target, flow, control) }
      }
    }
  }

  private func origin(_ places: Places) async throws(Failure) -> (origin: Origin, place: Place?) {
    if let folder = source.local {
      let name = folder.path.split(separator: "/").last.map(String.init) ?? ""
      return (Origin(storage: try folder.open(), place: shown(folder.path), name: name), nil)
    }
    let place = try await places.find(source.location, typed: source.typed)
    let storage = try await place.folder()
    let name = String(decoding: place.path.name, as: UTF8.self)
    return (Origin(storage: storage, place: place.shown, name: name, volume: place.volume), place)
  }

  private func target(
    _ places: Places,
    _ context: CommandContext
  ) async throws(Failure) -> (target: RunTarget, place: Place?) {
    if let folder = destination.local { return (try RunTarget(folder), nil) }
    let place = try await places.find(destination.location, typed: destination.typed)
    if !mayBeMissing { _ = try await place.entry() }
    return (try await RunTarget(place, context), place)
  }
}
