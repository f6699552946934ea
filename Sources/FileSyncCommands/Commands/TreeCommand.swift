internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// `filesync tree`
struct TreeCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "Shows a folder with all that is in it, and how much that is.",
    discussion: """
      Links are shown, and not followed. Control characters in names are shown as \\xNN, so that no name can act on the \
      terminal.
      """
  )

  @Argument(help: "A path, or mtp:DEVICE/STORAGE/PATH.") var location: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many levels of folders.", valueName: "levels"),
    transform: { try wholeNumber($0, from: 1) }
  )
  var depth: Int?
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let asked = try Location(location)
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      let place = try await places.find(asked, typed: location, following: true)
      guard try await place.entry().isDirectory else {
        throw place.failure(StorageError(.notADirectory, .nextFile, path: place.path, cause: "It is not a folder"))
      }
      var walk = TreeWalk(place: place, storage: try await place.folder(), most: depth, json: json, context: context)
      return try await walk.show()
    }
  }
}

/// A walk through a tree that prints each entry when it comes to it, each folder after it was listed, so that its line can
/// tell of what could not be.
private struct TreeWalk {
  let place: Place
  let storage: any Storage
  /// How many levels are shown; `nil` for all.
  let most: Int?
  let json: Bool
  let context: CommandContext

  private var entered = EnteredFolders()
  private var folders = 0
  /// Folders that lie too deep to be looked into.
  private var closed = 0
  private var files = 0
  private var bytes: UInt64 = 0
  private var unlisted = 0

  init(place: Place, storage: any Storage, most: Int?, json: Bool, context: CommandContext) {
    (self.place, self.storage, self.most, self.json, self.context) = (place, storage, most, json, context)
  }

  /// An entry, and what its line begins with.
  private struct Line {
    var entry: Entry
    var level: Int
    /// The branches that pass by.
    var margin: String
    var isLast: Bool
  }

  mutating func show() async throws(Failure) -> CommandStatus {
    let root = try await list(.root)
    if !json { context.output.line(place.shown + mark(root.gaps)) }
    var lines: [Line] = []
    push(root.entries, level: 1, margin: "", onto: &lines)
    while let line = lines.popLast() {
      try context.checkInterrupt()
      try context.checkReader()
      let entry = line.entry
      var gaps = 0
      if json { context.output.line(JSONLine(entry).text) }
      if entry.isDirectory {
        folders += 1
        if let most, line.level >= most {
          closed += 1
        } else {
          let listing = try await list(entry)
          gaps = listing.gaps
          let margin = line.margin + (line.isLast ? "    " : "\u{2502}   ")
          push(listing.entries, level: line.level + 1, margin: margin, onto: &lines)
        }
      } else {
        files += 1
        bytes = bytes.addingSaturated(entry.size ?? 0)
      }
      if !json { context.output.line(text(line) + mark(gaps)) }
    }
    context.output.line(json ? total.text : words)
    return unlisted > 0 ? .someFailed : .done
  }

  private func push(_ entries: [Entry], level: Int, margin: String, onto lines: inout [Line]) {
    for (index, entry) in entries.enumerated().reversed() {
      lines.append(Line(entry: entry, level: level, margin: margin, isLast: index == entries.count - 1))
    }
  }

  /// What a folder holds, sorted, and how much of it could not be listed.
  private mutating func list(_ folder: Entry) async throws(Failure) -> (entries: [Entry], gaps: Int) {
    guard entered.enters(folder) else {
      tell(Unlisted(name: "", reason: .nameNotAllowed), in: folder.path, "nested too deep, or within itself")
      return ([], 1)
    }
    return try await list(folder.path)
  }

  private mutating func list(_ folder: RelativePath) async throws(Failure) -> (entries: [Entry], gaps: Int) {
    do throws(StorageError) {
      let listing = try await Listing(of: folder, in: storage)
      for item in listing.unlisted { tell(item, in: folder, item.reason.words) }
      // What a probe has left is nobody's, and the next run that writes there removes it.
      let entries = listing.entries.filter { !TemporaryName.isProbe($0.path.name) }
      return (entries.sorted { $0.path < $1.path }, listing.unlisted.count)
    } catch {
      let failure = Failure(error)
      guard !folder.isRoot, failure.status != .notReady else { throw place.failure(error) }
      tell(Unlisted(name: "", reason: error.reason), in: folder, failure.cause)
      return ([], 1)
    }
  }

  private mutating func tell(_ item: Unlisted, in folder: RelativePath, _ words: String) {
    unlisted += 1
    let path = item.name.isEmpty ? folder.shown : Summary.joined(folder.shown, RelativePath(item.name) ?? .root)
    context.errors.line("Not listed: \(path) (\(words))")
    guard json else { return }
    let fields: [String: JSONValue] = ["name": .text(item.name), "reason": .text(item.reason.rawValue)]
    context.output.line(JSONLine("unlisted", fields.with(folder)).text)
  }

  // MARK: Words

  private func text(_ line: Line) -> String {
    let entry = line.entry
    let name = shown(entry.path.name)
    let words =
      switch entry.kind {
      case .directory: name + "/"
      case .symbolicLink(let target): "\(name) -> \(shown(target))"
      case .file: entry.size.map { "\(name)  \(formatted(bytes: $0))" } ?? name
      case .special: name
      }
    return line.margin + (line.isLast ? "\u{2514}" : "\u{251C}") + "\u{2500}\u{2500} " + words
  }

  private func mark(_ gaps: Int) -> String { gaps > 0 ? "  (not listed whole)" : "" }

  private var words: String {
    let inside = closed > 0 ? " (\(closed) not looked into)" : ""
    let gaps = unlisted > 0 ? "; not all could be listed" : ""
    return "\(counted(folders, "folder"))\(inside), \(counted(files, "file")), \(formatted(bytes: bytes))\(gaps)"
  }

  private var total: JSONLine {
    JSONLine(
      "total",
      [
        "folders": .count(folders), "files": .count(files), "bytes": .size(bytes), "notLookedInto": .count(closed),
        "unlisted": .count(unlisted),
      ]
    )
  }
}
