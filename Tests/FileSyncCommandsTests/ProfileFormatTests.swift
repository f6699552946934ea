import StorageContract
import Testing

@testable import FileSyncCommands

/// What a profile's file may hold, and what it says.
@Suite struct ProfileFormatTests {
  private func words(_ text: String) throws -> [String] { try ProfileFormat.lines(text).map(\.word) }

  /// Arguments of all kinds come back as they were, byte by byte: generated, 3,000 of them.
  @Test func whateverIsWrittenIsRead() throws {
    let pieces = [
      " ", "\t", "\"", "'", "#", "\\", "-", "--", "=", "~", "/", "a", "Photos", "*.mp4", "\u{301}", "é", "写真", "🎈",
      "\n",
      "\r", "\r\n", "\u{7}", "\u{1B}[2J", "\u{202E}", "\u{2028}", "\u{A0}", "\u{FEFF}", "\u{85}", "\\n", "\\u{41}", "{",
      "}",
      "$(x)", "`", "%s", ".", ":", "\u{3000}",
    ]
    var numbers = SeededNumbers(state: 6)
    for round in 0..<600 {
      let words = (0..<5).map { _ in
        (0..<Int.random(in: 0...6, using: &numbers)).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
      }
      let text = ProfileFormat.text(words, comment: "One\nand two")
      let read = try self.words(text)
      #expect(read.map { Array($0.utf8) } == words.map { Array($0.utf8) }, "round \(round): \(text)")
      // One a line, and nothing that a terminal obeys.
      #expect(text.unicodeScalars.split(separator: "\n").count == 7)
      #expect(!text.unicodeScalars.contains { $0 != "\n" && isHazardous($0) }, "round \(round)")
    }
  }

  /// Whatever can be read is written so that it is read the same.
  @Test func whatPeopleWriteStaysAsItIs() throws {
    for word in [
      "mtp:/DCIM", "/home/me/My Photos", "--exclude=*.mp4", "--exclude", "*#1", "a'b", "\\d[ab]", "-n", "~/x y",
    ] {
      #expect(ProfileFormat.text([word], comment: "") == word + "\n")
    }
    for (word, written) in [
      ("", "\"\""), (" a", "\" a\""), ("#a", "\"#a\""), ("\"a\"", "\"\\\"a\\\"\""), ("a\nb", "\"a\\nb\""),
      ("--exclude *.x", "\"--exclude *.x\""), ("'a'", "\"'a'\""), ("a #b", "a #b"), ("a # b", "\"a # b\""),
      ("\u{202E}x\\", "\"\\u{202e}x\\\\\""),
    ] { #expect(ProfileFormat.text([word], comment: "") == written + "\n") }
  }

  @Test func commentsBlanksAndLineEndsOfOthers() throws {
    let text =
      "\u{FEFF}# A comment\r\n\r\n  mtp:/DCIM \t\r\n\t# another\n/home/me/Photos\n\n\"\\\"\\\\\\n\\t\\u{1F388}\"  "
    #expect(try words(text) == ["mtp:/DCIM", "/home/me/Photos", "\"\\\n\t🎈"])
    #expect(try ProfileFormat.lines(text).map(\.number) == [3, 5, 7])
    #expect(try words("").isEmpty && words("\n#\n \n").isEmpty)
  }

  @Test(arguments: [
    ("a\n\"b", 2, "has no end"), ("\"b\" c", 1, "follows the quote"), ("\"a\\q\"", 1, "begins nothing known"),
    ("\"\\u{0}\"", 1, "begins nothing known"), ("\"\\u{D800}\"", 1, "begins nothing known"),
    ("\"\\u{41\"", 1, "begins nothing known"), ("\"\\", 1, "begins nothing known"), ("a\nb\0c", 2, "NUL"),
    ("# x\n--exclude *.mp4", 2, "--exclude=*.mp4"), ("--checksum # all", 1, "a line of its own"),
    ("-n --yes", 1, "more than one argument"), ("'/home/me'", 1, "quotes"), ("--exclude=\"*.x\"", 1, "quotes"),
    ("/home/me # there", 1, "a comment"),
  ])
  func whatIsWrongIsNamed(text: String, line: Int, words: String) throws {
    let flaw = try #require(throws: ProfileFormat.Flaw.self) { try ProfileFormat.lines(text) }
    #expect(flaw.line == line && "\(flaw.cause). \(flaw.cure)".contains(words), "\(flaw)")
  }

  /// No text breaks the reader: what it takes, it writes and takes again.
  @Test func anyTextIsReadOrRefused() throws {
    var numbers = SeededNumbers(state: 7)
    let signs = Array("\"\\#-= \tanu{}41~\n\r'\u{301}é".unicodeScalars)
    var taken = 0
    for _ in 0..<3_000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...12, using: &numbers) { text.append(signs.randomElement(using: &numbers) ?? "a") }
      guard let words = try? words(String(text)) else { continue }
      taken += 1
      #expect(
        try self.words(ProfileFormat.text(words, comment: "")).map { Array($0.utf8) } == words.map { Array($0.utf8) }
      )
    }
    #expect(taken > 500)
  }
}
