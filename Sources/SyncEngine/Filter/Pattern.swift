internal import Foundation
internal import Storage

/// A pattern for paths below the root of a run's source.
///
/// `*` stands for any characters of a name, `?` for one of them, `[a-z]` for one of some and `[!a-z]` for one of all others;
/// `**` stands for any characters, `/` too, and `**/` for any folders or none. A backslash takes the meaning from what
/// follows it. A pattern that begins with `/` is about the whole path; another one about its last names, as many as it has.
/// One that ends with `/` is about folders only. Letters count as they are, however they are composed.
public struct Pattern: Hashable, Sendable {
  /// Why a text is no pattern.
  public struct Fault: Error, Hashable, Sendable {
    public let cause: String
  }

  /// A Unicode scalar value, or 0x110000 and a byte that is no UTF-8.
  private typealias Unit = UInt32

  private enum Element: Hashable {
    case one(Unit)
    case oneOf([ClosedRange<Unit>], isNegated: Bool)
    case anyOne, anyOfName, any
    /// `**/`: before the first name, and within the names that it stands for. They are always together.
    case folders, inFolders
  }

  /// As it was written.
  public let text: String
  private let elements: [Element]
  /// Whether it is about whole paths.
  let isAnchored: Bool
  let isAboutFolders: Bool

  /// Whether it is about all that there is, or about all folders.
  var isAboutEverything: Bool {
    elements.allSatisfy { element in
      switch element {
      case .anyOfName, .any, .folders, .inFolders: true
      case .one, .oneOf, .anyOne: false
      }
    }
  }

  private static let slash = Unit(UInt8(ascii: "/"))

  /// Throws ``Fault`` if `text` names nothing, or is not ended.
  public init(_ text: String) throws(Fault) {
    self.text = text
    var rest = Array(text.precomposedStringWithCanonicalMapping.unicodeScalars.map(\.value))[...]
    isAnchored = rest.first == Self.slash
    isAboutFolders = rest.last == Self.slash
    rest = rest.drop { $0 == Self.slash }
    while rest.last == Self.slash { rest.removeLast() }
    guard !rest.isEmpty else { throw Fault(cause: "it names nothing") }
    for name in rest.split(separator: Self.slash) where name.allSatisfy({ $0 == Unit(UInt8(ascii: ".")) }) {
      if name.count < 3 { throw Fault(cause: "no path has the name \u{201C}\(name.count == 1 ? "." : "..")\u{201D}") }
    }
    var elements: [Element] = []
    while let unit = rest.popFirst() {
      switch Character(Unicode.Scalar(unit) ?? "\u{FFFD}") {
      case "*": Self.readStars(&rest, into: &elements)
      case "?": elements.append(.anyOne)
      case "[": elements.append(try Self.readSet(&rest))
      case "\\":
        guard let next = rest.popFirst() else { throw Fault(cause: "it ends with a backslash") }
        elements.append(.one(next))
      case "/" where elements.last == .one(Self.slash) || elements.last == .inFolders: break
      default: elements.append(.one(unit))
      }
    }
    self.elements = elements
  }

  private static func readStars(_ rest: inout ArraySlice<Unit>, into elements: inout [Element]) {
    guard rest.first == Unit(UInt8(ascii: "*")) else { return elements.append(.anyOfName) }
    rest = rest.drop { $0 == Unit(UInt8(ascii: "*")) }
    let isAtName = elements.isEmpty || elements.last == .one(slash) || elements.last == .inFolders
    guard rest.first == slash, isAtName else { return elements.append(.any) }
    rest.removeFirst()
    if elements.last != .inFolders { elements += [.folders, .inFolders] }
  }

  private static func readSet(_ rest: inout ArraySlice<Unit>) throws(Fault) -> Element {
    let isNegated = rest.first == Unit(UInt8(ascii: "!")) || rest.first == Unit(UInt8(ascii: "^"))
    if isNegated { rest.removeFirst() }
    var ranges: [ClosedRange<Unit>] = []
    func next() throws(Fault) -> Unit {
      if rest.first == Unit(UInt8(ascii: "\\")) { rest.removeFirst() }
      guard let unit = rest.popFirst() else { throw Fault(cause: "a \u{201C}[\u{201D} has no \u{201C}]\u{201D}") }
      return unit
    }
    repeat {
      let first = try next()
      var last = first
      if rest.first == Unit(UInt8(ascii: "-")), rest.dropFirst().first != Unit(UInt8(ascii: "]")) {
        rest.removeFirst()
        last = try next()
      }
      guard first <= last else { throw Fault(cause: "a range in it ends before it begins") }
      ranges.append(first...last)
    } while rest.first != Unit(UInt8(ascii: "]"))
    rest.removeFirst()
    return .oneOf(ranges, isNegated: isNegated)
  }

