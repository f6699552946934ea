internal import ArgumentParser
internal import Storage

/// `filesync vault`
struct VaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault",
    abstract: "Lists, brings back, or drops what runs have replaced and deleted.",
    discussion: """
      A sync keeps each version that it replaces, and with --mirror what it deletes, in .filesync-vault in the folder \
      that it writes to, or on this computer where a device cannot move files.
      """,
    subcommands: [VaultListCommand.self, VaultRestoreCommand.self, VaultPruneCommand.self],
    defaultSubcommand: VaultListCommand.self
  )
}

/// `filesync vault list`, or without a word
struct VaultListCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists what there is, by run, the newest last. (default)",
    discussion: """
      Each line begins with the run's number, as in `filesync history`, or, of a run that is not on record here, with its \
      time and the number that it had; --verbose names the files. What a run that is not on record has put on this \
      computer, as before the journal was lost, is listed without a location, since nobody knows where it was.
      """
  )

  @Argument(
    help: "A folder that runs wrote to; without one, all on this computer and on the devices that are plugged in."
  )
  var location: String?
  @Flag(help: "Name each file.") var verbose = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let journal = try context.openJournal()
    let tally = Tally(context, json: json)
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      let vaults = Vaults(context: context, places: places, journal: journal)
      var runs = try await vaults.runs(at: location)
      if location == nil {
        let there = try await vaults.runsOnDevices(tally)
        tell(absent: there.absent, context)
        runs += there.runs
        runs.sort { ($0.began, $0.number) < ($1.began, $1.number) }
      }
      if runs.isEmpty, !json {
        context.output.line("There is nothing in \(location == nil ? "any vault" : "the vault of this folder").")
      }
      for run in runs {
        context.output.line(json ? run.json().text : run.line(DateText(context.timeZone)))
        guard verbose else { continue }
        for found in (run.files + run.emptyFolders).sorted(by: { $0.path < $1.path }) {
          var entry = found
          entry.path = found.path.from(run.place.path)
          let text = entry.isDirectory ? "/" : "  \(formatted(bytes: entry.size ?? 0))"
          context.output.line(json ? JSONLine(entry).text : "  \(entry.path.shown)\(text)")
        }
      }
      return tally.isClean ? .done : .someFailed
    }
  }

  /// Tells of folders that may have a vault, and could not be looked at.
  private func tell(absent folders: [String], _ context: CommandContext) {
    guard !folders.isEmpty else { return }
    context.errors.line("Not plugged in, and so not looked at: \(folders.map { shown($0) }.joined(separator: ", "))")
    guard json else { return }
    for folder in folders {
      let location = JSONValue.text(String(decoding: folder.pathBytes, as: UTF8.self))
      context.output.line(JSONLine("vaultAbsent", ["folder": location]).text)
    }
  }
}
