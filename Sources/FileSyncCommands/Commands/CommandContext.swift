internal import Foundation
internal import MTPStorage
internal import Storage

/// What a command knows of the world around it. Tests make their own.
struct CommandContext: Sendable {
  /// The words that follow the program's name, as they were typed.
  var commandLine: [String] = []
  var environment: [String: String]
  var user = User.current
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
  /// Whether standard input is a pipe or a file, from which answers may come.
  var hasInput = false
  /// The terminal, if pictures can be drawn on it.
  var terminal: Terminal?
  /// How to go on after an interruption.
  var goOn = "Run the same command again to go on."
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

  /// What the user decides: profiles live here.
  var configDirectory: String { Self.configDirectory(environment) }
  /// The folder above, which other programs share.
  var configHome: String { String(configDirectory.dropLast("/filesync".count)) }
  /// What rules and units lie below, ending in a slash: `/`, or `$FILESYNC_USB_ROOT` in place of it.
  var systemRoot: String {
    let root = environment["FILESYNC_USB_ROOT"] ?? "/"
    return root.hasSuffix("/") ? root : root + "/"
  }
  /// The user's folder.
  var home: String { Self.home(environment) }

  static func configDirectory(_ environment: [String: String]) -> String {
    directory(environment, "XDG_CONFIG_HOME", ".config")
  }

  /// Whether it may be tried out what a device can do.
  var probes: Bool { environment["FILESYNC_PROBE"] != "no" }

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
    // As long as the program lives.
    let patience = TransferControl()
    _ = interrupt.onFirst { patience.cancel() }
    return CommandContext(
      environment: environment,
      workingDirectory: (try? realPath(".").get()) ?? FileManager.default.currentDirectoryPath,
      output: output,
      errors: errors,
      readLine: { Swift.readLine() },
      readInput: { limit in try? FileHandle.standardInput.read(upToCount: limit) ?? Data() },
      canAsk: isatty(0) == 1 && errors.isTerminal,
      hasInput: Terminal.isInputPiped,
      terminal: errors.isTerminal ? Terminal(environment, write: errors.write) : nil,
      timeZone: .current,
      now: { Date() },
      uptime: { [start = ContinuousClock.now] in (ContinuousClock.now - start) / .seconds(1) },
      pause: { try? await Task.sleep(for: .seconds($0)) },
      interrupt: interrupt,
      devices: ConnectedDevices(environment: environment, memory: memory, patience: patience)
    )
  }
}
