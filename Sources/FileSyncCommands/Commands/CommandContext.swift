internal import Foundation
internal import MTPStorage

/// What a command knows of the world around it. Tests make their own.
struct CommandContext: Sendable {
  var environment: [String: String]
  /// An absolute path; relative ones on the command line start here.
  var workingDirectory: String
  /// What a program or a pipe reads: results, and nothing else under `--json`.
  var output: Output
  /// Progress, questions and errors.
  var errors: Output
  /// One line that the user types; `nil` at the end. Blocks, so it is called on a thread of its own.
  var readLine: @Sendable () -> String?
  /// All of standard input, but no more than so many bytes; `nil` if it cannot be read. Blocks.
  var readInput: @Sendable (Int) -> Data?
  /// Whether somebody is there to answer.
  var canAsk: Bool
  var timeZone: TimeZone
  var now: @Sendable () -> Date
  /// Seconds of a clock that nobody sets, for spans of time.
  var uptime: @Sendable () -> Double
  /// Waits, in seconds, between two looks at a device.
  var pause: @Sendable (Double) async -> Void
  var interrupt: Interrupt
  var devices: any DeviceBus

  /// The user's data: the journal lives here, and what is known of devices.
  var dataDirectory: String { Self.dataDirectory(environment) }
  /// What may be lost: the logs live here.
  var stateDirectory: String { Self.directory(environment, "XDG_STATE_HOME", ".local/state") }

  private static func dataDirectory(_ environment: [String: String]) -> String {
    directory(environment, "XDG_DATA_HOME", ".local/share")
  }

  /// A folder of the XDG Base Directory Specification, which asks to ignore relative paths in these variables.
  private static func directory(_ environment: [String: String], _ variable: String, _ standard: String) -> String {
    let base = environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? "\(home(environment))/\(standard)") + "/filesync"
  }

  /// The user's folder: `$HOME`, or what the system's list of users says where that is not set, or no absolute path.
  private static func home(_ environment: [String: String]) -> String {
    if let home = environment["HOME"], home.hasPrefix("/") { return home }
    return listedHome
  }

  private static let listedHome: String = {
    guard let user = unsafe getpwuid(getuid()), let home = unsafe user.pointee.pw_dir else { return NSHomeDirectory() }
    return unsafe String(cString: home)
  }()
}

extension CommandContext {
  /// The world as the process finds it.
  static func process(output: Output, errors: Output, interrupt: Interrupt) -> CommandContext {
    let environment = ProcessInfo.processInfo.environment
    let memory = DeviceMemory(folder: dataDirectory(environment) + "/devices")
    return CommandContext(
      environment: environment,
      workingDirectory: FileManager.default.currentDirectoryPath,
      output: output,
      errors: errors,
      readLine: { Swift.readLine() },
      readInput: { limit in try? FileHandle.standardInput.read(upToCount: limit) ?? Data() },
      canAsk: isatty(0) == 1 && errors.isTerminal,
      timeZone: .current,
      now: { Date() },
      uptime: { [start = ContinuousClock.now] in (ContinuousClock.now - start) / .seconds(1) },
      pause: { try? await Task.sleep(for: .seconds($0)) },
      interrupt: interrupt,
      devices: ConnectedDevices(environment: environment, memory: memory)
    )
  }
}
