internal import ArgumentParser
internal import Foundation

/// A command by the definition of its arguments: what manual pages need of the argument parser's own description.
struct CommandDescription: Decodable, Sendable {
  struct Argument: Decodable, Sendable {
    enum Kind: String, Decodable, Sendable { case positional, option, flag }

    struct Name: Decodable, Sendable {
      /// `long`, or what has one dash.
      var kind: String
      var name: String
    }

    var kind: Kind
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
    var discussion: String?
  }

  var commandName: String
  var shouldDisplay: Bool
  var abstract: String?
  var discussion: String?
  var arguments: [Argument]?
  var subcommands: [CommandDescription]?

  /// The whole program's. Commands that the parser adds, such as `help`, are among its subcommands.
  static func ofProgram() throws -> CommandDescription {
    struct Whole: Decodable { var command: CommandDescription }
    return try JSONDecoder().decode(Whole.self, from: Data(FileSyncCommand._dumpHelp().utf8)).command
  }

  /// The subcommands that users are to know.
  var shownSubcommands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
  }

  /// The arguments that users are to know.
  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
}
