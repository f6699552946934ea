import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// What a run tells at its end.
@Suite(.fewAtOnce) struct RunReportTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    try world.world.makeFolder("phone")
    for number in 1...5 { try world.world.write("from/\(number)", String(repeating: "x", count: 3000)) }
  }

  @Test func aPulledCableIsToldOnce() async throws {
    let pulled = DeviceWorld.Device(profile: "android", options: ["--fault", "unplug@SendObject#3+100"])
    let run = try await world.filesync("sync", "from", "mtp:", "--yes", on: pulled)
    #expect(run.status == .exited(2))
    #expect(run.output.contains("\nNot verified: 2 (sent before the device was lost; the next run looks whether it is"))
    #expect(run.output.contains(": 1, 2\nNot done: 3 files.\n"), "\(run.output)")
    #expect(!run.output.contains("Failed") && !run.errors.contains("Failed") && !run.errors.contains("%"))
    #expect(run.errors.components(separatedBy: "is still away").count == 2, "\(run.errors)")
    let next = try await world.filesync("sync", "from", "mtp:", "--yes", on: .init(profile: "android"))
    #expect(next.status == .exited(0) && next.output.contains("3 files copied"))
    #expect(next.output.contains("2 files there already, now on record"))
  }

  /// A device that shows its files and lets nobody read them.
  @Test func whatFailedIsToldAtTheEndWithWhatToDo() async throws {
    try world.world.write("phone/a/1", "one")
    for number in 2...12 { try world.world.write("phone/a/\(number)", "text") }
    let denied = DeviceWorld.Device(profile: "android", options: ["--fault", "respond=2002@GetObject#all"])
    let run = try await world.filesync("sync", "mtp:/a", "to", "--yes", on: denied)
    #expect(run.status == .exited(1) && run.output.contains("\nFailed: 12 files.\n"), "\(run.output)")
    #expect(!run.output.contains("again") && !run.errors.contains("again"))
    let log = try #require(world.world.names("state/filesync/logs").first { $0.hasPrefix("main_") })
    let end = """
      : 1, 10, 11, 12, 2, 3, 4, 5, 6, 7 and 2 more
        Unlock the device, and look at its screen for a question.
      The log names each: \(world.world.folder)/state/filesync/logs/\(log)

      """
    #expect(run.errors.contains("\nFailed: 12 (") && run.errors.hasSuffix(end), "\(run.errors)")
  }

  @Test(arguments: ["android", "umtp"])
  func oldVersionsAreToldWithTheirPlace(profile: String) async throws {
    let phone = DeviceWorld.Device(profile: profile)
    #expect(try await world.filesync("sync", "from", "mtp:/To", "--yes", on: phone).status == .exited(0))
    try world.world.write("from/1", "new", modified: Date(timeIntervalSince1970: 1_600_000_000))
    let run = try await world.filesync("sync", "from", "mtp:/To", "--yes", "--json", on: phone)
    #expect(run.status == .exited(0), "\(run.errors)")
    let kept = try #require(run.lines("keptVersions").first)
    let place = try #require(kept["location"] as? String)
    #expect(kept["count"] as? Int == 1 && run.errors.contains("Old versions of what was replaced: \(place)\n"))
    let folder = profile == "android" ? world.world.folder + "/phone" + place.dropFirst("mtp:".count) : place
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["1"])
  }

  @Test func withoutUSBNothingIsToBePluggedIn() async throws {
    let program = ["/usr/bin/env", "FILESYNC_USB_ROOT=\(world.world.folder)", "\(builtProducts)/filesync", "devices"]
    let run = try await world.plugged([], program)
    #expect(run.status == .exited(4))
    #expect(run.errors.contains("shows no USB") && run.errors.contains("container"))
    #expect(!run.errors.contains("Plug it in"))
  }
}
