import Testing

@testable import FileSyncCommands

/// What bytes of a terminal mean, and how wide texts are.
@Suite struct PickerKeyTests {
  private func keys(_ text: String) -> [PickerKey] {
    var decoder = KeyDecoder()
    return decoder.take(Array(text.utf8)) + decoder.settle()
  }

  @Test(arguments: [
    ("\u{1B}[A", PickerKey.up), ("\u{1B}OB", .down), ("\u{1B}[1;5C", .right), ("\u{1B}[D", .left), ("\u{1B}[H", .home),
    ("\u{1B}[1~", .home), ("\u{1B}OF", .end), ("\u{1B}[8~", .end), ("\u{1B}[5~", .pageUp), ("\u{1B}[6;2~", .pageDown),
    ("\r", .enter), ("\n", .enter), ("\u{7F}", .backspace), ("\u{8}", .backspace), ("\u{1B}", .escape),
    ("\u{4}", .endOfInput), ("\u{1A}", .suspend), ("\u{C}", .redraw), ("\u{E}", .down), ("\u{10}", .up),
    ("é", .text("é")), ("写", .text("写")), ("/", .text("/")),
  ])
  func sequencesAreKeys(text: String, key: PickerKey) {
    #expect(keys(text) == [key])
    // However the line cuts them; but an escape that nothing follows is the key.
    var decoder = KeyDecoder()
    let pieces = text.utf8.flatMap { decoder.take([$0]) } + decoder.settle()
    #expect(pieces == [key])
  }

  @Test func whatMeansNothingIsNothing() {
    // Unknown keys, an Alt, a function key of the Linux console, a direction mark, and bytes that are no text.
    #expect(keys("\u{1B}[24~\u{1B}x\u{1B}[[A\u{202E}a\u{1}") == [.text("a")])
    var decoder = KeyDecoder()
    #expect(decoder.take([0xFF, 0xC3, 0x41, 0xE2, 0x82]) == [.text("A")])
    #expect(decoder.isWaiting && decoder.settle() == [])
    #expect(decoder.take([0x1B]) == [] && decoder.isWaiting)
    #expect(decoder.take([0x1B]) == [.escape])
    var endless = KeyDecoder()
    #expect(endless.take([0x1B, 0x5B] + Array(repeating: 0x30, count: 100)) == [] && !endless.isWaiting)
  }

  @Test func textsAreAsWideAsATerminalHasThem() {
    #expect(columns("Ete") == 3 && columns("E\u{301}te\u{301}") == 3 && columns("写真") == 4 && columns("📷") == 2)
    #expect(fitted("Camera", columns: 6) == "Camera" && fitted("Camera", columns: 5) == "Came…")
    #expect(fittedEnd("/a/写真館", columns: 6) == "…真館" && fittedEnd("/a", columns: 2) == "/a")
    #expect(fitted("写真館", columns: 5) == "写真…" && fitted("写真館", columns: 4) == "写…" && fitted("a", columns: 0) == "")
  }
}
