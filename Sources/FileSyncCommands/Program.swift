internal import ArgumentParser
internal import Foundation

/// The whole program.
public enum Program {
  /// Runs the program with the arguments that follow its name.
  /// - Returns: the exit status.
  public static func run(_ arguments: [String]) async -> Int32 {
    let (output, errors) = StandardStreams.guarded()
    let interrupt = Interrupt(exitNow: { _exit($0.rawValue) })
    interrupt.watch()
    let context = CommandContext.process(output: output, errors: errors, interrupt: interrupt)
    return await run(arguments, context).rawValue
  }

  /// Runs a command line in a given context.
  static func run(_ arguments: [String], _ context: CommandContext) async -> ExitStatus {
    let command: any ContextCommand
    do {
      guard let parsed = try FileSyncCommand.parseAsRoot(arguments) as? any ContextCommand else {
        context.errors.write(FileSyncCommand.helpMessage() + "\n")
        return .usage
      }
      command = parsed
    } catch {
      let isAsked = FileSyncCommand.exitCode(for: error) == .success
      (isAsked ? context.output : context.errors).line(FileSyncCommand.fullMessage(for: error))
      return isAsked ? .done : .usage
    }
    do throws(Failure) {
      return try await command.run(context)
    } catch {
      context.errors.line("filesync: \(error.text)")
      if command.json { context.output.line(JSONLine(error).text) }
      return error.status
    }
  }
}
