import Foundation
import Storage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct CopyTests {
  private let world: World
  private let date = Date(timeIntervalSince1970: 1_500_000_000)

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first", modified: date)
    try world.write("from/b.txt", "second", modified: date)
    try world.write("from/sub/c.txt", "third", modified: date)
    try world.makeFolder("to")
    try world.makeFolder("phone/DCIM")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
  }

  private func modified(_ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: "\(world.folder)/\(path)")[.modificationDate] as? Date
  }

  // MARK: Where things go

  @Test func intoAFolder() async throws {
    #expect(await world.run("copy", "from/a.txt", "from/sub", "to", "--yes") == .done)
    #expect(world.names("to") == ["a.txt", "sub"])
    #expect(world.read("to/sub/c.txt") == "third")
    #expect(try modified("to/a.txt") == date && modified("to/sub/c.txt") == date)
    #expect(world.output.text.contains("2 files copied (10 bytes)."))
    #expect(await world.run("copy", "from/a.txt", "from/sub/", "to/", "--yes") == .done)
    #expect(world.output.text.contains("Nothing copied; 2 files up to date."))
  }

  @Test func whatGoesWhereIsAnnounced() async throws {
    let folder = world.folder
    #expect(await world.run("copy", "from/a.txt", "to", "--yes") == .done)
    #expect(world.output.text.hasPrefix("\(folder)/from/a.txt \u{2192} \(folder)/to/a.txt\n"))
    #expect(await world.run("copy", "from/a.txt", "to", "--yes") == .done)
    #expect(
      world.output.text.contains("\n\(folder)/from/a.txt \u{2192} \(folder)/to/a.txt\n  Files that are up to date: 1\n")
    )
    #expect(await world.run("copy", "from/sub", "from/b.txt", "to", "--dry-run") == .done)
    #expect(world.output.text.contains("\n2 files or folders go into \(folder)/to\n"))
  }

  /// As with `cp -r`, which people run twice.
  @Test func theSecondCopyOfAFolderIsToldToNest() async throws {
    #expect(await world.run("copy", "from", "new", "--yes") == .done)
    #expect(!world.output.text.contains("is there already"))
    #expect(await world.run("copy", "from", "new", "--dry-run") == .done)
    #expect(world.output.text.contains("The folder \(world.folder)/from \u{2192} \(world.folder)/new/from\n"))
    #expect(world.output.text.contains("Note: new is there already, so the folder goes into it"))
    #expect(world.output.text.contains("filesync sync from new\n"))
    let before = world.output.text.count
    #expect(await world.run("copy", "from", "new/", "--dry-run") == .done)
    #expect(await world.run("copy", "from", "to", "--dry-run") == .done)
    #expect(!world.output.text.dropFirst(before).contains("is there already"))
  }

  @Test func toANewName() async throws {
    #expect(await world.run("copy", "from/a.txt", "to/new.txt", "--yes") == .done)
    #expect(await world.run("copy", "from/sub", "to/folder", "--yes") == .done)
    #expect(world.names("to") == ["folder", "new.txt"])
    #expect(world.read("to/new.txt") == "first" && world.read("to/folder/c.txt") == "third")
    #expect(try modified("to/new.txt") == date)
    #expect(world.output.text.contains("from/a.txt \u{2192} \(world.folder)/to/new.txt"))
  }

  @Test func withinOneFolder() async {
    #expect(await world.run("copy", "from/a.txt", "from/d.txt", "--yes") == .done)
    #expect(await world.run("copy", "from/sub", "from/sub2", "--yes") == .done)
    #expect(world.read("from/d.txt") == "first" && world.read("from/sub2/c.txt") == "third")
  }

  /// The root has no folder above it, from which a run could see it by another path.
  @Test func withinTheRootOfAStorage() async throws {
    try world.write("phone/a.jpg", "picture", modified: date)
    try world.write("phone/roll/b.jpg", "another", modified: date)
    #expect(await world.run("copy", "mtp:/a.jpg", "mtp:/c.jpg", "--yes") == .done)
    #expect(await world.run("copy", "mtp:/roll", "mtp:/roll 2", "--yes") == .done)
    #expect(world.names("phone") == ["DCIM", "a.jpg", "c.jpg", "roll", "roll 2"])
    #expect(world.read("phone/c.jpg") == "picture" && world.read("phone/roll 2/b.jpg") == "another")
    #expect(try modified("phone/c.jpg") == date && modified("phone/roll 2/b.jpg") == date)
    #expect(await world.run("copy", "mtp:/a.jpg", "mtp:/c.jpg", "--yes") == .done)
    #expect(world.output.text.contains("Nothing copied; 1 file up to date."))
  }

  @Test func fromSeveralFolders() async {
    #expect(await world.run("copy", "from/a.txt", "from/sub/c.txt", "to", "--yes", "--json") == .done)
    #expect(world.names("to") == ["a.txt", "c.txt"])
    #expect(world.lines.count { $0["type"] as? String == "finished" } == 1)
    let plan = world.lines.first { $0["type"] as? String == "plan" }
    #expect(
      plan?["source"] as? String == "\(world.folder)/from" && plan?["destination"] as? String == "\(world.folder)/to"
    )
  }

  @Test func ontoADeviceAndBack() async throws {
    #expect(await world.run("copy", "from/a.txt", "from/sub", "mtp:/DCIM", "--yes") == .done)
    #expect(world.read("phone/DCIM/sub/c.txt") == "third")
    #expect(await world.run("copy", "mtp:/DCIM/a.txt", "mtp:2B1111//DCIM/sub", "to", "--yes") == .done)
    #expect(world.read("to/sub/c.txt") == "third")
    #expect(try modified("to/a.txt") == date)
    #expect(world.bus.opened == world.bus.closed)
  }

  @Test func aLinkIsCopiedAsOne() async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/from/link", withDestinationPath: "sub")
    #expect(await world.run("copy", "from/link", "to", "--yes") == .done)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: world.folder + "/to/link") == "sub")
    #expect(await world.run("copy", "from/link/", "to/copy", "--yes") == .done)
    #expect(world.read("to/copy/c.txt") == "third")
    // What cannot be copied there was asked for by name, so that it is missed.
    #expect(await world.run("copy", "from/link", "from/a.txt", "mtp:/DCIM", "--yes") == .someFailed)
    #expect(world.names("phone/DCIM") == ["a.txt"])
  }

  @Test func nothingElseIsLookedAt() async throws {
    try world.write("phone/DCIM/huge/x")
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .list && path.text == "DCIM/huge"
        ? StorageError(.deviceTimedOut, .stop, cause: "It is too large to list") : nil
    }
    #expect(await world.run("copy", "from/a.txt", "mtp:/DCIM", "--yes") == .done)
  }

  // MARK: What is there already

  @Test func whatDiffersStaysUnlessItMayBeReplaced() async throws {
    try world.write("to/a.txt", "my own", modified: date)
    #expect(await world.run("copy", "from/a.txt", "from/b.txt", "to", "--yes") == .someFailed)
    #expect(world.read("to/a.txt") == "my own" && world.read("to/b.txt") == "second")
    #expect(world.output.text.contains("--overwrite replaces it"))
    #expect(await world.run("copy", "from/a.txt", "to", "--yes", "--overwrite") == .done)
    #expect(world.read("to/a.txt") == "first")
    let vault = try FileManager.default.subpathsOfDirectory(atPath: world.folder + "/to/.filesync-vault")
    #expect(vault.filter { $0.hasSuffix("a.txt") }.map { world.read("to/.filesync-vault/\($0)") } == ["my own"])
  }

  @Test func equalSizeAndOtherDateIsComparedByContents() async throws {
    try world.write("to/a.txt", "FIRST", modified: date + 100)
    try world.write("to/b.txt", "second", modified: date + 100)
    #expect(await world.run("copy", "from/a.txt", "from/b.txt", "to", "--yes") == .someFailed)
    #expect(world.read("to/a.txt") == "FIRST")
    #expect(try modified("to/b.txt") == date)
  }

  @Test func aSyncKnowsNothingOfCopies() async throws {
    #expect(await world.run("copy", "from/a.txt", "to", "--yes") == .done)
    try FileManager.default.removeItem(atPath: world.folder + "/to/a.txt")
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.read("to/a.txt") == "first")
    // And a copy is not kept from copying by what a sync remembers.
    try FileManager.default.removeItem(atPath: world.folder + "/to")
    try world.makeFolder("to")
    #expect(await world.run("copy", "from/a.txt", "to", "--yes") == .done)
    #expect(world.names("to") == ["a.txt"])
  }

  // MARK: Questions

  @Test func asksAsSyncDoes() async {
    #expect(await world.run("copy", "from/a.txt", "to", answers: ["n"]) == .declined)
    #expect(world.names("to").isEmpty)
    #expect(await world.run("copy", "from/a.txt", "to", answers: ["c"]) == .done)
    #expect(await world.run("copy", "from/b.txt", "to", "-n") == .done)
    #expect(world.names("to") == ["a.txt"])
    #expect(world.output.text.contains("copy  b.txt  6 bytes"))
  }

  @Test func withoutATerminalNothingIsTouched() async {
    #expect(await world.run("copy", "from/a.txt", "mtp:/DCIM") == .usage)
    #expect(world.errors.text.contains("--yes"))
    #expect(world.bus.opened == 0 && world.names("home").isEmpty)
  }

  // MARK: Bad input

  @Test(arguments: [
    (["copy", "from/a.txt"], CommandStatus.usage, "A source and a destination are needed"),
    (["copy", "from/none", "to"], .notPossible, "from/none: It does not exist"),
    (["copy", "from/a.txt", "from/b.txt", "to/new"], .notPossible, "to/new is not a folder"),
    (["copy", "from/a.txt", "to/new/"], .notPossible, "to/new/ does not exist"),
    (["copy", "from/a.txt", "no/such/name"], .notPossible, "The folder above no/such/name does not exist"),
    (["copy", "from/sub", "from/a.txt"], .notPossible, "from/a.txt is not a folder, and from/sub is one"),
    (["copy", "from/a.txt", "from"], .usage, "from/a.txt is there already"),
    (["copy", "from", "from/sub"], .usage, "from cannot go into itself"),
    (["copy", "from/sub/c.txt", "from/a.txt", "from/sub"], .usage, "from/sub/c.txt is there already"),
    (["copy", "from/sub", "from/sub/c.txt", "to"], .usage, "from/sub/c.txt lies in from/sub"),
    (["copy", "from/a.txt", "alias/a.txt", "to"], .usage, "would both become"),
    (["copy", "from/.", "to"], .usage, "filesync sync"), (["copy", "mtp:", "to"], .usage, "filesync sync"),
    (["copy", "from/a.txt", "mtp:/DCIM/one.jpg", "to"], .notPossible, "It does not exist"),
    (["copy", "from/a.txt", "mtp:/none/name"], .notPossible, "The folder above mtp:/none/name does not exist"),
  ])
  func refuses(arguments: [String], status: CommandStatus, words: String) async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/alias", withDestinationPath: "from")
    #expect(await Program.run(arguments + ["--yes"], world.context()) == status)
    #expect(world.errors.text.contains(words))
    #expect(world.names("to").isEmpty && world.names("from") == ["a.txt", "b.txt", "sub"])
    #expect(world.bus.opened == world.bus.closed)
  }

  @Test func sourcesOfTwoStoragesNeedTwoRuns() async throws {
    try world.write("phone/DCIM/one.jpg")
    #expect(await world.run("copy", "from/a.txt", "mtp:/DCIM/one.jpg", "to", "--yes") == .usage)
    #expect(world.errors.text.contains("different storages"))
  }

  // MARK: Trouble

  @Test(arguments: [
    (StorageError(.deviceLost, .waitForUser(.plugIn), cause: "It was unplugged"), CommandStatus.notReady, "Plug it in"),
    (StorageError(.noSpace, .waitForUser(.freeSpace), cause: "It is full"), .notPossible, "Free some space"),
    (StorageError(.deviceRefused, .nextFile, cause: "It refused"), .someFailed, "b.txt: It refused"),
  ])
  func troubleOnTheWay(error: StorageError, status: CommandStatus, words: String) async throws {
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .write && path.name.elementsEqual("b.txt".utf8) ? error : nil
    }
    #expect(await world.run("copy", "from/a.txt", "from/b.txt", "mtp:/DCIM", "--yes") == status)
    #expect(world.errors.text.contains(words))
    #expect(world.names("phone/DCIM") == ["a.txt"])
    #expect(world.bus.closed == 1)
    world.bus.fill(from: world.folder + "/phone")
    #expect(await world.run("copy", "from/a.txt", "from/b.txt", "mtp:/DCIM", "--yes") == .done)
    #expect(world.names("phone/DCIM") == ["a.txt", "b.txt"])
    #expect(world.output.text.contains("1 file copied"))
  }

  @Test func aReadOnlyDeviceIsSaidBeforeTheQuestion() async {
    world.bus.fill(from: world.folder + "/phone", isReadOnly: true)
    #expect(await world.run("copy", "from/a.txt", "mtp:/DCIM", answers: []) == .notPossible)
    #expect(world.errors.text.contains("cannot be written to"))
  }

  @Test func anInterruptionGoesOnLater() async {
    let world = world
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      if operation == .write, path.name.elementsEqual("b.txt".utf8) { world.interrupt.raise(.interrupt) }
      return nil
    }
    #expect(await world.run("copy", "from/a.txt", "from/b.txt", "mtp:/DCIM", "--yes") == .interrupted)
    #expect(world.names("phone/DCIM") == ["a.txt"])
    #expect(world.errors.text.contains("Run the same command again to go on."))
  }
}
