internal import ArgumentParser
internal import Foundation
internal import Journal
internal import Storage
internal import SyncEngine

/// `filesync vault prune`
struct VaultPruneCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Removes old versions for good.",
    discussion: """
      Shows first what goes, and asks. What is from an unknown folder goes only without a location, by --older-than, or with \
      --keep 0.
      """
  )

  @Argument(help: "A folder that runs wrote to; without one, this computer and all of its folders.") var location:
    String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What runs have put there before: 90d ago, or 2026-01-31.", valueName: "when"),
    transform: { try Moment($0) }
  )
  var olderThan: Moment?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("All but the last ones of each folder.", valueName: "runs"),
    transform: { try wholeNumber($0, from: 0) }
  )
  var keep: Int?
  @Flag(name: [.customShort("n"), .long], help: "Show what would go, remove nothing.") var dryRun = false
  @Flag(help: "Do not ask.") var yes = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func validate() throws {
    guard olderThan == nil || keep == nil else {
      throw ValidationError("--older-than and --keep exclude each other.")
    }
    guard olderThan != nil || keep != nil else {
      throw ValidationError("Say what goes, with --older-than or with --keep.")
    }
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    guard yes || dryRun || context.canAsk else {
      if let location { try await context.checkHere([(location, try Location(location))]) }
      throw Failure.nobodyToAsk("Add --yes to remove without a question, or --dry-run to see what would go.")
    }
    let journal = try context.openJournal()
    let tally = Tally(context, json: json)
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      let all = try await Vaults(context: context, places: places, journal: journal).runs(at: location)
      let old = try await chosen(all, journal, context)
      let human = json ? context.errors : context.output
      guard !old.isEmpty else {
        human.line("There is nothing to remove.")
        return .done
      }
      for run in old { human.line(run.line(DateText(context.timeZone))) }
      let size = VaultRun.size(of: old)
      if dryRun {
        if json { for run in old { context.output.line(run.json().text) } }
        human.line("Would be removed: \(size).")
        return .done
      }
      if !yes, try await !Question(text: "Remove these for good?").ask(context) {
        throw Failure(.declined, "Nothing was removed")
      }
      try await tally.each(old) { run throws(Failure) in try await remove(run, context, tally) }
      if tally.isClean { human.line("Removed: \(size).") }
      return tally.status
    }
  }

  /// What goes; nothing of a run that goes on.
  private func chosen(
    _ all: [VaultRun],
    _ journal: Journal,
    _ context: CommandContext
  ) async throws(Failure) -> [VaultRun] {
    let limit = olderThan.map { Date(timeIntervalSince1970: Double($0.timestamp(context).seconds)) }
    var chosen: [VaultRun] = []
    for runs in Dictionary(grouping: all, by: \.folder).values {
      let last = keep.map { runs.dropLast($0) } ?? runs[...]
      for run in last where limit.map({ run.began < $0 }) ?? true {
        do throws(JournalError) {
          if try await journal.run(String(run.number))?.goesOn == true { continue }
        } catch { throw Failure(error) }
        chosen.append(run)
      }
    }
    return chosen.sorted { ($0.began, $0.number) < ($1.began, $1.number) }
  }

  private func remove(_ run: VaultRun, _ context: CommandContext, _ tally: Tally) async throws(Failure) {
    let place = run.place
    let quiet = Tally(context, json: false)
    // A stick in a folder of this computer has a record of its own.
    let folder: StorageIdentity
    do throws(StorageError) {
      folder = try await place.volume.folder(at: place.path.parent).traits.identity
    } catch { throw place.failure(error) }
    let removed = try await run.tree.remove(from: place.volume.storage, context, quiet, shown: place.shown) { _ in
      run.json("pruned")
    }
    // The vault itself, once nothing is in it; never anything else.
    if place.path.parent.name.elementsEqual(Vault.name) {
      try? await place.volume.storage.remove(Entry(path: place.path.parent, kind: .directory))
    }
    await context.keepRecord { journal in
      try await journal.forget(removed.map { $0.from(place.path.parent) }, in: folder)
    }
    guard quiet.isClean else { throw Failure(.someFailed, "Not all of \(place.shown) could be removed") }
    tally.done(run.json("pruned"))
  }
}
