internal import MTPStorage
internal import Storage
internal import SyncEngine

/// Tells that the dates of a device were read in a zone of which nobody knows whether it is the device's.
struct ZoneNote: Sendable {
  let zone: AssumedZone
  private let side: Side
  /// The command that shows it; `nil` where an earlier run took the dates from it.
  private let cure: String?

  init(_ zone: AssumedZone, _ context: CommandContext, side: Side = .source) {
    self.zone = zone
    self.side = side
    guard let device = zone.device else {
      cure = nil
      return
    }
    let devices = (try? context.connectedDevices()) ?? []
    let usb = devices.first { $0.vendorID == device.vendorID && $0.serial == device.usbSerial ?? "" }
    let location = usb?.location(among: devices) ?? "mtp:"
    cure = zone.canBeFoundOut ? "filesync doctor \(shellWord(location))" : "TZ=Asia/Tokyo filesync \u{2026}"
  }

  /// With the plan.
  var line: String {
    guard let cure else {
      let what = zone.files > 0 ? counted(zone.files, "file") : "some folders"
      return
        "  Note: The dates of \(what) were read from \(shown(zone.name)) in a time zone that was "
        + "assumed: they may be hours off. Sync from it again first: that mends them once its zone is known."
    }
    return
      "  Note: \(shown(zone.name)) tells no time zone, and nothing has shown which one these dates are in: they may be "
      + "hours off. `\(cure)` \(zone.canBeFoundOut ? "finds it out" : "names it")."
  }

  /// Why files are not moved away from the device: once they are gone from it, nothing can tell their dates any more. `nil`
  /// where nothing could find the zone out.
  var forbidsMoving: Failure? {
    guard let cure, zone.canBeFoundOut else { return nil }
    return Failure(
      .refused,
      "\(shown(zone.name)) tells no time zone, and dates that are hours off could not be mended once its files are gone",
      cure: "`\(cure)` finds the zone out; then run the same command again. Nothing was moved."
    )
  }

  /// With the plan, where a filter goes by such dates.
  var nearLimit: String {
    let lie = zone.files == 1 ? "1 file lies" : "\(zone.files) files lie"
    let advice = cure.map { " `\($0)` \(zone.canBeFoundOut ? "finds it out" : "names it")." } ?? ""
    return "  Note: \(lie) so near the limit of --newer-than or --older-than that it depends on the time zone of "
      + "\(shown(zone.name)), which is not known.\(advice)"
  }

  /// With what was done.
  func summary(_ kind: RunKind) -> String {
    guard let cure else {
      let what = zone.files > 0 ? counted(zone.files, "date") : "dates of folders"
      return
        "The time zone of \(shown(zone.name)), which \(what) came from, was assumed, and is not "
        + "known yet."
    }
    let consequence =
      switch kind {
      case .sync: "If it is another (`\(cure)`), the next sync mends what it got."
      case .copy, .dates: "If it is another (`\(cure)`), `filesync dates` mends what it got."
      case .check, .proof: "If it is another (`\(cure)`), compare again then."
      case .move: "If it is another, the dates are off by the hours between them."
      }
    return "The time zone of \(shown(zone.name)) was assumed. \(consequence)"
  }

  /// For programs.
  var json: JSONValue {
    .object(
      [
        "side": .text(side.rawValue), "name": .text(zone.name), "files": .count(zone.files),
        "recorded": .truth(cure == nil),
      ].with("cure", cure.map(JSONValue.text))
    )
  }
}
