import Foundation
import Subprocess
import SystemPackage
import Testing

/// The built program with virtual devices plugged in, over real libmtp.
@Suite(.fewAtOnce) struct VirtualDeviceTests {
  private let world: World
  private let environment: Environment
  /// 2021-07-01T12:00:00Z: summer in the north.
  private let date = Date(timeIntervalSince1970: 1_625_140_800)

  init() throws {
    world = try World()
    try world.write("phone/DCIM/Camera/IMG_1.jpg", "first picture", modified: date)
    try world.write("phone/DCIM/Camera/IMG_2.jpg", "second", modified: date - 180 * 86_400)
    try world.write("phone/Music/song.mp3", "la")
    environment = .inherit.updating([
      "HOME": world.folder, "XDG_DATA_HOME": world.folder + "/data", "XDG_STATE_HOME": world.folder + "/state",
      "TZ": "America/New_York",
    ])
  }

  /// Runs `filesync` with a phone plugged in, and further options for `virtual-mtp`.
  private func run(
    _ arguments: String...,
    device: [String] = ["--serial", "2B1111"],
    timeout: String? = nil
  ) async throws -> (status: TerminationStatus, output: String, errors: String) {
    let result = try await Subprocess.run(
      .path(FilePath("\(builtProducts)/virtual-mtp")),
      arguments: Arguments(
        ["--folder", world.folder + "/phone"] + device + ["--", "\(builtProducts)/filesync"] + arguments
      ),
      environment: environment.updating(["FILESYNC_TIMEOUT": timeout]),
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    return (result.terminationStatus, result.standardOutput, result.standardError)
  }

  private func modified(_ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: "\(world.folder)/\(path)")[.modificationDate] as? Date
  }

  @Test(arguments: ["android", "umtp", "camera", "minimal"])
  func theMainJob(profile: String) async throws {
    let device = ["--serial", "2B1111", "--profile", profile]
    let first = try await run("sync", "mtp:2B1111//DCIM", "to", "--yes", device: device)
    #expect(first.status == .exited(0))
    #expect(first.output.contains("2 files copied (19 bytes)."))
    #expect(first.errors.isEmpty)
    #expect(world.read("to/Camera/IMG_1.jpg") == "first picture")
    if profile != "minimal" {
      #expect(try modified("to/Camera/IMG_1.jpg") == date)
      #expect(try modified("to/Camera/IMG_2.jpg") == date - 180 * 86_400)
      #expect(first.output.contains("Dates: 2 kept and verified."))
    }
    let second = try await run("sync", "mtp:2B1111//DCIM", "to", "--yes", device: device)
    #expect(second.status == .exited(0))
    #expect(second.output.contains("Nothing copied; 2 files up to date."))
  }

  @Test func devicesPrintsNothingOfLibmtps() async throws {
    let result = try await run("devices", "--json", device: ["--serial", "2B1111", "--profile", "camera"])
    #expect(result.status == .exited(0))
    #expect(result.output.hasPrefix("{") && result.output.split(separator: "\n").count == 1)
    #expect(result.output.contains(#""location":"mtp:2B1111""#))
    #expect(result.errors.isEmpty)
  }

