internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// The options that say what of the source is meant.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Take what the pattern is about; without an --exclude, nothing else.", valueName: "pattern"),
    transform: { FilterWord(.include($0)) }
  )
  var include: [FilterWord] = []
  @Option(
    help: ArgumentHelp("Leave out what the pattern is about.", valueName: "pattern"),
    transform: { FilterWord(.exclude($0)) }
  )
  var exclude: [FilterWord] = []
  @Option(
    help: ArgumentHelp(
      "Take a file's lines for patterns: + to include, - to exclude. As file, - is standard input.",
      valueName: "file"
    ),
    completion: .file(),
    transform: { FilterWord(.file($0)) }
  )
  var filterFrom: [FilterWord] = []
  @Option(
    help: ArgumentHelp("Only what a file names, one path a line; - for standard input.", valueName: "file"),
    completion: .file()
  )
  var filesFrom: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only files of this size or larger, such as 10M.", valueName: "size"),
    transform: { try ByteCount($0) }
  )
  var minSize: ByteCount?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only files of this size or smaller.", valueName: "size"),
    transform: { try ByteCount($0) }
  )
  var maxSize: ByteCount?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only files changed since: 2026-01-31, or 90d, 3mo or 30min ago.", valueName: "when"),
    transform: { try Moment($0) }
  )
  var newerThan: Moment?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only files not changed since.", valueName: "when"),
    transform: { try Moment($0) }
  )
  var olderThan: Moment?

  func validate() throws {
    if let least = minSize?.bytes, let most = maxSize?.bytes, least > most {
      throw ValidationError("--min-size is larger than --max-size: no file is meant.")
    }
  }

  /// Whether standard input is the list, so that no question can be answered there.
  var readsInput: Bool { filesFrom == TextLines.input }

  /// Reads patterns and files. Throws what is wrong with them, and where.
  func filter(_ context: CommandContext) throws(Failure) -> Filter {
    var filter = Filter()
    for word in (include + exclude + filterFrom).sorted(by: { $0.order < $1.order }) {
      filter.rules += try word.rules(context)
    }
    if let contradiction = filter.contradiction {
      throw Failure(
        .usage,
        "Nothing can match \(shown(contradiction.include.text)): \(shown(contradiction.exclude.text)) leaves out the folder it is in",
        cure: "Exclude what is in the folder, not the folder: \(shown(contradiction.insideExclude))"
      )
    }
    if let closed = filter.closedFolders {
      let top = closed.atTop.map { " For what is at the top only: --include '\(shown($0))'" }
      let reach = top == nil ? "nothing" : "what is at the top of the source only"
      throw Failure(
        .usage,
        "\(shown(closed.exclude.text)) leaves out every folder, so that \(shown(closed.include.text)) is about \(reach)",
        cure: "Put it last: there it leaves out what no other pattern is about." + (top ?? "")
      )
    }
    if let filesFrom { filter.only = try FileList.read(filesFrom, context) }
    filter.sizes = (minSize?.bytes ?? 0)...(maxSize?.bytes ?? .max)
    filter.notBefore = newerThan?.timestamp(context)
    filter.before = olderThan?.timestamp(context)
    if let from = filter.notBefore, let to = filter.before, from >= to {
      throw Failure(.usage, "--newer-than begins where --older-than has ended: no file is meant")
    }
    return filter
  }
}
