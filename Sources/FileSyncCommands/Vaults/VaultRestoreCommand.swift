internal import ArgumentParser
internal import Foundation
internal import Storage
internal import SyncEngine

/// `filesync vault restore`
struct VaultRestoreCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Copies what a run has replaced or deleted back to where it was, dates kept.",
    discussion: """
      What is there in another version stays, unless --overwrite is given; that version goes to the vault then. The vault \
      keeps its copy until `filesync vault prune`. A mirror that is run again deletes again what its source does not have.
      """
  )

  @Argument(help: "The run's number, as `filesync vault list` prints it.") var number: String
  @Argument(help: "Files and folders of it, as paths from the folder they were in; without any, all.")
  var paths: [String] = []
  @Option(help: ArgumentHelp("The folder whose vault it is in, if it is not where it was.", valueName: "location"))
  var from: String?
  @Option(help: ArgumentHelp("Another folder to put them into.", valueName: "location")) var to: String?
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
    try options.checkAnswerable(context)
    let command = ["vault", "restore", number] + paths
    return try await RunFlow.open(options, context, commandLine: command) { [only] flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let vaults = Vaults(context: context, places: places, journal: flow.journal)
        let found = try await vaults.run(number, at: from)
        let target = to ?? from ?? found.origin
        let place = try await places.find(try Location(target), typed: target, following: true)
        _ = try await place.entry()
        try place.checkWritable()
        return try await restore(found, to: place, only, flow)
      }
    }
  }

  private func restore(
    _ found: VaultRun,
    to place: Place,
    _ only: Set<RelativePath>,
    _ flow: RunFlow
  ) async throws(Failure) -> CommandStatus {
    var policy = SyncPolicy()
    policy.keepsRecord = false
    policy.conflict = overwrite ? .replace : .refuse
    policy.command = "vault restore"
    policy.vaultSince = Int64(found.began.timeIntervalSince1970)
    return try await flow.interruptible { [policy] control throws(Failure) in
      let draft = try await flow.settle(control) { _ throws(Failure) in
        let ends = (try await found.place.folder(), try await place.folder())
        var run = SyncRun(from: ends.0, to: ends.1, journal: flow.journal, policy: policy, host: flow.host)
        if !only.isEmpty { run.filter.only = only }
        return Draft(
          run: run,
          plan: try await flow.plan(run, control),
          ends: RunFlow.Ends(source: found.place.shown, destination: place.shown),
          opened: place,
          volumes: [place.volume],
          declined: "Nothing was brought back"
        )
      }
      guard let draft else { return .done }
      let status = try await flow.execute(draft.run, draft.plan, control)
      let isMissed = draft.plan.actions.contains { $0.change == .skip && $0.reason == .vanished }
      return status == .done && isMissed ? .someFailed : status
    }
  }
}
