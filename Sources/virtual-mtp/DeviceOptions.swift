internal import ArgumentParser
internal import Foundation
internal import VirtualDevice

/// The options of one device.
struct DeviceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Folder that stands for the device's storage. Begins a new device.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("Folder of a further storage; may be repeated.", valueName: "dir"))
  var card: [String] = []

  @Option(
    help: ArgumentHelp("How the device behaves: \(Profile.all.map(\.name).joined(separator: ", ")).", valueName: "name")
  )
  var profile = "android"

  @Option(
    help: ArgumentHelp(
      "Be this gadget of configfs, with a function of FunctionFS that is mounted, instead of a device for one command. "
        + "Stays until interrupted.",
      valueName: "dir"
    )
  )
  var gadget: String?

  @Option(help: ArgumentHelp("Have that many folders, each within the one before.", valueName: "number"))
  var nested = 0

  @Option(
    help: ArgumentHelp(
      "No time-out of the command's transfers is longer: spares tests a wait.",
      valueName: "milliseconds"
    )
  )
  var longestWait: Int?

  @Option(help: "Serial number; by default VIRTUAL0001 and so on.")
  var serial: String?

  @Option(
    help: ArgumentHelp("The device's time zone, such as Asia/Kathmandu; by default this machine's.", valueName: "tz")
  )
  var zone: String?

  @Option(
    help: ArgumentHelp("What each storage holds; by default what the folder's file system does.", valueName: "bytes")
  )
  var space: UInt64?

  @Flag(help: "Take as long for each transaction as the real device does, where the profile knows.")
  var slow = false

  @Option(
    help: ArgumentHelp(
      "What a file of the first folder is called on the device, which no file on disk can be called: \\uXXXX in NAME "
        + "is that UTF-16 unit. May be repeated.",
      valueName: "path=name"
    )
  )
  var name: [String] = []

  @Option(help: ArgumentHelp("What goes wrong; may be repeated. \(Fault.syntax)", valueName: "fault"))
  var fault: [String] = []

  @Option(help: ArgumentHelp("Show no storage for that long.", valueName: "seconds"))
  var locked: Double?

  @Option(help: ArgumentHelp("Come back under this product id when unlocked (hexadecimal).", valueName: "id"))
  var unlockedProduct: String?

  @Option(help: ArgumentHelp("Where to write the device's numbers as JSON at the end.", valueName: "file"))
  var stats: String?

  /// The device these options describe, the `number`th from 1. Throws a `ValidationError`.
  func configuration(number: Int) throws -> VirtualDevice.Configuration {
    guard let profile = Profile.named(profile) else {
      let known = Profile.all.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no profile '\(profile)'. The profiles are: \(known).")
    }
    for path in [folder] + card {
      var isFolder: ObjCBool = false
      let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      guard exists else { throw ValidationError("The folder '\(path)' does not exist.") }
      guard isFolder.boolValue else { throw ValidationError("'\(path)' is not a folder.") }
    }
    guard gadget == nil || longestWait == nil else {
      throw ValidationError("--longest-wait is for a device of one command, not for a gadget.")
    }
    let faults = try fault.map { text in
      guard let fault = Fault(text) else {
        throw ValidationError("'\(text)' is not a fault. A fault is \(Fault.syntax)")
      }
      guard gadget == nil || GadgetDevice.canHappen(fault.effect) else {
        throw ValidationError("'\(text)' is not in a device's power on a real bus.")
      }
      return fault
    }
    return VirtualDevice.Configuration(
      profile: profile,
      folders: ([folder] + card).map { URL(fileURLWithPath: $0).standardizedFileURL.path },
      serial: serial ?? "VIRTUAL" + String(repeating: "0", count: max(0, 4 - String(number).count)) + String(number),
      zone: try timeZone(),
      faults: faults,
      isLocked: locked != nil,
      productIDUnlocked: try product(),
      space: space,
      isSlow: slow,
      names: try names(),
      nestedFolders: nested,
      longestWait: longestWait
    )
  }

  /// Unlocks the device when it is time, where it is locked.
  func unlockLater(_ unlock: @escaping @Sendable () -> Void) {
    guard let locked else { return }
    DispatchQueue.global().asyncAfter(deadline: .now() + locked, execute: unlock)
  }

  /// Writes the device's numbers, where that is asked for.
  func write(_ statistics: DeviceStatistics) throws {
    guard let stats else { return }
    try Data((statistics.json + "\n").utf8).write(to: URL(fileURLWithPath: stats))
  }

  private func names() throws -> [String: [UInt16]] {
    var names: [String: [UInt16]] = [:]
    for text in name {
      guard let equals = text.lastIndex(of: "=") else {
        throw ValidationError("'\(text)' names no file. An example is 'DCIM/x=a\\u002Fb'.")
      }
      let name = text[text.index(after: equals)...]
      var units: [UInt16] = []
      var rest = name[...]
      while let first = rest.first {
        if rest.hasPrefix("\\u"), let unit = UInt16(rest.dropFirst(2).prefix(4), radix: 16) {
          units.append(unit)
          rest = rest.dropFirst(6)
        } else {
          units += first.utf16
          rest = rest.dropFirst()
        }
      }
      names[String(text[..<equals])] = units
    }
    return names
  }

  private func timeZone() throws -> TimeZone {
    guard let zone else { return .current }
    guard let known = TimeZone(identifier: zone) else {
      throw ValidationError("There is no time zone '\(zone)'. An example is Asia/Kathmandu.")
    }
    return known
  }

  private func product() throws -> UInt16? {
    guard let unlockedProduct else { return nil }
    let digits = unlockedProduct.hasPrefix("0x") ? String(unlockedProduct.dropFirst(2)) : unlockedProduct
    guard let id = UInt16(digits, radix: 16) else {
      throw ValidationError("'\(unlockedProduct)' is not a product id. An example is 4ee2.")
    }
    return id
  }
}
