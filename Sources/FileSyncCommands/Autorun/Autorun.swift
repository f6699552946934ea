internal import Foundation
internal import MTPStorage

/// A profile's udev rule and systemd unit, filled in.
struct Autorun: Sendable {
  let profile: ProfileName
  /// Whether the system's manager starts it, and not the user's.
  let isSystem: Bool
  let rule: String
  let unit: String
  let unitFile: String

  var ruleFile: String { "/etc/udev/rules.d/71-filesync-\(profile).rules" }

  /// Seconds to wait for a phone to be unlocked.
  private static let patience = 600

  static func unitName(_ profile: ProfileName) -> String { "filesync-\(profile)@.service" }

  /// - Throws: usage for a profile without a device, or whose device's name does not last; not ready if a device of it is not
  ///   connected, since what it is has to be read from it. Opens none.
  init(_ profile: Profile, isSystem: Bool, program: String, _ context: CommandContext) throws(Failure) {
    let sync = try profile.sync(context)
    let name = profile.name
    let devices = try context.devices(of: sync, lasting: true)
    guard !devices.isEmpty else {
      throw Failure(
        .usage,
        "The profile \(name) is about folders of this computer only",
        cure: "What nobody plugs in can start nothing. A timer of systemd can: `filesync run \(name) --yes`."
      )
    }
    guard sync.conflict != .ask else {
      throw Failure(
        .usage,
        "The profile \(name) asks what becomes of conflicts, and nobody is there to answer",
        cure: "Write --conflict both, newer, larger, source or destination into it."
      )
    }
    guard !isSystem || context.user.id != 0 else {
      throw Failure(.usage, "It would run as root", cure: "Print it as the user whose profile it is, without sudo.")
    }
    guard !program.contains(where: { "'\"\\".contains($0) }) else {
      throw Failure(
        .notPossible,
        "systemd starts no program in a folder whose name has quotes or backslashes: \(shown(program))",
        cure: "Install FileSync elsewhere."
      )
    }
    self.profile = name
    self.isSystem = isSystem
    unitFile =
      (isSystem ? "/etc/systemd/system" : "\(context.configHome)/systemd/user") + "/\(Self.unitName(name))"
    let wait = sync.options.waiting.seconds > 0 ? "" : " --wait \(Self.patience)"
    let values = [
      "PROFILE": name.description, "USER": context.user.plainName,
      "COMMAND": "\(AutorunQuoting.word(program)) run \(name) --yes\(wait)",
      "ENVIRONMENT": Self.environment(context),
    ]
    unit = Self.fill(isSystem ? AutorunTemplates.systemUnit : AutorunTemplates.userUnit, values)
    let template = isSystem ? AutorunTemplates.systemRule : AutorunTemplates.rule
    let rules = devices.map { device in
      Self.fill(template, values.merging(["DEVICE": Self.describe(device), "MATCH": Self.match(device)]) { $1 })
    }
    rule = rules.joined(separator: "\n")
  }

  /// Puts values in the places of their names; a value is taken as it is, whatever it holds.
  private static func fill(_ template: String, _ values: [String: String]) -> String {
    var text = ""
    var rest = template[...]
    while let place = rest.firstMatch(of: /@([A-Z]+)@/) {
      text += rest[..<place.range.lowerBound] + (values[String(place.1)] ?? "")
      rest = rest[place.range.upperBound...]
    }
    return text + rest
  }

  private static func describe(_ device: USBDevice) -> String {
    let serial = device.serial.isEmpty ? "it has no serial number" : "serial number \(shown(device.serial))"
    return "\(shown(device.name)) (\(serial))"
  }

  /// What the kernel has of this device and no other.
  private static func match(_ device: USBDevice) -> String {
    let vendor = "ATTR{idVendor}==\"\(hexadecimal(device.vendorID))\""
    // Bytes that are no text cannot be written here.
    if !device.serial.isEmpty, !device.serial.unicodeScalars.contains("\u{FFFD}") {
      return "\(vendor), ATTR{serial}==\(AutorunQuoting.pattern(device.serial))"
    }
    return "\(vendor), ATTR{idProduct}==\"\(hexadecimal(device.productID))\""
  }

  private static func hexadecimal(_ number: UInt16) -> String { String(format: "%04x", Int(number)) }

  /// Where the user has profiles, journal and logs elsewhere, systemd has to know.
  private static func environment(_ context: CommandContext) -> String {
    ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"].compactMap { name in
      guard let value = context.environment[name], value.hasPrefix("/") else { return nil }
      return "Environment=\(AutorunQuoting.word("\(name)=\(value)"))\n"
    }
    .joined()
  }
}

extension CommandContext {
  /// The connected devices that a sync is about. `lasting`: their names must mean the same when they are plugged in again.
  func devices(of sync: SyncCommand, lasting: Bool) throws(Failure) -> [USBDevice] {
    var devices: [USBDevice] = []
    for end in [sync.source, sync.destination] {
      guard case .device(let asked, let kio) = try Location(end) else { continue }
      let device = try reading(asked, kio: kio).device
      if lasting, case .address = device {
        throw Failure(
          .usage,
          "\(shown(end)) is another device's when it is plugged in again",
          cure: "Name the device by its serial number in the profile; `filesync devices` shows it."
        )
      }
      let usb = try device.choose(from: connectedDevices())
      if !devices.contains(usb) { devices.append(usb) }
    }
    return devices
  }
}

/// Who runs the program.
struct User: Hashable, Sendable {
  var name: String
  var id: UInt32

  /// The name, or the number where a rule could not hold the name.
  var plainName: String {
    let isPlain = name.utf8.allSatisfy { byte in
      let scalar = Unicode.Scalar(byte)
      return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar)
    }
    return isPlain && !name.isEmpty ? name : String(id)
  }

  static let current = User(name: NSUserName(), id: getuid())
}
