internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// `filesync dates`
struct DatesCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "dates",
    abstract: "Gives equal files the right dates; moves no data.",
    discussion: """
      SOURCE has the right dates; those of the same files in DESTINATION are mended. Files are the same if their names, \
      sizes and contents are: of a file on a device that is larger than 1 MiB, head and tail are compared, or all of \
      it with --checksum. What differs, or is on one side only, is told and left alone. Where a device lets nobody set \
      dates the journal keeps them, so that they are right when the files are copied back.
      """
  )

  @Argument(help: "The folder with the right dates: a path, or mtp:DEVICE/STORAGE/PATH.", completion: .directory)
  var source: String
  @Argument(help: "The folder whose dates are mended.", completion: .directory) var destination: String
  @OptionGroup var options: RunOptions
  @Flag(name: [.customShort("c"), .long], help: "Compare all of each file, also on devices.") var checksum = false

  @OptionGroup var filters: FilterOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let filter = try filters.filter(context)
    let folders = try RunFolders(from: source, to: destination, mayBeMissing: false, context)
    try options.checkAnswerable(context, inputIsList: filters.readsInput)
    let commandLine = ["dates", source, destination]
    return try await folders.run(options, context, commandLine: commandLine, kind: .dates) {
      (origin, target, flow, control) throws(Failure) in try await mend(origin, target, filter, flow, control)
    }
  }

  private func mend(
    _ origin: RunFolders.Origin,
    _ target: RunTarget,
    _ filter: Filter,
    _ flow: RunFlow,
    _ control: TransferControl
  ) async throws(Failure) -> CommandStatus {
    var policy = SyncPolicy.dates
    policy.checksum = checksum
    let run = flow.syncRun(from: origin.storage, to: target.storage, policy, filter)
    let plan = try await flow.plan(run, control)
    let ends = RunFlow.Ends(source: origin.place, destination: target.place)
    let notes = [flow.noteOnNesting(origin, target), plan.isIdle ? nil : noteOnJournal(target)].compactMap(\.self)
    let note = notes.isEmpty ? nil : notes.joined(separator: "\n")
    guard try await flow.confirm(plan, ends, note: note, declined: "No date was changed") else {
      return plan.leavesBehind ? .someFailed : .done
    }
    return try await flow.execute(run, plan, control)
  }

  private func noteOnJournal(_ target: RunTarget) -> String? {
    let traits = target.storage.traits
    guard traits.identity.device != nil, !traits.capabilities.contains(.setTimes) else { return nil }
    return "Note: \(shown(traits.name)) lets nobody set dates. The journal keeps them, for the way back."
  }
}
