internal import Foundation
internal import MTPStorage

/// What `filesync doctor` tells of one profile: whether it runs when its device is plugged in, and what is missing for that.
struct AutorunCheck: Sendable {
  enum State: String, Sendable {
    /// Nothing of it is set up.
    case off
    case incomplete, ready
  }

  let profile: ProfileName
  private(set) var state = State.off
  private(set) var findings: [Failure] = []
  /// What is no fault, and good to know.
  private(set) var note: String?

  /// Checks every profile that is about a device, and every rule or unit that starts one.
  static func all(_ context: CommandContext) -> [AutorunCheck] {
    let files = AutorunFiles(context)
    let names = Set(context.profiles.names.filter { isAboutDevice($0, context) }).union(files.names)
    return names.sorted().map { AutorunCheck($0, files, context) }
  }

  private static func isAboutDevice(_ name: ProfileName, _ context: CommandContext) -> Bool {
    guard let sync = try? context.profiles.read(name).sync(context) else { return false }
    return [sync.source, sync.destination].contains { end in
      if case .device? = try? Location(end) { true } else { false }
    }
  }

  private init(_ name: ProfileName, _ files: AutorunFiles, _ context: CommandContext) {
    profile = name
    let (units, rules) = (files.units[name] ?? [], files.rules[name] ?? [])
    guard let found = rules.first ?? units.first else { return }
    checkFiles(rules, units, found)
    do throws(Failure) {
      let sync = try context.profiles.read(name).sync(context)
      checkDevices(of: sync, hasRule: !rules.isEmpty, context)
    } catch { findings.append(error) }
    state = findings.isEmpty ? .ready : .incomplete
    let lingers = FileManager.default.fileExists(
      atPath: "\(context.systemRoot)var/lib/systemd/linger/\(context.user.name)"
    )
    if !found.isSystem, !lingers {
      note =
        "It starts while you are logged in. For a computer that nobody logs in to: "
        + "`filesync autorun print --system \(name)`, or `loginctl enable-linger`."
    }
  }

  private mutating func checkFiles(
    _ rules: [AutorunFiles.Found],
    _ units: [AutorunFiles.Found],
    _ found: AutorunFiles.Found
  ) {
    let cure =
      "`filesync autorun print\(found.isSystem ? " --system" : "") \(profile)` prints it, and says where it goes."
    if rules.isEmpty {
      findings.append(Failure(.notPossible, "No udev rule starts \(shown(found.file))", cure: cure))
    } else if units.isEmpty {
      findings.append(Failure(.notPossible, "\(shown(found.file)) starts a systemd unit that is not there", cure: cure))
    } else if !units.contains(where: { unit in rules.contains { $0.isSystem == unit.isSystem } }) {
      let whose = found.isSystem ? "the system's" : "the user's"
      let cause = "\(shown(found.file)) starts \(whose) units, and \(shown(units[0].file)) is none"
      findings.append(Failure(.notPossible, cause, cure: cure))
    }
  }

  /// Of devices that are connected: whether they can be used, and whether the rule was about them.
  private mutating func checkDevices(of sync: SyncCommand, hasRule: Bool, _ context: CommandContext) {
    guard let devices = try? context.devices(of: sync, lasting: false) else { return }
    for device in devices {
      if device.state != .ready { findings.append(device.obstacle) }
      if hasRule, !context.isStarting(profile, device) {
        findings.append(
          Failure(
            .notPossible,
            "The udev rule was not in effect when \(shown(device.name)) was plugged in, or is about another device",
            cure: "sudo udevadm control --reload, and plug it in again."
          )
        )
      }
    }
  }

  /// For people.
  var lines: [String] {
    switch state {
    case .off: ["Profile \(profile)  does not start by itself; `filesync autorun print \(profile)` helps."]
    case .ready: ["Profile \(profile)  starts when its device is plugged in."] + (note.map { ["  \($0)"] } ?? [])
    case .incomplete:
      ["Profile \(profile)  should start when its device is plugged in, and something is missing:"]
        + findings.flatMap { $0.text.split(separator: "\n").map { "  \($0)" } }
    }
  }

  /// For programs.
  var json: JSONLine {
    let list = findings.map { failure in
      JSONValue.object(["cause": JSONValue.text(failure.cause)].with("cure", failure.cure.map(JSONValue.text)))
    }
    let fields: [String: JSONValue] = [
      "profile": .text("\(profile)"), "state": .text(state.rawValue), "findings": .list(list),
    ]
    return JSONLine("autorun", fields.with("note", note.map(JSONValue.text)))
  }
}

extension CommandContext {
  /// Whether udev has told systemd to start a profile for this device (the database of udev, one file for each device).
  fileprivate func isStarting(_ profile: ProfileName, _ device: USBDevice) -> Bool {
    // usbfs nodes have major 189 and minor (bus - 1) * 128 + address - 1 (Linux, drivers/usb/core/devio.c).
    let minor = (device.bus - 1) * 128 + device.address - 1
    let file = "\(systemRoot)run/udev/data/c189:\(minor)"
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return false }
    let lines = text.split(separator: "\n")
    let wants = lines.filter { $0.hasPrefix("E:SYSTEMD_WANTS=") || $0.hasPrefix("E:SYSTEMD_USER_WANTS=") }
    let units = wants.flatMap { $0.drop { $0 != "=" }.dropFirst().split(separator: " ") }
    return lines.contains("G:systemd") && units.contains { $0 == Autorun.unitName(profile) }
  }
}
