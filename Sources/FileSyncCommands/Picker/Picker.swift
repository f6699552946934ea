internal import Foundation
internal import Storage

/// The picker's state, and what keys and typed lines make of it. Draws nothing and reads nothing.
struct Picker: Sendable {
  /// What is to be done outside.
  enum Wish: Hashable, Sendable {
    case open(PickerScreen.Spot)
    /// A location was chosen. It is a folder that is to be made, if `isNew`.
    case choose(String, isNew: Bool = false)
    /// Back from where everything begins.
    case backOut
    /// What was to be opened is not wanted any more.
    case stopWaiting
    case leave
    case suspend
    case redraw
  }

  /// A list that was entered, and where the user is in it.
  struct Level: Hashable, Sendable {
    var screen: PickerScreen
    /// What is typed; `nil` as long as nothing is filtered.
    var filter: String?
    /// Among the visible rows.
    var selected = 0
    /// The first visible row that is drawn.
    var top = 0

    var visible: [PickerScreen.Row] {
      guard let filter, !filter.isEmpty else { return screen.rows.filter { !$0.isHidden } }
      return screen.rows.filter { row in
        row.isEntry && (!row.isHidden || filter.hasPrefix("."))
          && row.label.range(of: filter, options: [.caseInsensitive, .diacriticInsensitive]) != nil
      }
    }
  }

  /// What is asked, such as `Copy from`.
  let question: String
  /// The way to the list that is shown, which is the last one. Never empty.
  private(set) var levels: [Level]
  /// The name of a new folder, while it is typed.
  private(set) var newName: String?
  /// Lines below the list: what went wrong. Escaped.
  var message: [String] = []
  /// What is waited for. Escaped.
  var waitingFor: String?

  init(_ question: String, _ screen: PickerScreen) {
    self.question = question
    levels = [Level(screen: screen)]
  }

  var level: Level {
    get { levels[levels.count - 1] }
    set { levels[levels.count - 1] = newValue }
  }

  // MARK: What comes from outside

  /// Goes into a list.
  mutating func enter(_ screen: PickerScreen) {
    // Whoever comes back finds all of it, where he was.
    level.filter = nil
    level.selected = level.visible.firstIndex { $0.act == .open(screen.spot) } ?? 0
    levels.append(Level(screen: screen))
    waitingFor = nil
    message = []
  }

  /// Something could not be opened. What makes that list useless as well, as a device that is away, leads to the beginning.
  mutating func fail(_ lines: [String], restart: PickerScreen? = nil) {
    waitingFor = nil
    message = lines
    if let restart {
      levels.removeLast(levels.count - 1)
      refresh(restart)
    }
  }

  /// Takes the newest state of the list where everything begins, and leaves the choice where it was.
  mutating func refresh(_ screen: PickerScreen) {
    guard level.screen.spot == screen.spot, level.screen != screen else { return }
    let row = level.visible.indices.contains(level.selected) ? level.visible[level.selected] : nil
    level.screen = screen
    let place = row.flatMap { row in level.visible.firstIndex { $0.act == row.act } }
    level.selected = place ?? min(level.selected, max(0, level.visible.count - 1))
  }

  // MARK: Keys

  /// - Parameter height: how many rows are drawn.
  mutating func take(_ key: PickerKey, height: Int) -> Wish? {
    switch key {
    case .suspend: return .suspend
    case .redraw: return .redraw
    case .endOfInput: return .leave
    default: break
    }
    // What is typed ahead would be for a list that nobody has seen.
    if waitingFor != nil {
      if key == .text("q") { return .leave }
      guard [.escape, .left, .backspace].contains(key) else { return nil }
      waitingFor = nil
      return .stopWaiting
    }
    message = []
    if newName != nil { return takeName(key) }
    let page = max(1, height - 1)
    switch key {
    case .up: move(by: -1)
    case .down: move(by: 1)
    case .pageUp: move(by: -page)
    case .pageDown: move(by: page)
    case .home: move(by: -level.visible.count)
    case .end: move(by: level.visible.count)
    case .enter, .right: return act(isEnter: key == .enter)
    case .left: return back()
    case .backspace:
      guard let filter = level.filter else { return back() }
      self.filter(filter.isEmpty ? nil : String(filter.unicodeScalars.dropLast()))
    case .escape:
      guard level.filter != nil else { return .leave }
      filter(nil)
    case .text(let scalar): return type(scalar)
    case .endOfInput, .suspend, .redraw: break
    }
    return nil
  }

