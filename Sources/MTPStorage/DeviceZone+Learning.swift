internal import Foundation
internal import PTP

/// A file that was sent with a known date, and how the device dates it, without saying a zone.
struct DateObservation {
  /// Unix time, as it was sent.
  var sent: Int64
  /// Seconds as on a clock of UTC, as the device reports them.
  var reported: Int64

  /// What the device's clock is ahead of UTC for this date, in seconds: a whole quarter of an hour. `nil` if the two
  /// have nothing to do with each other: the device did not keep the date.
  var offset: Int? {
    let ahead = reported - sent
    let quarter = Int((Double(ahead) / 900).rounded()) * 900
    // FAT rounds to 2 s. Zones go from -12:00 to +14:00.
    guard abs(Int(ahead) - quarter) <= 2, (-12 * 3600...14 * 3600).contains(quarter) else { return nil }
    return quarter
  }

  /// Whether it says something: a date that could as well be the device's time of day when it received the file, within
  /// a minute, in some zone, says nothing of keeping the one that was sent.
  /// - Parameter now: Unix time.
  func tells(now: Int64) -> Bool {
    let apart = abs(reported - now)
    let toQuarter = min(apart % 900, 900 - apart % 900)
    return offset == nil || toQuarter > 60 || apart > 14 * 3600 + 60
  }
}

extension DeviceZone {
  /// Learns the zone from files that were just sent. Dates that a device did not keep teach nothing.
  /// - Parameters:
  ///   - old: What was seen earlier: it counts as long as one zone explains it all. Then the device has moved.
  ///   - now: Unix time.
  func learning(
    from observations: [DateObservation],
    besides old: [DeviceKnowledge.Offset] = [],
    now: Int64
  ) -> DeviceZone {
    // Some hundred say all there is to say.
    let samples = observations.prefix(500).filter { $0.tells(now: now) }
    let offsets = samples.map(\.offset)
    guard !samples.isEmpty, offsets.count(where: { $0 == nil }) * 20 <= samples.count else { return self }
    let new = zip(samples, offsets).compactMap { sample, offset in
      offset.map { DeviceKnowledge.Offset(instant: sample.sent, seconds: $0) }
    }
    return learning(from: new, besides: old)
  }

  /// Learns the zone from what the device's clock was ahead of UTC.
  func learning(from new: [DeviceKnowledge.Offset], besides old: [DeviceKnowledge.Offset]) -> DeviceZone {
    if self != .assumed, explains(new) { return self }
    return Self.explaining(new + old) ?? Self.explaining(new) ?? self
  }

  /// A zone in which clocks were ahead of UTC as they were seen to be: this computer's, if it is one; else the best known
  /// place, else a distance from UTC, if it was always the same.
  private static func explaining(_ seen: [DeviceKnowledge.Offset]) -> DeviceZone? {
    DeviceZone.host.explains(seen) ? .host : elsewhere(seen)
  }

  /// The same without a look at this computer's zone.
  static func elsewhere(_ seen: [DeviceKnowledge.Offset]) -> DeviceZone? {
    func fitting(_ names: [String]) -> [TimeZone] {
      names.compactMap { TimeZone(identifier: $0) }.filter { DeviceZone.place($0).explains(seen) }
    }
    if let known = fitting(wellKnown).first { return .place(known) }
    let offsets = Set(seen.map(\.seconds))
    if offsets.count == 1, let offset = offsets.first { return .fixed(offset) }
    return likeliest(of: fitting(TimeZone.knownTimeZoneIdentifiers))
  }

  /// A place for each of the zones in which most people live, those of the most people first: where what was seen fits
  /// several, it is likeliest one of these, and its name is the one that people know. (`zone1970.tab` has no such order,
  /// and tells Detroit from New York.)
  private static let wellKnown = [
    "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Asia/Jakarta", "Africa/Lagos",
    "Africa/Nairobi", "Asia/Tokyo", "Africa/Johannesburg", "Europe/Moscow", "America/Sao_Paulo", "America/Chicago",
    "Asia/Karachi", "Asia/Dhaka", "Africa/Cairo", "Europe/London", "America/Mexico_City", "Europe/Athens",
    "Asia/Tehran", "Europe/Istanbul", "America/Los_Angeles", "America/Bogota", "Asia/Yangon", "Africa/Khartoum",
    "America/Argentina/Buenos_Aires", "Asia/Baghdad", "Asia/Kabul", "Africa/Casablanca", "Asia/Tashkent",
    "America/Denver", "Asia/Kathmandu", "America/Caracas", "Australia/Sydney", "America/Santiago", "Asia/Almaty",
    "Asia/Yekaterinburg", "Asia/Dubai", "Asia/Jerusalem", "Australia/Brisbane", "America/Phoenix", "Pacific/Auckland",
    "Asia/Vladivostok", "Australia/Perth", "America/Halifax", "Australia/Adelaide", "Pacific/Honolulu",
    "America/Anchorage", "America/St_Johns", "Atlantic/Azores",
  ]

  private func explains(_ seen: [DeviceKnowledge.Offset]) -> Bool {
    seen.allSatisfy { offset(at: $0.instant) == $0.seconds }
  }

  /// Of the zones that explain what was seen, one of those that most of them agree with the rest of the year.
  private static func likeliest(of zones: [TimeZone]) -> DeviceZone? {
    // The middle of January and of July, from 2000 to 2040.
    let instants = (0..<80).map { Date(timeIntervalSince1970: 947_937_600 + Double($0) * 15_778_800) }
    let groups = Dictionary(grouping: zones) { zone in instants.map { zone.secondsFromGMT(for: $0) } }
    return groups.values.max { ($0.count, $1[0].identifier) < ($1.count, $0[0].identifier) }.map { .place($0[0]) }
  }
}
