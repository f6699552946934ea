import Foundation
import MTPStorage
import Storage
import Synchronization
import Testing

@testable import FileSyncCommands

/// A small world for a command: folders of its own, collected output, and whatever devices a test plugs in.
final class World: Sendable {
  let folder: String
  let output = Collected()
  let errors = Collected()
  /// Statuses that ``Interrupt`` ended the program with.
  let exits = Exits()
  let interrupt: Interrupt
  let bus = FakeBus()
  private let answers = Mutex<[String]>([])
  /// What standard input has, for commands that read it.
  let input = Mutex("")

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/filesync-commands-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let exits = exits
    interrupt = Interrupt(exitNow: { status in exits.append(status) })
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A context in this world. `answers` are what the user types, one per question; `nil` means no terminal.
  func context(answers: [String]? = nil, environment: [String: String] = [:]) -> CommandContext {
    let canAsk = answers != nil
    self.answers.withLock { $0 = answers ?? [] }
    return CommandContext(
      environment: ["HOME": folder + "/home"].merging(environment) { $1 },
      workingDirectory: folder,
      output: .collecting(into: output, isTerminal: canAsk),
      errors: .collecting(into: errors, isTerminal: canAsk),
      readLine: { self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
      readInput: { limit in Data(self.input.withLock(\.self).utf8.prefix(limit)) },
      canAsk: canAsk,
      timeZone: TimeZone(secondsFromGMT: 3600) ?? .gmt,
      now: { Date(timeIntervalSince1970: 1_795_365_005 + self.bus.time) },
      uptime: { self.bus.time },
      pause: { self.bus.pause($0) },
      interrupt: interrupt,
      devices: bus
    )
  }

  /// Runs `filesync` with these arguments.
  func run(_ arguments: String..., answers: [String]? = nil, environment: [String: String] = [:]) async -> CommandStatus
  {
    await Program.run(arguments, context(answers: answers, environment: environment))
  }

  /// Writes a file, with the folders above it.
  func write(_ path: String, _ text: String = "text", modified: Date = Date(timeIntervalSince1970: 1_500_000_000))
    throws
  {
    let whole = "\(folder)/\(path)"
    try FileManager.default.createDirectory(
      atPath: (whole as NSString).deletingLastPathComponent,
      withIntermediateDirectories: true
    )
    try Data(text.utf8).write(to: URL(filePath: whole))
    try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: whole)
  }

  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
  }

  func read(_ path: String) -> String? { try? String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8) }
  func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(path)")) ?? []).sorted()
  }

  /// The lines of JSON that were printed.
  var lines: [[String: Any]] {
    output.text.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }
}

/// The exit statuses of a program that was ended at once.
final class Exits: Sendable {
  private let list = Mutex<[CommandStatus]>([])
  var statuses: [CommandStatus] { list.withLock(\.self) }
  func append(_ status: CommandStatus) { list.withLock { $0.append(status) } }
}

/// A path of the test's own making.
func path(_ text: String) throws -> RelativePath { try #require(RelativePath(Array(text.utf8))) }
