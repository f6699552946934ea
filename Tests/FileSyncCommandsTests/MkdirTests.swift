import Foundation
import Storage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct MkdirTests {
  private let world: World

  init() throws {
    world = try World()
    try world.makeFolder("phone/DCIM")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
  }

  @Test func makesFoldersHereAndOnADevice() async {
    #expect(await world.run("mkdir", "a", "a/b/", "mtp:/DCIM/new", "mtp:2B1111//DCIM/new/sub") == .done)
    #expect(world.names("a") == ["b"])
    #expect(world.names("phone/DCIM/new") == ["sub"])
    #expect(world.output.text.isEmpty && world.errors.text.isEmpty)
    #expect((world.bus.opened, world.bus.closed) == (1, 1))
  }

  @Test(arguments: ["a/b", "mtp:/DCIM/a/b"])
  func theFolderAboveMustExistUnlessItIsMade(location: String) async {
    #expect(await world.run("mkdir", location) == .notPossible)
    #expect(
      world.errors.text.contains("\(location): The folder above it does not exist.\n-p makes the folders above, too.")
    )
    #expect(await world.run("mkdir", "-p", location) == .done)
    #expect(await world.run("mkdir", "-p", location) == .done)
    #expect(world.names("a") == ["b"] || world.names("phone/DCIM/a") == ["b"])
  }

  @Test(arguments: ["d", "f", "mtp:/DCIM", "d/."])
  func whatExistsIsNotMadeAgain(location: String) async throws {
    try world.makeFolder("d")
    try world.write("f")
    #expect(await world.run("mkdir", location) == .notPossible)
    #expect(world.errors.text.contains("\(location): It exists already."))
  }

  @Test func aFileIsNoFolderEvenWithParents() async throws {
    try world.write("f")
    #expect(await world.run("mkdir", "-p", "f") == .notPossible)
    #expect(await world.run("mkdir", "-p", "f/sub") == .notPossible)
    #expect(world.read("f") == "text")
  }

  @Test func oneThatFailsDoesNotStopTheOthers() async {
    #expect(await world.run("mkdir", "no/such", "b", "--json") == .someFailed)
    #expect(world.names("").contains("b"))
    #expect(world.lines.map { $0["type"] as? String } == ["failed", "made", "error"])
    #expect(world.lines[0]["status"] as? Int == 4)
    #expect(world.lines[1]["location"] as? String == "b")
  }

  @Test func aWayThroughNothingIsRefused() async {
    #expect(await world.run("mkdir", "-p", "none/../b") == .notPossible)
    #expect(!world.names("").contains("b"))
  }

  @Test func aReadOnlyDeviceTakesNone() async {
    world.bus.fill(from: world.folder + "/phone", isReadOnly: true)
    #expect(await world.run("mkdir", "mtp:/DCIM/new") == .notPossible)
    #expect(world.errors.text.contains("cannot be written to"))
  }

  @Test func aPulledCableEndsAll() async {
    world.bus.fill(from: world.folder + "/phone") { operation, _ in
      operation == .createDirectory ? StorageError(.deviceLost, .reopen, cause: "The device was unplugged") : nil
    }
    #expect(await world.run("mkdir", "mtp:/DCIM/new", "b", "--json") == .notReady)
    #expect(!world.names("").contains("b"))
    #expect(world.lines.last?["type"] as? String == "error")
    #expect(world.errors.text.contains("Plug it in again"))
    #expect(world.bus.closed == 1)
  }

  @Test func aFullDiskIsSaid() async {
    world.bus.fill(from: world.folder + "/phone") { operation, _ in
      operation == .createDirectory
        ? StorageError(.noSpace, .waitForUser(.freeSpace), cause: "The storage is full") : nil
    }
    #expect(await world.run("mkdir", "mtp:/DCIM/new") == .notPossible)
    #expect(world.errors.text.contains("mtp:/DCIM/new: The storage is full."))
    #expect(world.errors.text.contains("Free some space"))
  }

  @Test(arguments: [["mkdir"], ["mkdir", ""], ["mkdir", "a", "mtp:2B1111//x/../y"], ["mkdir", "a", "--wait", "-1"]])
  func wrongUsageTouchesNothing(arguments: [String]) async {
    #expect(await Program.run(arguments, world.context()) == .usage)
    #expect(world.bus.opened == 0 && !world.names("").contains("a"))
  }

  @Test func noDeviceIsNotReady() async {
    world.bus.plug()
    #expect(await world.run("mkdir", "mtp:/DCIM/new") == .notReady)
    #expect(world.errors.text.contains("No MTP device is connected"))
  }
}
