import Foundation
import Subprocess
import Testing

/// A program that is killed exactly between SendObjectInfo and SendObject, onto a phone that stays plugged in: Android
/// keeps the name until the phone is reset on the bus, lists it as an empty file of 1970, and deletes nothing.
@Suite(.serialized, .fewAtOnce) struct ReservedNameTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    try world.world.makeFolder("phone")
    // The second one is empty, as what the phone lists of a name that it keeps.
    try write(["first", "", "third"], day: 1)
  }

  private func write(_ texts: [String], day: Int) throws {
    for (name, text) in zip(["a.txt", "b.txt", "c.txt"], texts) {
      try world.world.write(
        "from/\(name)",
        text,
        modified: Date(timeIntervalSince1970: 1_500_000_000 + 86_400.0 * Double(day))
      )
    }
  }

  private func phone(_ faults: String..., profile: String = "android") -> DeviceWorld.Device {
    let options = faults.flatMap { ["--fault", $0] } + ["--stats", world.world.folder + "/stats"]
    return DeviceWorld.Device(profile: profile, options: options)
  }

  /// How often the device was reset on the bus while it was plugged in last.
  private func resets() throws -> Int {
    let stats = try JSONSerialization.jsonObject(with: Data((world.world.read("stats") ?? "").utf8))
    return try #require((stats as? [String: Any])?["resets"] as? Int)
  }

  /// Runs a command that is killed, and then the same again.
  private static let twice = #"""
    "$filesync" "$@" --yes > first 2>&1
    [ $? = 137 ] || exit 100
    rm -rf dead && cp -a phone dead
    exec "$filesync" "$@" --yes --json
    """#

  @Test(arguments: [
    (1, ["sync", "from", "mtp:"]), (2, ["sync", "from", "mtp:"]),
    (2, ["copy", "from/a.txt", "from/b.txt", "from/c.txt", "mtp:"]),
    (1, ["copy", "--overwrite", "from/a.txt", "from/b.txt", "from/c.txt", "mtp:"]),
    (3, ["mv", "from/a.txt", "from/b.txt", "from/c.txt", "mtp:"]),
  ])
  func aNewFile(announcement: Int, command: [String]) async throws {
    let wanted = try world.files("from")
    let next = try await world.plugged(
      [phone("kill@SendObjectInfo#\(announcement)")],
      ["/bin/bash", "-c", "filesync=\(builtProducts)/filesync\n" + Self.twice, "script"] + command
    )
    #expect(next.status == .exited(0), "\(next.errors)")
    #expect(try world.files("phone") == wanted)
    #expect(world.world.names("from").isEmpty == (command[0] == "mv"))
    #expect(try resets() == 1)
    #expect(next.errors.contains("reset"), "\(next.errors)")
    guard command[0] != "mv" else { return }
    let last = try await world.plugged([phone()], ["\(builtProducts)/filesync"] + command + ["--yes", "--json"])
    #expect(last.status == .exited(0) && last.copied == 0, "\(last.errors)")
    #expect(try resets() == 0)
  }

  /// Older Androids list such a file as whole, with the size and the date that were announced.
  @Test(arguments: [1, 3])
  func onAnOlderPhone(announcement: Int) async throws {
    let device = phone("kill@SendObjectInfo#\(announcement)", profile: "android-legacy")
    let next = try await world.bash(Self.twice, "sync", "from", "mtp:", on: device)
    #expect(next.status == .exited(0), "\(next.errors)")
    try world.expectSame("from", "phone", dates: false)
    let last = try await world.filesync("sync", "from", "mtp:", "--yes", "--json", on: phone(profile: "android-legacy"))
    #expect(last.status == .exited(0) && last.copied == 0, "\(last.errors)")
  }

  /// libmtp sends no dates, so that those are in the journal.
  @Test func overLibmtp() async throws {
    let script = "export FILESYNC_TRANSPORT=libmtp\n" + Self.twice
    let next = try await world.bash(script, "sync", "from", "mtp:", on: phone("kill@SendObjectInfo#1"))
    #expect(next.status == .exited(0), "\(next.errors)")
    try world.expectSame("from", "phone", dates: false)
    #expect(try resets() == 1)
  }

  @Test(arguments: [["sync"], ["copy", "--overwrite"]])
  func aNewVersion(command: [String]) async throws {
    let sources = command[0] == "sync" ? ["from"] : ["from/a.txt", "from/b.txt", "from/c.txt"]
    let arguments = command + sources + ["mtp:"]
    let first = try await world.plugged([phone()], ["\(builtProducts)/filesync"] + arguments + ["--yes"])
    try #require(first.status == .exited(0), "\(first.errors)")
    let old = try world.files("phone")
    try write(["first, new", "second, new", "third, new"], day: 2)
    let next = try await world.plugged(
      [phone("kill@SendObjectInfo#2")],
      ["/bin/bash", "-c", "filesync=\(builtProducts)/filesync\n" + Self.twice, "script"] + arguments
    )
    #expect(next.status == .exited(0), "\(next.errors)")
    // Whatever was sent under a temporary name, the old versions were there.
    let dead = try world.files("dead")
    for (path, file) in old { #expect(dead[path] == file) }
    let now = try world.files("phone")
    #expect(now.filter { !$0.key.hasPrefix(".filesync-vault/") } == (try world.files("from")))
    #expect(Set(old.values.map(\.bytes)).isSubset(of: now.values.map(\.bytes)))
    #expect(try resets() == 1)
  }

  @Test func whatAnotherJournalAnnouncedStays() async throws {
    let script = #"""
      XDG_DATA_HOME="$PWD/other" "$filesync" sync from mtp: --yes > first 2>&1
      [ $? = 137 ] || exit 100
      "$filesync" sync from mtp: --yes || exit 101
      "$filesync" rm mtp:/a.txt && exit 102
      "$filesync" ls mtp:
      """#
    let ending = try await world.bash(script, on: phone("kill@SendObjectInfo#1"))
    #expect(ending.status == .exited(0), "\(ending.errors)")
    #expect(try resets() == 0)
    #expect(ending.output.contains("a.txt"))
    #expect(ending.errors.contains("plug it in again"), "\(ending.errors)")
    // Nobody knows whose that name is, so that the file has another one beside it.
    #expect(world.world.names("phone").count == 3 && !world.world.names("phone").contains("a.txt"))
  }

  @Test func aResetThatDoesNotHelpIsTheOnlyOne() async throws {
    let script = #"""
      "$filesync" sync from mtp: --yes > first 2>&1
      [ $? = 137 ] || exit 100
      touch -d @0 phone/a.txt phone/c.txt
      exec "$filesync" sync from mtp: --yes --json
      """#
    let device = phone("kill@SendObjectInfo#1", "respond=0x2012@DeleteObject#all")
    let ending = try await world.bash(script, on: device)
    #expect(ending.status == .exited(1), "\(ending.errors)")
    #expect(ending.count("failed") == 2)
    #expect(try resets() == 1)
  }
}
