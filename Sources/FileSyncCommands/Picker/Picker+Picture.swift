/// What a terminal shows of the picker.
struct PickerPicture: Hashable, Sendable {
  /// One line of it. All is escaped, and fits.
  struct Line: Hashable, Sendable {
    enum Style: Hashable, Sendable { case plain, chosen, faint }
    var text: String
    var style = Style.plain
  }

  var lines: [Line]
}

extension Picker {
  /// How many rows of the list there is room for on so many lines.
  func room(lines: Int) -> Int { max(1, lines - 3 - min(below.count, max(0, lines - 4))) }

  /// The picture for a terminal of this size. `turn` counts how long something is waited for.
  func picture(columns width: Int, lines height: Int, turn: Int = 0) -> PickerPicture {
    // The last column stays free: some terminals go to the next line with it.
    let width = max(1, width - 1)
    let room = room(lines: height)
    let titleRoom = max(0, width - FileSyncCommands.columns(question) - 2)
    let rows = level.visible.dropFirst(level.top).prefix(room)
    var lines: [PickerPicture.Line] = [
      .init(text: fitted("\(question): " + fittedEnd(level.screen.title, columns: titleRoom), columns: width)),
      .init(text: fitted(heading, columns: width), style: .faint),
    ]
    let labels = min(rows.map { FileSyncCommands.columns($0.label) }.max() ?? 0, width * 2 / 3)
    for (row, index) in zip(rows, level.top...) {
      let isChosen = index == level.selected && newName == nil
      let label = fitted(row.label, columns: labels)
      let gap = String(repeating: " ", count: labels - FileSyncCommands.columns(label) + 2)
      let text = "\(isChosen ? ">" : " ") \(label)" + (row.detail.isEmpty ? "" : gap + row.detail)
      lines.append(.init(text: fitted(text, columns: width), style: isChosen ? .chosen : .plain))
    }
    if rows.isEmpty { lines.append(.init(text: fitted("  (nothing)", columns: width), style: .faint)) }
    lines += Array(repeating: .init(text: ""), count: max(0, room - max(rows.count, 1)))
    let turning = waitingFor.map { "\($0) \(["|", "/", "-", "\\"][turn % 4])" }
    lines += below.prefix(max(0, height - 4)).map { .init(text: fitted($0, columns: width)) }
    lines.append(.init(text: fitted(turning ?? keys, columns: width), style: turning == nil ? .faint : .plain))
    return PickerPicture(lines: Array(lines.suffix(max(1, height))))
  }

  /// What stands between the list and the last line.
  private var below: [String] { message.isEmpty ? level.screen.note.map { [$0] } ?? [] : message }

  private var heading: String {
    if let newName { return "Name of the new folder: \(shown(newName))_" }
    if let filter = level.filter { return "Only with: \(shown(filter))_" }
    let count = level.visible.count
    return level.top > 0 || count > level.selected + 1 ? "\(level.selected + 1) of \(count)" : ""
  }

  private var keys: String {
    if newName != nil { return "Enter: take it   Esc: no new folder" }
    if level.filter != nil { return "Enter: open   Esc: all again" }
    return "Enter: open, take  Left: back  type: filter  Esc, q: leave"
  }

  // MARK: Lines

  /// How many rows are listed where the user types lines.
  private static let listed = 100

  /// The same for a terminal that takes no pictures, or none at all.
  var list: [String] {
    let numbered = numbered
    let width = String(numbered.count).count
    var lines = ["\(question): \(level.screen.title)"]
    for (index, row) in numbered.prefix(Self.listed).enumerated() {
      let number = String(index + 1)
      let space = String(repeating: " ", count: width - number.count)
      lines.append("  \(space)\(number)  \(row.label)" + (row.detail.isEmpty ? "" : "  \(row.detail)"))
    }
    if numbered.count > Self.listed { lines.append("  and \(numbered.count - Self.listed) more, by their names") }
    if let note = level.screen.note { lines.append("  \(note)") }
    return lines
  }

  /// What a typed line can be.
  var prompt: String {
    var words = numbered.isEmpty ? [] : ["number or name"]
    if level.screen.location != nil { words.append(". this folder") }
    if level.screen.makesFolders { words.append("+NAME new folder") }
    words += [".. back", "q leave"]
    return "(\(words.joined(separator: ", "))): "
  }
}
