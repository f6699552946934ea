internal import Foundation
internal import Synchronization
internal import SyncEngine

/// One word about patterns, with its place on the command line: the first that is about a path decides, whichever option it
/// came by.
struct FilterWord: Sendable {
  enum Kind: Sendable { case include(String), exclude(String), file(String) }

  private static let next = Mutex(0)

  let kind: Kind
  let order: Int

  /// The parser reads the words in their order, and keeps no track of it across options.
  init(_ kind: Kind) {
    self.kind = kind
    order = Self.next.withLock { number in
      number += 1
      return number
    }
  }

  func rules(_ context: CommandContext) throws(Failure) -> [Filter.Rule] {
    switch kind {
    case .include(let text): [.include(try Self.pattern(text, at: "--include \(text)"))]
    case .exclude(let text): [.exclude(try Self.pattern(text, at: "--exclude \(text)"))]
    case .file(let path): try Self.rules(in: path, context)
    }
  }

  private static func rules(in path: String, _ context: CommandContext) throws(Failure) -> [Filter.Rule] {
    var rules: [Filter.Rule] = []
    for (number, line) in try TextLines.read(path, option: "--filter-from", context) {
      let place = "\(path), line \(number)"
      let text = trimmed(line.dropFirst())
      switch line.first {
      case nil: continue
      case "+": rules.append(.include(try pattern(text, at: place)))
      case "-": rules.append(.exclude(try pattern(text, at: place)))
      case "#", ";": continue
      default:
        throw Failure(.usage, "\(shown(place)): a line begins with + to include, - to exclude, or # for a comment")
      }
    }
    return rules
  }

  /// Without the blanks around it: those in names count, and one at the end that a backslash stands before.
  private static func trimmed(_ line: Substring) -> String {
    let text = line.drop(while: isBlank)
    guard let last = text.lastIndex(where: { !isBlank($0) }) else { return "" }
    let end = text.index(after: last)
    let backslashes = text[..<end].reversed().prefix { $0 == "\\" }.count
    return String(text[..<end] + text[end...].prefix(backslashes.isMultiple(of: 2) ? 0 : 1))
  }

  private static func isBlank(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy(CharacterSet.whitespaces.contains)
  }

  private static func pattern(_ text: String, at place: String) throws(Failure) -> Pattern {
    guard !text.hasPrefix("mtp:") else {
      throw Failure(
        .usage,
        "\(shown(place)): a pattern is about paths in the source, and begins with no location",
        cure: "Write the path from the source on, such as /DCIM/Camera; for a name that begins so, \\mtp:"
      )
    }
    guard text.unicodeScalars.allSatisfy({ $0.pathByte == nil }) else {
      throw Failure(.usage, "\(shown(place)): a pattern is text in UTF-8", cure: "Write ? or * for other bytes.")
    }
    do throws(Pattern.Fault) { return try Pattern(text) } catch {
      throw Failure(.usage, "\(shown(place)): this is no pattern, since \(shown(error.cause))")
    }
  }
}
