internal import ArgumentParser

/// `filesync run`
struct RunProfileCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Syncs as a profile says.",
    discussion: """
      Takes all options of `filesync sync` besides; where the profile has the same one with a value, the one given here \
      holds. Exit statuses are those of `filesync sync`.
      """
  )

  @Argument(help: "The profile's name.", completion: .profiles, transform: { try ProfileName($0) })
  var name: ProfileName
  @Argument(parsing: .captureForPassthrough, help: "Options of sync, such as --dry-run, --yes, --json.")
  var options: [String] = []

  var json: Bool { options.contains("--json") }

  func validate() throws {
    if options.contains("--help") || options.contains("-h") { throw CleanExit.helpRequest(self) }
    if let word = options.first, !word.hasPrefix("-") {
      throw ValidationError("The profile names source and destination already; only options can follow its name.")
    }
    if options.contains("--") { throw ValidationError("Only options can follow the name of a profile.") }
  }

  func resolved(_ context: CommandContext) throws(Failure) -> any ContextCommand {
    try context.profiles.read(name).sync(with: options, context)
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    try await resolved(context).run(context)
  }
}
