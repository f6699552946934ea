internal import ArgumentParser
internal import Journal
internal import Logging
internal import Storage
internal import SyncEngine

/// `filesync sync`
struct SyncCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Copies what is missing or changed, dates kept; deletes nothing.",
    discussion: """
      DESTINATION holds SOURCE's contents afterwards, with or without a slash at the end. What an interrupted run \
      left undone, the next one does. In this version DESTINATION is a local folder.

      Exit status: 0 all done; 1 some files failed; 2 not ready, try again; 3 stopped by a safety rule; 4 not \
      possible; 5 declined; 64 usage; 129, 130, 143 interrupted, the same command goes on.
      """
  )

  /// What to do with files that an earlier run copied and that are gone from the destination.
  enum RestoreMissing: String, ExpressibleByArgument, CaseIterable { case ask, always, never }

  @Argument(help: "A folder: a path, or mtp:DEVICE/STORAGE/PATH.") var source: String
  @Argument(help: "A folder. It is made if only its last part is missing.") var destination: String
  @Flag(name: [.customShort("n"), .long], help: "Show the plan, change nothing.") var dryRun = false
  @Flag(help: "Do not ask.") var yes = false
  @Flag(help: "One JSON object per line on standard output; texts for people on standard error.") var json = false
  @Flag(help: "Only errors.") var quiet = false
  @Flag(help: "Each file.") var verbose = false
  @OptionGroup var wait: WaitOption
  @Option(help: ArgumentHelp("Where the logs go.", valueName: "folder")) var logDir: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("How many runs' logs stay.", valueName: "runs"))
  var keepLogs = 30
  @Flag(name: [.customShort("c"), .long], help: "Compare contents, whatever the dates say.") var checksum = false
  @Flag(help: "Copy only what is missing by name.") var ignoreExisting = false
  @Option(help: "Files copied earlier that are gone from the destination: ask, always or never copy them again.")
  var restoreMissing = RestoreMissing.ask
  @Flag(help: "Accept that the destination is another one, or was emptied.") var newDestination = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
    if keepLogs < 1 { throw ValidationError("--keep-logs takes a number of runs, 1 or more.") }
  }

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
    guard yes || dryRun || context.canAsk else {
      throw Failure(
        .usage,
        "Nobody is there to confirm, since this is no terminal",
        cure: "Add --yes to begin at once, or --dry-run to see the plan."
      )
    }
    let source = try Location(source)
    guard case .local(let destination) = try Location(destination) else {
      throw Failure(
        .notPossible,
        "\(shown(destination)): writing to devices is not there yet",
        cure: "Name a local folder as the destination."
      )
    }
    let target = try LocalFolder(destination, from: context.workingDirectory, mayBeMissing: true)
    var origin: LocalFolder?
    if case .local(let path) = source {
      let folder = try LocalFolder(path, from: context.workingDirectory, mayBeMissing: false)
      try LocalFolder.checkApart(source: folder, destination: target)
      origin = folder
    }
    let logs = try RunLogs.open(
      in: logDir ?? context.stateDirectory + "/logs",
      keep: keepLogs,
      isVerbose: verbose,
      context
    )
    defer { logs.flush() }
    logs.main.info(
      "filesync \(FileSyncCommand.configuration.version): sync \(shown(self.source)) \(shown(destination))"
    )
    do throws(Failure) {
      let run = SyncFlow(
        command: self,
        context: context,
        target: target,
        journal: try journal(context),
        report: report(context, logs)
      )
      if let origin { return try await run.sync(from: origin) }
      return try await run.sync(from: source)
    } catch {
      logs.main.error("exit status \(error.status.rawValue): \(error.cause)")
      throw error
    }
  }

  private func journal(_ context: CommandContext) throws(Failure) -> Journal {
    do {
      return try Journal.open(at: context.dataDirectory + "/journal.sqlite")
    } catch {
      throw Failure(error)
    }
  }

  private func report(_ context: CommandContext, _ logs: RunLogs) -> RunReport {
    let human = HumanReport(
      results: json ? context.errors : context.output,
      errors: context.errors,
      detail: quiet ? .quiet : verbose ? .verbose : .normal,
      offersRestoring: restoreMissing == .ask,
      now: context.now
    )
    return RunReport(human: human, json: json ? context.output : nil, logs: logs)
  }
}
