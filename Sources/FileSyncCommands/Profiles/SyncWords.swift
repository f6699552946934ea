internal import ArgumentParser

/// The arguments of a sync, read by its own command, so that whatever that knows holds here too.
struct SyncWords {
  private(set) var words: [String]
  let command: SyncCommand

  /// Options whose values are files and folders of this computer.
  static let pathOptions = ["--filter-from", "--files-from", "--log-dir"]

  /// - Throws: what the argument parser says.
  init(_ words: [String]) throws {
    command = try SyncCommand.parse(words)
    self.words = words
  }

  /// Where the source and the destination are among the words. Only the parser knows which word it takes for what: so each
  /// that can be one of them is replaced, to see whether they change.
  var ends: (source: Int, destination: Int)? {
    let mark = Self.word(in: words)
    var (source, destination): (Int?, Int?)
    for index in words.indices where words[index] == command.source || words[index] == command.destination {
      var changed = words
      changed[index] = mark
      let command = try? SyncCommand.parse(changed)
      if command?.source == mark { source = index }
      if command?.destination == mark { destination = index }
    }
    guard let source, let destination else { return nil }
    return (source, destination)
  }

  /// The words that name something on this computer as values of options: where they are, and how much of them is the option.
  var optionPaths: [(index: Int, option: String)] {
    words.indices.compactMap { index in
      if index > 0, Self.pathOptions.contains(words[index - 1]) { return (index, "") }
      return Self.pathOptions.first { words[index].hasPrefix($0 + "=") }.map { (index, $0 + "=") }
    }
  }

  /// Puts another word in the place of one.
  mutating func replace(_ index: Int, _ word: String) { words[index] = word }

  /// A word that is none of these, and could be a name.
  static func word(in words: [String]) -> String {
    var word = "word"
    while words.contains(word) { word += "_" }
    return word
  }
}
