import Foundation
import Subprocess
import Testing

/// The main job the other way: a tree onto a device, and back.
@Suite(.serialized, .fewAtOnce) struct SentTreeTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  /// What `ls` shows of the device: the dates that it reports itself.
  private func reported(_ folder: String, on device: DeviceWorld.Device, zone: String) async throws -> [String: String]
  {
    let list = try await world.filesync("ls", "-R", "--json", "mtp:/\(folder)", on: device, zone: zone)
    #expect(list.status == .exited(0), "\(list.errors)")
    let files = list.lines("entry").filter { $0["kind"] as? String == "file" }
    return Dictionary(
      uniqueKeysWithValues: files.compactMap { file in
        (file["path"] as? String).map { ($0, file["modified"] as? String ?? "none") }
      }
    )
  }

  @Test(arguments: ["android", "player"], [nil, "America/New_York"])
  func everyDateArrives(profile: String, elsewhere: String?) async throws {
    // The other zone is a matter of dates, of which a part of the tree has all.
    let count = elsewhere == nil ? 500 : 100
    try await world.makeTree("from", count: count)
    try world.world.makeFolder("phone")
    let host = elsewhere == nil ? "Europe/Berlin" : "Asia/Kathmandu"
    let device = DeviceWorld.Device(profile: profile, options: elsewhere.map { ["--zone", $0] } ?? [])
    let first = try await world.filesync("sync", "from", "mtp:/Tree", "--yes", "--json", on: device, zone: host)
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(first.copied == count && first.dates == ["verified": count])
    try world.expectSame("from", "phone/Tree")

    let second = try await world.filesync("sync", "from", "mtp:/Tree", "--yes", "--json", on: device, zone: host)
    #expect(second.status == .exited(0) && second.copied == 0 && second.count("unchanged") == count)
    guard elsewhere == nil else { return }

    let times = try await reported("Tree", on: device, zone: host)
    let format = Date.ISO8601FormatStyle(timeZone: .gmt)
    for (path, file) in try world.files("from") {
      #expect(times[path] == Date(timeIntervalSince1970: Double(file.modified)).formatted(format), "\(path)")
    }
    let back = try await world.filesync("sync", "mtp:/Tree", "from", "--yes", "--json", on: device, zone: host)
    #expect(back.status == .exited(0) && back.copied == 0, "\(back.errors)")
    let away = try await world.filesync("sync", "mtp:/Tree", "new", "--yes", "--json", on: device, zone: host)
    #expect(away.status == .exited(0) && away.copied == 500 && away.dates == ["verified": 500])
    try world.expectSame("from", "new")
  }

  @Test(arguments: ["umtp", "minimal"])
  func whatADeviceDoesNotDateTheJournalDoes(profile: String) async throws {
    let count = profile == "umtp" ? 500 : 100
    try await world.makeTree("from", count: count, only: "all")
    try world.world.makeFolder("phone")
    let device = DeviceWorld.Device(profile: profile)
    let zone = "America/New_York"
    let first = try await world.filesync("sync", "from", "mtp:/Tree", "--yes", "--json", on: device, zone: zone)
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(first.copied == count && first.dates == ["manifest": count])
    #expect(first.errors.contains("Dates: \(count) kept in the journal only."))
    try world.expectSame("from", "phone/Tree", dates: false)

    let second = try await world.filesync("sync", "from", "mtp:/Tree", "--yes", "--json", on: device, zone: zone)
    #expect(second.status == .exited(0) && second.copied == 0 && second.count("unchanged") == count)
    let back = try await world.filesync("sync", "mtp:/Tree", "from", "--yes", "--json", on: device, zone: zone)
    #expect(back.status == .exited(0) && back.copied == 0, "\(back.errors)")
    let away = try await world.filesync("sync", "mtp:/Tree", "new", "--yes", "--json", on: device, zone: zone)
    #expect(away.status == .exited(0) && away.copied == count && away.dates == ["verified": count])
    try world.expectSame("from", "new")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/time"), "needs GNU time (package time)"))
  func threeGibibytesInLittleMemory() async throws {
    try world.world.makeFolder("from")
    try world.world.makeFolder("phone")
    let large = "\(world.world.folder)/from/large"
    let device = DeviceWorld.Device(profile: "android")
    // Something at the very end, beyond 31 bits.
    let make = "truncate -s 3G \"$1\" && printf end | dd of=\"$1\" bs=1 seek=3221225469 conv=notrunc"
    #expect(try await world.plugged([], ["/bin/bash", "-c", make, "make", large]).status == .exited(0))
    let script = #"exec /usr/bin/time -o memory -f %M "$filesync" sync from mtp:/Tree --yes"#
    let sent = try await world.bash(script, on: device)
    #expect(sent.status == .exited(0) && sent.output.contains("1 file copied"), "\(sent.errors)")
    let copy = "\(world.world.folder)/phone/Tree/large"
    #expect(try await world.plugged([], ["/usr/bin/cmp", large, copy]).status == .exited(0))
    let kibibytes = Int(world.world.read("memory")?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
    #expect(try #require(kibibytes) < 64 << 10)
  }
}
