internal import ArgumentParser
internal import Journal

/// `filesync history import`
struct HistoryImportCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Takes the dates and names that another machine's journal keeps for devices.",
    discussion: """
      FILE is what `filesync history export` wrote there. All of it is taken, or nothing. Where both journals have dates \
      of a file, or a name, those stay that the later run put on record. They count for a file only as long as it is the \
      same: names go by its size.
      """
  )

  @Argument(help: "The file; - for standard input.", completion: .file()) var file: String
  @Flag(help: "One JSON object per line.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let manifest = try ManifestFile(typed: file, context: context).read()
    let journal = try context.openJournal()
    let merged: Manifest.Merged
    do throws(JournalError) { merged = try await journal.merge(manifest) } catch { throw Failure(error) }
    if json {
      let (dates, names) = (merged.dates, merged.names)
      let fields: [String: JSONValue] = [
        "files": .count(manifest.files.count), "added": .count(dates.added), "updated": .count(dates.updated),
        "known": .count(dates.known), "older": .count(dates.older), "names": .count(manifest.names.count),
        "namesAdded": .count(names.added), "namesUpdated": .count(names.updated), "namesKnown": .count(names.known),
        "namesOlder": .count(names.older),
      ]
      context.output.line(JSONLine("imported", fields).text)
      return .done
    }
    let folders = manifest.files.count(where: \.truth.isOfFolder)
    let what = Manifest.words(files: manifest.files.count - folders, folders: folders)
    context.output.line("Dates of \(what) read\(merged.dates.words).")
    if !manifest.names.isEmpty {
      context.output.line("\(counted(manifest.names.count, "true name")) read\(merged.names.words).")
    }
    return .done
  }
}

extension Manifest.Taken {
  /// What became of them, if there are any.
  fileprivate var words: String {
    let parts = [
      (added, "new"), (updated, "newer than here"), (known, "known already"),
      (older, "older than what is here, and left out"),
    ]
    let words = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return words.isEmpty ? "" : ": \(words)"
  }
}
