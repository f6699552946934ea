internal import MTPStorage
internal import Storage

extension DeviceSelector {
  /// Picks the device that a user means.
  /// - Throws: not ready if none is connected, or none fits; usage if several fit, since trying again will not help.
  func choose(from devices: [USBDevice]) throws(Failure) -> USBDevice {
    guard !devices.isEmpty else {
      throw Failure(.notReady, "No MTP device is connected", cure: StorageError.Reason.deviceAbsent.advice.cure)
    }
    // What is really called so is meant.
    if case .fitting(let pattern) = self, devices.contains(where: DeviceSelector.named(pattern.name).fits) {
      return try DeviceSelector.named(pattern.name).choose(from: devices)
    }
    let fitting = devices.filter(fits)
    // A phone that only charges is not meant while another device can be.
    let usable = self == .only ? fitting.filter { $0.state != .chargingOnly } : fitting
    let candidates = usable.isEmpty ? fitting : usable
    switch candidates.count {
    case 1: return candidates[0]
    case 0:
      throw Failure(
        .notReady,
        "No connected device \(described.one)",
        cure: "Connected:\n\(Self.list(devices))\nName one of these, or plug the other one in.\(hint(devices))"
      )
    default:
      throw Failure(
        .usage,
        self == .only ? "Several devices are connected" : "Several devices \(described.several)",
        cure: "Name one of them:\n\(Self.list(candidates))"
      )
    }
  }

  /// Whether the user can mean this device.
  func fits(_ device: USBDevice) -> Bool {
    switch self {
    case .only: return true
    case .address(let bus, let address): return device.bus == bus && device.address == address
    case .named(let name):
      return device.names.contains { $0.lowercased() == name.lowercased() }
    case .fitting(let pattern): return device.names.contains(where: pattern.fits)
    case .gvfsHost(let host): return device.isGvfsHost(host)
    }
  }

  /// Who leaves out the slash names a device by the name of a folder.
  private func hint(_ devices: [USBDevice]) -> String {
    guard let name, devices.count == 1 else { return "" }
    return "\nIf \u{201C}\(shown(name))\u{201D} is a folder on it: \(shellWord("mtp:/\(name)"))"
  }

  /// What was typed for a name.
  private var name: String? {
    switch self {
    case .named(let name): name
    case .fitting(let pattern): pattern.name
    case .only, .address, .gvfsHost: nil
    }
  }

  /// What is said of a device that it means, and of several.
  private var described: (one: String, several: String) {
    let words =
      switch self {
      case .only: "any device"
      case .named(let name): "\u{201C}\(shown(name))\u{201D}"
      case .fitting(let pattern): "\u{201C}\(shown(pattern.name))\u{201D}"
      case .address(let bus, let address): "at \(bus):\(address)"
      case .gvfsHost(let host): "gvfs's \u{201C}\(shown(host))\u{201D}"
      }
    if case .fitting = self { return ("fits \(words)", "fit \(words)") }
    return ("is \(words)", "are \(words)")
  }

  private static func list(_ devices: [USBDevice]) -> String {
    devices.map { "  \($0.location(among: devices))  \(shown($0.name))" }.joined(separator: "\n")
  }
}

extension USBDevice {
  /// What it can be called in a location.
  fileprivate var names: [String] { [serial, name, product].filter { !$0.isEmpty } }

  /// The shortest location that means this device and no other of `devices`: by serial number, else by address.
  func location(among devices: [USBDevice]) -> String {
    let same = devices.filter { $0.serial.lowercased() == serial.lowercased() }
    return "mtp:" + (serial.isEmpty || same.count > 1 ? place : escapedForLocation(serial))
  }

  /// Whether udev's `ID_SERIAL`, which gvfs takes for a host name, is this device's: maker, model and serial number,
  /// each with `_` for what is no plain letter.
  func isGvfsHost(_ host: String) -> Bool {
    func plain(_ text: String) -> String {
      String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "#+-.:=@_".contains($0)) ? $0 : "_" })
    }
    let host = plain(host).lowercased()
    if !serial.isEmpty { return host == serial.lowercased() || host.hasSuffix("_" + plain(serial).lowercased()) }
    return host == plain("\(manufacturer)_\(product)").lowercased()
  }
}
