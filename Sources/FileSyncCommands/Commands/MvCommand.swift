internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// `filesync mv`
struct MvCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "mv",
    abstract: "Moves or renames files and folders.",
    usage: "filesync mv [<options>] <source> ... <destination>",
    discussion: """
      Into DESTINATION if that is a folder; else one SOURCE to that very name. Nothing is replaced. Within a storage \
      that can, files are moved; elsewhere they are copied, dates kept, and the source is removed once every copy is \
      verified: that is asked for first.
      """
  )

  @Argument(help: "Files and folders, and where they go: paths, or mtp:DEVICE/STORAGE/PATH.") var locations: [String]
  @OptionGroup var options: RunOptions

  var json: Bool { options.json }

  func validate() throws { try CopyCommand.checkCount(locations) }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let ends = try locations.map { text throws(Failure) in (typed: text, location: try Location(text)) }
    let isLocal = ends.map { end in if case .local = end.location { true } else { false } }
    // Between this machine and a device there is a question to come, in any case.
    if Set(isLocal).count > 1 { try options.checkAnswerable(context) }
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      let errands = try await Errands(Array(ends.dropLast()), to: ends[ends.count - 1], places)
      let tally = Tally(context, json: json)
      var rest: [Errands.Errand] = []
      try await tally.each(errands.all) { errand throws(Failure) in
        if try await !move(errand, errands.destination, tally, context) { rest.append(errand) }
      }
      guard !rest.isEmpty else { return tally.status }
      let status = try await copyAndRemove(rest, of: errands, context)
      return tally.isClean ? status : .someFailed
    }
  }

  /// Moves within a storage.
  /// - Returns: whether it could; if not, the thing has to be copied.
  private func move(
    _ errand: Errands.Errand,
    _ destination: Place,
    _ tally: Tally,
    _ context: CommandContext
  ) async throws(Failure) -> Bool {
    let volume = errand.source.volume
    guard try await destination.look(at: errand.target) == nil else {
      throw Failure(
        .notPossible,
        "\(destination.volume.location(of: errand.target)) exists already",
        cure: "Nothing is replaced. Move or rename what is there, then run again."
      )
    }
    try errand.source.checkWritable()
    try await errand.source.checkWay()
    guard volume.id == destination.volume.id, volume.canMove(errand.source.path, to: errand.target) else {
      return false
    }
    let line = "move  \(errand.source.shown) \u{2192} \(volume.location(of: errand.target))"
    if options.dryRun {
      if !json { context.output.line(line) }
      return true
    }
    do throws(StorageError) {
      _ = try await volume.storage.move(errand.entry, to: errand.target)
    } catch {
      // On this machine another file system can begin anywhere.
      guard error.reason != .unsupported else { return false }
      throw errand.source.failure(error.about(errand.source.path))
    }
    let target = volume.location(of: errand.target)
    tally.done(JSONLine("moved", ["location": .text(errand.source.typed), "to": .text(target)]))
    if options.verbose, !json { context.output.line(line) }
    return true
  }

  private func copyAndRemove(
    _ rest: [Errands.Errand],
    of errands: Errands,
    _ context: CommandContext
  ) async throws(Failure) -> CommandStatus {
    try options.checkAnswerable(context)
    return try await RunFlow.open(options, context, commandLine: ["mv"] + locations) { flow throws(Failure) in
      for place in [rest[0].source, errands.destination] { flow.log(place) }
      let route = try await errands.route(for: rest)
      try flow.checkWritable(route.destination)
      try await checkRemovable(rest)
      let run = route.run(flow, conflict: .refuse)
      return try await flow.interruptible { control throws(Failure) in
        let plan = try await flow.plan(run, control)
        let note = "The source is removed once every copy is verified."
        guard try await flow.confirm(plan, route.ends, note: note, declined: "Nothing was moved") else { return .done }
        // What is there already may be compared by samples, or differ. Only for what was copied is the source removed.
        if let there = plan.actions.first(where: { !$0.change.makesCopy && $0.change != .skip }) {
          throw Failure(
            .someFailed,
            "\(there.path.shown) is at the destination already, so nothing was moved",
            cure: "Upper and lower case may be one there. Rename or remove one of the two, then run again."
          )
        }
        guard plan.actions.allSatisfy(\.change.makesCopy), plan.unchanged == 0 else {
          throw Failure(
            .someFailed,
            "Not all of it can be copied, so nothing was moved",
            cure: "Take what can be copied: filesync mv --dry-run lists the rest. Or use `filesync copy`."
          )
        }
        do throws(Failure) {
          let status = try await flow.execute(run, plan, control)
          guard status == .done else {
            throw Failure(status, "Not all of it was copied, so nothing was removed at the source")
          }
        } catch {
          throw error.keepingSource
        }
        return try await remove(plan, route, flow)
      }
    }
  }

  /// Throws if the source could not be removed afterwards, as far as can be told.
  private func checkRemovable(_ rest: [Errands.Errand]) async throws(Failure) {
    for errand in rest {
      let source = errand.source
      do throws(StorageError) {
        let folder = try await source.volume.folder(at: source.path.parent)
        guard !folder.traits.capabilities.contains(.write) else { continue }
        throw StorageError(.readOnly, .stop, path: source.path, cause: "It could not be removed after it was copied")
      } catch {
        throw source.failure(error)
      }
    }
  }

  /// Removes from the source what the run has copied, and nothing else.
  private func remove(_ plan: Plan, _ route: Errands.Route, _ flow: RunFlow) async throws(Failure) -> CommandStatus {
    let lost = flow.report.counts?.modified[.lost] ?? 0
    guard lost == 0 else {
      throw Failure(
        .someFailed,
        "\(counted(lost, "date")) could not be kept, so the source was not removed",
        cure: "All is copied. Remove the source if the dates do not matter: filesync rm -r"
      )
    }
    let tally = Tally(flow.context, json: json)
    let tree = RemovableTree(plan.actions.compactMap(\.source).sorted { $0.path < $1.path })
    do throws(Failure) {
      try await tree.remove(from: route.source, flow.context, tally, shown: route.shown) { entry in
        JSONLine("removed", ["bytes": .size(entry.size ?? 0)].with(entry.path))
      }
    } catch {
      throw error.keepingSource
    }
    return tally.isClean ? .done : .someFailed
  }
}

extension Change {
  /// Whether the step copies something to where nothing was.
  fileprivate var makesCopy: Bool {
    switch self {
    case .copy, .makeFolder, .copyLink: true
    case .replace, .keepBoth, .adopt, .compare, .skip: false
    }
  }
}

extension PlaceVolume {
  /// Whether the storage can give something this path. On this machine only the attempt can tell.
  fileprivate func canMove(_ path: RelativePath, to target: RelativePath) -> Bool {
    if id == .local { return true }
    let capabilities = storage.traits.capabilities
    return capabilities.contains(.move) || capabilities.contains(.rename) && path.parent == target.parent
  }
}

extension Failure {
  /// The same, for what ended a move that copies: running it again would find the copies in its way.
  fileprivate var keepingSource: Failure {
    var failure = self
    let words = "What was not removed at the source is whole. `filesync copy` with the same arguments goes on."
    failure.cure = words
    return failure
  }
}
