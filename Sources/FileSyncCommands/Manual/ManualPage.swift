internal import Foundation

/// The manual page of one command, in mdoc(7), made from the definitions of its arguments. What all commands have in common,
/// and all that is more than help, is in filesync(1).
struct ManualPage: Sendable {
  /// `filesync-sync`
  let name: String
  /// In UTF-8.
  let text: String

  /// The pages of all commands. `day` is told in them, as `November 23, 2026`.
  static func all(day: String) throws -> [ManualPage] {
    let program = try CommandDescription.ofProgram()
    return program.shownSubcommands.map { ManualPage($0, of: program.commandName, day) }
  }

  private init(_ command: CommandDescription, of program: String, _ day: String) {
    name = "\(program)-\(command.commandName)"
    let title = [
      ".Dd \(day)", ".Dt \(name.uppercased()) 1", ".Os", ".Sh NAME", ".Nm \(name)",
      ".Nd \(Self.escaped(Self.title(command.abstract ?? name)))", ".Sh SYNOPSIS",
    ]
    let parts = command.shownSubcommands
    let lines: [String]
    if parts.isEmpty {
      let words = [command.commandName]
      lines =
        Self.synopsis(command, program, words) + [".Sh DESCRIPTION"] + Self.description(command) + [".Sh OPTIONS"]
        + Self.arguments(command)
    } else {
      lines =
        parts.flatMap { Self.synopsis($0, program, [command.commandName, $0.commandName]) } + [".Sh DESCRIPTION"]
        + Self.description(command)
        + parts.flatMap { part in
          [".Ss \(program) \(command.commandName) \(part.commandName)"] + Self.description(part) + Self.arguments(part)
        }
    }
    text = (title + lines + [".Sh SEE ALSO", ".Xr \(program) 1"]).joined(separator: "\n") + "\n"
  }

  private static func synopsis(_ command: CommandDescription, _ program: String, _ words: [String]) -> [String] {
    let arguments = command.shownArguments.filter { argument in
      argument.names?.contains { $0.name == "help" || $0.name == "version" } != true
    }
    let named = arguments.filter { $0.kind != .positional }.map { argument in
      let form = forms(argument).joined(separator: " | ") + (argument.isRepeating ? " ..." : "")
      return argument.isOptional ? ".Op \(form)" : ".\(form)"
    }
    let places = arguments.filter { $0.kind == .positional }.map { argument in
      let form = "Ar \(value(argument))" + (argument.isRepeating ? " ..." : "")
      return argument.isOptional ? ".Op \(form)" : ".\(form)"
    }
    return [".Nm \(program)", ".Cm \(words.joined(separator: " "))"] + named + places
  }

  private static func description(_ command: CommandDescription) -> [String] {
    let parts = [command.abstract, command.discussion].compactMap(\.self).filter { !$0.isEmpty }
    return parts.flatMap { $0.components(separatedBy: "\n\n") }.map(paragraph).joined(separator: [".Pp"]).map(\.self)
  }

  private static func arguments(_ command: CommandDescription) -> [String] {
    guard !command.shownArguments.isEmpty else { return [] }
    let items = command.shownArguments.flatMap { argument in
      [".It " + (argument.kind == .positional ? "Ar \(value(argument))" : forms(argument).joined(separator: " , "))]
        + about(argument)
    }
    return [".Bl -tag -width Ds"] + items + [".El"]
  }

  private static func about(_ argument: CommandDescription.Argument) -> [String] {
    var (abstract, standard) = (argument.abstract, argument.defaultValue)
    // Of a value that the parser does not read itself it knows no default.
    if let told = abstract?.wholeMatch(of: /(.+) \(default: (.+)\)/) {
      (abstract, standard) = (String(told.1), String(told.2))
    }
    var texts = [abstract, argument.discussion].compactMap(\.self).filter { !$0.isEmpty }
    let values = argument.allValues ?? []
    if !values.allSatisfy({ value in texts.contains { $0.contains(value) } }) {
      texts.append("One of \(values.joined(separator: ", ")).")
    }
    if argument.kind == .option, let standard { texts.append("If not given, \(standard).") }
    return texts.flatMap(paragraph)
  }

  /// `Fl n`, `Fl Fl dry-run`; the value stands behind the last one.
  private static func forms(_ argument: CommandDescription.Argument) -> [String] {
    var forms = (argument.names ?? []).map { ($0.kind == "long" ? "Fl Fl " : "Fl ") + escaped($0.name) }
    if argument.kind == .option, let last = forms.popLast() { forms.append("\(last) Ar \(value(argument))") }
    return forms
  }

  private static func value(_ argument: CommandDescription.Argument) -> String {
    escaped(argument.valueName ?? "value")
  }

  /// Without a full stop, and as the middle of a line.
  private static func title(_ abstract: String) -> String {
    let text = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// A line for each sentence, as mdoc(7) wants it.
  private static func paragraph(_ text: String) -> [String] {
    text.replacing("\n", with: " ").replacing(/([.:]) (?=[A-Z])/) { "\($0.output.1)\n" }
      .split(separator: "\n").map { escaped(String($0)) }
  }

  /// Text as roff prints it: what it would take for a request or an escape does nothing, dashes can be pasted, and what stands
  /// in grave accents is bold.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing(/`([^`]*)`/) { "\\fB\($0.output.1)\\fP" }
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}
