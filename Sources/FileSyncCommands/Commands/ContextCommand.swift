internal import ArgumentParser

/// A subcommand. What it needs of the world comes with the context, so that tests can run it.
protocol ContextCommand: ParsableCommand {
  /// Whether results go out as lines of JSON, errors too.
  var json: Bool { get }

  /// The command that does the work: of the name of a profile, the sync that it stands for. Touches no device.
  func resolved(_ context: CommandContext) throws(Failure) -> any ContextCommand

  /// - Throws: what ends the command early.
  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus
}

extension ContextCommand {
  func resolved(_ context: CommandContext) throws(Failure) -> any ContextCommand { self }
}
