import Foundation
import Testing

/// Running `virtual-mtp`, which stands beside the test bundle, with other people's programs under it.
enum VirtualMTPProgram {
  private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  struct Output {
    var status: Int32
    /// What the program wrote, to standard error too.
    var text: String
  }

  /// Runs it with these arguments to the end, with `TZ` set to `zone`.
  static func run(_ arguments: [String], zone: String = "UTC") throws -> Output {
    try run(folder.appendingPathComponent("virtual-mtp"), arguments, zone: zone)
  }

  /// Has a shell run a script; `$0` is the folder of the programs.
  static func sh(_ script: String, _ arguments: String...) throws -> Output {
    try run(URL(filePath: "/bin/sh"), ["-c", script, folder.path] + arguments, zone: "UTC")
  }

  private static func run(_ program: URL, _ arguments: [String], zone: String) throws -> Output {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["TZ": zone, "LC_ALL": "C.UTF-8"]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Output(status: process.terminationReason == .exit ? process.terminationStatus : -1, text: text)
  }

  /// Whether a program is installed.
  static func has(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }

  /// Whether this user can mount with FUSE here: the device is there, and so is the right (as root) or the helper.
  static var canMount: Bool {
    guard FileManager.default.isWritableFile(atPath: "/dev/fuse") else { return false }
    guard geteuid() == 0 else { return has("fusermount") }
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let capabilities = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) } ?? 0
    // CAP_SYS_ADMIN
    return capabilities & 1 << 21 != 0
  }
}
