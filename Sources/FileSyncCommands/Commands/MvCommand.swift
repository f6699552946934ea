internal import ArgumentParser
internal import Journal
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

  @Argument(help: "Files and folders, and where they go: paths, or mtp:DEVICE/STORAGE/PATH.", completion: .file())
  var locations: [String]
  @OptionGroup var options: RunOptions

  var json: Bool { options.json }

  func validate() throws { try CopyCommand.checkCount(locations) }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let ends = try locations.map { text throws(Failure) in (typed: text, location: try Location(text)) }
    // Between this machine and a device there is a question to come, in any case.
    if Set(ends.map(\.location.isLocal)).count > 1 {
      // Of several, some may be moved already.
      try await Errands.checkHere(Array(ends.dropLast()), to: ends[ends.count - 1], mayBeGone: true, context)
      try options.checkAnswerable(context)
    }
    try context.checkMeansOne(ends.map(\.location))
    if let logDir = options.logDir { try RunLogs.check(logDir) }
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      let errands = try await Errands(Array(ends.dropLast()), to: ends[ends.count - 1], places, mayBeGone: context)
      for place in errands.gone {
        context.errors.line("\(place.shown) is at the destination, and no longer at the source")
      }
      let tally = Tally(context, json: json)
      let root = errands.root(of: errands.all)
      let (logDir, keepLogs) = (options.logDir, options.keepLogs)
      let record = Unplanned("mv", context, logDir: logDir, keepLogs: keepLogs) { () async throws(StorageError) in
        let folder = try await errands.destination.volume.folder(at: errands.folder)
        return (try await errands.origin.folder(at: root).traits.identity, folder.traits.identity)
      }
      var rest: [Errands.Errand] = []
      do throws(Failure) {
        try await tally.each(errands.all) { errand throws(Failure) in
          guard let target = try await move(errand, errands.destination, tally, context) else {
            return rest.append(errand)
          }
          guard !options.dryRun else { return }
          var name = target.name
          if let path = name?.path { name?.path = path.from(errands.folder) }
          let (volume, path) = (errand.source.volume, errand.source.path)
          let places = (path.from(root), target.path.from(errands.folder))
          await record.moved(places.0, to: places.1, name) { journal in
            let folder = try await volume.folder(at: path.parent).traits.identity
            let other = try await volume.folder(at: target.path.parent).traits.identity
            try await journal.move(path.nameOnly, in: folder, to: target.path.nameOnly, in: other)
          }
        }
      } catch {
        await record.end(error.status == .notReady ? .interrupted : .someFailed)
        throw error
      }
      await record.end(tally.isClean ? .done : .someFailed)
      guard !rest.isEmpty else { return tally.status }
      let status = try await copyAndRemove(rest, of: errands, context)
      return tally.isClean ? status : .someFailed
    }
  }

  /// Moves within a storage.
  /// - Returns: where it is now, and its true name if that is another one; `nil` if it cannot be moved, and has to be
  ///   copied.
  private func move(
    _ errand: Errands.Errand,
    _ destination: Place,
    _ tally: Tally,
    _ context: CommandContext
  ) async throws(Failure) -> (path: RelativePath, name: TrueName?)? {
    let volume = errand.source.volume
    var (path, names) = (errand.target, [TrueName]())
    if volume.id == destination.volume.id {
      do throws(StorageError) {
        (path, names) = try await volume.fitted(path)
      } catch {
        throw destination.failure(error)
      }
    }
    let target = (path: path, name: names.first { $0.path == path }.map { $0.with(errand.entry.size) })
    let isThere = try await destination.look(at: path) != nil
    try errand.source.checkWritable()
    try await errand.source.checkWay()
    // What has to be copied may be there since a run that was interrupted: its plan tells.
    guard volume.id == destination.volume.id, volume.canMove(errand.source.path, to: path) else {
      return nil
    }
    if isThere {
      guard try await volume.isOneStorage(at: errand.source.path.parent, path.parent) else { return nil }
      throw Failure.existsAlready(volume.location(of: path))
    }
    let line = "move  \(errand.source.shown) \u{2192} \(volume.location(of: path))"
    if options.dryRun {
      if !json { context.output.line(line) }
      return target
    }
    do throws(StorageError) {
      _ = try await volume.storage.move(errand.entry, to: path)
    } catch {
      // On this machine another file system can begin anywhere.
      guard error.reason != .unsupported else { return nil }
      throw errand.source.failure(error.about(errand.source.path))
    }
    tally.done(JSONLine("moved", ["location": .text(errand.source.typed), "to": .text(volume.location(of: path))]))
    if options.verbose, !json { context.output.line(line) }
    return target
  }

  private func copyAndRemove(
    _ rest: [Errands.Errand],
    of errands: Errands,
    _ context: CommandContext
  ) async throws(Failure) -> CommandStatus {
    try options.checkAnswerable(context)
    let commandLine = ["mv"] + locations
    return try await RunFlow.open(options, context, commandLine: commandLine, kind: .move) { flow throws(Failure) in
      for place in [rest[0].source, errands.destination] { flow.log(place) }
      try flow.checkWritable(try await errands.route(for: rest).destination)
      try await checkRemovable(rest)
      let found = Found()
      return try await flow.interruptible { control throws(Failure) in
        let (confirmed, foreseen) = try await flow.settle(control) { _ throws(Failure) in
          let route = try await errands.route(for: rest)
          let run = route.run(flow, conflict: .refuse, isMove: true, command: "mv")
          let plan = try await flow.plan(run, control, watch: found.take)
          return Draft(
            run: run,
            plan: plan,
            ends: route.ends,
            opened: route,
            volumes: [errands.destination.volume] + (plan.assumedZones.isEmpty ? [] : [errands.origin]),
            note: "The source is removed once every copy is verified.",
            asksIfIdle: true,
            declined: "Nothing was moved",
            refuse: { () throws(Failure) in try check(plan, found, route) },
            check: { () async throws(Failure) in
              try await Apartness(
                source: route.source,
                destination: route.destination,
                place: route.ends.destination,
                flow: flow
              ).check(plan, found)
            }
          )
        }
        guard let draft = confirmed else { return foreseen }
        let zones = draft.plan.assumedZones.map { ZoneNote($0, context) }
        if context.probes, let failure = zones.compactMap(\.forbidsMoving).first { throw failure }
        let (plan, route) = (draft.plan, draft.opened)
        do throws(Failure) {
          let status = try await flow.execute(draft.run, plan, control)
          guard status == .done else {
            throw Failure(status, "Not all of it was copied, so nothing was removed at the source")
          }
        } catch {
          throw error.keepingSource
        }
        let places = found.entries(.source).compactMap { plan.places[$0.path] }
        if let error = await route.destination.keepNames(of: places).values.first {
          throw Failure(error).keepingSource
        }
        return try await remove(found.entries(.source), route, flow)
      }
    }
  }

  /// Removes from the source what the run found there, and has seen to be at the destination; nothing else.
  private func remove(_ entries: [Entry], _ route: Errands.Route, _ flow: RunFlow) async throws(Failure)
    -> CommandStatus
  {
    let counts = flow.report.counts
    let dates = [counts?.modified, counts?.created, counts?.folderDates, counts?.folderCreated].compactMap(\.self)
    let lost = dates.reduce(0) { $0 + ($1[.lost] ?? 0) }
    guard lost == 0 else {
      throw Failure(
        .someFailed,
        "\(counted(lost, "date")) could not be kept, so the source was not removed",
        cure: "All is copied. Remove the source if the dates do not matter: filesync rm -r"
      )
    }
    let tally = Tally(flow.context, json: json)
    let tree = RemovableTree(entries.sorted { $0.path < $1.path })
    let removed: [RelativePath]
    do throws(Failure) {
      removed = try await tree.remove(from: route.source, flow.context, tally, shown: route.shown) { entry in
        JSONLine("removed", ["bytes": .size(entry.size ?? 0)].with(entry.path))
      }
    } catch {
      // What is on record of the names is needed to go on.
      throw error.keepingSource
    }
    await flow.context.keepRecord { try await $0.forget(removed, in: route.source.traits.identity) }
    let gone = Set(removed)
    let folders = entries.count { $0.isDirectory && gone.contains($0.path) }
    let parts = [(removed.count - folders, "file"), (folders, "folder")].filter { $0.0 > 0 }.map { counted($0, $1) }
    if !parts.isEmpty { flow.report.human.say(["Removed at the source: \(parts.joined(separator: ", "))."]) }
    return tally.isClean ? .done : .someFailed
  }
}

extension PlaceVolume {
  /// Whether the storage can give something this path. On this machine only the attempt can tell.
  fileprivate func canMove(_ path: RelativePath, to target: RelativePath) -> Bool {
    if id == .local { return true }
    let capabilities = storage.traits.capabilities
    return capabilities.contains(.move) || capabilities.contains(.rename) && path.parent == target.parent
  }

  /// Whether two folders are on one storage. On this machine other file systems can begin anywhere.
  fileprivate func isOneStorage(at folder: RelativePath, _ other: RelativePath) async throws(Failure) -> Bool {
    do throws(StorageError) {
      return try await self.folder(at: folder).traits.identity.volume == self.folder(at: other).traits.identity.volume
    } catch {
      throw Failure(error)
    }
  }
}

extension Failure {
  /// The same, for what ended a move that copies.
  fileprivate var keepingSource: Failure {
    var failure = self
    failure.cure = """
      What was not removed at the source is whole. The same command goes on. A folder that got a new name: move SOURCE/* \
      into it.
      """
    return failure
  }
}

extension TrueName {
  /// The same, of a file of this size.
  fileprivate func with(_ size: UInt64?) -> TrueName { TrueName(path: path, name: name, size: size) }
}
