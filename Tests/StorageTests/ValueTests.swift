import Storage
import StorageContract
import Testing

@Suite struct StorageSpaceTests {
  @Test func whatIsReservedIsNotUsed() {
    #expect(StorageSpace(free: 30, capacity: 100).used == 70)
    #expect(StorageSpace(free: 30, capacity: 100, reserved: 5).used == 65)
    // What a device says.
    #expect(StorageSpace(free: 200, capacity: 100).used == 0)
    #expect(StorageSpace(free: 98, capacity: 100, reserved: .max).used == 0)
  }
}

@Suite struct RelativePathTests {
  @Test(arguments: ["/a//b/", "a/b", "a/b/"]) func dropsNeedlessSlashes(_ text: String) {
    #expect(RelativePath(text)?.text == "a/b")
  }

  @Test(arguments: ["..", "a/../b", "a/./b", ".", "a/..", "a\0b"]) func refusesWhatCouldLeadOut(_ text: String) {
    #expect(RelativePath(text) == nil)
  }

  @Test(arguments: ["", "/", "//"]) func isTheRootWithoutComponents(_ text: String) {
    #expect(RelativePath(text) == .root)
  }

  @Test func takesAnyOtherBytes() throws {
    let name: [UInt8] = [0xff, 0xfe, 0x0a, 0x20]
    let path = try #require(RelativePath.of("folder").appending(name))
    #expect(Array(path.name) == name)
    #expect(path.parent == .of("folder"))
    #expect(RelativePath.root.appending([0x61, 0x2f]) == nil)
    #expect(RelativePath.root.appending([UInt8]()) == nil)
  }

  @Test func knowsItsParts() {
    let path = RelativePath.of("DCIM/Camera/1.jpg")
    #expect(path.components.map { String(decoding: $0, as: UTF8.self) } == ["DCIM", "Camera", "1.jpg"])
    #expect(path.parent.parent.parent == .root)
    #expect(RelativePath.root.parent == .root)
    #expect(RelativePath.root.name.isEmpty)
  }

  @Test func sortsAFolderDirectlyBeforeItsContents() {
    let sorted = ["a", "a/b", "a/b/c", "a-b", "a0", "b"].map { RelativePath.of($0) }
    #expect(sorted.shuffled().sorted() == sorted)
  }
}

@Suite struct TimestampTests {
  @Test func matchesWithinThePrecisionInEitherOrder() {
    let date = Timestamp(seconds: 10, nanoseconds: 999_999_999)
    let later = Timestamp(seconds: 11, nanoseconds: 0)
    #expect(date.matches(later, precision: 1))
    #expect(later.matches(date, precision: 1))
    #expect(!later.matches(date, precision: 0))
    #expect(date.matches(Timestamp(seconds: 10), precision: 1_000_000_000))
    #expect(!date.matches(Timestamp(seconds: 8), precision: 2_000_000_000))
  }

  @Test func comparesTheEndsOfTimeWithoutOverflow() {
    let (first, last) = (Timestamp(seconds: .min), Timestamp(seconds: .max, nanoseconds: 999_999_999))
    #expect(!first.matches(last, precision: .max))
    #expect(first < last)
    #expect(Timestamp(seconds: -1, nanoseconds: 5) < Timestamp(seconds: -1, nanoseconds: 6))
  }
}

@Suite struct NameFoldingTests {
  @Test(arguments: [
    ("A", "a", true), ("É", "e\u{301}", true), ("Straße", "STRASSE", true), ("a\u{AD}b", "ab", true),
    ("\u{2764}\u{FE0F}", "\u{2764}", true), ("\u{212A}", "k", true), ("e", "é", false), ("a b", "ab", false),
  ])
  func foldsAsPhonesDo(_ one: String, _ other: String, _ areOne: Bool) {
    let folding = NameFolding(isCaseSensitive: false)
    #expect((folding.key(Array(one.utf8)) == folding.key(Array(other.utf8))) == areOne)
    let exact = NameFolding(isCaseSensitive: true)
    #expect(exact.key(Array(one.utf8)) != exact.key(Array(other.utf8)))
  }
}

