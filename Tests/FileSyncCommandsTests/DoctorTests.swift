import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands
@testable import MTPStorage

/// `filesync doctor`, and what later runs make of what it found out.
@Suite(.fewAtOnce) struct DoctorTests {
  private let world: DeviceWorld
  /// 2025-07-15T12:00:00Z: summer in New York, where the device's clock is.
  private let date = Date(timeIntervalSince1970: 1_752_580_800)

  init() throws {
    world = try DeviceWorld()
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
  }

  private func phone(_ profile: String = "android") -> DeviceWorld.Device {
    DeviceWorld.Device(profile: profile, options: ["--zone", "America/New_York"])
  }

  @Test func findsOutAndRemembers() async throws {
    let before = try await world.filesync("doctor", "--json", on: phone())
    #expect(before.status == .exited(0) && before.lines("knowledge").first?["keepsModified"] == nil)
    let probed = try await world.filesync("doctor", "--yes", "mtp:", on: phone())
    #expect(probed.status == .exited(0), "\(probed.errors)")
    #expect(probed.output.contains("Modification dates") && probed.output.contains("not kept: FileSync's journal"))
    #expect(world.world.names("phone") == ["DCIM"])

    let known = try #require(
      try await world.filesync("doctor", "PHONE", "--no-probe", "--json", on: phone()).lines("knowledge").first
    )
    #expect(known["keepsModified"] as? Bool == true && known["keepsCreated"] as? Bool == false)
    #expect(known["settableDates"] as? [String] == [] && known["zone"] is String)
    // Nothing was ever sent by a run, and yet the hours are right: without a record, into a new folder.
    let back = try await world.filesync("sync", "mtp:/DCIM", "back", "--yes", on: phone())
    #expect(back.status == .exited(0), "\(back.errors)")
    #expect(try world.files("back")["one.jpg"]?.modified == Int(date.timeIntervalSince1970))
  }

  @Test func whatARunSentIsEnoughForTheNext() async throws {
    try world.world.write("from/winter.txt", "a", modified: date - 180 * 86_400)
    try world.world.write("from/summer.txt", "b", modified: date + 1)
    let sent = try await world.filesync("sync", "from", "mtp:/DCIM", "--yes", on: phone())
    #expect(sent.status == .exited(0), "\(sent.errors)")
    let known = try #require(try await world.filesync("doctor", "--json", on: phone()).lines("knowledge").first)
    #expect(known["keepsModified"] as? Bool == true && known["probed"] == nil)
    let back = try await world.filesync("copy", "mtp:/DCIM/one.jpg", "from", "--yes", on: phone())
    #expect(back.status == .exited(0), "\(back.errors)")
    #expect(try world.files("from")["one.jpg"]?.modified == Int(date.timeIntervalSince1970))
  }

  @Test func theHourThatAutumnRepeatsIsCountedUnlessTheJournalKnows() async throws {
    // 1:30 in New York on 2026-11-01, for the first and for the second time.
    let (first, second) = (Date(timeIntervalSince1970: 1_793_511_000), Date(timeIntervalSince1970: 1_793_514_600))
    try world.world.write("phone/DCIM/two.jpg", "second picture", modified: second)
    _ = try await world.filesync("doctor", "--yes", "mtp:", on: phone())
    let back = try await world.filesync("sync", "mtp:/DCIM", "back", "--yes", "--json", on: phone())
    #expect(back.dates == ["verified": 1, "doubtful": 1], "\(back.output)")
    #expect(try world.files("back")["two.jpg"]?.modified == Int(first.timeIntervalSince1970))

    try world.world.write("from/late.txt", "second pass", modified: second)
    let sent = try await world.filesync("sync", "from", "mtp:/DCIM", "--yes", "--json", on: phone())
    #expect(sent.dates == ["verified": 1], "\(sent.errors)")
    let again = try await world.filesync("copy", "mtp:/DCIM/late.txt", "back", "--yes", "--json", on: phone())
    #expect(again.dates == ["verified": 1], "\(again.errors)")
    #expect(try world.files("back")["late.txt"]?.modified == Int(second.timeIntervalSince1970))
  }

  /// Only samples of large files are compared on a device, and the edit is between them.
  @Test func mendingDatesHidesNoChangeFromTheNextSync() async throws {
    let script = #"""
      mkdir from && head -c 3000000 /dev/zero > from/large && touch -d 2024-05-06 from/large
      "$filesync" sync from mtp:/DCIM --yes || exit 10
      printf edited | dd of=from/large bs=1 seek=1500000 conv=notrunc 2> /dev/null
      "$filesync" dates from mtp:/DCIM --yes || exit 11
      "$filesync" sync from mtp:/DCIM --yes --json
      """#
    let run = try await world.bash(script, on: phone())
    #expect(run.status == .exited(0) && run.count("filesReplaced") == 1, "\(run.output) \(run.errors)")
    try #expect(world.files("phone/DCIM")["large"] == world.files("from")["large"])
  }

  @Test func whatCannotBeDone() async throws {
    let unasked = try await world.filesync("doctor", "mtp:", on: phone())
    #expect(unasked.status == .exited(64) && unasked.errors.contains("--yes"))
    let folder = try await world.filesync("doctor", "--yes", "mtp:/DCIM", on: phone())
    #expect(folder.status == .exited(64))
    let none = try await world.filesync("doctor", "--yes", "Kindle", on: phone())
    #expect(none.status == .exited(2))
    // A camera takes nothing: the zone of its clock is all there is.
    let camera = try await world.filesync("doctor", "--yes", "mtp:", on: phone("camera"))
    #expect(camera.status == .exited(0) && camera.output.contains("Told by its clock"), "\(camera.output)")
    let full = DeviceWorld.Device(profile: "android", options: ["--space", "13"])
    let failed = try await world.filesync("doctor", "--yes", "mtp:", on: full)
    #expect(failed.status == .exited(4), "\(failed.errors)")
    #expect(world.world.names("phone") == ["DCIM"])
  }

  @Test func declines() async throws {
    let world = try World()
    #expect(await world.run("doctor") == .notReady)
    world.bus.plug(.fake())
    #expect(await world.run("doctor", "mtp:", answers: ["n"]) == .declined)
    #expect(world.errors.text.contains("Nothing was sent"))
  }
}
