import Foundation
import GRDB
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// What the program keeps for itself cannot be kept: the journal, the logs, the folder of the user.
@Suite(.fewAtOnce) struct StateFolderTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first")
  }

  private func mount(_ arguments: String...) async throws {
    let ended = try await Subprocess.run(
      .path("/bin/mount"),
      arguments: Arguments(arguments),
      output: .discarded,
      error: .discarded
    )
    try #require(ended.terminationStatus == .exited(0))
  }

  private func unmount(_ folder: String) async throws {
    _ = try await Subprocess.run(
      .path("/bin/umount"),
      arguments: ["-l", folder],
      output: .discarded,
      error: .discarded
    )
  }

  /// What the command says, given that it ends so.
  private func told(_ status: CommandStatus, _ arguments: String...) async -> String {
    let before = world.errors.text
    #expect(await Program.run(arguments, world.context()) == status, "\(arguments)")
    return String(world.errors.text.dropFirst(before.count))
  }

  @Test(.enabled(if: mayMount, "a small file system may not be mounted here"))
  func aFullOrReadOnlyDiskUnderTheJournalLosesNothing() async throws {
    let (world, home) = (world, world.folder + "/home/.local")
    try world.makeFolder("home/.local")
    try world.makeFolder("logs")
    try await mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", home)
    let sync = ["sync", "from", "to", "--yes", "--log-dir", world.folder + "/logs"]
    let fill = { @Sendable in
      guard let file = unsafe fopen(home + "/filler", "w") else { return }
      let page = [UInt8](repeating: 1, count: 4096)
      while unsafe fwrite(page, 1, page.count, file) == page.count, unsafe fflush(file) == 0 {}
      unsafe _ = fclose(file)
    }

    fill()
    let full = await told(.notPossible, sync[0], sync[1], sync[2], sync[3], sync[4], sync[5])
    #expect(full.contains("There is no room for the journal") && full.contains("Free some space there and run again"))
    #expect(world.names("to").isEmpty)

    // It fills up in the middle.
    try world.write("from/b.txt", String(repeating: "b", count: 300_000))
    try FileManager.default.removeItem(atPath: home + "/filler")
    var context = world.context()
    let output = context.output
    context.output.write = { text in
      output.write(text)
      if text.contains("\"type\":\"started\"") { fill() }
    }
    for number in 0..<200 { try world.write("from/many/\(number)", "\(number)") }
    #expect(await Program.run(sync + ["--json"], context) == .notPossible)
    #expect(world.errors.text.hasSuffix("Free some space there and run again: it goes on where it stopped.\n"))
    for name in world.names("to") where name.hasSuffix(".txt") {
      #expect(world.read("to/" + name) == world.read("from/" + name))
    }
    try FileManager.default.removeItem(atPath: home + "/filler")
    // Its end could not be put on record either, and the process of this test lives on.
    let journal = try DatabaseQueue(path: home + "/share/filesync/journal.sqlite")
    try await journal.write { try $0.execute(sql: "UPDATE run SET process_started = 0 WHERE ended IS NULL") }
    try journal.close()
    #expect(await Program.run(sync, world.context()) == .done, "\(world.errors.text)")
    #expect(world.names("to/many").count == 200 && world.read("to/b.txt") == world.read("from/b.txt"))
    #expect(world.names("to").filter { $0.hasPrefix(".") }.isEmpty)

    try await mount("-o", "remount,ro", home)
    try world.write("from/c.txt")
    let readOnly = await told(.notPossible, sync[0], sync[1], sync[2], sync[3], sync[4], sync[5])
    #expect(readOnly.contains("its file system is read-only") && !world.names("to").contains("c.txt"))
    #expect(await told(.notPossible, "history").contains("its file system is read-only"))
    #expect(await told(.notPossible, "sync", "from", "to", "--yes").contains("Read-only file system"))
    // What needs no journal does its work, and says what is missing.
    #expect(await told(.done, "ls", "from").isEmpty)
    try await mount("-o", "remount,rw", home)
    #expect(await Program.run(sync, world.context()) == .done, "\(world.errors.text)")
    #expect(world.names("to").contains("c.txt"))
    try await unmount(home)
  }

  @Test(.enabled(if: mayMount, "a small file system may not be mounted here"))
  func logsThatAreNotWholeAreToldOfAndStopNothing() async throws {
    try world.makeFolder("logs")
    let folder = world.folder + "/logs"
    try await mount("-t", "tmpfs", "-o", "size=8k", "tmpfs", folder)
    for number in 0..<200 { try world.write("from/\(number)", "\(number)") }
    let told = await told(.done, "sync", "from", "to", "--yes", "--log-dir", folder)
    #expect(told.contains("main_logger_") && told.hasSuffix("is not whole: No space left on device.\n"), "\(told)")
    #expect(world.names("to").count == 201)
    try await unmount(folder)
  }

  @Test func aFileInTheWayIsSaid() async throws {
    try world.write("home/.local/share/filesync")
    let told = await told(.notPossible, "sync", "from", "to", "--yes")
    #expect(told.contains("/vault cannot be made: Not a directory.\nCheck who may write there, or have XDG_DATA_HOME"))
    #expect(world.names("to").isEmpty)
  }

  /// Where nobody asked for them.
  @Test(arguments: ["sync", "copy", "check"]) func aFileInTheWayOfTheLogsIsToldOfAndStopsNothing(_ command: String)
    async throws
  {
    try world.write("home/.local/state", "mine")
    try world.makeFolder("to")
    if command == "check" {
      try world.write("to/a.txt", "first")
    } else {
      let dry = await told(.done, command, "from", "to", "-n")
      #expect(dry.contains("The logs cannot be written to ") && world.names("to").isEmpty)
    }
    let arguments = command == "check" ? [] : ["--yes"]
    #expect(await Program.run([command, "from/", "to"] + arguments, world.context()) == .done, "\(world.errors.text)")
    let told = world.errors.text
    #expect(told.contains("The logs cannot be written to ") && told.contains("goes on without.\nName another"))
    #expect(world.names("to") == (command == "copy" ? ["from"] : ["a.txt"]), "\(world.output.text)")
    #expect(world.read("home/.local/state") == "mine")
  }

  @Test func logsThatAreAskedForAreACondition() async throws {
    try world.write("state", "mine")
    let logs = world.folder + "/state/logs"
    for arguments in [["sync", "from", "to"], ["copy", "from", "to"], ["mv", "from/a.txt", "from/b.txt"]] {
      #expect(await Program.run(arguments + ["--yes", "--log-dir", logs], world.context()) == .notPossible)
    }
    #expect(world.errors.text.contains("The logs cannot be written to ") && world.read("state") == "mine")
    #expect(world.names("to").isEmpty && world.names("from") == ["a.txt"])
    #expect(await told(.done, "sync", "from", "to", "--yes", "--log-dir", world.folder + "/logs").isEmpty)
    #expect(world.names("to") == ["a.txt"])
  }

  @Test func aDamagedJournalStopsBeforeAnythingIsCopied() async throws {
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    let journal = "home/.local/share/filesync/journal.sqlite"
    try world.write(journal, "This is no database.")
    try world.write("from/b.txt")
    for command in ["sync", "copy", "dates"] {
      let told = await told(.notPossible, command, "from", "to", "--yes")
      #expect(told.contains("is damaged") && told.contains("Move it away, with its -wal and -shm files"))
    }
    #expect(world.names("to") == ["a.txt"] && world.read(journal) == "This is no database.")
    // These are done with their work by the time that it would be put on record.
    #expect(await told(.done, "mv", "from/b.txt", "from/c.txt").contains("is damaged"))
    // The cure.
    for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: "\(world.folder)/\(journal)\(end)") }
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.names("to") == ["a.txt", "c.txt"])
    #expect(world.output.text.contains("1 file there already"))
  }

  @Test func withoutAHomeTheSystemsListOfUsersTells() throws {
    let home = try #require(unsafe getpwuid(getuid()).map { unsafe String(cString: $0.pointee.pw_dir) })
    for value in [nil, "", "relative", "./home"] as [String?] {
      var context = world.context(environment: ["XDG_DATA_HOME": "relative", "XDG_STATE_HOME": "./relative"])
      context.environment["HOME"] = value
      #expect(context.dataDirectory == home + "/.local/share/filesync", "\(value ?? "none")")
      #expect(context.stateDirectory == home + "/.local/state/filesync", "\(value ?? "none")")
    }
    let empty = world.context(environment: ["XDG_DATA_HOME": "", "XDG_STATE_HOME": "", "HOME": "/h"])
    #expect(empty.dataDirectory == "/h/.local/share/filesync" && empty.stateDirectory == "/h/.local/state/filesync")
    let set = world.context(environment: ["XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"])
    #expect(set.dataDirectory == "/d/filesync" && set.stateDirectory == "/s/filesync")
  }
}

/// Root in a container may not mount.
private let mayMount: Bool = {
  guard geteuid() == 0 else { return false }
  let folder = FileManager.default.temporaryDirectory.path + "/filesync-mount-\(UUID().uuidString)"
  guard unsafe mkdir(folder, 0o700) == 0 else { return false }
  defer { unsafe _ = rmdir(folder) }
  guard unsafe mount("tmpfs", folder, "tmpfs", 0, "size=16k") == 0 else { return false }
  return unsafe umount(folder) == 0
}()
