import Foundation
import Subprocess
import Testing

/// The commands on each kind of device that takes files: one that moves and renames, one that renames, one that does
/// neither.
@Suite(.fewAtOnce) struct DeviceCommandTests {
  private let world: DeviceWorld
  private let date = Date(timeIntervalSince1970: 1_625_140_800)

  init() throws {
    world = try DeviceWorld()
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    try world.world.write("from/a.txt", "alpha", modified: date)
    try world.world.write("from/sub/b.txt", "beta", modified: date - 180 * 86_400)
  }

  @Test(arguments: ["android", "umtp", "minimal"])
  func foldersAndRemovals(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    let script = """
      "$filesync" mkdir -p mtp:/DCIM/x/y --json || exit 10
      "$filesync" mkdir mtp:/DCIM/x --json && exit 11
      "$filesync" rm mtp:/DCIM/x && exit 12
      "$filesync" copy from/a.txt from/sub mtp:/DCIM/x --yes --json || exit 13
      "$filesync" rm mtp:/DCIM/x/a.txt --json || exit 14
      """
    let run = try await world.bash(script, on: device)
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.lines("made").map { $0["location"] as? String } == ["mtp:/DCIM/x/y"])
    #expect(run.copied == 2 && run.dates == [profile == "android" ? "verified" : "manifest": 2])
    #expect(run.lines("removed").map { $0["location"] as? String } == ["mtp:/DCIM/x/a.txt"])
    #expect(world.world.names("phone/DCIM/x") == ["sub", "y"])
    let removed = try await world.filesync("rm", "-r", "--yes", "--json", "mtp:/DCIM/x", on: device)
    #expect(removed.status == .exited(0) && removed.lines("removed").count == 4, "\(removed.output)")
    #expect(world.world.names("phone/DCIM") == ["one.jpg"])
  }

  /// Where no date can say that a file is the same, its contents do: else each run would keep one more old version of it.
  @Test func overwritingWithoutDatesReplacesOnlyWhatDiffers() async throws {
    try world.world.write("phone/DCIM/two.jpg", "second", modified: date)
    try world.world.write("to/one.jpg", "first picture", modified: date)
    try world.world.write("to/two.jpg", "SECOND", modified: date)
    let command = ["copy", "--overwrite", "mtp:/DCIM/one.jpg", "mtp:/DCIM/two.jpg", "to", "--yes", "--json"]
    for (replaced, alike) in [(1, 1), (0, 2)] {
      let run = try await world.bash("\"$filesync\" \(command.joined(separator: " "))", on: .init(profile: "minimal"))
      #expect(run.status == .exited(0), "\(run.errors)")
      let counts = run.lines("finished").last?["counts"] as? [String: Any]
      #expect(counts?["filesReplaced"] as? Int == replaced && counts?["adopted"] as? Int == alike, "\(run.output)")
      #expect(run.copied == replaced)
    }
    #expect(world.world.read("to/two.jpg") == "second" && world.world.read("to/one.jpg") == "first picture")
    let vault = try FileManager.default.subpathsOfDirectory(atPath: world.world.folder + "/to/.filesync-vault")
    #expect(vault.filter { $0.hasSuffix(".jpg") }.map { world.world.read("to/.filesync-vault/\($0)") } == ["SECOND"])
    // What was left alone keeps the date that it had.
    #expect(try world.files("to")["one.jpg"]?.modified == Int(date.timeIntervalSince1970))
  }

  @Test(arguments: ["android", "umtp", "minimal"])
  func movesWithinAndAcross(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.world.makeFolder("phone/Music")
    let renamed = try await world.filesync("mv", "mtp:/DCIM/one.jpg", "mtp:/DCIM/two.jpg", "--yes", on: device)
    #expect(renamed.status == .exited(0), "\(renamed.errors)")
    #expect(world.world.names("phone/DCIM") == ["two.jpg"])
    let moved = try await world.filesync("mv", "mtp:/DCIM/two.jpg", "mtp:/Music", "--yes", on: device)
    #expect(moved.status == .exited(0), "\(moved.errors)")
    #expect(world.world.names("phone/DCIM").isEmpty && world.world.names("phone/Music") == ["two.jpg"])
    #expect(world.world.read("phone/Music/two.jpg") == "first picture")
    if profile == "android" {
      #expect(try world.files("phone/Music")["two.jpg"]?.modified == Int(date.timeIntervalSince1970))
    }

    let occupied = try await world.filesync("mv", "from/a.txt", "mtp:/Music/two.jpg", "--yes", on: device)
    #expect(occupied.status == .exited(4))
    let sent = try await world.filesync("mv", "from/sub", "mtp:/Music", "--yes", on: device)
    #expect(sent.status == .exited(0), "\(sent.errors)")
    #expect(world.world.names("from") == ["a.txt"] && world.world.read("phone/Music/sub/b.txt") == "beta")
    // With the date that the device may not have kept.
    let back = try await world.filesync("mv", "mtp:/Music/sub", "from", "--yes", on: device)
    #expect(back.status == .exited(0), "\(back.errors)")
    #expect(try world.files("from")["sub/b.txt"]?.modified == Int(date.timeIntervalSince1970) - 180 * 86_400)
    #expect(world.world.names("phone/Music") == ["two.jpg"])
  }

  @Test(arguments: ["android", "umtp", "minimal"])
  func looksWithoutChanging(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile, options: ["--space", "1000000"])
    let before = try world.files("phone")
    let read = try await world.filesync("cat", "mtp:/DCIM/one.jpg", "from/a.txt", on: device)
    #expect(read.status == .exited(0) && read.output == "first picturealpha")
    let space = try await world.filesync("df", "--json", "mtp:", on: device)
    #expect(space.status == .exited(0))
    let line = try #require(space.lines("space").first)
    #expect(line["capacity"] as? Int == 1_000_000 && line["free"] as? Int == 1_000_000 - 13)
    let missing = try await world.filesync("cat", "mtp:/DCIM/none.jpg", on: device)
    #expect(missing.status == .exited(4) && missing.output.isEmpty)
    let dry = try await world.filesync("copy", "from/a.txt", "mtp:/DCIM", "--dry-run", "--json", on: device)
    #expect(dry.status == .exited(0) && dry.lines("step").count == 1)
    #expect(try world.files("phone") == before)
  }
}
