internal import Foundation
internal import MTPStorage
internal import Storage

extension USBDevice {
  /// Why this device cannot be opened, and what to do about it. Only for one that is not ready.
  var obstacle: Failure {
    let name = shown(name)
    switch state {
    case .ready: return Failure(.notReady, "\(name) was not ready a moment ago", cure: "Run the same command again.")
    case .busy(let holders):
      let cause =
        holders.isEmpty ? "\(name) is in use by another program" : "\(name) is in use by \(Self.list(holders))"
      return Failure(.notReady, cause, cure: Self.cure(holders))
    case .forbidden(let node):
      let error = StorageError(.deviceForbidden, .stop, cause: "You may not open \(self.name) (\(node))")
      return Failure(error)
    case .chargingOnly:
      return Failure(StorageError(.deviceCharging, .stop, cause: "\(self.name) offers no files"))
    }
  }

  /// The programs that hold a device, for people.
  static func list(_ holders: [Holder]) -> String {
    holders.map { holder in
      let since = holder.started.map { ", since \(DateText(.current).full(Timestamp(seconds: $0)))" } ?? ""
      return "\(shown(holder.name)) (process \(holder.pid)\(since))"
    }
    .joined(separator: ", ")
  }

  /// For KDE's programs that could not be asked to let go. The workers of older versions do when nobody looks at the
  /// device; the daemon does when it ends.
  private static func cure(_ holders: [Holder]) -> String? {
    guard let kde = holders.first(where: { $0.name.hasPrefix("kio") || $0.name.hasPrefix("kde-") }) else {
      return StorageError.Reason.deviceBusy.advice.cure
    }
    return """
      Let KDE's file manager finish copying, and close its windows that show it. If it stays in use: kill \(kde.pid)
      (KDE starts that process again when it needs it.)
      """
  }
}

extension CommandContext {
  /// All connected devices.
  func connectedDevices() throws(Failure) -> [USBDevice] {
    do {
      return try devices.devices()
    } catch {
      guard error.reason == .deviceAbsent else { throw Failure(error) }
      throw Failure(
        .notPossible,
        error.shownCause,
        cure: """
          In a container, pass the host's USB through: Docker takes --privileged -v /dev/bus/usb:/dev/bus/usb
          In a virtual machine, give it a USB controller, and the device from its menu. Else there is none to plug into.
          """
      )
    }
  }

  /// All connected devices, of which there must be one at least.
  func devicesOrFailure() throws(Failure) -> [USBDevice] {
    let devices = try connectedDevices()
    guard !devices.isEmpty else {
      throw Failure(.notReady, "No MTP device is connected", cure: StorageError.Reason.deviceAbsent.advice.cure)
    }
    return devices
  }
}