  /// The folder that holds all that the pattern is about, as far as its names are written out.
  var folder: RelativePath {
    guard isAnchored else { return .root }
    let units = elements.prefix { if case .one = $0 { true } else { false } }
      .compactMap { if case .one(let unit) = $0 { Unicode.Scalar(unit) } else { nil } }
    let names = units.lastIndex(of: "/").map { units[..<$0] } ?? []
    return RelativePath(String(String.UnicodeScalarView(names))) ?? .root
  }

  // MARK: Matching

  /// Whether the pattern is about a path, or about a folder that it lies in.
  func matches(_ path: PatternPath, isFolder: Bool) -> Bool {
    var states = start()
    for unit in path.units {
      if unit == Self.slash, states.last == true { return true }
      states = step(states, unit)
    }
    return states.last == true && (isFolder || !isAboutFolders)
  }

  /// Whether the pattern is about a name, wherever that is.
  public func fits(name: [UInt8]) -> Bool {
    RelativePath(name).map { matches(PatternPath($0), isFolder: true) } ?? false
  }

  /// Whether the pattern may be about something in a folder.
  func mayMatch(inside folder: PatternPath) -> Bool {
    guard isAnchored, !folder.units.isEmpty else { return true }
    var states = start()
    for unit in folder.units + [Self.slash] { states = step(states, unit) }
    return states.contains(true)
  }

  /// Which elements may come next; the one behind the last stands for the end.
  private func start() -> [Bool] {
    var states = [Bool](repeating: false, count: elements.count + 1)
    enter(0, &states)
    return states
  }

  private func step(_ states: [Bool], _ unit: Unit) -> [Bool] {
    var next = [Bool](repeating: false, count: states.count)
    for (index, element) in elements.enumerated() where states[index] {
      switch element {
      case .one(let one): if one == unit { enter(index + 1, &next) }
      case .anyOne: if unit != Self.slash { enter(index + 1, &next) }
      case .oneOf(let ranges, let isNegated):
        if unit != Self.slash, ranges.contains(where: { $0.contains(unit) }) != isNegated { enter(index + 1, &next) }
      case .anyOfName: if unit != Self.slash { enter(index, &next) }
      case .any: enter(index, &next)
      case .folders: next[index + 1] = true
      case .inFolders:
        next[index] = true
        if unit == Self.slash { enter(index + 1, &next) }
      }
    }
    if unit == Self.slash, !isAnchored { enter(0, &next) }
    return next
  }

  /// Marks an element, and those behind it that may stand for nothing.
  private func enter(_ index: Int, _ states: inout [Bool]) {
    states[index] = true
    guard index < elements.count else { return }
    switch elements[index] {
    case .anyOfName, .any: enter(index + 1, &states)
    case .folders: enter(index + 2, &states)
    case .one, .oneOf, .anyOne, .inFolders: break
    }
  }
}

/// A path as patterns see it; made once for all of them.
struct PatternPath {
  fileprivate var units: [UInt32]

  init(_ path: RelativePath) {
    if path.bytes.allSatisfy({ $0 < 0x80 }) {
      units = path.bytes.map(UInt32.init)
    } else {
      units = Array(path.components.map(Self.units).joined(separator: [UInt32(UInt8(ascii: "/"))]))
    }
  }

  /// As if its names were written without capitals.
  init(lowercasing path: RelativePath) {
    self.init(path)
    units = units.map { unit in
      let lower = Unicode.Scalar(unit)?.properties.lowercaseMapping.unicodeScalars
      return lower?.count == 1 ? lower?.first?.value ?? unit : unit
    }
  }

  private static func units(_ name: ArraySlice<UInt8>) -> [UInt32] {
    guard let text = String(validating: name, as: UTF8.self) else {
      return name.map { $0 < 0x80 ? UInt32($0) : 0x110000 + UInt32($0) }
    }
    return text.precomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
  }
}
