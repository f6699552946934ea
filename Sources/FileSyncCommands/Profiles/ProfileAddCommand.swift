internal import ArgumentParser

/// `filesync profile add`
struct ProfileAddCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Keeps a sync under a name, with its options.",
    discussion: """
      Copies nothing. Paths are kept whole, so that the profile can be run from anywhere. --json holds for this command, \
      and for the runs of the profile.
      """
  )

  @Flag(help: "Replace a profile of this name.") var replace = false
  @Argument(help: "Letters, digits, - _ and .", completion: .profiles, transform: { try ProfileName($0) })
  var name: ProfileName
  @OptionGroup var sync: SyncCommand

  var json: Bool { sync.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let folder = context.profiles
    let words = try words(context)
    let text = ProfileFormat.text(
      words,
      comment: """
        A profile of FileSync: `filesync run \(name)` syncs with these arguments.
        One a line; lines that begin with # are comments. `filesync help sync` lists them all.
        """
    )
    // What is kept is what counts, and what is told of it.
    let kept = try Profile(name: name, file: nil, text: text).sync(context)
    try folder.write(text, to: name, replacing: replace)
    let told = "Kept in \(shown(folder.file(name))). To run it: filesync run \(name)"
    context.output.line(json ? try folder.read(name).json(kept).text : told)
    return .done
  }

  /// The arguments to keep: source and destination, then the options as they were typed.
  private func words(_ context: CommandContext) throws(Failure) -> [String] {
    // After `profile add`.
    var typed = Array(context.commandLine.dropFirst(2))
    let mark = SyncWords.word(in: typed)
    let ends = ["\(name)", sync.source, sync.destination]
    // Only the parser knows which word it takes for what.
    let taken = typed.indices.filter { index in
      guard ends.contains(typed[index]) else { return false }
      var changed = typed
      changed[index] = mark
      guard let command = try? ProfileAddCommand.parse(changed) else { return false }
      return ["\(command.name)", command.sync.source, command.sync.destination].contains(mark)
    }
    for index in taken.reversed() { typed.remove(at: index) }
    typed.removeAll { $0 == "--replace" || $0 == "--" }
    let locations = [try whole(sync.source, context), try whole(sync.destination, context)]
    guard var words = try? SyncWords(locations + typed) else {
      throw Failure(.usage, "These options cannot be kept", cure: "Write them behind the two locations.")
    }
    for (index, option) in words.optionPaths {
      words.replace(index, option + path(String(words.words[index].dropFirst(option.count)), context))
    }
    return words.words
  }

  private func whole(_ typed: String, _ context: CommandContext) throws(Failure) -> String {
    guard case .local(let local) = try Location(typed) else { return typed }
    return path(local, context)
  }

  private func path(_ typed: String, _ context: CommandContext) -> String {
    if typed.utf8.first == UInt8(ascii: "/") || typed == TextLines.input { return typed }
    var rest = typed[...]
    while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
    return rest.isEmpty || rest == "." ? context.workingDirectory : "\(context.workingDirectory)/\(rest)"
  }
}
