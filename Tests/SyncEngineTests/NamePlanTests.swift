import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// That no two names of a folder become one, and that each comes back, whatever they are.
@Suite struct NamePlanTests {
  private static let android = NameRules(
    isCaseSensitive: false,
    maximumBytes: 255,
    maximumUTF16: 254,
    mustBeUnicode: true,
    forbidden: Set(0x01...0x1F).union([0x7F]).union(Array(#""*:<>?\|"#.utf8)),
    forbidsTrailingDotOrSpace: true,
    forbidsLeadingSpace: true
  )
  private static let player = NameRules(
    isCaseSensitive: false,
    maximumBytes: 255,
    maximumUTF16: 254,
    mustBeUnicode: true
  )
  private static let disk = NameRules(isCaseSensitive: true, maximumBytes: 255)
  private static let short = NameRules(isCaseSensitive: true, maximumBytes: 24, forbidden: Array("%(:~".utf8).asSet)

  /// What hostile names are made of.
  private static let pieces: [[UInt8]] =
    [
      "a", "A", "b", "é", "e\u{301}", "É", ":", "：", "?", "？", ".", " ", "%3A", "%", "%2E", "\u{1}", "\t", " (2)",
      "(2)",
      " (3)", "~", ".txt", ".TXT", "😀", "ß", "SS", "\\", String(repeating: "x", count: 120),
      String(repeating: "€", count: 84),
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

  /// Of which names are made that get in each other's way.
  private static let fewPieces: [[UInt8]] = ["a", "A", ":", "：", " (2)", " (3)", ".txt"].map { Array($0.utf8) }

  private static func names(_ numbers: inout SeededNumbers) -> [[UInt8]] {
    let pieces = Bool.random(using: &numbers) ? pieces : fewPieces
    var names: Set<[UInt8]> = []
    for _ in 0..<Int.random(in: 1...14, using: &numbers) {
      let name = (0..<Int.random(in: 1...3, using: &numbers)).flatMap { _ in pieces.randomElement(using: &numbers) ?? []
      }
      // What a local folder can hold.
      if RelativePath.isLegal(name: name), name.count <= 255 { names.insert(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func input(_ names: [[UInt8]], to rules: NameRules) -> Planner.Input {
    var input = Planner.Input.sample
    input.destinationTraits.names = rules
    let paths = names.compactMap { RelativePath.root.appending($0) }
    input.source.entries = paths.sorted().map { .file($0, 1, token: 1) }
    return input
  }

  private static func places(_ input: Planner.Input) -> [RelativePath: NamePlan.Place] {
    let folding = NameFolding(isCaseSensitive: input.destinationTraits.names.isCaseSensitive)
    return NamePlan(input, DestinationIndex(input.destination.entries, folding), records: [:]).places
  }

  /// What is wrong with how these names are mapped; `nil` if nothing is.
  private static func fault(_ names: [[UInt8]], _ rules: NameRules) -> String? {
    var input = input(names, to: rules)
    let places = places(input)
    guard places.count == names.count else { return "\(names.count - places.count) have no name" }
    guard places.values.allSatisfy({ rules.allow($0.path.name) }) else { return "a name is not allowed" }
    let folding = NameFolding(isCaseSensitive: rules.isCaseSensitive)
    guard Set(places.values.map { folding.key($0.path) }).count == names.count else { return "two are one" }
    for (path, place) in places where rules.allow(path.name) && place.path != path {
      let isInTheWay = places.contains { $0.key != path && folding.key($0.value.path) == folding.key(path) }
      if !isInTheWay { return "\(path) could keep its name" }
    }

    // A second run, with the record and without it.
    input.destination.entries = places.values.map { .file($0.path, 1, token: 1) }.sorted { $0.path < $1.path }
    if Self.places(input).mapValues(\.path) != places.mapValues(\.path) { return "without a record others are found" }
    var record: [RelativePath: [UInt8]] = [:]
    for place in places.values { if case .mapped(let name) = place.naming { record[place.path] = name } }
    input.history.destinationNames = record
    if Self.places(input) != places { return "with a record others are found" }

    var back = Self.input([], to: NameRules(isCaseSensitive: true))
    back.source.entries = input.destination.entries
    back.history.sourceNames = record
    let returned = Self.places(back)
    for (path, place) in places where returned[place.path]?.path != path { return "\(path) does not come back" }

    // To another device with the same rules, by the true names.
    back.destinationTraits.names = rules
    let elsewhere = Self.places(back)
    guard elsewhere.count == names.count, Set(elsewhere.values.map { folding.key($0.path) }).count == names.count else {
      return "two are one on the way to another device"
    }
    for (path, place) in places {
      let there = elsewhere[place.path]
      var name = there.map { Array($0.path.name) }
      if case .mapped(let trueName) = there?.naming { name = trueName }
      if name != Array(path.name) { return "\(path) has another true name on another device" }
    }
    return nil
  }

  /// The fewest of the names with which there still is a fault.
  private static func shrunk(_ names: [[UInt8]], _ rules: NameRules) -> [[UInt8]] {
    for index in names.indices {
      var fewer = names
      fewer.remove(at: index)
      if fault(fewer, rules) != nil { return shrunk(fewer, rules) }
    }
    return names
  }

  @Test(arguments: ["android", "player", "disk", "short"]) func mapsEachNameAndBack(kind: String) {
    let rules = ["android": Self.android, "player": Self.player, "disk": Self.disk][kind] ?? Self.short
    var numbers = SeededNumbers(state: 2026)
    for round in 0..<150 {
      let names = Self.names(&numbers)
      guard Self.fault(names, rules) != nil else { continue }
      let few = Self.shrunk(names, rules)
      Issue.record(
        "round \(round): \(Self.fault(few, rules) ?? ""): \(few.map { String(decoding: $0, as: UTF8.self).debugDescription })"
      )
      return
    }
  }

  @Test func aNameThatTheUserTypedIsWhatIsThere() {
    var input = Self.input([Array("new".utf8)], to: Self.android)
    input.destination.entries = [.file("a：b", 1, token: 1)]
    input.history.destinationNames = ["a：b": Array("a:b".utf8)]
    input.selection = Selection(["new": "a：b"])
    #expect(Self.places(input) == ["new": NamePlan.Place(path: "a：b", naming: .same)])
  }

  /// A folder of the user's own is not filled because it is called as a mapped one might be.
  @Test(arguments: [
    (["foo/x", "Foo/x"], [], "foo (3)"), (["foo/x", "Foo/x"], ["foo (2)/mine"], "foo (3)"),
    (["foo/x", "Foo/x"], ["foo (2)/x"], "foo (2)"), (["foo/d/x", "Foo/x"], ["foo (2)/d/x"], "foo (2)"),
    (["foo/d/x", "Foo/x"], ["foo (2)/d/y"], "foo (3)"), (["foo", "Foo/x"], [], "foo (2)"),
  ])
  func aFolderOfOtherThingsIsNotTaken(source: [String], there: [String], place: String) {
    func entries(_ paths: [String], with folders: [RelativePath]) -> [Entry] {
      let files = paths.compactMap { RelativePath($0) }.filter { !$0.parent.isRoot }
      let above = Set(files.flatMap { [$0.parent, $0.parent.parent] } + folders).filter { !$0.isRoot }
      return (files.map { .file($0, 1, token: 1) } + above.map { .folder($0) }).sorted { $0.path < $1.path }
    }
    var input = Self.input([], to: Self.android)
    input.source.entries = entries(source, with: ["foo", "Foo"])
    input.destination.entries = entries(there, with: ["foo (2)"])
    let places = Self.places(input)
    #expect(places["Foo"]?.path == "Foo" && places["foo"]?.path == RelativePath(place))
  }

  @Test(arguments: [
    (["a：b"], "a：b"), (["a：b/x"], "a：b"), (["a：b/mine"], "a：b (2)"), (["a：b/mine", "a：b/x"], "a：b"),
    (["a：b/mine", "a：b (2)/x"], "a：b (2)"), (["a：b/mine", "a：b (2)/mine"], "a：b (3)"),
  ])
  func aFolderOfThisVeryNameMayBeTheUsersOwn(there: [String], place: String) {
    let paths = there.compactMap { RelativePath($0) }
    var input = Self.input([], to: Self.android)
    input.source.entries = [.folder("a:b"), .file("a:b/x", 1, token: 1)]
    input.destination.entries =
      Set(paths.map { $0.parent.isRoot ? $0 : $0.parent }).sorted().map { .folder($0) }
      + paths.filter { !$0.parent.isRoot }.map { .file($0, 1, token: 1) }
    #expect(Self.places(input)["a:b"]?.path == RelativePath(place))
    // What has its own name there is put together, as by `cp`; what is on record, and what was typed, too.
    input.history.destinationNames = ["a：b": Array("a:b".utf8)]
    #expect(Self.places(input)["a:b"]?.path == "a：b")
    input.history.destinationNames = [:]
    input.selection = Selection(["a:b": "a：b"])
    #expect(Self.places(input)["a:b"]?.path == "a：b")
  }

  @Test func thousandsOfOneNameAreQuicklyToldApart() {
    // Of 10 letters each in two cases: 1024 names that are one.
    let letters = Array("abcdefghij".utf8)
    let names = (0..<1024).map { bits in letters.indices.map { bits >> $0 & 1 == 0 ? letters[$0] : letters[$0] - 32 } }
    let input = Self.input(names, to: Self.android)
    let keys = Set(Self.places(input).values.map { NameFolding(isCaseSensitive: false).key($0.path) })
    #expect(keys.count == names.count)
  }
}

extension [UInt8] {
  fileprivate var asSet: Set<UInt8> { Set(self) }
}
