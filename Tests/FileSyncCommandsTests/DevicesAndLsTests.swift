import Foundation
import MTPStorage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct DevicesAndLsTests {
  private let world: World

  init() throws { world = try World() }

  @Test func devicesShowsStoragesToPaste() async {
    world.bus.plug(.fake())
    #expect(await world.run("devices") == .done)
    #expect(world.output.text.contains("Google Pixel 7  mtp:2B1111  (serial 2B1111, USB 001:005)"))
    #expect(world.output.text.contains("mtp:2B1111/internal  Internal shared storage, 50.0 GB of 128 GB free"))
    #expect((world.bus.opened, world.bus.closed) == (1, 1))
  }

  @Test func heldDevicesAreNotOpened() async {
    world.bus.plug(
      .fake(state: .busy(holders: [Holder(pid: 42, name: "gvfsd-mtp")])),
      .fake("Galaxy", serial: "RZ8", address: 6, state: .forbidden(node: "/dev/bus/usb/001/006")),
      .fake("Old", serial: "O1", address: 7, state: .chargingOnly)
    )
    #expect(await world.run("devices") == .done)
    #expect(world.bus.opened == 0)
    for words in ["gvfsd-mtp (process 42)", "/dev/bus/usb/001/006", "File transfer"] {
      #expect(world.output.text.contains(words))
    }
  }

  @Test func aLockedPhoneIsShownAsLocked() async {
    world.bus.plug(.fake())
    world.bus.lock(true)
    #expect(await world.run("devices", "--json") == .done)
    #expect(world.lines.first?["state"] as? String == "locked")
    #expect(world.bus.closed == 1)
  }

  @Test func devicesAsJSON() async throws {
    world.bus.plug(.fake("Pixel\u{1B}7"))
    #expect(await world.run("devices", "--json") == .done)
    let device = try #require(world.lines.first)
    #expect(device["type"] as? String == "device" && device["serial"] as? String == "2B1111")
    let storages = try #require(device["storages"] as? [[String: Any]])
    #expect(storages.first?["location"] as? String == "mtp:2B1111/internal")
    #expect(storages.first?["free"] as? Int == 50_000_000_000)
    #expect(!world.output.text.contains("\u{1B}"))
  }

  @Test func noDeviceIsNotReady() async {
    #expect(await world.run("devices") == .notReady)
    #expect(world.errors.text.contains("Plug it in"))
  }

  @Test func lsListsInOrder() async throws {
    try world.write("d/b")
    try world.write("d/a/inner")
    try world.write("d/esc\u{1B}[2J")
    #expect(await world.run("ls", "d") == .done)
    #expect(world.output.text == "a/\nb\nesc\\x1b[2J\n")
  }

  @Test func lsTellsSizesAndDatesAndFoldersWithin() async throws {
    try world.write("d/a/inner", "12345")
    #expect(await world.run("ls", "-l", "-R", "d") == .done)
    #expect(world.output.text.hasSuffix("a:\n             5  2017-07-14 03:40:00  inner\n"))
  }

  @Test func lsAsJSON() async throws {
    try world.write("d/a", "12345")
    #expect(await world.run("ls", "d", "--json") == .done)
    let entry = try #require(world.lines.first)
    #expect(entry["path"] as? String == "a" && entry["size"] as? Int == 5 && entry["kind"] as? String == "file")
    #expect(entry["modified"] as? String == "2017-07-14T02:40:00Z")
  }

  @Test func lsTellsOfOneFile() async throws {
    try world.write("d/a", "12345")
    try world.write("phone/DCIM/b.jpg", "123")
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/link", withDestinationPath: "d/a")
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/folder", withDestinationPath: "d")
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/dangling", withDestinationPath: "gone")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    for location in ["d/a", "folder/a", "mtp:/DCIM/b.jpg", "link", "folder", "dangling"] {
      #expect(await world.run("ls", location) == .done)
    }
    #expect(world.output.text == "a\na\nb.jpg\nlink\na\ndangling\n")
    #expect(await world.run("ls", "-l", "d/a") == .done)
    #expect(world.output.text.hasSuffix("             5  2017-07-14 03:40:00  a\n"))
    #expect(await world.run("ls", "mtp:/DCIM/b.jpg", "--json") == .done)
    #expect(world.lines.last?["path"] as? String == "b.jpg" && world.lines.last?["size"] as? Int == 3)
    #expect(world.bus.opened == world.bus.closed)
  }

  @Test(arguments: ["nothing", "d/a/", "d/a/b", "mtp:/DCIM/b.jpg/", "mtp:/DCIM/b.jpg/c", "mtp:/DCIM/none"])
  func lsNeedsWhatIsThere(path: String) async throws {
    try world.write("d/a")
    try world.write("phone/DCIM/b.jpg")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    #expect(await world.run("ls", path) == .notPossible)
    #expect(world.errors.text.contains(path))
  }

  @Test func helpAndVersionGoToOutput() async {
    #expect(await world.run("--help") == .done)
    #expect(world.output.text.contains("devices") && world.output.text.contains("sync"))
    #expect(await world.run("--version") == .done)
    #expect(world.errors.text.isEmpty)
    #expect(await world.run() == .usage)
  }

  @Test(arguments: [
    ("snyc", "'sync'"), ("cp", "'copy'"), ("histroy", "'history'"), ("delete", "'rm'"), ("Copy", "'copy'"),
  ])
  func aMistypedCommandIsGuessed(word: String, guess: String) async {
    #expect(await world.run(word, "a", "b") == .usage)
    #expect(world.errors.text.contains("There is no command '\(word)'. Did you mean \(guess)?"))
  }

  @Test func whatIsNearNoCommandIsNotGuessed() async {
    #expect(await world.run("frobnicate") == .usage)
    #expect(!world.errors.text.contains("Did you mean"))
    #expect(await world.run("help", "lss") == .usage)
    #expect(world.errors.text.contains("Did you mean 'ls'?"))
  }

  @Test func aFolderWithoutItsSlashIsNoDevice() async {
    world.bus.plug(.fake())
    #expect(await world.run("ls", "mtp:DCIM") == .notReady)
    #expect(world.errors.text.contains("If \u{201C}DCIM\u{201D} is a folder on it: mtp:/DCIM\n"))
  }
}
