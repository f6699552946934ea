internal import Foundation

/// The text of a profile: one argument a line. Empty lines, and those that begin with `#`, are for people. White space around
/// an argument does not count. What cannot be written so stands in double quotes, in which `\"`, `\\`, `\n`, `\t` and
/// `\u{HEX}` are one character each.
enum ProfileFormat {
  /// An argument, and the line that it is in, from 1.
  struct Line: Hashable, Sendable {
    var number: Int
    var word: String
  }

  /// What is wrong with a line. Escaped.
  struct Flaw: Error, Hashable, Sendable {
    var line: Int
    var cause: String
    var cure: String
  }

  /// Writes arguments below a comment.
  static func text(_ words: [String], comment: String) -> String {
    let head = comment.split(separator: "\n").map { "# \($0)\n" }.joined()
    return head + words.map { written($0) + "\n" }.joined()
  }

  /// Reads arguments.
  static func lines(_ text: String) throws(Flaw) -> [Line] {
    var lines: [Line] = []
    // By scalars, since a combining mark at a line's beginning belongs to no line's end.
    let scalars = text.unicodeScalars.first == "\u{FEFF}" ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
    for (index, line) in scalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let word = try word(in: line, number: index + 1) else { continue }
      lines.append(Line(number: index + 1, word: word))
    }
    return lines
  }

  private static func written(_ word: String) -> String {
    let isPlain = !word.unicodeScalars.contains { isHazardous($0) || $0 == "\u{FEFF}" || $0.pathByte != nil }
    let read = try? Self.word(in: word.unicodeScalars[...], number: 1)
    if isPlain, let read, read.utf8.elementsEqual(word.utf8), word.first != "\"" { return word }
    return "\"" + word.unicodeScalars.map(escaped).joined() + "\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\t": "\\t"
    case _ where isHazardous(scalar) || scalar == "\u{FEFF}" || scalar.pathByte != nil:
      "\\u{\(String(scalar.value, radix: 16))}"
    default: String(scalar)
    }
  }

  /// The argument in a line; `nil` if it has none.
  private static func word(in line: Substring.UnicodeScalarView, number: Int) throws(Flaw) -> String? {
    var text = line
    while let first = text.first, isBlank(first) { text.removeFirst() }
    while let last = text.last, isBlank(last) { text.removeLast() }
    guard let first = text.first, first != "#" else { return nil }
    guard !text.contains("\0") else {
      throw Flaw(line: number, cause: "There is a NUL in it", cure: "A profile is a text; leave it out.")
    }
    if first == "\"" { return try quoted(text.dropFirst(), number: number) }
    let word = String(text)
    try checkShellHabits(word, number: number)
    return word
  }

  /// What people write who think of a shell's command line, and what would quietly mean something else here.
  private static func checkShellHabits(_ word: String, number: Int) throws(Flaw) {
    let beginning = word.prefix { $0 != "=" && !$0.isWhitespace }
    let rest = word.dropFirst(beginning.count)
    if word.hasPrefix("-"), rest.first?.isWhitespace == true {
      let value = rest.trimmingCharacters(in: .whitespaces)
      throw Flaw(
        line: number,
        cause: "\(shown(word)) is more than one argument",
        cure: value.hasPrefix("#")
          ? "Give the comment a line of its own."
          : "Write one a line, or with a sign between them: \(shown(String(beginning)))=\(shown(value))"
      )
    }
    let value = word.hasPrefix("-") && rest.first == "=" ? rest.dropFirst() : word[...]
    for quote in ["'", "\""] where value.count > 1 && value.hasPrefix(quote) && value.hasSuffix(quote) {
      throw Flaw(
        line: number,
        cause: "The quotes of \(shown(word)) would be a part of it",
        cure: "Leave them away: a line is one argument, blanks included."
      )
    }
    if word.firstMatch(of: /\s#(\s|$)/) != nil {
      throw Flaw(
        line: number,
        cause: "\(shown(word)) looks like an argument and a comment",
        cure: "Give the comment a line of its own; a name that is so goes into double quotes."
      )
    }
  }

  private static func quoted(_ text: Substring.UnicodeScalarView, number: Int) throws(Flaw) -> String {
    var rest = text
    var word = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"":
        guard rest.isEmpty else {
          throw Flaw(
            line: number,
            cause: "Something follows the quote that ends the argument",
            cure: "Write a quote within quotes as \\\", and one argument a line."
          )
        }
        return String(word)
      case "\\": word.append(try escape(&rest, number: number))
      default: word.append(scalar)
      }
    }
    throw Flaw(line: number, cause: "The quote at its beginning has no end", cure: "End the line with a quote.")
  }

  private static func escape(
    _ rest: inout Substring.UnicodeScalarView,
    number: Int
  ) throws(Flaw) -> Unicode.Scalar {
    let flaw = Flaw(
      line: number,
      cause: "There is a \\ in quotes that begins nothing known",
      cure: "Write \\\\ for a backslash; else there are \\\", \\n, \\t and \\u{HEX}."
    )
    switch rest.popFirst() {
    case "\"": return "\""
    case "\\": return "\\"
    case "n": return "\n"
    case "t": return "\t"
    case "u":
      guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}"),
        let value = UInt32(String(rest[..<end]), radix: 16), value > 0, let scalar = Unicode.Scalar(value)
      else { throw flaw }
      rest = rest[rest.index(after: end)...]
      return scalar
    default: throw flaw
    }
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
}
