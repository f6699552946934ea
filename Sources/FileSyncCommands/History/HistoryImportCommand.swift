internal import ArgumentParser
internal import Journal

/// `filesync history import`
struct HistoryImportCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Takes the dates that another machine's journal keeps for devices.",
    discussion: """
      FILE is what `filesync history export` wrote there. All of it is taken, or nothing. Where both journals have dates \
      of a file, those stay that the later run put on record. They count for a file only as long as it is the same.
      """
  )

  @Argument(help: "The file; - for standard input.") var file: String
  @Flag(help: "One JSON object per line.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let manifest = try ManifestFile(typed: file, context: context).read()
    let journal = try context.openJournal()
    let merged: Manifest.Merged
    do throws(JournalError) { merged = try await journal.merge(manifest) } catch { throw Failure(error) }
    if json {
      let fields: [String: JSONValue] = [
        "files": .count(manifest.files.count), "added": .count(merged.added), "updated": .count(merged.updated),
        "known": .count(merged.known), "older": .count(merged.older),
      ]
      context.output.line(JSONLine("imported", fields).text)
      return .done
    }
    let parts = [
      (merged.added, "new"), (merged.updated, "newer than here"), (merged.known, "known already"),
      (merged.older, "older than what is here, and left out"),
    ]
    let words = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let count = counted(manifest.files.count, "file")
    context.output.line("Dates of \(count) read" + (words.isEmpty ? "." : ": \(words)."))
    return .done
  }
}
