import Foundation
import Subprocess
import Testing

/// `mv` between storages, killed on the way and then given again: everything arrives, and the source goes.
@Suite(.serialized, .fewAtOnce) struct KilledMovingTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    for folder in ["phone", "from", "to"] { try world.world.makeFolder(folder) }
  }

  private func fill(_ folder: String) throws {
    for (number, name) in ["one.jpg", "sub/two.jpg", "sub/inner/three.jpg", "sub/inner/four.jpg"].enumerated() {
      let date = Date(timeIntervalSince1970: 1_500_000_000 + Double(number) * 86_400)
      try world.world.write("\(folder)/\(name)", String(repeating: "\(name) ", count: 500), modified: date)
    }
  }

  private func killed(_ fault: String, _ arguments: String...) async throws -> DeviceWorld.Ending {
    let script = #"""
      "$filesync" mv "$@" --yes > first 2>&1
      [ $? = 137 ] || exit 100
      exec "$filesync" mv "$@" --yes --json
      """#
    let device = DeviceWorld.Device(profile: "android", options: ["--fault", fault])
    let start = "filesync=\(builtProducts)/filesync\n"
    return try await world.plugged([device], ["/bin/bash", "-c", start + script, "script"] + arguments)
  }

  /// Half-way through the copying, and through the removing; the fifth to be removed is the first of the two that were
  /// named.
  @Test(arguments: ["GetObject#2", "GetObject#4", "DeleteObject#1", "DeleteObject#3", "DeleteObject#5"])
  func fromADevice(at moment: String) async throws {
    try fill("phone")
    let wanted = try world.files("phone")
    let next = try await killed("kill@\(moment)", "mtp:/one.jpg", "mtp:/sub", "to")
    #expect(next.status == .exited(0), "\(next.errors)")
    #expect(try world.files("to") == wanted)
    #expect(world.world.names("phone").isEmpty)
  }

  @Test(arguments: ["SendObjectInfo#2", "SendObjectInfo#4", "SendObject#3", "SendObject#4"])
  func toADevice(at moment: String) async throws {
    try fill("from")
    let wanted = try world.files("from")
    let next = try await killed("kill@\(moment)", "from/one.jpg", "from/sub", "mtp:")
    #expect(next.status == .exited(0), "\(next.errors)")
    #expect(try world.files("phone") == wanted)
    #expect(world.world.names("from").isEmpty)
  }
}
