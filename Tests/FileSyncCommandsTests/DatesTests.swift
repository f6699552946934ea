import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// `filesync dates` between folders.
@Suite(.fewAtOnce) struct DatesTests {
  private let world: World
  private let right = Date(timeIntervalSince1970: 1_500_000_000)

  init() throws {
    world = try World()
    for name in ["a.txt", "sub/b.txt", "sub/right.txt"] { try world.write("from/\(name)", name) }
    try world.write("to/a.txt", "a.txt", modified: right + 7200)
    try world.write("to/sub/b.txt", "sub/b.txt", modified: Date(timeIntervalSince1970: 0))
    try world.write("to/sub/right.txt", "sub/right.txt")
    try world.write("from/different.txt", "one")
    try world.write("to/different.txt", "two", modified: right + 1_000_000)
    try world.write("to/more.txt")
  }

  private func date(_ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: "\(world.folder)/\(path)")[.modificationDate] as? Date
  }

  @Test func mendsAndThenNothing() async throws {
    #expect(await world.run("dates", "from", "to", answers: ["n"]) == .declined)
    #expect(try date("to/a.txt") == right + 7200)
    #expect(await world.run("dates", "from", "to", answers: ["c"]) == .done)
    #expect(try date("to/a.txt") == right)
    #expect(try date("to/sub/b.txt") == right)
    #expect(try date("to/different.txt") == right + 1_000_000)
    #expect(world.read("to/different.txt") == "two")
    #expect(world.output.text.contains("2 files dated") || world.output.text.contains("3 files dated"))
    #expect(world.output.text.contains("Left alone: 1 (something else under the same name): different.txt\n"))
    #expect(world.output.text.contains("Left alone: 1 (only at the destination): more.txt\n"))
    #expect(!world.names("to").contains(".filesync-vault"))
    let lines = world.lines.count
    #expect(await world.run("dates", "from", "to", "--yes", "--json") == .done)
    let counts = try #require(world.lines.dropFirst(lines).last?["counts"] as? [String: Any])
    #expect(counts["adopted"] as? Int == 0 && counts["unchanged"] as? Int == 3)
    // A sync knows nothing of it but what it sees.
    #expect(await world.run("sync", "from", "to", "-n") == .done)
    #expect(world.output.text.contains("Equal files to put on record: 3\n"))
  }

  @Test func aDryRunShowsBothDates() async throws {
    #expect(await world.run("dates", "from", "to", "-n") == .done)
    // The world's zone is an hour east of Greenwich.
    #expect(world.output.text.contains("date  a.txt  2017-07-14 05:40:00 \u{2192} 2017-07-14 03:40:00  (if equal)\n"))
    #expect(await world.run("dates", "from", "to", "-n", "--json") == .done)
    let step = try #require(world.lines.first { $0["path"] as? String == "sub/b.txt" })
    #expect(step["modified"] as? String == "2017-07-14T02:40:00Z" && step["was"] as? String == "1970-01-01T00:00:00Z")
    #expect(try date("to/a.txt") == right + 7200)
    #expect(!world.names("home/.local/share/filesync").isEmpty)
  }

  @Test func tellsWhatCannotBe() async throws {
    #expect(await world.run("dates", "from", "gone", "--yes") == .notPossible)
    #expect(!world.names("").contains("gone"))
    #expect(await world.run("dates", "from", "from/sub", "--yes") == .usage)
    #expect(await world.run("dates", "from", "to") == .usage)
    #expect(await world.run("dates", "from", "to/a.txt", "--yes") == .notPossible)
    world.interrupt.raise(.terminate)
    #expect(await world.run("dates", "from", "to", "--yes") == .terminated)
    #expect(try date("to/a.txt") == right + 7200)
  }

  @Test func aCopyOfTheFolderItselfIsPointedOut() async throws {
    try FileManager.default.moveItem(atPath: "\(world.folder)/to", toPath: "\(world.folder)/from2")
    try world.makeFolder("backup")
    try FileManager.default.moveItem(atPath: "\(world.folder)/from2", toPath: "\(world.folder)/backup/from")
    #expect(await world.run("dates", "from", "backup", "-n") == .done)
    #expect(world.output.text.contains("name it: \(world.folder)/backup/from"))
  }
}

