import Foundation
import Subprocess
import Testing

/// Devices that cannot take all of it.
@Suite(.fewAtOnce) struct DeviceLimitTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    try world.world.write("phone/mine.txt", "mine")
  }

  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func aDeviceThatIsTooSmall(profile: String) async throws {
    for number in 0..<4 { try world.world.write("from/\(number)", String(repeating: "x", count: 30_000)) }
    let small = DeviceWorld.Device(profile: profile, options: ["--space", "100000"])
    let refused = try await world.filesync("sync", "from", "mtp:", "--yes", "--json", on: small)
    #expect(refused.status == .exited(4))
    let refusals = refused.lines("plan").first?["refusals"] as? [[String: Any]]
    #expect(refusals?.map { $0["reason"] as? String } == ["noSpace"])
    #expect(world.world.names("phone") == ["mine.txt"])
    let large = DeviceWorld.Device(profile: profile, options: ["--space", "121000"])
    let taken = try await world.filesync("sync", "from", "mtp:", "--yes", "--json", on: large)
    #expect(taken.status == .exited(0) && taken.copied == 4, "\(taken.errors)")
  }

  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func aDeviceThatFillsMeanwhile(profile: String) async throws {
    for number in 0..<4 { try world.world.write("from/\(number)", String(repeating: "\(number)", count: 30_000)) }
    let filling = DeviceWorld.Device(profile: profile, options: ["--fault", "full@SendObject#3+10000"])
    let first = try await world.filesync("sync", "from", "mtp:", "--yes", "--json", on: filling)
    #expect(first.status == .exited(4), "\(first.errors)")
    #expect((first.lines("error").first?["cure"] as? String)?.hasPrefix("Free some space") ?? false)
    // What went before is whole. Of the one that was cut a part may keep the name, until the next run sees whose it is.
    let there = try world.files("phone")
    #expect(there["0"]?.bytes.count == 30_000 && there["1"]?.bytes.count == 30_000)
    #expect(there["2"].map { $0.bytes.allSatisfy { $0 == UInt8(ascii: "2") } && $0.bytes.count < 30_000 } ?? true)
    #expect(there["mine.txt"]?.bytes == Data("mine".utf8))
    let next = try await world.filesync("sync", "from", "mtp:", "--yes", "--json", on: .init(profile: profile))
    #expect(next.status == .exited(0), "\(next.errors)")
    try FileManager.default.removeItem(atPath: world.world.folder + "/phone/mine.txt")
    try world.expectSame("from", "phone", dates: false)
  }

  @Test func aCameraTakesNothing() async throws {
    try world.world.write("from/a.txt")
    let camera = DeviceWorld.Device(profile: "camera")
    let dry = try await world.filesync("sync", "from", "mtp:", "--dry-run", "--json", on: camera)
    #expect(dry.status == .exited(4))
    let refusals = dry.lines("plan").first?["refusals"] as? [[String: Any]]
    #expect(refusals?.map { $0["reason"] as? String } == ["readOnly"])
    let refused = try await world.filesync("sync", "from", "mtp:", "--yes", "--json", on: camera)
    #expect(refused.status == .exited(4))
    #expect((refused.lines("error").first?["cause"] as? String)?.contains("cannot be written to") ?? false)
    #expect(world.world.names("phone") == ["mine.txt"])
  }
}