  @Test func lsListsTheDevice() async throws {
    let result = try await run("ls", "-R", "mtp:google pixel 7/internal")
    #expect(result.status == .exited(0))
    #expect(
      result.output == ".:\nDCIM/\nMusic/\n\nDCIM:\nCamera/\n\nDCIM/Camera:\nIMG_1.jpg\nIMG_2.jpg\n\nMusic:\nsong.mp3\n"
    )
  }

  @Test func twoDevicesAndNoneNamed() async throws {
    let result = try await run(
      "sync",
      "mtp:",
      "to",
      "--yes",
      device: ["--serial", "2B1111", "--folder", world.folder + "/phone/Music", "--serial", "RZ8"]
    )
    #expect(result.status == .exited(64))
    #expect(result.errors.contains("mtp:2B1111") && result.errors.contains("mtp:RZ8"))
  }

  @Test func aNameThatFitsNone() async throws {
    let result = try await run("sync", "mtp:Nokia", "to", "--yes")
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("Nokia") && result.errors.contains("mtp:2B1111"))
  }

  @Test(arguments: [("DCIN", "DCIN: There is no such folder"), ("DCIM/Camera/IMG_1.jpg", "IMG_1.jpg: This is a file")])
  func theSourceMustBeAFolder(path: String, words: String) async throws {
    let result = try await run("sync", "mtp:2B1111//\(path)", "to", "--yes")
    #expect(result.status == .exited(4))
    #expect(result.errors.contains(words))
    #expect(!world.names("").contains("to"))
  }

  @Test func theOnlyStorageNeedsNoName() async throws {
    let result = try await run("sync", "mtp:/DCIM/Camera", "to", "--yes")
    #expect(result.status == .exited(0))
    #expect(world.names("to") == ["IMG_1.jpg", "IMG_2.jpg"])
    let list = try await run("ls", "mtp:2B1111/DCIM")
    #expect(list.output.contains("Camera"))
    let none = try await run("ls", "mtp:2B1111/DCIN")
    #expect(none.status == .exited(4))
    #expect(none.errors.contains("DCIN: There is no such folder"))
  }

  @Test func aStorageThatFitsNone() async throws {
    let result = try await run("sync", "mtp:2B1111/card/DCIM", "to", "--yes")
    #expect(result.status == .exited(4))
    #expect(result.errors.contains("mtp:2B1111/internal"))
  }

  @Test func aLockedPhoneIsNotReady() async throws {
    let result = try await run("sync", "mtp:", "to", "--yes", device: ["--serial", "2B1111", "--locked", "3600"])
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("locked") && result.errors.contains("Unlock it") && result.errors.contains("--wait"))
  }

  @Test func aLockedPhoneIsWaitedForThroughItsNewProductID() async throws {
    let result = try await run(
      "sync",
      "mtp:",
      "to",
      "--yes",
      "--wait",
      "60",
      device: ["--serial", "2B1111", "--locked", "0.5", "--unlocked-product", "4ee2"]
    )
    #expect(result.status == .exited(0))
    #expect(world.read("to/DCIM/Camera/IMG_2.jpg") == "second")
  }

  @Test(arguments: [
    ("unplug@GetObject#2+3", CInt(2), "Plug it in again"), ("respond=2002@GetObject#2", 1, "refused to send a file"),
    ("truncate=5@GetObject#2", 1, "Failed: Camera/IMG_2.jpg"), ("garbage@GetObject#2", 0, "Trying again"),
    ("reconnect@GetObject#2+3", 0, "Trying again"),
  ])
  func troubleLeavesNoHalfFileAndTheNextRunGoesOn(fault: String, status: CInt, words: String) async throws {
    let first = try await run(
      "sync",
      "mtp:2B1111//DCIM",
      "to",
      "--yes",
      device: ["--serial", "2B1111", "--fault", fault]
    )
    #expect(first.status == .exited(status))
    #expect(first.errors.contains(words))
    for name in world.names("to/Camera") where !name.hasPrefix(".filesync-") {
      #expect(world.read("to/Camera/\(name)") == world.read("phone/DCIM/Camera/\(name)"))
    }
    let second = try await run("sync", "mtp:2B1111//DCIM", "to", "--yes")
    #expect(second.status == .exited(0))
    #expect(second.output.contains(status == 0 ? "Nothing copied; 2 files" : "1 file copied"))
    #expect(world.names("to/Camera") == ["IMG_1.jpg", "IMG_2.jpg"])
  }

  @Test func aDeviceThatStaysSilentIsNotReady() async throws {
    let fault = ["--serial", "2B1111", "--fault", "silence@GetObject#all"]
    let result = try await run("sync", "mtp:2B1111//Music", "to", "--yes", device: fault, timeout: "1")
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("song.mp3: The device has stopped answering (silent for 1 s)."))
    #expect(result.errors.contains("Unplug it, plug it in again, then run the same command again: it goes on."))
    #expect(world.names("to").allSatisfy { $0.hasPrefix(".filesync-") })
    let second = try await run("sync", "mtp:2B1111//Music", "to", "--yes")
    #expect(second.status == .exited(0))
    #expect(world.read("to/song.mp3") == "la")
  }

  @Test func catThatIsCutOffDoesNotSayThatItGoesOn() async throws {
    let fault = ["--serial", "2B1111", "--fault", "unplug@GetObject"]
    let result = try await run("cat", "mtp:2B1111//Music/song.mp3", device: fault, timeout: "1")
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("Plug it in again, then run the same command again.\n"), "\(result.errors)")
  }

  @Test func readsWithoutASync() async throws {
    let picture = try await run("cat", "mtp:/DCIM/Camera/IMG_1.jpg")
    #expect(picture.status == .exited(0) && picture.errors.isEmpty)
    #expect(picture.output == "first picture")
    let space = try await run("df", "--json")
    #expect(space.status == .exited(0))
    #expect(space.output.contains(#""location":"mtp:2B1111/internal""#))
  }

  @Test func copiesWhatIsNamed() async throws {
    try world.makeFolder("to")
    let result = try await run("copy", "mtp:/DCIM/Camera/IMG_1.jpg", "mtp:/Music", "to", "--yes")
    #expect(result.status == .exited(0))
    #expect(world.names("to") == ["IMG_1.jpg", "Music"])
    #expect(try modified("to/IMG_1.jpg") == date)
    #expect(world.read("to/Music/song.mp3") == "la")
  }
}
