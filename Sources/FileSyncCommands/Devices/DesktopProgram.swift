internal import Foundation

/// A program by which the desktop is asked for something, such as `gio`. It is looked for in the `PATH`, and never
/// waited for longer than a limit.
struct DesktopProgram: Sendable {
  private let name: String
  private let environment: [String: String]
  private let limit: Double

  /// The program did not end in time: the desktop is stuck.
  struct Stuck: Error {}

  /// `limit` is the longest that the program may take, in seconds.
  init(_ name: String, environment: [String: String], limit: Double) {
    self.name = name
    self.environment = environment
    self.limit = limit
  }

  /// Runs it, on a thread that may block. `nil` if there is no such program.
  func run(_ arguments: [String]) async throws(Stuck) -> (status: Int32, output: String)? {
    let result = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        guard let process = process(arguments) else { return continuation.resume(returning: Ended?.none) }
        let pipe = Pipe()
        process.standardOutput = pipe
        guard (try? process.run()) != nil else { return continuation.resume(returning: nil) }
        // Not SIGTERM: it is blocked in a child that such a thread started.
        let watchdog = DispatchWorkItem { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        watchdog.cancel()
        let isStuck = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
        continuation.resume(returning: Ended(status: process.terminationStatus, output: output, isStuck: isStuck))
      }
    }
    guard let result else { return nil }
    if result.isStuck { throw Stuck() }
    return (result.status, result.output)
  }

  /// Starts it, and does not wait for it.
  func begin(_ arguments: [String]) {
    let process = process(arguments)
    try? process?.run()
  }

  private func process(_ arguments: [String]) -> Process? {
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    guard let program = folders.map({ "\($0)/\(name)" }).first(where: FileManager.default.isExecutableFile) else {
      return nil
    }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    // Its messages are translated otherwise, and it is C's words that are read here.
    process.environment = environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    return process
  }

  private struct Ended: Sendable {
    var status: Int32
    var output: String
    var isStuck: Bool
  }
}
