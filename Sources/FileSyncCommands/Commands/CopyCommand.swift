internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// `filesync copy`
struct CopyCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Copies files and folders, dates kept.",
    usage: "filesync copy [<options>] <source> ... <destination>",
    discussion: """
      Into DESTINATION if that is a folder; else one SOURCE to that very name. A file that is there already, of the \
      same size and date, is not copied again. One that differs stays as it is, unless --overwrite is given; the old \
      version is kept in .filesync-vault then. What an interrupted copy left undone, the same command does.
      """
  )

  @Argument(help: "Files and folders, and where they go: paths, or mtp:DEVICE/STORAGE/PATH.", completion: .file())
  var locations: [String]
  @Flag(help: "Replace files that differ.") var overwrite = false
  @Flag(help: "Read back what was written, and compare digests before it gets its name.") var verify = false
  @OptionGroup var options: RunOptions

  var json: Bool { options.json }

  func validate() throws { try Self.checkCount(locations) }

  static func checkCount(_ locations: [String]) throws {
    if locations.count < 2 { throw ValidationError("A source and a destination are needed.") }
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let ends = try locations.map { text throws(Failure) in (typed: text, location: try Location(text)) }
    try await Errands.checkHere(Array(ends.dropLast()), to: ends[ends.count - 1], context)
    try context.checkMeansOne(ends.map(\.location))
    try options.checkAnswerable(context)
    var context = context
    // A new folder is there by then, and the source would go into it.
    if ends.count == 2 { context.goOn += " A folder that got a new name: copy SOURCE/* into it." }
    return try await RunFlow.open(options, context, commandLine: ["copy"] + locations) { flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let errands = try await Errands(Array(ends.dropLast()), to: ends[ends.count - 1], places)
        for place in [errands.all[0].source, errands.destination] { flow.log(place) }
        return try await copy(errands, flow)
      }
    }
  }

  private func copy(_ errands: Errands, _ flow: RunFlow) async throws(Failure) -> CommandStatus {
    try flow.checkWritable(try await errands.route(for: errands.all).destination)
    return try await flow.interruptible { control throws(Failure) in
      let note = await errands.noteOnNesting()
      let (confirmed, foreseen) = try await flow.settle(control) { _ throws(Failure) in
        let route = try await errands.route(for: errands.all)
        let run = route.run(flow, conflict: overwrite ? .replace : .refuse, verifies: verify)
        let plan = try await flow.plan(run, control)
        // What was named and not copied is missed, also where a folder's contents may be left out.
        let isMissed = plan.actions.contains { $0.change == .skip && route.places[$0.source?.path ?? $0.path] != nil }
        return Draft(
          run: run,
          plan: plan,
          ends: route.ends,
          opened: route,
          volumes: [errands.destination.volume],
          note: note,
          isPartial: isMissed
        )
      }
      guard let draft = confirmed else { return foreseen }
      let status = try await flow.execute(draft.run, draft.plan, control)
      return status == .done && draft.isPartial ? .someFailed : status
    }
  }
}
