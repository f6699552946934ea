internal import ArgumentParser
internal import Storage

/// The options of commands that plan, ask, and then copy.
struct RunOptions: ParsableArguments {
  @Flag(name: [.customShort("n"), .long], help: "Show the plan, change nothing.") var dryRun = false
  @Flag(help: "Do not ask.") var yes = false
  @Flag(help: "One JSON object per line on standard output; texts for people on standard error.") var json = false
  @Flag(help: "Only errors.") var quiet = false
  @Flag(help: "Each file.") var verbose = false
  @OptionGroup var waiting: WaitOption
  @Option(help: ArgumentHelp("Where the logs go.", valueName: "folder"), completion: .directory) var logDir: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many runs' logs stay. (default: \(Self.keptLogs))", valueName: "runs"),
    transform: { try wholeNumber($0, from: 1) }
  )
  var keepLogs = Self.keptLogs
  static let keptLogs = 30

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }

  /// Throws if there is a question to come and nobody to answer it. To be called before any device is touched, and after
  /// all faults of the command line itself, as far as they can be told by then. `inputIsList`: standard input was read to its
  /// end.
  func checkAnswerable(_ context: CommandContext, inputIsList: Bool = false) throws(Failure) {
    guard yes || dryRun || !inputIsList else {
      throw Failure(
        .usage,
        "Nobody can confirm, since standard input is the list of files",
        cure: "Add --yes to begin at once, or --dry-run to see the plan; or name a file for the list."
      )
    }
    guard yes || dryRun || context.canAsk else {
      throw Failure.nobodyToAsk("Add --yes to begin at once, or --dry-run to see the plan.")
    }
  }
}
