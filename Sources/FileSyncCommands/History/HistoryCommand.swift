internal import ArgumentParser
internal import Foundation
internal import Journal

/// `filesync history`
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Tells what earlier runs did; exports and imports dates and names that devices cannot keep.",
    subcommands: [HistoryListCommand.self, HistoryExportCommand.self, HistoryImportCommand.self],
    defaultSubcommand: HistoryListCommand.self
  )
}

/// `filesync history list`, or without a word
struct HistoryListCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the last runs, the newest last. (default)",
    discussion: "`filesync log NUMBER` shows what one of them did."
  )

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many. (default: 20)", valueName: "runs"),
    transform: { try wholeNumber($0, from: 1) }
  )
  var last = 20
  @Flag(help: "One JSON object per line.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let journal = try context.openJournal()
    let runs: [RunRecord]
    do throws(JournalError) {
      runs = try await journal.runs(last: last)
    } catch { throw Failure(error) }
    if runs.isEmpty, !json { context.output.line("No run is on record.") }
    for run in runs {
      context.output.line(json ? run.json.text : run.line(DateText(context.timeZone)))
    }
    return .done
  }
}

/// `filesync log`
struct LogCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Shows what an earlier run did, step by step.",
    discussion: "What was up to date, or left out by a filter, was no step. Everything is in the run's main_logger log."
  )

  @Argument(help: "Its number, as `filesync history` prints it, or its UUID; without one, the last run.")
  var number: String?
  @Flag(help: "One JSON object per line.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let journal = try context.openJournal()
    let found: RunRecord?
    do throws(JournalError) { found = try await journal.run(number) } catch { throw Failure(error) }
    guard let run = found else {
      throw Failure(
        .notPossible,
        number.map { "No run \u{201C}\(shown($0))\u{201D} is on record" } ?? "No run is on record",
        cure: "`filesync history` lists those that are."
      )
    }
    let steps: [StepRecord]
    do throws(JournalError) { steps = try await journal.steps(of: run) } catch { throw Failure(error) }
    context.output.line(json ? run.json.text : run.line(DateText(context.timeZone)))
    for step in steps { context.output.line(json ? step.json.text : step.line) }
    if !json, let half = try await otherHalf(of: run, journal) { context.output.line(half) }
    return .done
  }

  /// A move is on record as two runs: the copying, and then the removal at the source. Tells of the other one.
  private func otherHalf(of run: RunRecord, _ journal: Journal) async throws(Failure) -> String? {
    guard run.frees || run.command == "move" else { return nil }
    let runs: [RunRecord]
    do throws(JournalError) { runs = try await journal.runs(last: .max) } catch { throw Failure(error) }
    let near = runs.filter { $0.source.typed == run.source.typed && $0.destination.typed == run.destination.typed }
    if run.frees {
      let next = near.first { $0.id > run.id && ($0.frees || $0.command == "move") }
      return next.flatMap { $0.frees ? nil : "What it removed at the source: filesync log \($0.id)" }
    }
    return near.last { $0.id < run.id && $0.frees }.map { "What it copied before: filesync log \($0.id)" }
  }
}
