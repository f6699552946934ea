internal import Foundation

/// The lines of a small text file that a user wrote.
enum TextLines {
  /// A longer one is something else by mistake.
  private static let limit = 64 << 20

  /// What stands for standard input.
  static let input = "-"

  /// All lines but empty ones, with their numbers. Throws what keeps the file from being read, for `option`.
  /// - Parameter asPaths: Whether the lines are paths, which need not be UTF-8.
  static func read(
    _ path: String,
    option: String,
    asPaths: Bool = false,
    _ context: CommandContext
  ) throws(Failure) -> [(Int, String)] {
    let file = absolutePath(path, from: context.workingDirectory)
    // Also from a pipe, as of `<(find ...)`.
    let data = path == input ? context.readInput(limit + 1) : contents(of: file)
    guard var data else {
      throw Failure(.notPossible, "\(option) \(shown(path)): there is no such file, or nobody may read it")
    }
    guard data.count <= limit else {
      throw Failure(.usage, "\(option) \(shown(path)): this file is too large for a list")
    }
    // Some editors put a byte order mark in front of a text.
    if data.starts(with: [0xEF, 0xBB, 0xBF]) { data.removeFirst(3) }
    guard let text = asPaths ? String(pathBytes: data) : String(validating: data, as: UTF8.self) else {
      throw Failure(.usage, "\(option) \(shown(path)): this file is no UTF-8 text")
    }
    guard !text.contains("\0") else {
      throw Failure(
        .usage,
        "\(option) \(shown(path)): this text has NUL bytes in it",
        cure: "Write one a line, as `find -print` does and `find -print0` does not."
      )
    }
    // By scalars, since a combining mark makes one character of itself and what is before it.
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { ($0.offset + 1, String($0.element.last == "\r" ? $0.element.dropLast() : $0.element)) }
      .filter { !$0.1.allSatisfy(\.isWhitespace) }
  }

  private static func contents(of file: String) -> Data? {
    try? FileHandle(forReadingFrom: URL(filePath: file)).read(upToCount: limit + 1) ?? Data()
  }
}
