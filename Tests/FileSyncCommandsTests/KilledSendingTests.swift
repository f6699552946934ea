import Foundation
import Subprocess
import Testing

/// `kill -9` at any moment: nothing that was on the device is lost, and the next run finishes.
@Suite(.serialized, .fewAtOnce) struct KilledSendingTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  /// Twelve files in three folders, their contents as of one version.
  private func write(version: Int) throws {
    for number in 0..<12 where version == 1 || number % 3 != 0 {
      let text = String(repeating: "version \(version) of \(number), ", count: 15_000 + 1_000 * version + number)
      let date = Date(timeIntervalSince1970: 1_500_000_000 + Double(version * 86_400 + number))
      try world.world.write("from/folder \(number % 4)/\(number).bin", text, modified: date)
    }
  }

  /// Runs a sync that is killed once it has said of the `steps`th step that it began, then a second one, while the
  /// device stays plugged in; then a third one. Checks after each.
  private func killed(atStep steps: Int, _ device: DeviceWorld.Device, keeping old: Set<Data>) async throws {
    let script = #"""
      rm -rf events dead dead-vault
      "$filesync" sync from mtp:/Tree --yes --json > events 2> errors & pid=$!
      until [ "$(grep -c '"type":"began"' events)" -ge "$1" ]; do
        kill -0 $pid || exit 1
      done
      kill -9 $pid
      wait $pid 2> /dev/null
      cp -a phone dead
      cp -a data/filesync/vault dead-vault
      exec "$filesync" sync from mtp:/Tree --yes --json
      """#
    let when = "killed at step \(steps)"
    let next = try await world.bash(script, "\(steps)", on: device)
    #expect(next.status == .exited(0), "\(when): \(next.errors) \(world.world.read("errors") ?? "")")
    func contents(_ folders: String...) throws -> Set<Data> {
      Set(try folders.flatMap { try world.files($0).values.map(\.bytes) })
    }
    #expect(try contents("dead", "dead-vault").isSuperset(of: old), "lost by being \(when)")
    try expectFinished(device, when)
    #expect(try contents("phone", "data/filesync/vault").isSuperset(of: old), "lost after being \(when)")
    let last = try await world.filesync("sync", "from", "mtp:/Tree", "--yes", "--json", on: device)
    #expect(last.status == .exited(0) && last.copied == 0 && last.count("adopted") == 0, "\(when): \(last.errors)")
  }

  /// The device has what the source has, with its dates if it keeps any, and what was there; and no temporary is left.
  private func expectFinished(_ device: DeviceWorld.Device, _ when: String) throws {
    let wanted = try world.files("from")
    let now = try world.files("phone/Tree").filter { !$0.key.hasPrefix(".filesync-vault/") }
    #expect(now.keys.sorted() == (wanted.keys + ["mine.txt"]).sorted(), "\(when)")
    for (path, file) in wanted {
      #expect(now[path]?.bytes == file.bytes, "bytes of \(path), \(when)")
      if device.profile == "android" { #expect(now[path]?.modified == file.modified, "date of \(path), \(when)") }
    }
    let temporaries = try world.files("data/filesync/vault").keys.filter { $0.contains(".filesync-") }
    #expect(temporaries.isEmpty, "\(when)")
  }

  @Test(arguments: ["android", "umtp", "minimal"])
  func anyMoment(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.world.write("phone/Tree/mine.txt", "not from here")
    var old: Set<Data> = [Data("not from here".utf8)]
    for version in 1...3 {
      try write(version: version)
      // The first run has folders to make before it sends.
      let steps = version == 1 ? 5...16 : 1...8
      try await killed(atStep: .random(in: steps), device, keeping: old)
      old.formUnion(try world.files("from").values.map(\.bytes))
    }
  }

  @Test(arguments: ["android", "umtp", "minimal"], [false, true])
  func inTheMiddleOfAFile(profile: String, isReplacing: Bool) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.world.write("phone/mine.txt", "mine")
    try world.world.write("from/a.txt", "alpha")
    let sync = ["sync", "from", "mtp:", "--yes", "--json"]
    if isReplacing {
      try world.world.write("from/large", "the old version")
      let first = try await world.filesync("sync", "from", "mtp:", "--yes", on: device)
      try #require(first.status == .exited(0), "\(first.errors)")
    }
    // The device reads no further than that, so that there is time to kill.
    let reached = Int.random(in: 2_000_000...19_000_000)
    var stuck = device
    stuck.options = ["--fault", "silence@SendObject#\(isReplacing ? 1 : 2)+\(reached)"]
    let script = #"""
      rm -f from/large && head -c 20000000 /dev/urandom > from/large
      "$filesync" sync from mtp: --yes & pid=$!
      until [ -n "$(find phone -size +1000k)" ]; do
        kill -0 $pid || exit 1
      done
      kill -9 $pid
      wait $pid
      [ $? = 137 ] || exit 1
      cp -a phone dead
      """#
    let first = try await world.bash(script, on: stuck)
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(world.world.read("dead/mine.txt") == "mine")
    if isReplacing {
      let kept = try world.files("data/filesync/vault").values.map(\.bytes)
      #expect(world.world.read("dead/large") == "the old version" || kept.contains(Data("the old version".utf8)))
    }
    let next = try await world.plugged([device], ["\(builtProducts)/filesync"] + sync)
    #expect(next.status == .exited(0), "killed at \(reached): \(next.errors)")
    let same = try await world.plugged([], ["/usr/bin/cmp", "from/large", "phone/large"])
    #expect(same.status == .exited(0), "\(same.output)")
    #expect(world.world.names("phone").filter { $0 != ".filesync-vault" } == ["a.txt", "large", "mine.txt"])
    let last = try await world.plugged([device], ["\(builtProducts)/filesync"] + sync)
    #expect(last.status == .exited(0) && last.copied == 0, "\(last.errors)")
  }

  /// The device waits for the rest of the file, and takes the next program's first command for it.
  @Test(arguments: ["umtp", "minimal"])
  func whileTheDeviceStaysPluggedIn(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.world.makeFolder("phone")
    try world.world.makeFolder("from")
    // Sparse: only its way over the bus takes time.
    let script = #"""
      truncate -s 400M from/large
      "$filesync" sync from mtp: --yes > first & pid=$!
      until [ -n "$(find phone -size +1000k)" ]; do
        kill -0 $pid || exit 10
      done
      kill -9 $pid
      wait $pid
      [ $? = 137 ] || exit 11
      exec "$filesync" sync from mtp: --yes --json
      """#
    let next = try await world.bash(script, on: device)
    #expect(next.status == .exited(0) && next.copied == 1, "\(next.errors)")
    #expect(world.world.names("phone") == ["large"])
    let same = try await world.plugged([], ["/usr/bin/cmp", "from/large", "phone/large"])
    #expect(same.status == .exited(0), "\(same.output)")
  }
}