@Suite struct NameRulesTests {
  private let fat = NameRules(
    isCaseSensitive: false,
    maximumUTF16: 5,
    mustBeUnicode: true,
    forbidden: Set("?".utf8),
    forbidsTrailingDotOrSpace: true
  )

  @Test(arguments: ["a", "a.b", "äöüß!", "😀😀a", " a"]) func allows(_ name: String) { #expect(fat.allow(name.utf8)) }

  @Test(arguments: ["", ".", "..", "a/b", "a\0", "a?", "abcdef", "😀😀ab", "a.", "a "]) func refuses(_ name: String) {
    #expect(!fat.allow(name.utf8))
  }

  @Test func countsBytesAndAllowsAnyWhereUnicodeIsNotDue() {
    let ext = NameRules(isCaseSensitive: true, maximumBytes: 3)
    #expect(ext.allow([0xff, 0xfe, 0x20] as [UInt8]))
    #expect(!ext.allow("ää".utf8))
    #expect(!fat.allow([0xff] as [UInt8]))
  }
}

@Suite struct TemporaryNameTests {
  @Test func tellsItsJournal() {
    let name = TemporaryName.make(journal: "0badcafe", number: 255)
    #expect(String(decoding: name, as: UTF8.self) == ".filesync-0badcafe-ff.part")
    #expect(TemporaryName.matches(name))
    #expect(TemporaryName.matches(name, journal: "0badcafe"))
    #expect(!TemporaryName.matches(name, journal: "0badcaff"))
  }

  @Test(arguments: [
    ".filesync-0badcafe-1", ".filesync-x.part", ".filesync-0badcafe-g.part", "filesync-0badcafe-1.part", "a.part",
    ".part", "",
  ])
  func leavesOthersAlone(_ name: String) { #expect(!TemporaryName.matches(Array(name.utf8))) }
}

@Suite struct TransferControlTests {
  @Test func cancelCallsEachHandlerThatIsStillThere() {
    let control = TransferControl()
    let called = Collector<Int>()
    _ = control.onCancel { called.append([1]) }
    let second = control.onCancel { called.append([2]) }
    control.removeHandler(second)
    #expect(throws: Never.self) { try control.check() }
    control.cancel()
    #expect(called.all == [1])
    #expect(control.isCancelled)
    #expect(throws: TransferControl.cancellation) { try control.check() }
    _ = control.onCancel { called.append([3]) }
    #expect(called.all == [1, 3])
  }

  @Test func countsFromEveryThread() async {
    let control = TransferControl()
    await withTaskGroup { group in
      for _ in 0..<100 { group.addTask { control.count(7) } }
    }
    #expect(control.bytes == 700)
  }
}

@Suite struct EntryTests {
  private let path = RelativePath("DCIM/one.jpg") ?? .root

  /// Runs hold hundreds of thousands, several times each.
  @Test func copiesAreOneWordEach() { #expect(MemoryLayout<Entry>.size == MemoryLayout<Int>.size) }

  @Test func aCopyThatChangesLeavesTheOthersAsTheyAre() throws {
    let one = Entry(path: path, kind: .file, size: 5, times: FileTimes(modified: Timestamp(seconds: 7)))
    var other = one
    other.size = 6
    other.times.modified = Timestamp(seconds: 8)
    other.handle = Entry.Handle(value: 1, generation: 2)
    #expect(one.size == 5 && one.times.modified?.seconds == 7 && one.handle == nil)
    #expect(other.size == 6 && other.times.modified?.seconds == 8 && other.handle?.value == 1 && other.path == path)
    #expect(one != other)
  }

  @Test func equalOnesAreEqualWhoeverMadeThem() {
    let one = Entry(path: path, kind: .file, size: 5, hasAssumedZone: true)
    var other = Entry(path: .root, kind: .directory)
    (other.path, other.kind, other.size, other.hasAssumedZone) = (path, .file, 5, true)
    #expect(one == other && Set([one, other]).count == 1)
  }
}
