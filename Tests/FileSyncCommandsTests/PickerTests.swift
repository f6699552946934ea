import Storage
import Testing

@testable import FileSyncCommands

/// The picker's state: what keys and lines make of it, and what a terminal shows.
@Suite struct PickerTests {
  private static func folder(_ names: [String], isNew: Bool = true) -> PickerScreen {
    let names = names.map { name in
      PickerScreen.Row(act: .open(.local("/top/\(name)")), label: shown(name) + "/", name: name)
    }
    let own: [PickerScreen.Row] = [.init(act: .use, label: "[use this folder]")]
    let made: [PickerScreen.Row] = isNew ? [.init(act: .makeFolder, label: "[new folder]")] : []
    return PickerScreen(spot: .local("/top"), title: "/top", rows: own + made + names, location: "/top")
  }

  private static let start = PickerScreen(
    spot: .start,
    title: "",
    rows: [
      .init(act: .open(.local("/top")), label: "Home", detail: "/top", name: "Home"),
      .init(act: .open(.device("mtp:A")), label: "Pixel", detail: "serial A", name: "Pixel"),
    ]
  )

  private func picker(_ names: [String] = ["Alpha", "beta", "Été", ".hidden"], isNew: Bool = true) -> Picker {
    var picker = Picker("Copy to", Self.start)
    picker.enter(Self.folder(names, isNew: isNew))
    return picker
  }

  /// Types keys; gives the last wish.
  @discardableResult private func type(_ picker: inout Picker, _ keys: PickerKey..., height: Int = 5) -> Picker.Wish? {
    var wish: Picker.Wish?
    for key in keys { wish = picker.take(key, height: height) }
    return wish
  }

  private func text(_ text: String) -> [PickerKey] { text.unicodeScalars.map(PickerKey.text) }

  @Test func arrowsMoveAndGoInAndBack() {
    var picker = picker()
    #expect(type(&picker, .enter) == .choose("/top") && type(&picker, .right) == nil)
    #expect(type(&picker, .down, .down, .right) == .open(.local("/top/Alpha")))
    #expect(type(&picker, .end, .enter) == .open(.local("/top/Été")))
    #expect(type(&picker, .down, .enter) == .open(.local("/top/Été")), "the end is the end")
    #expect(type(&picker, .home, .up, .enter) == .choose("/top"))
    #expect(type(&picker, .pageDown, .pageUp, .pageDown, .enter, height: 3) == .open(.local("/top/Alpha")))
    #expect(type(&picker, .left) == nil && picker.levels.count == 1)
    #expect(type(&picker, .backspace) == .backOut)
    #expect(type(&picker, .down, .enter) == .open(.device("mtp:A")))
  }

  @Test func typingFilters() {
    var picker = picker()
    type(&picker, .text("e"), .text("T"))
    #expect(picker.level.visible.map(\.name) == ["beta", "Été"])
    #expect(type(&picker, .enter) == .open(.local("/top/beta")))
    type(&picker, .text("x"))
    #expect(picker.level.visible.isEmpty && type(&picker, .enter) == nil && type(&picker, .down) == nil)
    type(&picker, .backspace, .backspace, .backspace, .backspace)
    #expect(picker.level.filter == nil && picker.levels.count == 2)
    // Who has gone in comes back to all of it.
    type(&picker, .text("e"), .text("t"))
    picker.enter(PickerScreen(spot: .local("/top/Été"), title: "/top/Été", rows: []))
    type(&picker, .left)
    #expect(picker.level.filter == nil && type(&picker, .enter) == .open(.local("/top/Été")))
    // Hidden ones are for those who ask.
    type(&picker, .text("."))
    #expect(picker.level.visible.map(\.name) == [".hidden"])
    #expect(type(&picker, .escape) == nil && picker.level.filter == nil)
    // `q` leaves, unless it is a part of a filter.
    #expect(type(&picker, .text("/"), .text("q")) == nil && picker.level.filter == "q")
    #expect(type(&picker, .escape) == nil && type(&picker, .text("q")) == .leave && type(&picker, .escape) == .leave)
    #expect(type(&picker, .endOfInput) == .leave && type(&picker, .text(" ")) == nil && picker.level.filter == nil)
  }

