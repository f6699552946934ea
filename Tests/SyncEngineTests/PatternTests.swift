import Storage
import Testing

@testable import SyncEngine

@Suite struct PatternTests {
  private func matches(_ pattern: String, _ path: RelativePath, isFolder: Bool = false) throws -> Bool {
    try Pattern(pattern).matches(PatternPath(path), isFolder: isFolder)
  }

  @Test(arguments: [
    ("*.jpg", "a.jpg", true), ("*.jpg", "d/e/a.jpg", true), ("*.jpg", "a.jpeg", false), ("*.jpg", ".jpg", true),
    ("a*c", "abc", true), ("a*c", "a/c", false), ("a**c", "a/b/c", true), ("?", "x", true), ("?", "\u{1F600}", true),
    ("?", "xy", false), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[^a-c]x", "dx", true), ("[]a]", "]", true),
    ("[a-]", "-", true), ("[\\]]", "]", true), ("\\*", "*", true), ("\\*", "a", false), ("a\\[", "a[", true),
    ("/a", "a", true), ("/a", "b/a", false), ("a", "b/a", true), ("a", "b/xa", false), ("d/a", "x/d/a", true),
    ("d/a", "xd/a", false), ("/d/*/a", "d/e/a", true), ("/d/*/a", "d/e/f/a", false), ("/d/**/a", "d/a", true),
    ("/d/**/a", "d/e/f/a", true), ("**/a", "a", true), ("**/a", "x/y/a", true), ("/**/a", "x/y/a", true),
    ("**/a", "x/ya", false), ("/d/**", "d/e/f", true), ("/d/**", "d", false), ("**", "anything/at/all", true),
    ("d", "d/inside/it", true), ("/d/", "d/inside", true), ("d//a", "d/a", true), ("A", "a", false),
    ("\u{FC}", "u\u{308}", true), ("[\u{FC}]", "u\u{308}", true),
  ])
  func isAbout(_ pattern: String, _ path: String, _ expected: Bool) throws {
    let path = try #require(RelativePath(path))
    #expect(try matches(pattern, path) == expected)
  }

  @Test func oneThatEndsWithASlashIsAboutFolders() throws {
    #expect(try matches("d/", "x/d", isFolder: true))
    #expect(try !matches("d/", "x/d", isFolder: false))
    #expect(try matches("d/", "x/d/a", isFolder: false))
    #expect(try !matches("[/]", "a/b", isFolder: false))
  }

  @Test func bytesThatAreNoTextAreCharactersOfTheirOwn() throws {
    let path = try #require(RelativePath(Array("d\u{FC}/".utf8) + [0xFF, UInt8(ascii: "a")]))
    #expect(try matches("?a", path))
    #expect(try matches("/d\u{FC}/*a", path))
    #expect(try !matches("a", path))
  }

  @Test(arguments: ["", "/", "//", "[a", "[", "[b-a]", "a\\", ".", "a/../b", "./a"])
  func isNone(_ text: String) {
    #expect(throws: Pattern.Fault.self) { try Pattern(text) }
  }

  /// A pattern of stars must not take exponential time.
  @Test func manyStarsEnd() throws {
    let name = String(repeating: "a", count: 250)
    let path = try #require(RelativePath(name))
    #expect(try !matches(String(repeating: "*a", count: 100) + "b", path))
    #expect(try matches(String(repeating: "**a*", count: 100), path))
  }

  @Test func tellsWhatMayBeInAFolder() throws {
    func may(_ pattern: String, _ folder: RelativePath) throws -> Bool {
      try Pattern(pattern).mayMatch(inside: PatternPath(folder))
    }
    #expect(try may("/DCIM/Camera/*.jpg", "DCIM"))
    #expect(try may("/DCIM/Camera/*.jpg", "DCIM/Camera"))
    #expect(try !may("/DCIM/Camera/*.jpg", "DCIM/Camera/deep"))
    #expect(try !may("/DCIM/Camera/*.jpg", "Music"))
    #expect(try !may("/DCIM/Camera/*.jpg", "DCI"))
    #expect(try may("*.jpg", "anything/deep"))
    #expect(try may("/a/**", "a/b/c"))
    #expect(try may("/**/x", "a/b/c"))
  }

  @Test func knowsTheFolderOfAllItIsAbout() throws {
    #expect(try Pattern("/DCIM/keep/").folder == "DCIM")
    #expect(try Pattern("/DCIM/keep/*.jpg").folder == "DCIM/keep")
    #expect(try Pattern("/DCIM/ke*").folder == "DCIM")
    #expect(try Pattern("DCIM/keep/*").folder == .root)
    #expect(try Pattern("/*").folder == .root)
  }
}
