import Foundation
import Subprocess
import SystemPackage
import Testing

/// The built program, writing to a virtual device over real libmtp.
@Suite(.fewAtOnce) struct VirtualWritingTests {
  private let world: World
  private let environment: Environment
  private let date = Date(timeIntervalSince1970: 1_625_140_800)

  init() throws {
    world = try World()
    try world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    try world.makeFolder("phone/Music")
    try world.write("from/a.txt", "alpha", modified: date)
    try world.write("from/sub/b.txt", "beta", modified: date - 180 * 86_400)
    environment = .inherit.updating([
      "HOME": world.folder, "XDG_DATA_HOME": world.folder + "/data", "XDG_STATE_HOME": world.folder + "/state",
      "TZ": "America/New_York", "FILESYNC_PROBE": "no",
    ])
  }

  private func run(
    _ arguments: String...,
    device: [String] = []
  ) async throws -> (status: TerminationStatus, output: String, errors: String) {
    let result = try await Subprocess.run(
      .path(FilePath("\(builtProducts)/virtual-mtp")),
      arguments: Arguments(
        ["--folder", world.folder + "/phone", "--serial", "2B1111"] + device + ["--", "\(builtProducts)/filesync"]
          + arguments
      ),
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    return (result.terminationStatus, result.standardOutput, result.standardError)
  }

  private func modified(_ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: "\(world.folder)/\(path)")[.modificationDate] as? Date
  }

  @Test func copiesWithDatesAndThenNothing() async throws {
    let first = try await run("copy", "from/a.txt", "from/sub", "mtp:/DCIM", "--yes")
    #expect(first.status == .exited(0) && first.errors.isEmpty)
    #expect(first.output.contains("Dates: 2 kept and verified."))
    #expect(world.read("phone/DCIM/sub/b.txt") == "beta")
    #expect(try modified("phone/DCIM/a.txt") == date)
    #expect(try modified("phone/DCIM/sub/b.txt") == date - 180 * 86_400)
    let second = try await run("copy", "from/a.txt", "from/sub", "mtp:/DCIM", "--yes")
    #expect(second.output.contains("Nothing copied; 2 files up to date."))
  }

  @Test func syncsIntoAFolderThatIsMade() async throws {
    let first = try await run("sync", "from", "mtp:/Backup", "--yes")
    #expect(first.status == .exited(0))
    #expect(try modified("phone/Backup/sub/b.txt") == date - 180 * 86_400)
    let second = try await run("sync", "from", "mtp:/Backup", "--yes")
    #expect(second.output.contains("Nothing copied; 2 files up to date."))
  }

  @Test func makesRenamesMovesAndRemoves() async throws {
    #expect(try await run("mkdir", "-p", "mtp:/DCIM/x/y").status == .exited(0))
    #expect(world.names("phone/DCIM") == ["one.jpg", "x"])
    #expect(try await run("mkdir", "mtp:/DCIM/x").status == .exited(4))
    #expect(try await run("mv", "mtp:/DCIM/one.jpg", "mtp:/DCIM/two.jpg").status == .exited(0))
    #expect(try await run("mv", "mtp:/DCIM/two.jpg", "mtp:/DCIM/x/y").status == .exited(0))
    #expect(world.read("phone/DCIM/x/y/two.jpg") == "first picture")
    #expect(try modified("phone/DCIM/x/y/two.jpg") == date)
    #expect(try await run("mv", "mtp:/DCIM/x/y", "back", "--yes").status == .exited(0))
    #expect(world.names("phone/DCIM/x").isEmpty && world.read("back/two.jpg") == "first picture")
    #expect(try await run("rm", "mtp:/DCIM/x").status == .exited(4))
    #expect(try await run("rm", "-r", "--yes", "mtp:/DCIM").status == .exited(0))
    #expect(world.names("phone") == ["Music"])
  }

  @Test func nothingIsReplacedByAMove() async throws {
    try world.write("phone/DCIM/two.jpg", "mine")
    let result = try await run("mv", "mtp:/DCIM/one.jpg", "mtp:/DCIM/two.jpg")
    #expect(result.status == .exited(4))
    #expect(result.errors.contains("exists already"))
    #expect(world.read("phone/DCIM/one.jpg") == "first picture" && world.read("phone/DCIM/two.jpg") == "mine")
  }

  @Test(arguments: [
    ("unplug@SendObject#2+2", CInt(2)), ("full@SendObject#2+2", 4), ("respond=2002@SendObject#2", 1),
    ("reconnect@SendObject#2+2", 0),
  ])
  func troubleLosesNothingAndTheNextRunGoesOn(fault: String, status: CInt) async throws {
    let first = try await run("copy", "from/a.txt", "from/sub", "mtp:/DCIM", "--yes", device: ["--fault", fault])
    #expect(first.status == .exited(status), "\(first.errors)")
    #expect(world.read("phone/DCIM/one.jpg") == "first picture")
    let second = try await run("copy", "from/a.txt", "from/sub", "mtp:/DCIM", "--yes")
    #expect(second.status == .exited(0), "\(second.errors)")
    #expect(world.names("phone/DCIM") == ["a.txt", "one.jpg", "sub"])
    #expect(world.read("phone/DCIM/a.txt") == "alpha" && world.read("phone/DCIM/sub/b.txt") == "beta")
    #expect(try modified("phone/DCIM/a.txt") == date)
  }

  @Test func aPulledCableKeepsWhatWasToBeMoved() async throws {
    let result = try await run(
      "mv",
      "from/a.txt",
      "from/sub",
      "mtp:/Music",
      "--yes",
      device: ["--fault", "unplug@SendObject#2+2"]
    )
    #expect(result.status == .exited(2))
    #expect(world.read("from/a.txt") == "alpha" && world.read("from/sub/b.txt") == "beta")
    #expect(result.errors.contains("The same command goes on"))
    let second = try await run("mv", "from/a.txt", "from/sub", "mtp:/Music", "--yes")
    #expect(second.status == .exited(0), "\(second.errors)")
    #expect(world.read("phone/Music/a.txt") == "alpha" && world.read("phone/Music/sub/b.txt") == "beta")
    #expect(world.names("from").isEmpty)
  }

  @Test func aPulledCableEndsARemoval() async throws {
    try world.write("phone/DCIM/two.jpg")
    let fault = ["--fault", "unplug@DeleteObject#2"]
    let result = try await run("rm", "-r", "--yes", "mtp:/DCIM", device: fault)
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("Plug it in again"))
    #expect(world.names("phone/DCIM").count == 1)
    #expect(try await run("rm", "-r", "--yes", "mtp:/DCIM").status == .exited(0))
    #expect(world.names("phone") == ["Music"])
  }

  @Test func aFullDeviceIsSaidBeforeAnythingIsSent() async throws {
    let result = try await run("copy", "from/a.txt", "mtp:/DCIM", "--yes", device: ["--space", "15"])
    #expect(result.status == .exited(4))
    #expect(result.errors.contains("too full"))
    #expect(world.names("phone/DCIM") == ["one.jpg"])
  }

  @Test(arguments: ["mkdir", "rm"])
  func aCameraTakesNoChanges(command: String) async throws {
    let location = command == "rm" ? "mtp:/DCIM/one.jpg" : "mtp:/DCIM/new"
    let result = try await run(command, location, device: ["--profile", "camera"])
    #expect(result.status == .exited(4))
    #expect(result.errors.contains("cannot be written to"))
    #expect(world.names("phone/DCIM") == ["one.jpg"])
  }
}
