import Foundation
import StorageContract
import Subprocess
import Testing

/// Faults of a device as the program tells of them, and that the next run finishes.
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
    // Of libmtp's own texts, nothing is seen.
    #expect(!first.errors.contains("LIBMTP") && !first.errors.contains("PTP_ERROR"), "\(first.errors)")
    let next = try await world.bash(Self.sync, "tree", "mtp:/Tree", on: device("android", "phone"))
    #expect(next.status == .exited(0), "\(next.output) \(next.errors)")
    try world.expectSame("tree", "phone/Tree")
  }
}
