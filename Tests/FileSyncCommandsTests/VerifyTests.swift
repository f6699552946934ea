import Foundation
import Subprocess
import Testing

/// `sync --verify` and `copy --verify`.
@Suite(.fewAtOnce) struct VerifyTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    try world.world.makeFolder("phone")
    for number in 1...3 { try world.world.write("from/\(number)", String(repeating: "\(number)", count: 3000)) }
  }

  private func phone(_ profile: String = "android", _ options: String...) -> DeviceWorld.Device {
    DeviceWorld.Device(profile: profile, options: options)
  }

  @Test func betweenFolders() async throws {
    let run = try await world.filesync("sync", "from", "to", "--verify", "--yes", "--json")
    #expect(run.status == .exited(0) && run.count("verified") == 3, "\(run.errors)")
    #expect(run.lines("verified").compactMap { $0["path"] as? String } == ["1", "2", "3"])
    #expect(Set(run.lines("verifying").compactMap { $0["path"] as? String }) == ["1", "2", "3"])
    try world.expectSame("from", "to")
    let again = try await world.filesync("sync", "from", "to", "--verify", "--yes", "--json")
    #expect(again.count("verified") == 0 && again.lines("verifying").isEmpty)
    #expect(try await world.filesync("history").output.contains("3 copied, 3 verified"))
    let copy = try await world.filesync("copy", "--verify", "from/1", "from/2", "other/", "--yes")
    #expect(copy.status == .exited(4))
    try world.world.makeFolder("other")
    let second = try await world.filesync("copy", "--verify", "from/1", "from/2", "other/", "--yes")
    #expect(
      second.output.contains("\n2 files verified: read back, and as sent.\n"),
      "\(second.output) \(second.errors)"
    )
  }

  /// The date at which a copy was last read is that of the source, also where it was read back.
  @Test func readingBackLeavesNoTrace() async throws {
    let script = #"""
      touch -a -d 2019-01-01 from/1 && "$filesync" sync from to --verify --yes >&2
      stat -c %x to/1
      """#
    let run = try await world.bash(script)
    #expect(run.output.hasPrefix("2019-01-01"), "\(run.output) \(run.errors)")
  }

  /// It costs a device one transaction for each file of up to 32 MiB.
  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func onADevice(profile: String) async throws {
    var transactions: [Int] = [], reads: [Int] = []
    for (folder, options) in [("one", []), ("two", ["--verify"])] {
      try world.world.makeFolder(folder)
      let stats = "\(world.world.folder)/stats-\(folder)"
      let device = DeviceWorld.Device(profile: profile, folder: folder, options: ["--stats", stats])
      let command = ["\(builtProducts)/filesync", "sync", "from", "mtp:", "--yes", "--json"] + options
      let run = try await world.plugged([device], command)
      #expect(run.status == .exited(0) && run.count("verified") == (options.isEmpty ? 0 : 3), "\(run.errors)")
      let data = try Data(contentsOf: URL(filePath: stats))
      let numbers = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      transactions.append(try #require(numbers["transactions"] as? Int))
      reads.append((numbers["operations"] as? [String: Int])?["GetObject 0x1009"] ?? 0)
      try world.expectSame("from", folder, dates: false)
    }
    #expect(reads == [0, 3] && transactions[1] == transactions[0] + 3)
  }

  @Test(arguments: ["android", "umtp", "minimal"])
  func aByteThatADeviceChangesIsFoundAndSentAgain(profile: String) async throws {
    let silent = try await world.filesync(
      "sync",
      "from",
      "mtp:/",
      "--yes",
      on: phone(profile, "--fault", "corrupt@SendObject#2")
    )
    #expect(silent.status == .exited(0))
    let wrong = try world.files("phone").filter { path, file in (try? world.files("from"))?[path]?.bytes != file.bytes }
    #expect(wrong.count == 1)
    try world.world.makeFolder("card")
    let device = DeviceWorld.Device(profile: profile, folder: "card", options: ["--fault", "corrupt@SendObject#2"])
    let run = try await world.filesync("sync", "from", "mtp:/", "--verify", "--yes", "--json", on: device)
    #expect(run.status == .exited(0) && run.count("verified") == 3, "\(run.errors)")
    let errors = run.lines("retrying").compactMap { ($0["error"] as? [String: Any])?["reason"] as? String }
    #expect(errors == ["verificationFailed"])
    try world.expectSame("from", "card", dates: false)
  }

  /// One that always changes a byte gets nothing new, and keeps what it had.
  @Test(arguments: ["android", "umtp", "minimal"])
  func anOldVersionOutlivesOneThatIsNotWhatWasSent(profile: String) async throws {
    let first = try await world.filesync("sync", "from", "mtp:/", "--yes", on: phone(profile))
    #expect(first.status == .exited(0))
    let old = try world.files("phone").mapValues(\.bytes)
    for name in ["2", "new"] {
      try world.world.write("from/\(name)", "later", modified: Date(timeIntervalSince1970: 1_600_000_000))
    }
    // What is put back is sent as well: the first four are those that are no good.
    let faults = ["1", "2", "3", "4"].flatMap { ["--fault", "corrupt@SendObject#\($0)"] }
    let bad = DeviceWorld.Device(
      profile: profile,
      options: profile == "minimal" ? ["--fault", "corrupt@SendObject#1", "--fault", "corrupt@SendObject#2"] : faults
    )
    let run = try await world.filesync("sync", "from", "mtp:/", "--verify", "--yes", on: bad)
    #expect(run.status == .exited(1), "\(run.output) \(run.errors)")
    #expect(run.errors.contains("was read back, and is not what was sent"), "\(run.errors)")
    let now = try world.files("phone").mapValues(\.bytes)
    for (path, bytes) in old where !path.hasPrefix(".filesync-") { #expect(now[path] == bytes, "\(path)") }
    #expect(!now.keys.contains { $0.hasSuffix(".part") }, "\(now.keys)")
    let next = try await world.filesync("sync", "from", "mtp:/", "--verify", "--yes", on: phone(profile))
    #expect(next.status == .exited(0), "\(next.errors)")
    #expect(world.world.read("phone/2") == "later" && world.world.read("phone/new") == "later")
  }

  /// The program dies while it reads back: the next run reads the file back, too.
  @Test(arguments: ["android", "minimal"])
  func whoeverDiesInTheMiddleLeavesItToTheNextRun(profile: String) async throws {
    let script = #""$filesync" sync from mtp:/ --verify --yes; exec "$filesync" sync from mtp:/ --verify --yes --json"#
    let run = try await world.bash(script, on: phone(profile, "--fault", "kill@GetObject#2"))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(!run.lines("finished").isEmpty)
    try world.expectSame("from", "phone", dates: false)
  }
}
