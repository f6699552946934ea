import Foundation
import Logging
import Storage
import SyncEngine
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct RunLogsTests {
  private let world: World
  private let directory: String

  init() throws {
    world = try World()
    directory = world.folder + "/deep/logs"
  }

  private func open(keep: Int = 30, isVerbose: Bool = false) throws -> RunLogs {
    try RunLogs.open(in: directory, keep: keep, isVerbose: isVerbose, world.context())
  }

  @Test func makesTheFolderAndThreeFilesNamedByTheTime() throws {
    _ = try open()
    #expect(
      world.names("deep/logs") == [
        "all_files_in_directory2_2026-11-22T17-30-05.log", "main_logger_2026-11-22T17-30-05.log",
        "missing_files_from_checkpoint_2026-11-22T17-30-05.log",
      ]
    )
  }

  @Test func aSecondRunInTheSameSecondGetsItsOwn() throws {
    _ = try open()
    _ = try open()
    #expect(world.names("deep/logs").count == 6)
    #expect(world.names("deep/logs").contains("main_logger_2026-11-22T17-30-05-2.log"))
  }

  @Test func eachLogHoldsItsOwn() throws {
    let logs = try open()
    let entry = Entry(
      path: try path("a\u{1B}b"),
      kind: .file,
      size: 3,
      times: FileTimes(modified: Timestamp(seconds: 0))
    )
    logs.take(.scanned(.destination, entries: [entry], unlisted: [:]), step: nil)
    let missing = Action(id: 1, change: .skip, reason: .missingFromCheckpoint, path: try path("gone"))
    logs.take(.planned(Plan(actions: [missing])), step: nil)
    logs.take(.ended(1, .failed(StorageError(.noSpace, .stop, cause: "Full"))), step: missing)
    logs.flush()
    let time = "2026-11-22T17:30:05+01:00"
    let name = "_2026-11-22T17-30-05.log"
    #expect(
      world.read("deep/logs/all_files_in_directory2" + name)
        == "\(time) info a\\x1bb (3 bytes, 1970-01-01T00:00:00Z)\n"
    )
    #expect(world.read("deep/logs/missing_files_from_checkpoint" + name) == "\(time) info gone\n")
    let main = try #require(world.read("deep/logs/main_logger" + name))
    #expect(main.contains("\(time) info destination: 1 entries\n"))
    #expect(main.contains("\(time) error failed: skip  gone") && main.contains("Full [noSpace]"))
    #expect(!main.contains("debug"))
  }

  @Test func verboseLogsHoldThePlan() throws {
    let logs = try open(isVerbose: true)
    let copy = Action(id: 1, change: .copy, reason: .new, path: try path("x"), bytes: 5)
    logs.take(.planned(Plan(actions: [copy])), step: nil)
    #expect(
      world.read("deep/logs/main_logger_2026-11-22T17-30-05.log")?.contains("debug plan: copy  x  5 bytes") == true
    )
  }

  @Test func oldRunsGoAndOtherFilesStay() throws {
    for day in 1...5 {
      try world.write("deep/logs/main_logger_2026-01-0\(day)T00-00-00.log")
      try world.write("deep/logs/all_files_in_directory2_2026-01-0\(day)T00-00-00.log")
    }
    try world.write("deep/logs/main_logger_notes.log")
    try world.write("deep/logs/other.log")
    _ = try open(keep: 3)
    #expect(
      world.names("deep/logs") == [
        "all_files_in_directory2_2026-01-04T00-00-00.log", "all_files_in_directory2_2026-01-05T00-00-00.log",
        "all_files_in_directory2_2026-11-22T17-30-05.log", "main_logger_2026-01-04T00-00-00.log",
        "main_logger_2026-01-05T00-00-00.log", "main_logger_2026-11-22T17-30-05.log", "main_logger_notes.log",
        "missing_files_from_checkpoint_2026-11-22T17-30-05.log", "other.log",
      ]
    )
  }

  /// Thirty folders that are made do not drop the logs of a backup.
  @Test func fileCommandsAreCountedApart() throws {
    for day in 1...3 {
      try world.write("deep/logs/main_logger_2026-01-0\(day)T00-00-00.log")
      try world.write("deep/logs/main_logger_2026-01-0\(day)T00-00-00-2_rm.log")
    }
    let logs = try RunLogs.open(
      in: directory,
      keep: 2,
      isVerbose: false,
      fileCommand: "mkdir",
      world.context()
    )
    _ = logs.end()
    #expect(
      world.names("deep/logs").filter { $0.hasPrefix("main") } == [
        "main_logger_2026-01-01T00-00-00.log", "main_logger_2026-01-02T00-00-00.log",
        "main_logger_2026-01-03T00-00-00-2_rm.log", "main_logger_2026-01-03T00-00-00.log",
        "main_logger_2026-11-22T17-30-05_mkdir.log",
      ]
    )
    _ = try open(keep: 1)
    #expect(
      world.names("deep/logs").filter { $0.hasPrefix("main") } == [
        "main_logger_2026-01-03T00-00-00-2_rm.log", "main_logger_2026-11-22T17-30-05.log",
        "main_logger_2026-11-22T17-30-05_mkdir.log",
      ]
    )
  }

  /// The clock was ahead when they were written, or is behind now.
  @Test func logsOfTheFutureDoNotPushTheRunsOwnOut() throws {
    for day in 1...5 { try world.write("deep/logs/main_logger_2031-01-0\(day)T00-00-00.log") }
    let logs = try open(keep: 2)
    logs.main.info("something")
    let names = world.names("deep/logs").filter { $0.hasPrefix("main") }
    #expect(names == ["main_logger_2026-11-22T17-30-05.log", "main_logger_2031-01-05T00-00-00.log"])
  }

  @Test func aFolderThatCannotBeMadeIsNotPossible() throws {
    try world.write("deep", "a file in the way")
    let failure = #expect(throws: Failure.self) { try open() }
    #expect(failure?.status == .notPossible)
    #expect(failure?.text.contains("--log-dir") == true && failure?.text.contains(": Not a directory.") == true)
  }
}
