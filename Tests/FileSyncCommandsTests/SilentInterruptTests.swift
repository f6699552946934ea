import Foundation
import Subprocess
import Testing

/// Ctrl-C while a device is silent, outside of a probe: it would be waited for up to 180 s, and is left after some seconds.
@Suite(.fewAtOnce) struct SilentInterruptTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    let date = Date(timeIntervalSince1970: 1_705_320_000)
    for name in ["one", "two", "three"] {
      try world.world.write("from/\(name)", "file \(name)", modified: date)
      try world.world.write("phone/DCIM/\(name)", "picture \(name)", modified: date)
    }
  }

  /// Runs a command on a phone that is silent from a command on, in which the program gets SIGINT, too. The bound is far
  /// below the silence that would be waited for, and ends a program that hangs.
  private func interrupted(_ command: String, at: String) async throws -> DeviceWorld.Ending {
    let faults = ["interrupt", "silence"].flatMap { ["--fault", "\($0)@\(at)"] }
    let device = DeviceWorld.Device(profile: "android", options: faults + ["--longest-wait", "60000"])
    return try await world.bash("timeout -s KILL 60 \"$filesync\" \(command); echo $?", on: device)
  }

  @Test(arguments: ["GetObjectPropList#1", "SendObjectInfo#2", "SendObject#2", "GetObjectPropList#8"])
  func whileItIsWrittenTo(at: String) async throws {
    let run = try await interrupted("sync from mtp:/In --yes", at: at)
    #expect(run.output.hasSuffix("\n130\n") || run.output == "130\n", "\(run.output) \(run.errors)")
    let phone = DeviceWorld.Device(profile: "android")
    for copied in [false, true] {
      let next = try await world.filesync("sync", "from", "mtp:/In", "--yes", "--json", on: phone)
      #expect(next.status == .exited(0) && (!copied || next.copied == 0), "\(next.output) \(next.errors)")
      try world.expectSame("from", "phone/In")
    }
  }

  @Test func whileItIsReadFrom() async throws {
    for at in ["GetObject#2", "GetObjectPropList#1"] {
      let run = try await interrupted("sync mtp:/DCIM copy --yes", at: at)
      #expect(run.output.hasSuffix("\n130\n") || run.output == "130\n", "\(at): \(run.output) \(run.errors)")
    }
    let history = try await world.filesync("history", "--json")
    #expect(history.lines("run").map { $0["ending"] as? String } == ["interrupted"], "\(history.output)")
    let phone = DeviceWorld.Device(profile: "android")
    let next = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone)
    #expect(next.status == .exited(0), "\(next.errors)")
    try world.expectSame("phone/DCIM", "copy")
  }

  @Test(arguments: ["ls mtp:/DCIM", "rm mtp:/DCIM/one --yes", "cat mtp:/DCIM/one", "tree mtp:"])
  func inAnyCommand(command: String) async throws {
    let run = try await interrupted(command, at: "GetObjectPropList#1")
    #expect(run.output.hasSuffix("130\n"), "\(run.output) \(run.errors)")
    #expect(world.world.read("phone/DCIM/one") == "picture one")
  }
}
