internal import ArgumentParser

/// A subcommand. What it needs of the world comes with the context, so that tests can run it.
protocol ContextCommand: ParsableCommand {
  /// Whether results go out as lines of JSON, errors too.
  var json: Bool { get }

  /// - Throws: what ends the command early.
  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus
}
