import Foundation
import StorageContract
import Subprocess
import Testing

/// Faults of a device as the program tells of them, and `SIGKILL` at any transaction: what is there afterwards, and that
/// the next run finishes. `FILESYNC_FAULTS=all` kills at every transaction.
@Suite(.serialized, .fewAtOnce) struct FaultProgramTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    for (number, name) in ["a.jpg", "sub/b.bin", "sub/c.txt", "new/empty"].enumerated() {
      let date = Date(timeIntervalSince1970: 1_500_000_000 + Double(number) * 86_400)
      try world.world.write(
        "tree/\(name)",
        String(repeating: "\(name) ", count: name == "new/empty" ? 0 : (number + 1) * 900),
        modified: date
      )
    }
  }

  /// A device over `folder`, for which nobody waits long.
  private func device(_ profile: String, _ folder: String, _ faults: String...) -> DeviceWorld.Device {
    let options = faults.flatMap { ["--fault", $0] } + ["--longest-wait", "250"]
    return DeviceWorld.Device(profile: profile, folder: folder, options: options)
  }

  private static let sync = #"FILESYNC_TIMEOUT=0.5 "$filesync" sync "$1" "$2" --yes "#

  // MARK: Exit statuses

  struct Trouble: Sendable, CustomStringConvertible {
    var fault: String
    var status: Int32
    /// What it says.
    var words: String
    var description: String { fault }
  }

  @Test(arguments: [
    Trouble(fault: "unplug@transaction=1", status: 2, words: "went away"),
    Trouble(fault: "unplug@SendObject+1000", status: 2, words: "unplugged and is still away"),
    Trouble(fault: "unplug@GetObjectHandles", status: 2, words: "unplugged and is still away"),
    Trouble(fault: "reconnect@SendObject+1000", status: 0, words: ""),
    Trouble(fault: "reset@GetStorageIDs", status: 0, words: ""),
    Trouble(fault: "reset@GetObjectHandles", status: 0, words: ""),
    Trouble(fault: "reset@SendObjectInfo", status: 0, words: "Trying again"),
    Trouble(fault: "reset@SendObject", status: 0, words: "Trying again"),
    Trouble(fault: "silence@SendObjectInfo", status: 0, words: ""),
    Trouble(fault: "wedge@SendObject", status: 0, words: ""),
    Trouble(fault: "garbage@GetObjectHandles", status: 0, words: ""),
    Trouble(fault: "full@SendObject+10", status: 4, words: "is full"),
    Trouble(fault: "respond=StoreFull@SendObjectInfo", status: 4, words: "StoreFull"),
    Trouble(fault: "respond=AccessDenied@SendObjectInfo#2", status: 1, words: "AccessDenied"),
    Trouble(fault: "lock@GetObjectHandles", status: 2, words: "Unlock it"),
    Trouble(fault: "lose-storage@SendObjectInfo", status: 2, words: "InvalidStorageID"),
  ])
  func aFaultHasItsStatusAndItsWords(_ trouble: Trouble) async throws {
    try world.world.makeFolder("phone/Tree")
    let phone = device("android", "phone", trouble.fault)
    let first = try await world.bash(Self.sync, "tree", "mtp:/Tree", on: phone)
    #expect(first.status == .exited(trouble.status), "\(first.output) \(first.errors)")
    #expect(
      trouble.words.isEmpty || (first.output + first.errors).contains(trouble.words),
      "\(first.output) \(first.errors)"
    )
    let next = try await world.bash(Self.sync, "tree", "mtp:/Tree", on: device("android", "phone"))
    #expect(next.status == .exited(0), "\(next.output) \(next.errors)")
    try world.expectSame("tree", "phone/Tree")
  }

  // MARK: Killed

  private static let isWhole = ProcessInfo.processInfo.environment["FILESYNC_FAULTS"] == "all"

  @Test(arguments: isWhole ? ["android", "android-legacy", "umtp", "player", "minimal"] : ["android", "minimal"])
  func killedWhileItSends(_ profile: String) async throws {
    try await kill(profile, from: "tree", to: "mtp:/Tree") { try world.world.makeFolder("phone/Tree") }
  }

  @Test(arguments: isWhole ? ["android", "umtp", "minimal"] : ["android"])
  func killedWhileItReads(_ profile: String) async throws {
    try await kill(profile, from: "mtp:/Tree", to: "here") {
      try world.world.makeFolder("phone")
      let path = world.world.folder
      try FileManager.default.copyItem(atPath: path + "/tree", toPath: path + "/phone/Tree")
      for (name, file) in try world.files("tree") {
        let date = Date(timeIntervalSince1970: Double(file.modified))
        let attributes = [FileAttributeKey.modificationDate: date]
        try FileManager.default.setAttributes(attributes, ofItemAtPath: "\(path)/phone/Tree/\(name)")
      }
    }
  }

  /// Kills a sync at one transaction after another, and has the next run finish while the device stays plugged in.
  private func kill(_ profile: String, from: String, to: String, _ prepare: () throws -> Void) async throws {
    let stats = world.world.folder + "/stats.json"
    func clear() throws {
      for folder in ["phone", "here", "data", "state"] {
        try? FileManager.default.removeItem(atPath: "\(world.world.folder)/\(folder)")
      }
      try prepare()
    }
    try clear()
    var whole = device(profile, "phone")
    whole.options += ["--stats", stats]
    #expect(try await world.bash(Self.sync, from, to, on: whole).status == .exited(0))
    let numbers = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: stats))) as? [String: Any]
    let count = try #require(numbers?["transactions"] as? Int)
    var seed = SeededNumbers(state: UInt64(profile.utf8.reduce(0) { $0 + Int($1) }))
    let moments = Self.isWhole ? Array(1...count) : Array((1...count).shuffled(using: &seed).prefix(3))
    for moment in moments {
      try clear()
      let script = Self.sync + "> first 2>&1\n[ $? = 137 ] || exit 100\n" + Self.sync + "--json"
      var next = try await world.bash(script, from, to, on: device(profile, "phone", "kill@transaction=\(moment)"))
      let when: Comment = "killed at transaction \(moment) of \(count)"
      if profile == "android-legacy", next.status == .exited(1) {
        // Killed between SendObjectInfo and SendObject: such a name is taken until the phone looks through its files again.
        next = try await world.bash(Self.sync, from, to, on: device(profile, "phone"))
      }
      #expect(next.status == .exited(0), "\(when): \(next.output) \(next.errors)")
      let keepsDates = to == "here" ? profile != "minimal" : ["android", "player"].contains(profile)
      try world.expectSame("tree", to == "here" ? "here" : "phone/Tree", dates: keepsDates, "\(when)")
      if to == "here" { try world.expectSame("tree", "phone/Tree", "\(when)") }
    }
  }
}
