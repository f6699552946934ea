import Foundation
import MTPStorage
import Storage
import Synchronization
import SystemPackage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct CatAndDfTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("a.txt", "first\n")
    try world.write("empty", "")
    try world.write("phone/DCIM/one.jpg", "picture")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
  }

  // MARK: cat

  @Test func writesNothingButTheBytes() async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/link", withDestinationPath: "a.txt")
    #expect(await world.run("cat", "a.txt", "empty", "mtp:/DCIM/one.jpg", "link") == .done)
    #expect(world.output.text == "first\npicturefirst\n")
    #expect(world.errors.text.isEmpty)
  }

  /// Each line is short, and a file that did not come whole has no last one.
  @Test func asJSONTheBytesAreInLines() async throws {
    let bytes = (0..<120_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try Data(bytes).write(to: URL(fileURLWithPath: world.folder + "/big"))
    #expect(await world.run("cat", "--json", "big", "empty", "nothing", "mtp:/DCIM/one.jpg") == .someFailed)
    var contents: [String: Data] = [:]
    var whole: [String: Int] = [:]
    for line in world.lines {
      let location = line["location"] as? String ?? ""
      switch line["type"] as? String {
      case "contents":
        let text = try #require(line["base64"] as? String)
        let part = try #require(Data(base64Encoded: text))
        #expect(line["offset"] as? Int == contents[location]?.count ?? 0 && part.count <= 48 << 10)
        contents[location, default: Data()] += part
      case "read": whole[location] = line["bytes"] as? Int
      case "failed": #expect(line["status"] as? Int == 4)
      default: #expect(line["type"] as? String == "error")
      }
    }
    #expect(contents["big"] == Data(bytes) && contents["mtp:/DCIM/one.jpg"] == Data("picture".utf8))
    #expect(whole == ["big": 120_000, "empty": 0, "mtp:/DCIM/one.jpg": 7])
  }

  @Test(arguments: [
    ("nothing", "It does not exist"), ("phone", "It is not a file"), ("a.txt/", "It is not a folder"),
    ("mtp:/DCIM", "It is not a file"), ("mtp:/DCIM/none", "It does not exist"),
  ])
  func whatIsNoFileIsSaidAndTheRestWritten(location: String, words: String) async {
    #expect(await world.run("cat", location, "a.txt") == .someFailed)
    #expect(world.errors.text.contains("\(location): \(words)"))
    #expect(world.output.text == "first\n")
    #expect(await world.run("cat", location) == .notPossible)
  }

  @Test func aReaderThatGoesAwayEndsItQuietly() async {
    var context = world.context()
    context.output.writeBytes = { (_) throws(Errno) in throw .brokenPipe }
    #expect(await Program.run(["cat", "a.txt", "mtp:/DCIM/one.jpg"], context) == .brokenPipe)
    #expect(world.output.text.isEmpty && world.errors.text.isEmpty)
  }

  @Test func aFullDiskBehindTheOutputIsSaid() async {
    var context = world.context()
    context.output.writeBytes = { (_) throws(Errno) in throw .noSpace }
    #expect(await Program.run(["cat", "a.txt"], context) == .notPossible)
    #expect(world.errors.text.contains("Writing to standard output failed: No space left on device"))
  }

  @Test func aPulledCableIsNotReady() async {
    world.bus.fill(from: world.folder + "/phone") { operation, _ in
      operation == .read ? StorageError(.deviceLost, .reopen, cause: "The device was unplugged") : nil
    }
    #expect(await world.run("cat", "mtp:/DCIM/one.jpg", "a.txt") == .notReady)
    #expect(world.errors.text.contains("mtp:/DCIM/one.jpg: The device was unplugged"))
    #expect(world.output.text.isEmpty && world.bus.closed == 1)
  }

  @Test func anInterruptionStopsIt() async throws {
    try world.write("big", String(repeating: "x", count: 3 << 20))
    let world = world
    var context = world.context()
    let pieces = Mutex(0)
    context.output.writeBytes = { _ in
      pieces.withLock { $0 += 1 }
      world.interrupt.raise(.interrupt)
    }
    #expect(await Program.run(["cat", "big", "a.txt"], context) == .interrupted)
    #expect(pieces.withLock(\.self) == 1)
  }

  // MARK: df

  @Test func dfShowsAllDevices() async {
    world.bus.plug(.fake(), .fake("Galaxy", serial: "RZ8", address: 6))
    #expect(await world.run("df") == .done)
    #expect(
      world.output.text == """
        Location               Size     Used     Free  Use%  Name
        mtp:2B1111/internal  128 GB  78.0 GB  50.0 GB   61%  Google Pixel 7, Internal shared storage
        mtp:RZ8/internal     128 GB  78.0 GB  50.0 GB   61%  Google Galaxy, Internal shared storage

        """
    )
  }

  @Test func aDeviceInTheWayDoesNotHideTheOthers() async {
    world.bus.plug(.fake(state: .chargingOnly), .fake("Galaxy", serial: "RZ8", address: 6))
    #expect(await world.run("df", "-h", "--json") == .someFailed)
    let row = world.lines.first { $0["type"] as? String == "space" }
    #expect(row?["location"] as? String == "mtp:RZ8/internal" && row?["used"] as? Int == 78_000_000_000)
    #expect(world.lines.contains { $0["type"] as? String == "failed" && $0["status"] as? Int == 2 })
  }

  @Test func dfOfPlaces() async throws {
    #expect(await world.run("df", "a.txt", "mtp:/DCIM", "--json") == .done)
    #expect(world.lines.map { $0["type"] as? String } == ["space", "space"])
    let here = try #require(world.lines.first)
    #expect(here["location"] as? String == "a.txt")
    let parts = ["used", "free", "capacity"].compactMap { here[$0] as? Int }
    try #require(parts.count == 3)
    // The rest is the system's own.
    #expect(parts[0] + parts[1] <= parts[2] && parts[2] > 0)
    #expect(world.lines[1]["name"] as? String == "Google Pixel 7")
  }

  @Test func dfOfNothing() async {
    #expect(await world.run("df", "nothing") == .notPossible)
    #expect(world.errors.text.contains("nothing: It does not exist"))
    #expect(world.output.text.isEmpty)
    world.bus.plug()
    #expect(await world.run("df") == .notReady)
  }
}
