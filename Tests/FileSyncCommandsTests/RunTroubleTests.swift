import Foundation
import GRDB
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// What stops a run between folders: the message, the exit status, and what stays behind.
@Suite(.fewAtOnce) struct RunTroubleTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("from/a.txt", String(repeating: "a", count: 600_000))
  }

  /// Syncs, and does something when the copying starts.
  private func run(whenStarted action: @escaping @Sendable () -> Void) async -> CommandStatus {
    var context = world.context()
    let output = context.output
    context.output.write = { text in
      output.write(text)
      if text.contains("\"type\":\"started\"") { action() }
    }
    return await Program.run(["sync", "from", "to", "--yes", "--json"], context)
  }

  @Test func aJournalOfANewerVersionIsLeftAlone() async throws {
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    try FileManager.default.removeItem(atPath: world.folder + "/to/a.txt")
    let journal = try DatabaseQueue(path: world.folder + "/home/.local/share/filesync/journal.sqlite")
    try await journal.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('1000')") }
    #expect(await world.run("sync", "from", "to", "--yes", "--restore-missing", "always") == .notPossible)
    #expect(world.errors.text.contains("newer version of FileSync") && world.errors.text.contains("Update FileSync"))
    #expect(world.names("to").isEmpty)
  }

  @Test func aSecondRunOfTheSameFoldersIsNotReady() async throws {
    let folder = world.folder
    let second = Collected()
    let status = await run {
      let process = Process()
      let errors = Pipe()
      process.executableURL = URL(filePath: "\(builtProducts)/filesync")
      process.arguments = ["sync", folder + "/from", folder + "/to", "--yes"]
      process.environment = ["HOME": folder + "/home"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = errors
      guard (try? process.run()) != nil else { return }
      second.append(String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
      process.waitUntilExit()
      second.append("status \(process.terminationStatus)")
    }
    #expect(status == .done)
    #expect(second.text.contains("Another run of the same folders is going on, since 20"))
    #expect(second.text.contains("(process \(getpid()))"))
    #expect(second.text.hasSuffix("status 2"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root may mount a small file system"))
  func aDestinationThatFillsUpKeepsNoHalfFile() async throws {
    let world = world
    try world.makeFolder("to")
    let mount = try await Subprocess.run(
      .path("/bin/mount"),
      arguments: ["-t", "tmpfs", "-o", "size=1m", "tmpfs", world.folder + "/to"],
      output: .discarded,
      error: .discarded
    )
    try #require(mount.terminationStatus == .exited(0))
    let status = await run { try? world.write("to/filler", String(repeating: "f", count: 800_000)) }
    #expect(status == .notPossible)
    #expect(world.errors.text.contains("Free some space there, then run the same command again: it goes on."))
    #expect(!world.names("to").contains("a.txt"))
    try FileManager.default.removeItem(atPath: world.folder + "/to/filler")
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.names("to") == ["a.txt"])
    let unmount = try await Subprocess.run(
      .path("/bin/umount"),
      arguments: ["-l", world.folder + "/to"],
      output: .discarded,
      error: .discarded
    )
    #expect(unmount.terminationStatus == .exited(0))
  }
}
