import Foundation
import Subprocess
import Testing

/// A watch that says it deletes, and does not.
@Suite(.fewAtOnce) struct UndeletingDeviceTests {
  private let world: DeviceWorld
  private let watch = DeviceWorld.Device(profile: "garmin")

  init() throws {
    world = try DeviceWorld()
    try world.world.makeFolder("phone")
    for name in ["a", "b"] { try world.world.write("from/\(name)", "first \(name)") }
  }

  @Test func nothingIsReplacedAndThatIsKnownFromTheFirstAttemptOn() async throws {
    #expect(try await world.filesync("sync", "from", "mtp:", "--yes", on: watch).status == .exited(0))
    for name in ["a", "b"] { try world.world.write("from/\(name)", "later and longer \(name)", modified: Date()) }
    let first = try await world.filesync("sync", "from", "mtp:", "--yes", on: watch)
    #expect(first.status == .exited(1) && first.output.contains("lets nothing be deleted"), "\(first.errors)")
    #expect(first.errors.hasPrefix("Warning: a: "), "\(first.errors)")
    #expect(first.errors.hasSuffix(".part, stays there; delete it on the device itself\n"), "\(first.errors)")
    // All that was sent is one empty file, which shows that it stays.
    let left = try world.files("phone").filter { $0.key.hasPrefix(".filesync-") }
    #expect(left.count == 1 && left.values.allSatisfy { $0.bytes.isEmpty })
    let second = try await world.filesync("sync", "from", "mtp:", "--yes", on: watch)
    #expect(second.status == .exited(1) && second.errors.isEmpty, "\(second.errors)")
    #expect(!second.output.contains("Files to replace"))
    #expect(second.output.contains("nothing on it can be replaced): a, b"))
    #expect(try world.files("phone").filter { $0.key.hasPrefix(".filesync-") }.count == 1)
    #expect(world.world.read("phone/a") == "first a" && world.world.read("phone/b") == "first b")

    let removal = try await world.filesync("rm", "mtp:/a", on: watch)
    #expect(removal.status == .exited(4) && removal.errors.contains("Delete it on the device itself"))
    let move = try await world.filesync("mv", "mtp:/a", "here", "--yes", on: watch)
    #expect(move.status == .exited(4) && world.world.read("here") == nil)
    // Who deleted it by hand would lose it.
    #expect(move.errors.contains("Nothing was copied") && !move.errors.contains("Delete it"), "\(move.errors)")
    try world.world.makeFolder("other")
    let probe = try await world.filesync(
      "doctor",
      "mtp:",
      "--yes",
      on: DeviceWorld.Device(profile: "garmin", folder: "other")
    )
    #expect(probe.errors.contains(".filesync-doctor-1.part") && probe.status == .exited(0), "\(probe.errors)")
    // What is there already is looked at by a mark on this side.
    let script = #""$filesync" copy from/a mtp:/c --yes && "$filesync" mv from/a mtp:/c --yes"#
    let moved = try await world.bash(script, on: watch)
    #expect(moved.status == .exited(0) && world.world.names("from") == ["b"], "\(moved.errors)")
    #expect(try world.files("phone").filter { $0.key.hasPrefix(".filesync-") }.count == 1)
  }

  @Test func aPartOfAFileGivesItsNameUp() async throws {
    let pulled = DeviceWorld.Device(profile: "garmin", options: ["--fault", "unplug@SendObject#2+2"])
    #expect(try await world.filesync("sync", "from", "mtp:", "--yes", on: pulled).status == .exited(2))
    let next = try await world.filesync("sync", "from", "mtp:", "--yes", on: watch)
    #expect(next.status == .exited(0), "\(next.errors)")
    #expect(world.world.read("phone/a") == "first a" && world.world.read("phone/b") == "first b")
    #expect(next.errors.hasPrefix("Warning: b: "), "\(next.errors)")
    #expect(next.errors.hasSuffix(".part. It harms nothing; to have its room, delete it on the device itself\n"))
    let last = try await world.filesync("sync", "from", "mtp:", "--yes", on: watch)
    #expect(last.status == .exited(0) && last.output.contains("Nothing copied; 2 files up to date."))
    // By then it is known, so that nobody tries again, or sends anything to find it out.
    try world.world.write("from/a", "later and longer a", modified: Date())
    let replacing = try await world.filesync("sync", "from", "mtp:", "--yes", on: watch)
    #expect(replacing.status == .exited(1) && (last.errors + replacing.errors).isEmpty, "\(replacing.errors)")
    #expect(replacing.output.components(separatedBy: "nothing on it can be replaced): a\n").count == 2)
    #expect(try world.files("phone").filter { $0.key.hasPrefix(".filesync-") }.count == 1)
  }
}
