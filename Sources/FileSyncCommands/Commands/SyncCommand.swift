internal import ArgumentParser
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

  @Argument(help: "A folder: a path, or mtp:DEVICE/STORAGE/PATH.", completion: .directory) var source: String
  @Argument(help: "A folder. It is made if only its last part is missing.", completion: .directory)
  var destination: String
  @OptionGroup var options: RunOptions
  @Flag(name: [.customShort("c"), .long], help: "Compare contents, whatever the dates say.") var checksum = false
  @Flag(help: "Copy only what is missing by name.") var ignoreExisting = false
  @OptionGroup var filters: FilterOptions
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
    let filter = try filters.filter(context)
    let folders = try RunFolders(from: source, to: destination, mayBeMissing: true, context)
    try options.checkAnswerable(context, inputIsList: filters.readsInput)
    return try await RunFlow.open(
      options,
      context,
      commandLine: ["sync", source, destination],
      kind: .sync(offersRestoring: restoreMissing == .ask)
    ) { flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let ends = try await folders.open(places, flow)
        return try await SyncFlow(command: self, filter: filter, flow: flow, folders: folders, places: places).sync(
          ends
        )
      }
    }
  }
}
