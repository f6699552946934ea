internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import VirtualDevice

/// One run: the devices, and the command that sees them.
struct Invocation {
  private var devices: [DeviceOptions] = []
  private var keep = false
  private var command: [[UInt8]]

  /// Splits the arguments at each `--folder` and parses each device's part by itself. Throws what the parser throws.
  init(_ words: Words) throws {
    command = words.command
    var parts: [[String]] = [[]]
    for argument in words.options {
      if argument == "--keep" {
        keep = true
      } else {
        if argument == "--folder" || argument.hasPrefix("--folder=") { parts.append([]) }
        parts[parts.count - 1].append(argument)
      }
    }
    if parts[0].contains(where: ["-h", "--help"].contains) { throw CleanExit.helpRequest(VirtualMTPCommand.self) }
    if let stray = parts[0].first { throw ValidationError("'\(stray)' comes before any --folder.") }
    devices = try parts.dropFirst().map { try DeviceOptions.parse($0) }
    guard !devices.isEmpty else { throw ValidationError("No device: give at least one --folder.") }
    if devices.contains(where: { $0.gadget != nil }) {
      guard devices.allSatisfy({ $0.gadget != nil }) && command.isEmpty else {
        throw ValidationError("Every program sees a gadget: it goes with no command, and with other gadgets only.")
      }
    } else {
      guard !command.isEmpty || keep else { throw ValidationError("No command: write it after '--'.") }
    }
  }

  /// Runs the command. Returns its exit status; 126 or 127 if it could not be started.
  func run() throws -> Int32 {
    let configurations = try devices.enumerated().map { try $1.configuration(number: $0 + 1) }
    let gadgets = try zip(configurations, devices).compactMap { configuration, options in
      try options.gadget.map { try GadgetDevice(configuration, gadget: $0) }
    }
    if !gadgets.isEmpty { return try serve(gadgets) }
    let standIn = try Self.standIn()
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("virtual-usb-\(ProcessInfo.processInfo.processIdentifier)")
    let bus = try VirtualBus(directory: directory.path)
    defer { bus.remove() }
    let attached = try configurations.map { try VirtualDevice($0, on: bus) }
    for (options, device) in zip(devices, attached) { options.unlockLater { try? device.unlock() } }

    var status: Int32 = 0
    if command.isEmpty {
      print(bus.environment(standIn: standIn).map { "export \($0)='\($1)'" }.sorted().joined(separator: "\n"))
      fflush(nil)
    } else {
      switch spawn(command, adding: bus.environment(standIn: standIn)) {
      case .success(let process): status = SignalWait.untilEnd(of: process)
      case .failure(let error):
        FileHandle.standardError.write(
          Data("virtual-mtp: \(String(decoding: command[0], as: UTF8.self)): \(error)\n".utf8)
        )
        status = error.code == ENOENT ? 127 : 126
      }
    }
    if keep { SignalWait.untilSignal() }
    for device in attached { device.port.waitUntilClosed() }
    for (options, device) in zip(devices, attached) {
      try options.write(device.statistics)
      device.unplug()
    }
    return status
  }

  /// Has the gadgets there until a signal ends the program, and with it their function.
  private func serve(_ gadgets: [GadgetDevice]) throws -> Int32 {
    for (options, device) in zip(devices, gadgets) { options.unlockLater { try? device.unlock() } }
    SignalWait.untilSignal()
    for (options, device) in zip(devices, gadgets) { try options.write(device.statistics) }
    return 0
  }

  /// Where the stand-in for libusb is: beside this program in a build folder, or as installed.
  private static func standIn() throws -> String {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let candidates = ["libusb-stand-in.so", "../lib/filesync/libusb-stand-in.so"]
      .map { program.appendingPathComponent($0).standardizedFileURL.path }
    guard let found = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
      throw ValidationError(
        "The stand-in for libusb is missing: it was sought at \(candidates.joined(separator: ", "))."
      )
    }
    return found
  }
}
