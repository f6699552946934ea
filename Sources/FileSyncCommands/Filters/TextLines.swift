internal import Foundation

/// The lines of a small text file that a user wrote.
enum TextLines {
  /// A longer one is something else by mistake.
  private static let limit = 64 << 20

  /// All lines but empty ones, with their numbers. Throws what keeps the file from being read, for `option`.
  static func read(_ path: String, option: String, _ context: CommandContext) throws(Failure) -> [(Int, String)] {
    let file = path.hasPrefix("/") ? path : "\(context.workingDirectory)/\(path)"
    // Also from a pipe, as of `<(find ...)`.
    guard let data = try? FileHandle(forReadingFrom: URL(filePath: file)).read(upToCount: limit + 1) ?? Data() else {
      throw Failure(.usage, "\(option) \(shown(path)): there is no such file, or nobody may read it")
    }
    guard data.count <= limit else {
      throw Failure(.usage, "\(option) \(shown(path)): this file is too large for a list")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw Failure(.usage, "\(option) \(shown(path)): this file is no UTF-8 text")
    }
    return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.enumerated()
      .map { ($0.offset + 1, String($0.element)) }
      .filter { !$0.1.allSatisfy(\.isWhitespace) }
  }
}
