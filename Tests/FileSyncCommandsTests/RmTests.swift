import Foundation
import Storage
import Synchronization
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct RmTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("d/a.txt", "12345")
    try world.write("d/sub/b.txt", "123")
    try world.write("keep.txt")
    try world.write("phone/DCIM/one.jpg")
    try world.write("phone/DCIM/more/two.jpg")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
  }

  @Test func removesFilesWithoutAQuestion() async {
    #expect(await world.run("rm", "d/a.txt", "mtp:/DCIM/one.jpg") == .done)
    #expect(world.names("d") == ["sub"] && world.names("phone/DCIM") == ["more"])
    #expect(world.output.text.isEmpty && world.errors.text.isEmpty)
  }

  /// A device whose storage is gone, or whose handles are void, says of what it holds that it has none such.
  @Test func whatIsOnlyDeniedIsTold() async throws {
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .remove
        ? StorageError(.notFound, .nextFile, path: path, cause: "It is no longer on the device") : nil
    }
    #expect(await world.run("rm", "-r", "mtp:/DCIM/one.jpg", "mtp:/DCIM/more", answers: ["y"]) == .notPossible)
    #expect(world.errors.text.contains("DCIM/one.jpg: It is no longer on the device"), "\(world.errors.text)")
    #expect(world.errors.text.contains("more/two.jpg: It is no longer on the device"))
    // What somebody else has removed is as gone as it should be.
    let folder = world.folder
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      guard operation == .remove else { return nil }
      try? FileManager.default.removeItem(atPath: "\(folder)/phone/\(String(decoding: path.bytes, as: UTF8.self))")
      return StorageError(.notFound, .nextFile, path: path, cause: "It is no longer on the device")
    }
    #expect(await world.run("rm", "mtp:/DCIM/one.jpg") == .done)
    #expect(world.names("phone/DCIM") == ["more"])
  }

  /// However many files somebody else has removed: one listing of their folder tells.
  @Test func aFolderIsListedOnceForAllThatIsGone() async throws {
    let world = world
    let listings = Mutex<Int?>(nil)
    for name in ["two.jpg", "three.jpg"] { try world.write("phone/DCIM/\(name)") }
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      if operation == .list, path.text == "DCIM" { listings.withLock { $0? += 1 } }
      guard operation == .remove else { return nil }
      listings.withLock { $0 = $0 ?? 0 }
      try? FileManager.default.removeItem(
        atPath: "\(world.folder)/phone/\(String(decoding: path.bytes, as: UTF8.self))"
      )
      return StorageError(.notFound, .nextFile, path: path, cause: "It is no longer on the device")
    }
    #expect(await world.run("rm", "mtp:/DCIM/one.jpg", "mtp:/DCIM/two.jpg", "mtp:/DCIM/three.jpg") == .done)
    #expect(world.names("phone/DCIM") == ["more"] && listings.withLock(\.self) == 1)
    // What is in it is gone, so that the folder goes.
    #expect(await world.run("rm", "-r", "--yes", "mtp:/DCIM") == .done)
    #expect(world.names("phone").isEmpty, "\(world.errors.text)")
  }

  @Test(arguments: ["d", "mtp:/DCIM"])
  func aFolderNeedsR(location: String) async {
    #expect(await world.run("rm", location) == .notPossible)
    #expect(world.errors.text.contains("\(location) is a folder"))
    #expect(!world.names("d").isEmpty && !world.names("phone/DCIM").isEmpty)
  }

  @Test func theQuestionTellsWhatGoes() async {
    #expect(await world.run("rm", "-r", "d", "keep.txt", answers: ["n"]) == .declined)
    #expect(world.errors.text.contains("d, keep.txt: 3 files, 2 folders, 12 bytes\n"))
    #expect(world.read("d/sub/b.txt") == "123" && world.read("keep.txt") != nil)
    #expect(await world.run("rm", "-r", "d", answers: ["y"]) == .done)
    #expect(!world.names("").contains("d"))
    #expect(world.read("keep.txt") != nil)
  }

  @Test func withoutATerminalAndYesNothingIsTouched() async {
    #expect(await world.run("rm", "-r", "mtp:/DCIM") == .usage)
    #expect(world.errors.text.contains("--yes"))
    #expect(world.bus.opened == 0)
    #expect(await world.run("rm", "-r", "--yes", "mtp:/DCIM") == .done)
    #expect(world.names("phone").isEmpty)
  }

  @Test(arguments: ["/", "mtp:", "mtp:2B1111/internal", "mtp:2B1111//", ".", "d/..", "d/."])
  func rootsAndDotsStay(location: String) async {
    #expect(await world.run("rm", "-r", "--yes", location) == .refused)
    #expect(world.names("d") == ["a.txt", "sub"] && world.names("phone") == ["DCIM"])
  }

  @Test func aLinkGoesAndNotWhatItPointsTo() async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/link", withDestinationPath: "d")
    #expect(await world.run("rm", "link/") == .notPossible)
    #expect(await world.run("rm", "link") == .done)
    #expect(!world.names("").contains("link") && world.names("d") == ["a.txt", "sub"])
  }

  @Test func aLinkInAFolderIsNotFollowed() async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/d/link", withDestinationPath: "../phone")
    #expect(await world.run("rm", "-r", "--yes", "d") == .done)
    #expect(!world.names("").contains("d") && world.names("phone") == ["DCIM"])
  }

  @Test func whatCannotBeListedWholeStaysWhole() async {
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .list && path.text == "DCIM/more"
        ? StorageError(.deviceRefused, .nextFile, cause: "The device refused to list it") : nil
    }
    #expect(await world.run("rm", "-r", "--yes", "mtp:/DCIM") == .notPossible)
    #expect(world.errors.text.contains("mtp:/DCIM/more: The device refused to list it"))
    #expect(world.names("phone/DCIM") == ["more", "one.jpg"])
  }

  @Test func aPartialListingIsRefused() async {
    world.bus.fill(from: world.folder + "/phone", unlisted: "hidden.jpg")
    #expect(await world.run("rm", "-r", "--yes", "mtp:/DCIM") == .refused)
    #expect(world.errors.text.contains("mtp:/DCIM could not be listed whole (hidden.jpg)"))
    #expect(world.names("phone/DCIM") == ["more", "one.jpg"])
  }

  @Test(arguments: [
    ("mtp:/DCIM/one.jpg", "one.jpg", CommandStatus.notPossible), ("mtp:/DCIM/one.jpg", "DCIM", .notPossible),
    ("mtp:/DCIM", "more", .refused),
  ])
  func namesThatAreThereTwiceAreLeftAlone(location: String, name: String, status: CommandStatus) async {
    world.bus.fill(from: world.folder + "/phone", doubled: name)
    #expect(await world.run("rm", "-r", "--yes", location) == status)
    #expect(world.names("phone/DCIM") == ["more", "one.jpg"])
  }

  @Test func whatCannotBeRemovedKeepsTheFoldersAboveIt() async {
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .remove && path.name.elementsEqual("two.jpg".utf8)
        ? StorageError(.deviceRefused, .nextFile, cause: "The device refused to delete it") : nil
    }
    #expect(await world.run("rm", "-r", "--yes", "--json", "mtp:/DCIM") == .someFailed)
    #expect(world.names("phone/DCIM") == ["more"])
    #expect(world.errors.text.contains("mtp:/DCIM/more/two.jpg: The device refused to delete it"))
    #expect(world.lines.compactMap { $0["path"] as? String } == ["one.jpg"])
    #expect(world.lines.first { $0["type"] as? String == "removed" }?["location"] as? String == "mtp:/DCIM")
  }

  @Test func aPulledCableEndsItAtOnce() async {
    world.bus.fill(from: world.folder + "/phone") { operation, path in
      operation == .remove ? StorageError(.deviceLost, .reopen, cause: "The device was unplugged") : nil
    }
    #expect(await world.run("rm", "mtp:/DCIM/one.jpg", "keep.txt") == .notReady)
    #expect(world.read("keep.txt") != nil)
    #expect(world.bus.closed == 1)
  }

  @Test func anInterruptionEndsItBetweenTwoFiles() async {
    let world = world
    world.bus.fill(from: world.folder + "/phone") { operation, _ in
      if operation == .remove { world.interrupt.raise(.interrupt) }
      return nil
    }
    #expect(await world.run("rm", "-r", "--yes", "mtp:/DCIM") == .interrupted)
    #expect(world.names("phone/DCIM") == ["more", "one.jpg"] && world.names("phone/DCIM/more").isEmpty)
    #expect(world.bus.closed == 1)
  }

  @Test func aReadOnlyDeviceIsNotAskedAbout() async {
    world.bus.fill(from: world.folder + "/phone", isReadOnly: true)
    #expect(await world.run("rm", "-r", "mtp:/DCIM", answers: []) == .notPossible)
    #expect(world.errors.text.contains("cannot be written to"))
    #expect(!world.errors.text.contains("(y or n)"))
  }

  @Test func whatIsMissingIsAnError() async {
    #expect(await world.run("rm", "nothing", "mtp:/DCIM/none.jpg", "d/a.txt") == .someFailed)
    #expect(world.errors.text.contains("nothing: It does not exist"))
    #expect(world.errors.text.contains("mtp:/DCIM/none.jpg: It does not exist"))
    #expect(world.names("d") == ["sub"])
  }
}
