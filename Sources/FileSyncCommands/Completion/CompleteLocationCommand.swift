internal import ArgumentParser

/// `filesync complete-location`, which the completions of shells ask what a location may go on with. Prints whole locations,
/// one a line, folders with a slash behind them. Says nothing else, whatever fails.
struct CompleteLocationCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "complete-location", shouldDisplay: false)

  @Argument var typed: String = ""

  var json: Bool { false }

  /// Seconds until it is given up, whatever the device does: somebody waits at the keyboard.
  private static let patience = 3.0

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let limit = Task {
      await context.pause(Self.patience)
      guard !Task.isCancelled else { return }
      // The second one ends the program at once.
      for _ in 0..<2 { context.interrupt.raise(.terminate) }
    }
    for location in await LocationCompletion(typed: typed, context: context).found() { context.output.line(location) }
    limit.cancel()
    return .done
  }
}
