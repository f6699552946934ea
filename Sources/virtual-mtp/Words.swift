internal import ArgumentParser
internal import Glibc

/// The command line as bytes, since names of files need not be UTF-8.
struct Words {
  /// What is for this program. A folder whose name is no text stands as the path of a descriptor of it.
  private(set) var options: [String] = []
  /// What stands behind `--`, as it was typed.
  private(set) var command: [[UInt8]] = []

  /// Options whose value is a folder.
  private static let folders = ["--folder", "--card", "--gadget"]

  /// The arguments of this process.
  static var ofProcess: [[UInt8]] {
    // Nothing changes them once the process runs.
    let words = unsafe UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)).dropFirst()
    return unsafe words.compactMap { word in unsafe word.map { unsafe bytes($0) } }
  }

  /// Throws a `ValidationError` if a word that has to be text is none.
  init(_ words: [[UInt8]]) throws {
    let end = words.firstIndex(of: Array("--".utf8)) ?? words.count
    command = Array(words.dropFirst(end + 1))
    for word in words[..<end] {
      if let text = String(validating: word, as: UTF8.self) {
        options.append(text)
      } else if let option = options.last, Self.folders.contains(option) {
        options.append(try Self.path(word))
      } else if let option = Self.folders.first(where: { word.starts(with: Array("\($0)=".utf8)) }) {
        options += [option, try Self.path(Array(word.dropFirst(option.utf8.count + 1)))]
      } else {
        throw ValidationError("'\(String(decoding: word, as: UTF8.self))' is no UTF-8.")
      }
    }
  }

  /// Another path of a folder, in text, that holds as long as this process.
  private static func path(_ folder: [UInt8]) throws -> String {
    let descriptor = unsafe open(folder.map { CChar(bitPattern: $0) } + [0], O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ValidationError("'\(String(decoding: folder, as: UTF8.self))' is not a folder that can be opened.")
    }
    return "/proc/self/fd/\(descriptor)"
  }

  static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    let count = unsafe strlen(text)
    return unsafe Array(UnsafeRawBufferPointer(start: text, count: count))
  }
}
