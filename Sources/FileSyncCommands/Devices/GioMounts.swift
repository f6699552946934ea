internal import Foundation
internal import MTPStorage

/// The mounts of gvfs, through its program `gio`. It is looked for in the `PATH`; where it is missing, nothing is
/// mounted by it.
struct GioMounts: Sendable {
  private let environment: [String: String]
  private let limit: Double

  /// `gio` did not end in time: gvfs is stuck.
  struct Stuck: Error {}

  /// `limit` is the longest that `gio` may take, in seconds.
  init(environment: [String: String], limit: Double = 20) {
    self.environment = environment
    self.limit = limit
  }

  /// The URLs under which gvfs has mounted this device.
  func urls(of device: USBDevice) async throws(Stuck) -> [String] {
    let listing = try await run(["mount", "-l"])?.output ?? ""
    return Self.urls(in: listing).filter { url in
      guard case .device(let location, _)? = try? Location.pasted(url) else { return false }
      return location.device.fits(device)
    }
  }

  /// The URLs of MTP devices and cameras in what `gio mount -l` prints: `Mount(0): NAME -> mtp://HOST/`.
  static func urls(in listing: String) -> [String] {
    var urls: [String] = []
    for line in listing.split(separator: "\n") {
      guard let arrow = line.range(of: " -> ", options: .backwards) else { continue }
      let url = line[arrow.upperBound...].trimmingCharacters(in: .whitespaces)
      let isOurs = url.hasPrefix("mtp://") || url.hasPrefix("gphoto2://")
      if isOurs, !urls.contains(url) { urls.append(url) }
    }
    return urls
  }

  /// Unmounts one. - Returns: whether gvfs did it.
  func unmount(_ url: String) async throws(Stuck) -> Bool { try await run(["mount", "-u", url])?.status == 0 }

  /// Mounts one again. - Returns: whether gvfs did it, or had done it already.
  func mount(_ url: String) async throws(Stuck) -> Bool {
    guard let result = try await run(["mount", url]) else { return false }
    if result.status == 0 { return true }
    let listing = try await run(["mount", "-l"])?.output ?? ""
    return Self.urls(in: listing).contains(url)
  }

  /// Has one mounted again, and does not wait for it.
  func beginMounting(_ url: String) {
    let process = process(["mount", url])
    try? process?.run()
  }

  private func process(_ arguments: [String]) -> Process? {
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    guard let program = folders.map({ "\($0)/gio" }).first(where: FileManager.default.isExecutableFile) else {
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

  /// Runs `gio`, on a thread that may block. `nil` if there is no such program.
  private func run(_ arguments: [String]) async throws(Stuck) -> (status: Int32, output: String)? {
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

  private struct Ended: Sendable {
    var status: Int32
    var output: String
    var isStuck: Bool
  }
}
