internal import MTPStorage
internal import Storage

extension DeviceSelector {
  /// Picks the device that a user means.
  /// - Throws: not ready if none is connected, or none fits; usage if several fit, since trying again will not help.
  func choose(from devices: [USBDevice]) throws(Failure) -> USBDevice {
    guard !devices.isEmpty else {
      throw Failure(.notReady, "No MTP device is connected", cure: StorageError.Reason.deviceAbsent.advice.cure)
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
        "No connected device is \(described)",
        cure: "Connected:\n\(Self.list(devices))\nName one of these, or plug the other one in.\(hint(devices))"
      )
    default:
      throw Failure(
        .usage,
        self == .only ? "Several devices are connected" : "Several devices are \(described)",
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
      return [device.serial, device.name, device.product]
        .contains { !$0.isEmpty && $0.lowercased() == name.lowercased() }
    case .gvfsHost(let host): return device.isGvfsHost(host)
    }
  }

  /// Who leaves out the slash names a device by the name of a folder.
  private func hint(_ devices: [USBDevice]) -> String {
    guard case .named(let name) = self, devices.count == 1 else { return "" }
    return "\nIf \u{201C}\(shown(name))\u{201D} is a folder on it: \(shellWord("mtp:/\(name)"))"
  }

  private var described: String {
    switch self {
    case .only: "any device"
    case .named(let name): "\u{201C}\(shown(name))\u{201D}"
    case .address(let bus, let address): "at \(bus):\(address)"
    case .gvfsHost(let host): "gvfs's \u{201C}\(shown(host))\u{201D}"
    }
  }

  private static func list(_ devices: [USBDevice]) -> String {
    devices.map { "  \($0.location(among: devices))  \(shown($0.name))" }.joined(separator: "\n")
  }
}

extension USBDevice {
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
