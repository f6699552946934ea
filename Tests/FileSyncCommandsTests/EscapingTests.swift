import Storage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct EscapingTests {
  @Test(arguments: [
    ("Ünïcode 日本 👩‍👩‍👧.jpg", "Ünïcode 日本 👩‍👩‍👧.jpg"),
    ("a\u{1B}[31mred", "a\\x1b[31mred"),
    ("two\nlines\r\t\u{7F}", "two\\x0alines\\x0d\\x09\\x7f"),
    ("c1 \u{9B}31m", "c1 \\u{9b}31m"),
    ("gpj.\u{202E}exe", "gpj.\\u{202e}exe"),
    ("\u{2028}\u{2066}", "\\u{2028}\\u{2066}"),
    ("back\\slash", "back\\\\slash"),
  ])
  func namesCannotActOnATerminal(name: String, expected: String) { #expect(shown(name) == expected) }

  @Test func bytesThatAreNoTextStayTellable() {
    #expect(shown([0x61, 0xFF, 0xC3, 0x28, 0xE2, 0x82]) == "a\\xff\\xc3(\\xe2\\x82")
  }

  @Test func everyByteIsHarmless() {
    for byte in UInt8.min...UInt8.max {
      let text = shown([byte])
      #expect(!text.unicodeScalars.contains(where: isHazardous) && !text.isEmpty)
    }
  }

  @Test func jsonHoldsNoControlCharacters() throws {
    let path = try #require(RelativePath([0x61, 0x1B, 0xC2, 0x9B, 0xFF]))
    let text = JSONLine("entry", [:].with(path)).text
    #expect(
      text == #"{"path":"a\u001b\u009b\#u{FFFD}","pathBytes":"YRvCm/8=","type":"entry","version":1}"#
    )
  }

  @Test func anExactPathNeedsNoBytes() {
    let fields = [String: JSONValue]().with(RelativePath("DCIM/ä"))
    #expect(fields == ["path": .text("DCIM/ä")])
  }
}