/// `filesync dates` with virtual devices, over real libmtp.
@Suite(.fewAtOnce) struct DeviceDatesTests {
  private let world: DeviceWorld
  private let dates = ["one.jpg": 1_625_140_800, "sub/two.txt": 1_705_320_001, "empty": 1_262_427_072]

  init() throws {
    world = try DeviceWorld()
    for (path, date) in dates { try write("right/\(path)", date) }
  }

  private func write(_ path: String, _ date: Int) throws {
    let text = path.hasSuffix("empty") ? "" : (path as NSString).lastPathComponent
    try world.world.write(path, text, modified: Date(timeIntervalSince1970: Double(date)))
  }

  /// A backup that another tool made in another zone, at its own time, or without any dates.
  @Test func aBackupGetsTheDatesOfThePhone() async throws {
    for (path, date) in dates { try write("phone/DCIM/\(path)", date) }
    try write("backup/one.jpg", 1_625_140_800 + 5 * 3600)
    try write("backup/sub/two.txt", 1_780_000_000)
    try write("backup/empty", 0)
    let phone = DeviceWorld.Device(profile: "android")
    let script = """
      "$filesync" dates mtp:/DCIM backup --yes --json && "$filesync" dates mtp:/DCIM backup --yes --json > second
      """
    let first = try await world.bash(script, on: phone, zone: "America/New_York")
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(first.count("adopted") == 3 && first.dates == ["verified": 3])
    try world.expectSame("phone/DCIM", "backup")
    #expect(world.world.read("second")?.contains(#""adopted":0"#) ?? false)
  }

  /// What a device tells of creation (CaptureDate, DateCreated) the copy has, in a zone that is not this computer's.
  @Test(arguments: ["camera", "player"])
  func creationDatesComeAlong(profile: String) async throws {
    try write("phone/DCIM/one.jpg", 1_625_140_800)
    let script = """
      "$filesync" ls mtp:/DCIM --json > there && "$filesync" sync mtp:/DCIM copy --yes && "$filesync" ls copy --json
      """
    let device = DeviceWorld.Device(profile: profile, options: ["--zone", "Asia/Kathmandu"])
    let run = try await world.bash(script, on: device, zone: "Europe/Berlin")
    #expect(run.status == .exited(0), "\(run.errors)")
    let there = DeviceWorld.Ending(status: run.status, output: world.world.read("there") ?? "", errors: "")
    let created = [there, run].map { $0.lines("entry").first?["created"] as? String }
    #expect(created[0] != nil && created[0] == created[1], "\(created)")
  }

  /// Where dates can be set they are; else the journal has them, for the way back. Two folders of one device pass files
  /// through this computer.
  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func aDeviceGetsTheDatesOfAFolder(profile: String) async throws {
    for (path, date) in dates {
      try write("phone/Copy/\(path)", date + 86_400)
      try write("phone/Other/\(path)", date - 86_400)
    }
    let before = try world.files("phone").mapValues(\.bytes)
    let phone = DeviceWorld.Device(profile: profile)
    let script = """
      "$filesync" dates right mtp:/Copy --yes --json && "$filesync" dates mtp:/Copy mtp:/Other --yes --json &&
      "$filesync" dates right mtp:/Other --yes --json > third && "$filesync" copy mtp:/Other back --yes --json > back.log
      """
    let run = try await world.bash(script, on: phone, zone: "Europe/Berlin")
    #expect(run.status == .exited(0), "\(run.errors)")
    let fate = profile == "player" ? "verified" : "manifest"
    #expect(run.lines("finished").count == 2 && run.dates == [fate: 3], "\(run.dates ?? [:])")
    #expect(try world.files("phone").mapValues(\.bytes) == before)
    if profile == "player" { try world.expectSame("right", "phone/Other") }
    #expect(world.world.read("third")?.contains(#""adopted":0"#) ?? false, "\(world.world.read("third") ?? "")")
    try world.expectSame("right", "back")
  }
}
