import Foundation
import Storage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct MvTests {
  private let world: World
  private let date = Date(timeIntervalSince1970: 1_500_000_000)

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first", modified: date)
    try world.write("from/sub/c.txt", "third", modified: date)
    try world.makeFolder("to")
    try world.write("phone/DCIM/one.jpg", "picture", modified: date)
    try world.makeFolder("phone/Music")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
  }

  private func modified(_ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: "\(world.folder)/\(path)")[.modificationDate] as? Date
  }

  // MARK: Within a storage

  @Test func renamesAndMovesWithoutAQuestion() async throws {
    #expect(await world.run("mv", "from/a.txt", "from/b.txt") == .done)
    #expect(await world.run("mv", "from/b.txt", "from/sub", "to") == .done)
    #expect(world.names("from").isEmpty && world.names("to") == ["b.txt", "sub"])
    #expect(try modified("to/b.txt") == date)
    #expect(await world.run("mv", "mtp:/DCIM/one.jpg", "mtp:/DCIM/two.jpg", "--json") == .done)
    #expect(await world.run("mv", "mtp:/DCIM/two.jpg", "mtp:/Music") == .done)
    #expect(world.names("phone/Music") == ["two.jpg"])
    #expect(world.lines.first?["type"] as? String == "moved")
    #expect(world.lines.first?["to"] as? String == "mtp:2B1111/internal/DCIM/two.jpg")
    // Nothing was copied, and yet it is on record.
    #expect(await world.run("history") == .done)
    #expect(world.output.text.contains("mv  \(world.folder)/from \u{2192} \(world.folder)/from  done: 1 moved\n"))
    #expect(world.output.text.contains("mv  \(world.folder)/from \u{2192} \(world.folder)/to  done: 2 moved\n"))
    #expect(await world.run("log", "1") == .done)
    #expect(world.output.text.contains("\ndone  move  a.txt \u{2192} b.txt"))
  }

  @Test(arguments: [("from/a.txt", "to/x"), ("mtp:/DCIM/one.jpg", "mtp:/Music/x"), ("from/a.txt", "mtp:/Music/x")])
  func nothingIsReplaced(source: String, destination: String) async throws {
    try world.write("to/x", "mine")
    try world.write("phone/Music/x", "mine")
    for option in ["--yes", "--dry-run"] {
      #expect(await world.run("mv", source, destination, option) == .notPossible)
      #expect(world.errors.text.contains("exists already"), "\(option)")
    }
    #expect(world.read("to/x") == "mine" && world.read("phone/Music/x") == "mine")
    #expect(world.read("from/a.txt") == "first" && world.read("phone/DCIM/one.jpg") == "picture")
  }

  @Test func aDryRunMovesNothing() async {
    #expect(await world.run("mv", "from/a.txt", "to", "-n") == .done)
    #expect(await world.run("mv", "from/sub", "mtp:/Music", "-n") == .done)
    #expect(world.output.text.contains("move  from/a.txt"))
    #expect(world.output.text.contains("copy  sub/c.txt  5 bytes"))
    #expect(world.names("from") == ["a.txt", "sub"] && world.names("to").isEmpty && world.names("phone/Music").isEmpty)
  }

  // MARK: Between storages

  @Test func copiesVerifiesAndRemoves() async throws {
    #expect(await world.run("mv", "from/a.txt", "from/sub", "mtp:/Music", answers: ["c"]) == .done)
    #expect(world.names("from").isEmpty)
    #expect(world.read("phone/Music/a.txt") == "first" && world.read("phone/Music/sub/c.txt") == "third")
    #expect(try modified("phone/Music/a.txt") == date)
    #expect(world.output.text.contains("The source is removed once every copy is verified."))
    #expect(world.output.text.contains("Removed at the source: 2 files, 1 folder."))
    #expect(await world.run("mv", "mtp:/Music/sub", "to/back", "--yes", "--json") == .done)
    #expect(world.names("phone/Music") == ["a.txt"] && world.read("to/back/c.txt") == "third")
    #expect(
      world.lines.filter { $0["type"] as? String == "removed" }.compactMap { $0["path"] as? String } == [
        "sub/c.txt", "sub",
      ]
    )
  }

  @Test func declinedOrWithoutATerminalNothingMoves() async {
    #expect(await world.run("mv", "from/a.txt", "mtp:/Music") == .usage)
    #expect(world.bus.opened == 0)
    #expect(await world.run("mv", "from/a.txt", "mtp:/Music", answers: ["n"]) == .declined)
    #expect(world.read("from/a.txt") == "first" && world.names("phone/Music").isEmpty)
    #expect(world.errors.text.contains("Nothing was moved"))
  }

  @Test func whatCannotBeCopiedWholeIsNotMoved() async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/from/sub/link", withDestinationPath: "c.txt")
    #expect(await world.run("mv", "from/sub", "mtp:/Music", "--yes") == .someFailed)
    #expect(world.errors.text.contains("nothing was moved"))
    #expect(world.names("from/sub") == ["c.txt", "link"] && world.names("phone/Music").isEmpty)
  }

  @Test func whatIsThereInOtherLettersIsNotMovedOnto() async throws {
    // Of the same size, so that a sync would compare the two and take them for one.
    try world.write("phone/Music/A.TXT", "first", modified: Date(timeIntervalSince1970: 1_600_000_000))
    world.bus.fill(from: world.folder + "/phone", isCaseSensitive: false)
    #expect(await world.run("mv", "from/a.txt", "from/sub", "mtp:/Music", "--yes") == .someFailed)
    #expect(world.errors.text.contains("A.TXT is at the destination already, so nothing was moved"))
    #expect(world.names("from") == ["a.txt", "sub"] && world.names("from/sub") == ["c.txt"])
    #expect(world.names("phone/Music") == ["A.TXT"])
  }

  @Test(arguments: [
    (StorageError(.deviceLost, .waitForUser(.plugIn), cause: "It was unplugged"), CommandStatus.notReady),
    (StorageError(.noSpace, .waitForUser(.freeSpace), cause: "It is full"), .notPossible),
    (StorageError(.deviceRefused, .nextFile, cause: "It refused"), .someFailed),
  ])
  func theSourceStaysUnlessAllWasCopied(error: StorageError, status: CommandStatus) async {
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .write && path.name.elementsEqual("c.txt".utf8) ? error : nil
    }
    #expect(await world.run("mv", "from/a.txt", "from/sub", "mtp:/Music", "--yes") == status)
    #expect(world.read("from/a.txt") == "first" && world.read("from/sub/c.txt") == "third")
    #expect(world.errors.text.contains("The same command goes on"))
    world.bus.fill(from: world.folder + "/phone")
    #expect(await world.run("mv", "from/a.txt", "from/sub", "mtp:/Music", "--yes") == .done)
    #expect(world.read("phone/Music/a.txt") == "first" && world.read("phone/Music/sub/c.txt") == "third")
    #expect(world.names("from").isEmpty)
  }

  @Test func aSourceThatCannotBeRemovedIsNotCopied() async {
    world.bus.fill(from: world.folder + "/phone", isReadOnly: true)
    #expect(await world.run("mv", "mtp:/DCIM/one.jpg", "to", "--yes") == .notPossible)
    #expect(world.errors.text.contains("cannot be written to"))
    #expect(world.names("to").isEmpty)
  }

  @Test func whatCameMeanwhileStays() async throws {
    let folder = world.folder
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      if operation == .write {
        try? "new".write(toFile: "\(folder)/from/sub/new.txt", atomically: false, encoding: .utf8)
      }
      return nil
    }
    #expect(await world.run("mv", "from/sub", "mtp:/Music", "--yes") == .someFailed)
    #expect(world.names("from/sub") == ["new.txt"])
    #expect(world.read("phone/Music/sub/c.txt") == "third")
  }

  @Test func anInterruptionKeepsTheSource() async {
    let world = world
    world.bus.fill(from: world.folder + "/phone") { operation, _ in
      if operation == .write { world.interrupt.raise(.interrupt) }
      return nil
    }
    #expect(await world.run("mv", "from/a.txt", "from/sub", "mtp:/Music", "--yes") == .interrupted)
    #expect(world.names("from") == ["a.txt", "sub"] && world.read("from/sub/c.txt") == "third")
    #expect(world.errors.text.contains("The same command goes on"))
  }

  // MARK: Given again

  @Test(arguments: ["a.txt", "c.txt", "sub"])
  func whatWasCopiedAndNotRemovedCountsAsMoved(stuck: String) async throws {
    try world.write("phone/DCIM/a.txt", "first", modified: date)
    try world.write("phone/DCIM/sub/c.txt", "third", modified: date)
    let lost = StorageError(.deviceLost, .waitForUser(.plugIn), cause: "It was unplugged")
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .remove && path.name.elementsEqual(stuck.utf8) ? lost : nil
    }
    #expect(await world.run("mv", "mtp:/DCIM/a.txt", "mtp:/DCIM/sub", "to", "--yes") == .notReady)
    #expect(world.read("to/a.txt") == "first" && world.read("to/sub/c.txt") == "third")
    world.bus.fill(from: world.folder + "/phone")
    #expect(await world.run("mv", "mtp:/DCIM/a.txt", "mtp:/DCIM/sub", "to", "--yes") == .done)
    #expect(world.names("phone/DCIM") == ["one.jpg"])
    #expect(world.read("to/a.txt") == "first" && world.read("to/sub/c.txt") == "third")
    #expect(try modified("to/sub/c.txt") == date)
  }

  /// Its size and its date are not enough: a byte in the middle may differ.
  @Test(arguments: [("third", 1.0), ("THIRD", 0), ("thir", 0)])
  func whatIsThereAndDiffersStaysAnError(text: String, later: Double) async throws {
    try world.write("phone/Music/a.txt", "first", modified: date)
    try world.write("phone/Music/sub/c.txt", text, modified: date.addingTimeInterval(60 * later))
    #expect(await world.run("mv", "from/a.txt", "from/sub", "mtp:/Music", "--yes") != .done)
    let told = world.output.text + world.errors.text
    #expect(!told.contains("--overwrite"), "an option of `copy` only")
    if text == "THIRD" { #expect(told.contains("mv replaces none; rename or remove one of the two"), "\(told)") }
    #expect(world.read("from/a.txt") == "first" && world.read("from/sub/c.txt") == "third")
    #expect(world.read("phone/Music/sub/c.txt") == text)
    #expect(try modified("phone/Music/sub/c.txt") == date.addingTimeInterval(60 * later))
  }

  /// As on a phone whose storage is mounted by another program, too.
  @Test(arguments: ["from/a.txt", "from/sub"])
  func theSourceItselfIsNoCopy(source: String) async throws {
    world.bus.fill(from: world.folder + "/from")
    #expect(await world.run("mv", source, "mtp:", "--yes") == .notPossible)
    #expect(world.names("from") == ["a.txt", "sub"] && world.names("from/sub") == ["c.txt"])
    #expect(world.read("from/a.txt") == "first" && world.read("from/sub/c.txt") == "third")
  }

  @Test func aFolderOfOtherThingsIsNotFilled() async throws {
    try world.write("phone/Music/sub/mine.txt", "mine", modified: date)
    #expect(await world.run("mv", "from/sub", "mtp:/Music", "--yes") == .notPossible)
    #expect(world.errors.text.contains("exists already"))
    #expect(world.names("phone/Music/sub") == ["mine.txt"] && world.read("from/sub/c.txt") == "third")
  }

  @Test func whatIsNowhereIsAnError() async {
    #expect(await world.run("mv", "from/a.txt", "from/none", "mtp:/Music", "--yes") == .notPossible)
    #expect(world.read("from/a.txt") == "first" && world.names("phone/Music").isEmpty)
  }

  @Test(.enabled(if: otherFileSystem != nil, "there is no second file system to move to"))
  func toAnotherFileSystemOfThisMachine() async throws {
    let other = "\(otherFileSystem ?? "")/filesync-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: other) }
    #expect(await world.run("mv", "from/sub", other) == .usage)
    #expect(await world.run("mv", "from/sub", other, "--yes") == .done)
    #expect(world.names("from") == ["a.txt"])
    #expect(try String(contentsOfFile: "\(other)/sub/c.txt", encoding: .utf8) == "third")
  }

  @Test(arguments: [
    (["mv", "from/a.txt"], CommandStatus.usage), (["mv", "none", "to"], .notPossible), (["mv", "/", "to"], .usage),
    (["mv", "from", "from/sub"], .usage), (["mv", "from/a.txt", "from/"], .usage), (["mv", "mtp:", "to"], .usage),
  ])
  func refuses(arguments: [String], status: CommandStatus) async {
    #expect(await Program.run(arguments + ["--yes"], world.context()) == status)
    #expect(world.names("from") == ["a.txt", "sub"] && world.names("to").isEmpty)
  }
}

/// A folder on another file system than the tests' own.
private let otherFileSystem: String? = {
  func system(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path)[.systemNumber] as? NSNumber)?.intValue
  }
  let folder = "/dev/shm"
  guard let other = system(folder), other != system(FileManager.default.temporaryDirectory.path) else { return nil }
  return FileManager.default.isWritableFile(atPath: folder) ? folder : nil
}()