  private mutating func type(_ scalar: Unicode.Scalar) -> Wish? {
    switch (level.filter, scalar) {
    case (nil, "q"): return .leave
    case (nil, "/"): filter("")
    case (nil, " "): break
    default: filter((level.filter ?? "") + String(scalar))
    }
    return nil
  }

  private mutating func filter(_ text: String?) {
    level.filter = text
    (level.selected, level.top) = (0, 0)
  }

  private mutating func move(by distance: Int) {
    level.selected = max(0, min(level.selected + distance, level.visible.count - 1))
  }

  /// Right goes in only; Enter also takes the folder.
  private mutating func act(isEnter: Bool) -> Wish? {
    guard level.visible.indices.contains(level.selected) else { return nil }
    switch level.visible[level.selected].act {
    case .use: return isEnter ? level.screen.location.map { .choose($0) } : nil
    case .makeFolder: newName = ""
    case .open(let spot): return .open(spot)
    case .nothing(let cause): message = [cause]
    }
    return nil
  }

  private mutating func back() -> Wish? {
    message = []
    guard levels.count > 1 else { return .backOut }
    levels.removeLast()
    return nil
  }

  private mutating func takeName(_ key: PickerKey) -> Wish? {
    guard let name = newName else { return nil }
    switch key {
    case .text(let scalar): newName = name + String(scalar)
    case .backspace: newName = name.isEmpty ? nil : String(name.unicodeScalars.dropLast())
    case .escape: newName = nil
    case .enter:
      if name.isEmpty { newName = nil } else { return make(name) }
    default: break
    }
    return nil
  }

  private mutating func make(_ name: String) -> Wish? {
    guard let location = level.screen.location, level.screen.makesFolders else {
      message = ["No folder can be made here."]
      return nil
    }
    guard RelativePath.isLegal(name: Array(name.utf8)) else {
      message = ["\(shown(name)) is no name for a folder."]
      return nil
    }
    if let row = level.screen.rows.first(where: { $0.isEntry && $0.name == name }) {
      message = ["\(shown(name)) is there already."]
      guard case .open(let spot) = row.act else { return nil }
      newName = nil
      return .open(spot)
    }
    newName = nil
    return .choose(location + (location.hasSuffix("/") ? "" : "/") + name, isNew: true)
  }

  // MARK: Lines

  /// What can be entered by its number, from 1.
  var numbered: [PickerScreen.Row] { level.screen.rows.filter { $0.isEntry && !$0.isHidden } }

  /// - Parameter line: A number, a name, `..`, `.`, `+NAME` or `q`.
  mutating func take(line: String) -> Wish? {
    message = []
    switch line {
    case "": return nil
    case "..": return back()
    case ".":
      if let location = level.screen.location { return .choose(location) }
      message = ["This is no folder to copy. Choose one of the list."]
      return nil
    case _ where line.hasPrefix("+"): return make(String(line.dropFirst()))
    default: break
    }
    let rows = level.screen.rows.filter(\.isEntry)
    let named = rows.filter { $0.name == line || $0.label == line }
    var found = named.isEmpty ? rows.filter { $0.name.lowercased() == line.lowercased() } : named
    if found.isEmpty, let number = Int(line), numbered.indices.contains(number - 1) { found = [numbered[number - 1]] }
    if found.isEmpty, line == "q" { return .leave }
    guard found.count == 1, let row = found.first else {
      message = [
        found.isEmpty ? "There is no \(shown(line)) here." : "Several are called \(shown(line)): take a number."
      ]
      return nil
    }
    switch row.act {
    case .open(let spot): return .open(spot)
    case .nothing(let cause): message = [cause]
    case .use, .makeFolder: break
    }
    return nil
  }
}

extension Picker {
  /// Draws from such a row on that the chosen one can be seen.
  mutating func scroll(height: Int) {
    let last = max(0, level.visible.count - height)
    level.top = min(max(level.top, level.selected - height + 1), level.selected, last)
  }
}
