internal import ArgumentParser
internal import Foundation

/// The whole program.
public enum Program {
  /// Must be the first that the process does.
  public static func prepare() { StandardStreams.fill() }

  /// The arguments that follow its name, of which nothing is lost if they are no UTF-8 (`String.init(pathBytes:)`).
  public static var arguments: [String] {
    // Nothing changes them once the process runs.
    let words = unsafe UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)).dropFirst()
    return unsafe words.compactMap { word in unsafe word.map { unsafe String(pathAt: $0) } }
  }

  /// Runs the program with the arguments that follow its name.
  /// - Returns: the exit status.
  public static func run(_ arguments: [String]) async -> Int32 {
    let (output, errors) = StandardStreams.guarded()
    let interrupt = Interrupt(exitNow: { _exit($0.rawValue) })
    interrupt.watch()
    let context = CommandContext.process(output: output, errors: errors, interrupt: interrupt)
    return await run(arguments, context).rawValue
  }

  /// Runs a command line in a given context. What could not be printed is an error of its own.
  static func run(_ arguments: [String], _ context: CommandContext) async -> CommandStatus {
    let status = await perform(arguments, context)
    guard let error = context.output.failure() else { return status }
    let failure = Failure(
      .notPossible,
      "The output could not be written whole: \(error)",
      cure: status == .done ? "Only what the command prints is missing: it did all else." : nil
    )
    context.errors.line("filesync: \(failure.text)")
    return status == .done ? failure.status : status
  }

  private static func perform(_ arguments: [String], _ context: CommandContext) async -> CommandStatus {
    var command: any ContextCommand
    var context = context
    context.commandLine = arguments
    if let picked = PickedSync(arguments, context) {
      do throws(Failure) {
        if let status = try await picked.run(context) { return status }
      } catch {
        context.errors.line("filesync: \(error.text)")
        return error.status
      }
    }
    if arguments == [PickedSync.anyDevice] {
      context.errors.line("filesync: \(PickedSync.nobodyChooses.text)")
      return PickedSync.nobodyChooses.status
    }
    do {
      try FileSyncCommand.checkCommand(arguments)
      var parsed = try FileSyncCommand.parseAsRoot(arguments)
      guard let ours = parsed as? any ContextCommand else {
        // What argument-parser adds, such as help, answers by throwing; so does a line without a subcommand.
        if parsed is FileSyncCommand { throw CleanExit.helpRequest() }
        try parsed.run()
        return .done
      }
      command = ours
    } catch {
      let isAnswer = FileSyncCommand.exitCode(for: error) == .success && !arguments.isEmpty
      var text = message(for: unknownOption(in: arguments) ?? error, about: arguments)
      if isAnswer, arguments.contains("--generate-completion-script") { text = CompletionScript.whole(text) }
      (isAnswer ? context.output : context.errors).line(text)
      if isAnswer { return .done }
      let wantsJSON = arguments.prefix { $0 != "--" }.contains("--json")
      if wantsJSON { context.output.line(JSONLine(Failure(usage: text)).text) }
      return .usage
    }
    do throws(Failure) {
      command = try command.resolved(context)
      let status = try await command.run(context)
      if command.json, status != .done { context.output.line(JSONLine(Failure(toldBefore: status)).text) }
      return status
    } catch {
      if error.status != .brokenPipe { context.errors.line("filesync: \(error.text)") }
      if command.json { context.output.line(JSONLine(error).text) }
      return error.status
    }
  }

  /// What argument-parser says of an option that there is not: of a line in which words are missing as well it tells only that.
  private static func unknownOption(in arguments: [String]) -> (any Error)? {
    for count in 1...3 {
      do { _ = try FileSyncCommand.parseAsRoot(arguments + Array(repeating: "word", count: count)) } catch {
        if FileSyncCommand.message(for: error).hasPrefix("Unknown option ") { return error }
      }
    }
    return nil
  }

  /// What argument-parser says of arguments that it cannot read. It repeats them as they are, and they can be names of
  /// files that the shell put in place of `*`: so it is asked about harmless ones.
  private static func message(for error: any Error, about arguments: [String]) -> String {
    let harmless = arguments.map { word in
      word.unicodeScalars.contains { isHazardous($0) || $0.pathByte != nil } ? shown(word) : word
    }
    guard harmless != arguments else { return text(of: error) }
    do {
      _ = try FileSyncCommand.parseAsRoot(harmless)
      return "Error: A word of the command line has control characters where none can be."
    } catch { return text(of: error) }
  }

  /// The parser takes the sync, whose options `profile add` has, for a command above that.
  private static func text(of error: any Error) -> String {
    FileSyncCommand.fullMessage(for: error).replacing("'filesync profile sync add ", with: "'filesync profile add ")
      .replacing("\nUsage: filesync profile sync add ", with: "\nUsage: filesync profile add ")
  }
}

extension Failure {
  /// What argument-parser says of a command line: an error, and how it should be.
  fileprivate init(usage text: String) {
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let cause = lines[0].hasPrefix("Error: ") ? String(lines[0].dropFirst(7)) : lines[0]
    self.init(.usage, cause, cure: lines.count > 1 ? lines[1] : nil)
  }

  /// The end of a command that went on after what failed, and told of each.
  fileprivate init(toldBefore status: CommandStatus) {
    let cause = status == .someFailed ? "Not all was done" : "Nothing was done"
    self.init(status, cause, cure: "The lines before this one say what was not, and why.")
  }
}