  @Test func aNewFolderIsNamed() {
    var picker = picker()
    #expect(type(&picker, .down, .enter) == nil && picker.newName == "")
    for key in text("my q") { #expect(picker.take(key, height: 5) == nil) }
    #expect(type(&picker, .backspace, .enter) == .choose("/top/my ", isNew: true))
    type(&picker, .enter)
    for key in text("a/b") { #expect(picker.take(key, height: 5) == nil) }
    #expect(type(&picker, .enter) == nil && picker.message == ["a/b is no name for a folder."])
    #expect(type(&picker, .escape) == nil && picker.newName == nil)
    type(&picker, .enter)
    for key in text("Alpha") { #expect(picker.take(key, height: 5) == nil) }
    #expect(type(&picker, .enter) == .open(.local("/top/Alpha")))
    #expect(type(&picker, .enter, .enter) == nil && picker.newName == nil, "no name is no folder")
  }

  @Test func whatIsWaitedForCanBeLeft() {
    var picker = picker()
    picker.waitingFor = "Opening…"
    #expect(type(&picker, .down, .enter, .text("x")) == nil && picker.level.selected == 0)
    #expect(type(&picker, .text("q")) == .leave)
    #expect(type(&picker, .suspend) == .suspend && type(&picker, .redraw) == .redraw)
    #expect(type(&picker, .left) == .stopWaiting && picker.waitingFor == nil)
    picker.waitingFor = "Opening…"
    picker.fail(["It went away."], restart: Self.start)
    #expect(picker.levels.count == 1 && picker.message == ["It went away."] && picker.waitingFor == nil)
    var other = Self.start
    other.rows.insert(.init(act: .open(.device("mtp:0")), label: "Other", name: "Other"), at: 0)
    type(&picker, .down)
    picker.refresh(other)
    #expect(type(&picker, .enter) == .open(.device("mtp:A")), "the choice stays where it was")
    other.rows = []
    picker.refresh(other)
    #expect(type(&picker, .enter) == nil && type(&picker, .down, .enter) == nil)
  }

  @Test func linesSayTheSame() {
    var picker = picker(["Alpha", "alpha", "7", "q", ".hidden"])
    #expect(picker.numbered.map(\.name) == ["Alpha", "alpha", "7", "q"])
    #expect(picker.take(line: "2") == .open(.local("/top/alpha")))
    #expect(picker.take(line: "7") == .open(.local("/top/7")), "a name goes before a number")
    #expect(
      picker.take(line: "Alpha") == .open(.local("/top/Alpha")) && picker.take(line: "q") == .open(.local("/top/q"))
    )
    #expect(picker.take(line: "ALPHA") == nil && picker.message == ["Several are called ALPHA: take a number."])
    #expect(picker.take(line: ".hidden") == .open(.local("/top/.hidden")))
    for line in ["9", "0", "-1", "none\u{1B}", "99999999999999999999"] {
      #expect(picker.take(line: line) == nil && picker.message == ["There is no \(shown(line)) here."])
    }
    #expect(picker.take(line: "") == nil && picker.message.isEmpty)
    #expect(picker.take(line: ".") == .choose("/top"))
    #expect(picker.take(line: "+new") == .choose("/top/new", isNew: true))
    #expect(picker.take(line: "+..") == nil && picker.message == [".. is no name for a folder."])
    #expect(picker.take(line: "..") == nil && picker.levels.count == 1)
    #expect(picker.take(line: ".") == nil && !picker.message.isEmpty)
    #expect(picker.take(line: "+new") == nil && picker.message == ["No folder can be made here."])
    #expect(picker.take(line: "q") == .leave && picker.take(line: "..") == .backOut)
    var source = self.picker(isNew: false)
    #expect(
      source.take(line: "+new") == nil && !source.prompt.contains("+NAME")
        && picker.prompt == "(number or name, .. back, q leave): "
    )
  }

  // MARK: Pictures

  private func lines(_ picker: inout Picker, _ columns: Int, _ lines: Int) -> [String] {
    picker.scroll(height: picker.room(lines: lines))
    return picker.picture(columns: columns, lines: lines).lines.map(\.text)
  }

  @Test func thePictureFitsIntoItsWindow() {
    var picker = picker((1...50).map { "folder \($0)" } + ["写真館写真館写真館写真館", "evil \u{1B}[2J\u{202E}"])
    for _ in 0..<60 {
      for (width, height) in [(80, 24), (20, 8), (5, 4), (1, 1), (200, 60)] {
        let picture = lines(&picker, width, height)
        #expect(picture.count <= max(height, 4) && picture.allSatisfy { columns($0) < max(2, width) }, "\(picture)")
        let isHarmless = picture.joined().unicodeScalars.allSatisfy { !isHazardous($0) }
        #expect(isHarmless)
      }
      // The chosen one can be seen, wherever it is.
      #expect(lines(&picker, 80, 24).count == 24)
      let chosen = picker.picture(columns: 80, lines: 24).lines.filter { $0.style == .chosen }
      #expect(chosen.count == 1)
      type(&picker, .down, height: 10)
    }
    #expect(lines(&picker, 80, 8).contains { $0.hasPrefix("> evil \\x1B[2J\\u{202e}/") || $0.hasPrefix("> evil") })
  }

  @Test func thePictureTellsWhatIsWhat() {
    var picker = picker()
    type(&picker, .down, .down)
    #expect(
      lines(&picker, 80, 9) == [
        "Copy to: /top", "3 of 5", "  [use this folder]", "  [new folder]", "> Alpha/", "  beta/", "  Été/", "",
        "Enter: open, take  Left: back  type: filter  Esc, q: leave",
      ]
    )
    type(&picker, .text("b"))
    #expect(lines(&picker, 80, 9)[1] == "Only with: b_")
    type(&picker, .escape)
    picker.fail(["It is locked.", "Unlock it."])
    #expect(lines(&picker, 80, 9).suffix(3).dropLast() == ["It is locked.", "Unlock it."])
    picker.waitingFor = "Opening…"
    #expect(picker.picture(columns: 80, lines: 9, turn: 1).lines.last?.text == "Opening… /")
    #expect(picker.list == ["Copy to: /top", "  1  Alpha/", "  2  beta/", "  3  Été/"])
  }
}
