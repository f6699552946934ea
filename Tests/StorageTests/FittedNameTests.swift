import Storage
import StorageContract
import Testing

/// Names as a storage can hold them.
@Suite struct FittedNameTests {
  static let phone = NameRules(
    isCaseSensitive: false,
    maximumBytes: 255,
    maximumUTF16: 254,
    mustBeUnicode: true,
    forbidden: Set(0x01...0x1F).union([0x7F]).union(Array(#""*:<>?\|"#.utf8)),
    forbidsTrailingDotOrSpace: true,
    forbidsLeadingSpace: true
  )

  private func fitted(_ name: String, _ rules: NameRules = phone) -> String? {
    rules.fitted(Array(name.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    ("a.txt", "a.txt"), ("a:b?.txt", "a：b？.txt"), (#""*<>\|"#, "＂＊＜＞＼｜"), ("a\u{1}b\u{7F}", "a%01b%7F"),
    ("dots..", "dots.%2E"),
    ("space ", "space%20"), (" lead", "%20lead"), ("\tlead", "%09lead"), ("100%", "100%"), ("：", "："), ("...", "..%2E"),
    ("e\u{301}", "e\u{301}"),
  ])
  func respells(_ name: String, _ wanted: String) {
    #expect(fitted(name).map { Array($0.utf8) } == Array(wanted.utf8))
  }

  @Test(arguments: ["CON", "aux.txt", "nul.tar.gz", "Com1", "lpt9.x"]) func namesOfDevicesAreNone(_ name: String) throws
  {
    let rules = NameRules(isCaseSensitive: false, forbidsDeviceNames: true)
    #expect(!rules.allow(name.utf8) && NameRules(isCaseSensitive: false).allow(name.utf8))
    let other = try #require(rules.fitted(Array(name.utf8)))
    #expect(rules.allow(other) && other.starts(with: name.utf8.prefix { $0 != UInt8(ascii: ".") }))
    for other in ["CONS", "COM0", "COM10", "a.con", ".aux", "LPT", "conx.txt"] { #expect(rules.allow(other.utf8)) }
  }

  @Test func escapesWhatIsNoUnicode() {
    let name: [UInt8] = [0x61, 0xFF, 0xE2, 0x82, 0x62, 0xC3, 0xA9, 0xED, 0xA0, 0x80]
    #expect(Self.phone.fitted(name).map { String(decoding: $0, as: UTF8.self) } == "a%FF%E2%82bé%ED%A0%80")
    #expect(NameRules(isCaseSensitive: true, maximumBytes: 255).fitted(name) == name)
  }

  @Test func cutsByWholeCharactersAndKeepsTheExtension() throws {
    let name = String(repeating: "👨‍👩‍👧", count: 14) + ".jpeg"
    let short = try #require(fitted(name))
    #expect(short.wholeMatch(of: /(👨‍👩‍👧){13}~[0-9a-f]{8}\.jpeg/) != nil, "\(short)")
    #expect(fitted("x" + name) != short)
    #expect(fitted(String(repeating: "x", count: 255))?.utf16.count == 254)
    #expect(fitted(String(repeating: "x", count: 300) + ".") != fitted(String(repeating: "x", count: 301) + "."))
    // One character of many scalars, and an extension that is none.
    let marks = "a" + String(repeating: "\u{301}", count: 200)
    #expect(try #require(fitted(marks)).utf8.count <= 255)
    #expect(try #require(fitted("x." + String(repeating: "y", count: 300))).utf8.count <= 255)
    #expect(NameRules(isCaseSensitive: true, maximumBytes: 4).fitted(Array("abcde".utf8)) == nil)
  }

  @Test func numbersGoBeforeTheExtension() {
    func numbered(_ name: String) -> String? {
      NameParts(Array(name.utf8)).numbered(2, allowedBy: Self.phone).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(numbered("a.txt") == "a (2).txt")
    #expect(numbered(".hidden") == ".hidden (2)")
    #expect(numbered("a") == "a (2)")
    #expect(numbered(String(repeating: "x", count: 253)) == String(repeating: "x", count: 250) + " (2)")
    for (name, base) in [("a (2).txt", "a.txt"), ("a (12)", "a"), ("a (2", nil), ("a(2)", nil), (" (2)", nil)] {
      #expect(NameParts(Array(name.utf8)).withoutNumber == base.map { Array($0.utf8) }, "\(name)")
    }
  }
}
