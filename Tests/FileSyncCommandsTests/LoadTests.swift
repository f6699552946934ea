import Foundation
import Subprocess
import Testing

/// Many files in one folder, through the program and a device, both ways: how many transactions they take, and that the
/// second run takes none for a file. `make load` measures time and memory, with more of them.
@Suite(.fewAtOnce) struct LoadTests {
  private static let count = 1000
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    for number in 0..<Self.count {
      let date = Date(timeIntervalSince1970: 1_500_000_000 + Double(number) * 2)
      try world.world.write("many/IMG_\(number).jpg", "file \(number)", modified: date)
    }
    try world.world.makeFolder("phone")
  }

  /// Runs a sync, and says how many files came and how many commands of each kind the device got.
  private func sync(_ from: String, _ to: String) async throws -> (copied: Int?, operations: [String: Int]) {
    let stats = world.world.folder + "/stats.json"
    let device = DeviceWorld.Device(profile: "android", options: ["--stats", stats])
    let run = try await world.filesync("sync", from, to, "--yes", "--json", on: device)
    #expect(run.status == .exited(0), "\(run.errors)")
    let numbers = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: stats))) as? [String: Any]
    let operations = try #require(numbers?["operations"] as? [String: Int])
    return (run.copied, Dictionary(uniqueKeysWithValues: operations.map { ($0.split(separator: " ")[0] + "", $1) }))
  }

  @Test func thousandsInOneFolder() async throws {
    let sent = try await sync("many", "mtp:")
    #expect(sent.copied == Self.count)
    #expect(sent.operations["SendObjectInfo"] == Self.count && sent.operations["SendObject"] == Self.count)
    let back = try await sync("mtp:", "back")
    #expect(back.copied == Self.count && back.operations["GetObject"] == Self.count)
    try world.expectSame("many", "phone")
    try world.expectSame("many", "back")
    for (from, to) in [("many", "mtp:"), ("mtp:", "back")] {
      let again = try await sync(from, to)
      #expect(again.copied == 0)
      // A list of handles and five of properties are all that the folder takes.
      #expect(again.operations["GetObjectHandles"] == 1 && again.operations["GetObjectPropList"] == 5)
      #expect(again.operations.values.reduce(0, +) <= 60, "\(again.operations)")
    }
    for run in [sent, back] {
      let others = run.operations.filter { !["SendObjectInfo", "SendObject", "GetObject"].contains($0.key) }
      #expect(others.values.reduce(0, +) <= 60, "\(others)")
    }
  }
}
