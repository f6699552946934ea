import Journal
import Storage
import Testing

@testable import SyncEngine

/// Which true names on record still are those of what is there.
@Suite struct StaleNamesTests {
  private let folding = NameFolding(isCaseSensitive: false)

  private func history(_ sizes: [RelativePath: UInt64?]) -> History {
    var history = History()
    history.sourceNames = sizes.mapValues { _ in [1] }
    history.sourceNameSizes = sizes.compactMapValues(\.self)
    (history.destinationNames, history.destinationNameSizes) = (history.sourceNames, history.sourceNameSizes)
    return history
  }

  @Test func anotherSizeOrNothingAtAll() {
    var tree = Tree()
    tree.entries = [
      .file("same", 3, token: 9), .file("other", 4, token: 1), .file("recorded", 4, token: 1),
      .file("begun", 1, token: 1), .file("unknown", 4, token: 1), .folder("D"), .folder("cut"),
    ]
    tree.ambiguous = [.folder("twice"), .folder("twice")]
    tree.unlisted = ["cut": [Unlisted(name: "x", reason: .deviceRefused)]]
    var history = history([
      "same": 3, "other": 3, "recorded": 3, "begun": 3, "begun too": 3, "unknown": nil, "d": nil, "gone": 3,
      "gone/below": nil, "cut/hidden": 3, "cut/a/b": 3, "twice": nil, "twice/in": 3,
    ])
    history.records = [.of(.file("recorded", 3, token: 1), .file("x", 3, token: 1))]
    history.unfinishedAtSource = ["begun": 3, "begun too": 3]
    var byRecord = history
    #expect(byRecord.dropStaleNames(.source, by: tree, nil, folding, goesByRecord: true) == ["gone", "gone/below"])
    let dropped = Set(history.sourceNames.keys).subtracting(byRecord.sourceNames.keys)
    #expect(dropped == ["other", "gone", "gone/below"] && byRecord.destinationNames == history.destinationNames)
    #expect(history.dropStaleNames(.source, by: tree, nil, folding, goesByRecord: false) == ["gone", "gone/below"])
    #expect(history.sourceNames["recorded"] == nil && history.sourceNames["same"] == [1])
  }

  @Test func theDatesOfAFolderThatIsGoneGoWithIt() {
    var tree = Tree()
    tree.entries = [.folder("there"), .folder("cut")]
    tree.unlisted = ["cut": [Unlisted(name: "x", reason: .deviceRefused)]]
    var history = History()
    history.destinationTruths = ["There", "gone", "cut/hidden"].map {
      Truth(folder: $0, times: FileTimes(modified: Timestamp(seconds: 5)), isDated: false)
    }
    let token = ChangeToken(bytes: [1], version: 1)
    history.destinationTruths.append(Truth(path: "file", size: 0, token: token, times: FileTimes()))
    #expect(history.dropStaleNames(.destination, by: tree, nil, folding, goesByRecord: true) == ["gone"])
    #expect(history.dropStaleNames(.source, by: tree, nil, folding, goesByRecord: true).isEmpty)
  }

  @Test func whatAScanDidNotLookAtIsNotGone() {
    var history = history(["chosen/a": 3, "other/a": 3, "begun": 3])
    history.unfinished = ["source": Unfinished(target: "begun", size: 3)]
    let scope = ScanScope(["chosen"], folding)
    let gone = history.dropStaleNames(.destination, by: Tree(), scope, folding, goesByRecord: true)
    #expect(gone == ["chosen/a"] && Set(history.destinationNames.keys) == ["other/a", "begun"])
  }
}
