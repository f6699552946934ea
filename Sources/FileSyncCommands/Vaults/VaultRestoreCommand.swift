internal import ArgumentParser
internal import Foundation
internal import Storage
internal import Synchronization
internal import SyncEngine

/// `filesync vault restore`
struct VaultRestoreCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Copies what a run has replaced or deleted back to where it was, dates kept.",
    discussion: """
      What is there in another version stays, unless --overwrite is given; that version goes to the vault then. The vault \
      keeps its copy until `filesync vault prune`. A mirror that is run again deletes again what its source does not have. \
      Where nobody knows which folder it was, --to says where it goes.
      """
  )

  @Argument(help: "The run, as each line of `filesync vault list` begins.") var number: String
  @Argument(help: "Files and folders of it, as paths from the folder they were in; without any, all.")
  var paths: [String] = []
  @Option(help: ArgumentHelp("The folder whose vault it is in, if it is not where it was.", valueName: "location"))
  var from: String?
  @Option(
    help: ArgumentHelp("Another folder to put them into; made if only its last part is missing.", valueName: "location")
  )
  var to: String?
  @Flag(help: "Replace files that differ.") var overwrite = false
  @OptionGroup var options: RunOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    var only: Set<RelativePath> = []
    for text in paths {
      guard let path = RelativePath(text.pathBytes), !path.isRoot else {
        throw Failure(.usage, "\(shown(text)) is no path in a folder", cure: "Write it without \".\" and \"..\".")
      }
      only.insert(path)
    }
    do throws(Failure) { try options.checkAnswerable(context) } catch {
      try await checkHere(only, context)
      throw error
    }
    // Each vault that has something of the run, as a run of its own.
    var (part, parts, status) = (0, 1, CommandStatus.done)
    while part < parts {
      let ended = try await restore(part: part, only, context)
      (part, parts) = (part + 1, ended.parts)
      guard ended.status == .done || ended.status == .someFailed else { return ended.status }
      if ended.status != .done { status = ended.status }
    }
    return status
  }

  private func restore(
    part: Int,
    _ only: Set<RelativePath>,
    _ context: CommandContext
  ) async throws(Failure) -> (status: CommandStatus, parts: Int) {
    let command = ["vault", "restore", number] + paths
    let parts = Mutex(1)
    let status = try await RunFlow.open(options, context, commandLine: command) { flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let vaults = Vaults(context: context, places: places, journal: flow.journal)
        let found = try await vaults.parts(of: number, at: from).holding(only)
        parts.withLock { $0 = found.count }
        return try await restore(found[part], only, vaults, flow)
      }
    }
    return (status, parts.withLock { $0 })
  }

  /// Throws what this machine alone tells to be missing. Touches no device.
  private func checkHere(_ only: Set<RelativePath>, _ context: CommandContext) async throws(Failure) {
    let journal = try context.openJournal()
    try await Places.use(context, wait: 0) { [only] places throws(Failure) in
      let vaults = Vaults(context: context, places: places, journal: journal)
      guard let found = try await vaults.partsHere(of: number, at: from)?.holding(only).first else { return }
      if let typed = to ?? from ?? found.origin, try !Location(typed).isLocal { return }
      _ = try await target(of: found, vaults, context)
    }
  }

  /// Where it goes. Only a folder that was named for it may be a new one.
  private func target(
    of found: VaultRun,
    _ vaults: Vaults,
    _ context: CommandContext
  ) async throws(Failure) -> RunTarget {
    guard let typed = to ?? from ?? found.origin else {
      throw Failure(
        .notPossible,
        "Nobody knows which folder run \(found.word) wrote to",
        cure: "It is not on record here, as after the journal was lost. Say where to put its files, with --to."
      )
    }
    let location = try Location(typed)
    if case .local(let path) = location {
      return try RunTarget(LocalFolder(path, from: context.workingDirectory, mayBeMissing: to != nil))
    }
    let place = try await vaults.places.find(location, typed: typed, following: true)
    if to == nil { _ = try await place.entry() }
    try place.checkWritable()
    let target = try await RunTarget(place, context)
    // Another device, or another storage of it, may have that name.
    if to == nil, let root = found.root, try await vaults.root(of: target.storage.traits.identity) != root {
      throw Failure(
        .notPossible,
        "\(place.shown) is not the folder that run \(found.word) wrote to",
        cure: "Plug in the device, or the card, that it wrote to, or say where to put its files, with --to."
      )
    }
    return target
  }

  private func restore(
    _ found: VaultRun,
    _ only: Set<RelativePath>,
    _ vaults: Vaults,
    _ flow: RunFlow
  ) async throws(Failure) -> CommandStatus {
    var policy = SyncPolicy()
    policy.keepsRecord = false
    policy.conflict = overwrite ? .replace : .refuse
    policy.command = "vault restore"
    policy.vaultSince = Int64(found.began.timeIntervalSince1970)
    return try await flow.interruptible { [policy] control throws(Failure) in
      let (confirmed, foreseen) = try await flow.settle(control) { _ throws(Failure) in
        let target = try await target(of: found, vaults, flow.context)
        let vault = try await found.place.folder()
        var run = SyncRun(from: vault, to: target.storage, journal: flow.journal, policy: policy, host: flow.host)
        if !only.isEmpty { run.filter.only = only }
        let plan = try await flow.plan(run, control)
        return Draft(
          run: run,
          plan: plan,
          ends: RunFlow.Ends(
            source: found.place.shown,
            destination: target.place,
            makesDestination: target.isMissing
          ),
          opened: target,
          volumes: [target.volume].compactMap(\.self),
          declined: "Nothing was brought back"
        )
      }
      guard let draft = confirmed else { return foreseen }
      let folder = try await draft.opened.make()
      var run = SyncRun(from: draft.run.source, to: folder, journal: flow.journal, policy: policy, host: flow.host)
      run.filter = draft.run.filter
      return try await flow.execute(run, draft.plan, control)
    }
  }
}

extension [VaultRun] {
  /// Those that have something of these files and folders; all for none. Throws if the run has put one of them nowhere.
  fileprivate func holding(_ paths: Set<RelativePath>) throws(Failure) -> [VaultRun] {
    guard !paths.isEmpty else { return self }
    let found = map { run in paths.intersection(run.tree.entries.map { $0.path.from(run.place.path) }) }
    let missing = found.reduce(paths) { $0.subtracting($1) }.sorted()
    guard missing.isEmpty else {
      throw Failure(
        .notPossible,
        "Run \(first?.word ?? "") has not put this into the vault: \(LeftOut.names(missing, of: missing.count))",
        cure: "Nothing was brought back. `filesync vault list --verbose` names what there is."
      )
    }
    return zip(self, found).filter { !$1.isEmpty }.map(\.0)
  }
}
