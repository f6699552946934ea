internal import Foundation
internal import PTP

/// The device's clock: the host's time, shown in a zone of the device's own.
struct DeviceClock: Sendable {
  let zone: TimeZone

  /// `YYYYMMDDThhmmss` on the device's clock, with the daylight-saving rules that held at that instant.
  func string(_ unixTime: Int64) -> String {
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(unixTime)))
    // Outside 1601 to 9999 a real device shows its epoch, or nonsense.
    return CivilDateTime(seconds: unixTime + Int64(offset)).map(PTPDate.local) ?? "19700101T000000"
  }

  /// What the clock shows now.
  var now: String { string(Int64(Date().timeIntervalSince1970)) }
}
