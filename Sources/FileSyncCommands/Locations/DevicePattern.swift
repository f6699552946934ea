internal import SyncEngine

/// A pattern in the place of DEVICE in a location, for a device of which only a part of the name is certain.
struct DevicePattern: Hashable, Sendable {
  /// What was typed, as a name that a device may have.
  let name: String
  private let pattern: Pattern

  /// Reads DEVICE as it stands in a location. What is written as `%XX` stands for itself there.
  /// - Returns: `nil` for what is no pattern.
  init?(_ typed: Substring) {
    guard typed.contains(where: { "*?[".contains($0) }) else { return nil }
    let escaped = typed.replacing(/%(2A|3F|5B|5C|5D)/.ignoresCase()) { "\\\($0.output.0)" }
    guard let pattern = try? Pattern(Self.folded(unescaped(escaped))) else { return nil }
    name = unescaped(typed)
    self.pattern = pattern
  }

  /// Whether it is about a name. Upper and lower case are the same.
  func fits(_ name: String) -> Bool { pattern.fits(name: Array(Self.folded(name).utf8)) }

  /// Patterns are about paths, and a slash in the name of a device is none between folders.
  private static func folded(_ text: String) -> String { text.lowercased().replacing("/", with: "\u{2215}") }
}
