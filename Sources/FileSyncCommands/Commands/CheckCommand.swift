internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// `filesync check`
struct CheckCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compares two folders and changes nothing.",
    discussion: """
      Tells what is on one side only, what differs, and what has other dates: by size and date, or with --checksum by \
      reading all of both. Names that one side cannot hold, and dates that the journal keeps for a device, are taken into \
      account. --verbose names each file.

      Exit status: 0 all the same; 1 something is not, or could not be compared.
      """
  )

  @Argument(help: "A folder: a path, or mtp:DEVICE/STORAGE/PATH.", completion: .directory) var source: String
  @Argument(help: "The folder to compare with it.", completion: .directory) var destination: String
  @OptionGroup var options: RunOptions
  @Flag(name: [.customShort("c"), .long], help: "Compare the contents of all files.") var checksum = false
  @OptionGroup var filters: FilterOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let filter = try filters.filter(context)
    let folders = try RunFolders(from: source, to: destination, mayBeMissing: false, context)
    let commandLine = ["check", source, destination]
    return try await folders.run(options, context, commandLine: commandLine, kind: .check) {
      (origin, target, flow, control) throws(Failure) in try await compare(origin, target, filter, flow, control)
    }
  }

  private func compare(
    _ origin: RunFolders.Origin,
    _ target: RunTarget,
    _ filter: Filter,
    _ flow: RunFlow,
    _ control: TransferControl
  ) async throws(Failure) -> CommandStatus {
    var run = flow.syncRun(from: origin.storage, to: target.storage, .check(checksum: checksum), filter)
    // Either side is compared with the other.
    run.filter.leavesOutPhonesOwn = [origin.storage, target.storage].contains { $0.traits.identity.device != nil }
    let plan = try await flow.plan(run, control)
    let ends = RunFlow.Ends(source: origin.place, destination: target.place)
    var part = RunFlow.Part(plan: plan, ends: ends)
    part.zonesThere = plan.assumedZonesThere(target.storage.traits)
    try flow.show(part, note: flow.noteOnNesting(origin, target))
    let left = plan.actions.count { $0.change == .skip && $0.reason.isBesideTheQuestion }
    // Nothing is read then, so that what only its contents tell is not told.
    guard !options.dryRun else { return plan.actions.count { $0.change == .skip } > left ? .someFailed : .done }
    let status = try await flow.execute(run, plan, control)
    return status == .done && (flow.report.counts?.skipped ?? 0) > left ? .someFailed : status
  }
}
