import Foundation
import StorageContract
import Subprocess
import Testing

/// `SIGKILL` at any moment of any run: before each of its changes to this computer's disk, those of the journal included,
/// when a device has done a transaction, and in the middle of data. Nothing is lost, no part of a file has a real name on a
/// disk, and the same command, given again, leaves what it leaves when nobody kills it.
///
/// Two moments of some runs each time. `FILESYNC_FAULTS=all` takes every moment of every run, and 20 of its data;
/// `FILESYNC_SHARD=K/N` the Kth of N parts.
@Suite(.serialized, .fewAtOnce) struct KilledAnywhereTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  private static let environment = ProcessInfo.processInfo.environment
  private static let isWhole = environment["FILESYNC_FAULTS"] == "all"

  /// A moment of a run.
  private enum Moment: CustomStringConvertible {
    /// The program is about to make its Nth change to the disk.
    case change(Int)
    /// A device has done its Nth transaction.
    case transaction(Int, device: Int)
    /// So many bytes of data have gone to a device or come from it.
    case byte(Int, device: Int)

    var description: String {
      switch self {
      case .change(let number): "change \(number)"
      case .transaction(let number, let device): "transaction \(number) of device \(device)"
      case .byte(let number, let device): "byte \(number) of device \(device)"
      }
    }
  }

  @Test(arguments: isWhole ? Journey.all : Journey.all.filter(\.isSampled))
  func theSameCommandGoesOn(_ journey: Journey) async throws {
    try await prepare(journey)
    let before = try trees(), old = try contents()
    let counts = try await runUndisturbed(journey)
    let after = try trees()
    var reached = 0
    for moment in Self.moments(counts, journey) {
      let when = "\(journey), killed at \(moment)"
      guard let next = try await kill(journey, moment) else { continue }
      reached += 1
      let dead = try trees("dead/")
      #expect(try contents("dead/").isSuperset(of: old), "lost by \(when)")
      if ["from", "to"].contains(journey.target.prefix { $0 != "/" }) {
        for (path, file) in dead[journey.target] ?? [:] {
          let whole = [before, after].compactMap { $0[journey.target]?[path]?.bytes }
          #expect(whole.contains(file.bytes), "\(path) is no whole file, \(when)")
        }
      }
      let isOver = journey.command[0] == "mv" && differences(dead, after, journey).isEmpty
      #expect(next.status == .exited(0) || isOver, "\(when): \(next.output) \(next.errors)")
      let wrong = differences(try trees(), after, journey)
      #expect(wrong.isEmpty, "\(when): \(wrong)")
      #expect(try temporaries().isEmpty, "\(when)")
      #expect(try contents().isSuperset(of: old), "lost after \(when)")
    }
    print("\(journey): killed \(reached) times; \(counts.changes) changes, \(counts.transactions) transactions")
    #expect(reached > 0)
  }

  // MARK: Trees

  private static let folders = ["from", "to", "phone", "card"]

  /// The user's files below each folder.
  private func trees(_ place: String = "") throws -> [String: [String: DeviceWorld.File]] {
    var trees: [String: [String: DeviceWorld.File]] = [:]
    for folder in Self.folders + ["phone/Tree", "phone/Copy", "card/Tree"] {
      trees[folder] = try world.files(place + folder).filter { path, _ in
        !path.split(separator: "/").contains { $0.hasPrefix(".filesync-") }
      }
    }
    return trees
  }

  /// All that is anywhere, old versions and temporaries, too.
  private func contents(_ place: String = "") throws -> Set<Data> {
    let all = try (Self.folders + ["data/filesync/vault"]).flatMap { try world.files(place + $0).values.map(\.bytes) }
    return Set(all)
  }

  private func temporaries() throws -> [String] {
    try (Self.folders + ["data/filesync/vault"]).flatMap { try world.files($0).keys }.filter { $0.hasSuffix(".part") }
  }

  private func differences(
    _ now: [String: [String: DeviceWorld.File]],
    _ wanted: [String: [String: DeviceWorld.File]],
    _ journey: Journey
  ) -> [String] {
    Self.folders.flatMap { folder in
      let (now, wanted) = (now[folder] ?? [:], wanted[folder] ?? [:])
      return Set(now.keys).union(wanted.keys).sorted().compactMap { path in
        guard let one = now[path], let other = wanted[path] else {
          return "\(folder)/\(path) is \(now[path] == nil ? "missing" : "one too many")"
        }
        if one.bytes != other.bytes { return "bytes of \(folder)/\(path)" }
        return journey.keepsDates(in: folder) && one.modified != other.modified ? "date of \(folder)/\(path)" : nil
      }
    }
  }

  /// Two versions of a tree: the first is synced, the second is there for the run that is killed.
  private func prepare(_ journey: Journey) async throws {
    func write(_ path: String, _ count: Int, day: Int) throws {
      let date = Date(timeIntervalSince1970: 1_500_000_000 + Double(day) * 86_400)
      try world.world.write(path, String(repeating: "\(path) \(day) ", count: count), modified: date)
    }
    for folder in Self.folders { try world.world.makeFolder(folder) }
    let (source, target) = (journey.source, journey.target)
    for folder in [source, target] { try world.world.makeFolder(folder) }
    for (day, name) in ["a.jpg", "kept.txt", "sub/b.bin"].enumerated() {
      try write("\(source)/\(name)", (day + 1) * 200, day: day)
    }
    let first = try await run(journey.first, on: journey.devices)
    try #require(first.status == .exited(0), "\(first.errors)")
    try write("\(source)/a.jpg", 500, day: 10)
    for (day, name) in ["new/deep/c.bin", "new/empty", "more/one.jpg", "more/in/two.jpg"].enumerated() {
      try write("\(source)/\(name)", [4000, 0, 300, 700][day], day: 20 + day)
    }
    try write("\(target)/mine.txt", 3, day: 30)
    if journey.command.contains("--two-way") {
      try write("\(target)/kept.txt", 70, day: 31)
      try write("\(source)/both.txt", 90, day: 32)
      try write("\(target)/both.txt", 80, day: 33)
      try write("\(target)/theirs/deep/d.bin", 900, day: 34)
    }
    if journey.command.contains("--mirror") || journey.command.contains("--two-way") {
      try FileManager.default.removeItem(atPath: "\(world.world.folder)/\(source)/sub")
    }
    if journey.command[0] == "dates" {
      let wrong = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1_400_000_000)]
      try FileManager.default.setAttributes(wrong, ofItemAtPath: "\(world.world.folder)/\(target)/kept.txt")
    }
    try await bash("mkdir before && cp -a from to phone card data state before")
  }

  private func restore() async throws {
    try await bash("rm -rf from to phone card data state dead && cp -a before/. .")
  }

  private func bash(_ script: String) async throws {
    let done = try await world.bash(script)
    try #require(done.status == .exited(0), "\(done.errors)")
  }

  // MARK: Runs

  private func run(_ command: [String], on devices: [DeviceWorld.Device]) async throws -> DeviceWorld.Ending {
    try await world.plugged(devices, ["\(builtProducts)/filesync"] + command + ["--yes"])
  }

  private struct Counts {
    var changes = 0
    /// Of each device.
    var transactions: [Int] = []
    var bytes: [Int] = []
  }

  private static let killSwitch = "\(builtProducts)/libkill-switch.so"

  /// How much a run does that nobody disturbs.
  private func runUndisturbed(_ journey: Journey) async throws -> Counts {
    var devices = journey.devices
    for index in devices.indices { devices[index].options += ["--stats", "\(world.world.folder)/stats\(index)"] }
    let script = #"""
      LD_PRELOAD="$LD_PRELOAD $1" KILL_SWITCH_COUNT=$PWD/changes "$filesync" "${@:2}" --yes
      """#
    let whole = try await plugged(devices, script, [Self.killSwitch] + journey.command)
    try #require(whole.status == .exited(0), "\(journey): \(whole.output) \(whole.errors)")
    var counts = Counts()
    counts.changes = try #require(world.world.read("changes").flatMap { Int($0.dropLast()) })
    for index in devices.indices {
      let file = try Data(contentsOf: URL(filePath: "\(world.world.folder)/stats\(index)"))
      let numbers = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
      counts.transactions.append(try #require(numbers["transactions"] as? Int))
      let bytes = ["dataSent", "dataReceived"].compactMap { numbers[$0] as? Int }
      counts.bytes.append(bytes.reduce(0, +))
    }
    try #require(([counts.changes] + counts.transactions + counts.bytes).allSatisfy { $0 > 0 }, "\(journey): \(counts)")
    return counts
  }

  private static func moments(_ counts: Counts, _ journey: Journey) -> [Moment] {
    var seed = SeededNumbers(state: UInt64(journey.description.utf8.reduce(0) { $0 + Int($1) }))
    var moments = (1...counts.changes).map(Moment.change)
    for (device, count) in counts.transactions.enumerated() {
      moments += (1...count).map { .transaction($0, device: device) }
    }
    for (device, count) in counts.bytes.enumerated() {
      moments += (0..<20).map { _ in .byte(.random(in: 1...count, using: &seed), device: device) }
    }
    moments.shuffle(using: &seed)
    guard isWhole else { return Array(moments.prefix(2)) }
    let parts = environment["FILESYNC_SHARD"]?.split(separator: "/").compactMap { Int($0) } ?? [1, 1]
    guard parts.count == 2, (1...max(1, parts[1])).contains(parts[0]) else { return moments }
    return moments.indices.filter { $0 % parts[1] == parts[0] - 1 }.map { moments[$0] }
  }

  /// Kills the run at a moment, and gives the same command again, with the devices left as they are.
  /// - Returns: how that ended; `nil` if the first run ended before the moment.
  private func kill(_ journey: Journey, _ moment: Moment) async throws -> DeviceWorld.Ending? {
    try await restore()
    var devices = journey.devices
    var at = 0
    switch moment {
    case .change(let number): at = number
    case .transaction(let number, let device): devices[device].options += ["--fault", "kill@transaction=\(number)"]
    case .byte(let number, let device): devices[device].options += ["--fault", "kill@bytes=\(number)"]
    }
    let script = #"""
      LD_PRELOAD="$LD_PRELOAD $1" KILL_SWITCH_AT=$2 "$filesync" "${@:3}" --yes > first 2>&1
      status=$?
      [ $status != 0 ] || exit 99
      [ $status = 137 ] || { cat first; exit 100; }
      mkdir dead && cp -a from to phone card data dead
      exec "$filesync" "${@:3}" --yes
      """#
    let next = try await plugged(devices, script, [Self.killSwitch, "\(at)"] + journey.command)
    if next.status == .exited(99) { return nil }
    // Killed between SendObjectInfo and SendObject: such a name is taken until the phone looks through its files again.
    guard next.status == .exited(1), devices.contains(where: { $0.profile == "android-legacy" }) else { return next }
    return try await run(journey.command, on: journey.devices)
  }

  private func plugged(
    _ devices: [DeviceWorld.Device],
    _ script: String,
    _ arguments: [String]
  ) async throws -> DeviceWorld.Ending {
    let start = "filesync=\(builtProducts)/filesync\n"
    return try await world.plugged(devices, ["/bin/bash", "-c", start + script, "script"] + arguments)
  }
}

/// A command, with what is plugged in for it.
struct Journey: Sendable, CustomStringConvertible {
  var command: [String]
  var devices: [DeviceWorld.Device] = []
  /// The folders of both ends.
  var source: String
  var target: String
  /// Makes the history: a sync of the two ends.
  var first: [String]
  /// Whether `make test` takes it, too.
  var isSampled = false

  var description: String { ([command.joined(separator: " ")] + devices.map(\.profile)).joined(separator: ", ") }

  /// Whether files get the dates there that they have at the source.
  func keepsDates(in folder: String) -> Bool {
    guard target.hasPrefix(folder) else { return true }
    if devices.contains(where: { source.hasPrefix($0.folder) && $0.profile == "minimal" }) { return false }
    guard let device = devices.first(where: { $0.folder == folder }) else { return true }
    return ["android", "player"].contains(device.profile)
  }

  /// One of `sync`, `verify`, `move`, `mirror`, `two-way`, `copy`, `mv` and `dates` from one place to another; `nil` is this computer.
  init(_ verb: String, from: String?, to: String?, isWithinOneDevice: Bool = false, isSampled: Bool = false) {
    let options = ["--longest-wait", "250"]
    devices = from.map { [DeviceWorld.Device(profile: $0, options: options)] } ?? []
    if let to, !isWithinOneDevice {
      devices.append(DeviceWorld.Device(profile: to, folder: from == nil ? "phone" : "card", options: options))
    }
    source = from == nil ? "from" : "phone/Tree"
    target = isWithinOneDevice ? "phone/Copy" : to == nil ? "to" : "\(devices.last?.folder ?? "")/Tree"
    func location(_ folder: String) -> String {
      let parts = folder.split(separator: "/", maxSplits: 1)
      return parts.count == 1 ? folder : "mtp:\(parts[0].uppercased())//\(parts[1])"
    }
    let (source, target) = (location(self.source), location(self.target))
    first = ["sync", source, target]
    command =
      switch verb {
      case "copy": ["copy", "\(source)/a.jpg", "\(source)/new", target, "--overwrite"]
      // Within a storage nothing is compared: what has the name is in the way.
      case "mv": ["mv", "\(source)/more"] + (devices.isEmpty ? [] : ["\(source)/kept.txt"]) + [target]
      case "mirror": ["sync", source, target, "--mirror"]
      case "two-way": ["sync", source, target, "--two-way"]
      case "verify", "move": ["sync", source, target, "--\(verb)"]
      default: [verb, source, target]
      }
    self.isSampled = isSampled
  }

  /// Every command, in every direction, with every kind of device that behaves in a way of its own.
  static let all: [Journey] = [
    Journey("sync", from: nil, to: nil, isSampled: true),
    Journey("copy", from: nil, to: nil),
    Journey("mv", from: nil, to: nil),
    Journey("dates", from: nil, to: nil, isSampled: true),
    Journey("sync", from: nil, to: "android", isSampled: true),
    Journey("sync", from: nil, to: "android-legacy"),
    Journey("sync", from: nil, to: "umtp"),
    Journey("sync", from: nil, to: "player"),
    Journey("sync", from: nil, to: "minimal", isSampled: true),
    Journey("sync", from: "android", to: nil, isSampled: true),
    Journey("sync", from: "umtp", to: nil),
    Journey("sync", from: "camera", to: nil),
    Journey("sync", from: "minimal", to: nil),
    Journey("sync", from: "android", to: "umtp", isSampled: true),
    Journey("sync", from: "minimal", to: "player"),
    Journey("sync", from: "android", to: "android", isWithinOneDevice: true),
    Journey("verify", from: nil, to: nil),
    Journey("move", from: nil, to: nil),
    Journey("move", from: "android", to: nil, isSampled: true),
    Journey("verify", from: nil, to: "android", isSampled: true),
    Journey("mirror", from: nil, to: nil, isSampled: true),
    Journey("mirror", from: nil, to: "android"),
    Journey("mirror", from: nil, to: "player"),
    Journey("mirror", from: nil, to: "minimal", isSampled: true),
    Journey("mirror", from: "android", to: nil),
    Journey("two-way", from: nil, to: nil, isSampled: true),
    Journey("two-way", from: nil, to: "android", isSampled: true),
    Journey("two-way", from: nil, to: "umtp"),
    Journey("two-way", from: nil, to: "minimal"),
    Journey("two-way", from: "android", to: nil),
    Journey("copy", from: nil, to: "android"),
    Journey("copy", from: nil, to: "minimal"),
    Journey("copy", from: "android", to: nil),
    Journey("mv", from: nil, to: "android"),
    Journey("mv", from: "android", to: nil, isSampled: true),
    Journey("mv", from: "android", to: "umtp"),
    Journey("dates", from: "android", to: nil),
    Journey("dates", from: nil, to: "player"),
  ]
}
