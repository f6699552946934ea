internal import ArgumentParser
internal import Foundation

/// `filesync profile`
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Keeps syncs under names, for `filesync run`.",
    discussion: """
      A profile is a file of arguments, one a line, with # for comments, to be read and edited: \
      ~/.config/filesync/profiles/NAME.
      """,
    subcommands: [
      ProfileAddCommand.self, ProfileListCommand.self, ProfileShowCommand.self, ProfileRemoveCommand.self,
    ],
    defaultSubcommand: ProfileListCommand.self
  )
}

/// `filesync profile list`, or without a word
struct ProfileListCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the profiles, and what is wrong with them. (default)"
  )

  @Flag(help: "One JSON object per line.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let folder = context.profiles
    if folder.names.isEmpty, !json {
      context.output.line("There is no profile. `filesync profile add NAME SOURCE DESTINATION` makes one.")
    }
    for name in folder.names {
      do throws(Failure) {
        let profile = try folder.read(name)
        let sync = try profile.sync(context)
        let line = "\(name)  \(shown(sync.source)) \u{2192} \(shown(sync.destination))"
        context.output.line(json ? profile.json(sync).text : line)
      } catch {
        let fields: [String: JSONValue] = ["name": .text("\(name)"), "file": .text(folder.file(name))]
        let line = "\(name)  cannot be run: \(error.text)"
        context.output.line(json ? JSONLine("profile", fields.with("cause", .text(error.cause))).text : line)
      }
    }
    return .done
  }
}

/// `filesync profile show`
struct ProfileShowCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a profile, and where it is.")

  @Argument(help: "Its name.", completion: .profiles, transform: { try ProfileName($0) }) var name: ProfileName
  @Flag(help: "As a JSON object.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let text = try context.profiles.text(name)
    if !json {
      context.output.line("# \(shown(context.profiles.file(name)))")
      let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      for line in text.hasSuffix("\n") ? lines.dropLast() : lines[...] {
        let plain = line.map { isHazardous($0) && $0 != "\t" ? shown(String($0)) : String($0) }
        context.output.line(plain.joined())
      }
    }
    let profile = try context.profiles.read(name)
    let sync = try profile.sync(context)
    if json { context.output.line(profile.json(sync).text) }
    return .done
  }
}

/// `filesync profile remove`
struct ProfileRemoveCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Removes a profile. What it has copied stays."
  )

  @Argument(help: "Its name.", completion: .profiles, transform: { try ProfileName($0) }) var name: ProfileName
  @Flag(help: "As a JSON object.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let file = context.profiles.file(name)
    try context.profiles.remove(name)
    let fields: [String: JSONValue] = ["name": .text("\(name)"), "file": .text(file)]
    context.output.line(json ? JSONLine("profileRemoved", fields).text : "Removed \(shown(file)).")
    return .done
  }
}

extension Profile {
  /// For programs.
  func json(_ sync: SyncCommand) -> JSONLine {
    JSONLine(
      "profile",
      [
        "name": .text("\(name)"), "file": .text(file ?? ""), "source": .text(sync.source),
        "destination": .text(sync.destination), "arguments": .list(words.map(JSONValue.text)),
      ]
    )
  }
}

extension CompletionKind {
  /// Names of profiles. They hold nothing that a shell could act on.
  static var profiles: CompletionKind {
    .custom { _, _, _ in
      ProfileFolder(path: CommandContext.configDirectory(ProcessInfo.processInfo.environment) + "/profiles").names
        .map(\.description)
    }
  }
}
