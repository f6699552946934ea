internal import MTPStorage
internal import Storage
internal import SyncEngine

/// Tells that the dates of a device were read in a zone of which nobody knows whether it is the device's.
struct ZoneNote: Sendable {
  let zone: AssumedZone
  /// The command that shows it.
  private let cure: String

  init(_ zone: AssumedZone, _ context: CommandContext) {
    self.zone = zone
    let devices = (try? context.connectedDevices()) ?? []
    let device = devices.first { $0.vendorID == zone.device?.vendorID && $0.serial == zone.device?.usbSerial ?? "" }
    let location = device?.location(among: devices) ?? "mtp:"
    cure = zone.canBeFoundOut ? "filesync doctor \(quoted(location))" : "TZ=Asia/Tokyo filesync \u{2026}"
  }

  /// With the plan.
  var line: String {
    "  Note: \(shown(zone.name)) tells no time zone, and nothing has shown which one these dates are in: they may be "
      + "hours off. `\(cure)` \(zone.canBeFoundOut ? "finds it out" : "names it")."
  }

  /// With the plan, where a filter goes by such dates.
  func line(nearLimit files: Int) -> String {
    let lie = files == 1 ? "1 file lies" : "\(files) files lie"
    return "  Note: \(lie) so near the limit of --newer-than or --older-than that it depends on the time zone of "
      + "\(shown(zone.name)), which is not known. `\(cure)` \(zone.canBeFoundOut ? "finds it out" : "names it")."
  }

  /// With what was done.
  var summary: String {
    "The time zone of \(shown(zone.name)) was assumed. If it is another (`\(cure)`), `filesync dates` mends what it got."
  }

  /// For programs.
  var json: JSONValue {
    .object(["side": .text(Side.source.rawValue), "name": .text(zone.name), "cure": .text(cure)])
  }
}
