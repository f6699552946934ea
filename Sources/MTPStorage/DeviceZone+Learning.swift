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
}

extension DeviceZone {
  /// Learns the zone from files that were just sent. Dates that a device did not keep teach nothing; nor does a single
  /// date that could as well be the time of sending.
  /// - Parameter now: Unix time.
  func learning(from observations: [DateObservation], now: Int64) -> DeviceZone {
    // Some hundred say all there is to say.
    let samples = Array(observations.prefix(500))
    let offsets = samples.map(\.offset)
    guard !samples.isEmpty, offsets.count(where: { $0 == nil }) * 20 <= samples.count else { return self }
    if Set(samples.map(\.sent)).count == 1, Self.isNow(samples[0].reported, now) { return self }
    let known = zip(samples, offsets).compactMap { sample, offset in offset.map { (sample.sent, $0) } }
    func explains(_ zone: DeviceZone) -> Bool { known.allSatisfy { zone.offset(at: $0.0) == $0.1 } }
    if explains(self) { return self }
    if explains(.host) { return .host }
    let zones = TimeZone.knownTimeZoneIdentifiers.compactMap { TimeZone(identifier: $0) }
    return Self.likeliest(of: zones.filter { explains(.place($0)) }) ?? self
  }

  /// Whether a date could be the device's time of day now, in some zone, within a minute.
  private static func isNow(_ reported: Int64, _ now: Int64) -> Bool {
    let apart = (reported - now) % 900
    return min(abs(apart), 900 - abs(apart)) <= 60
  }

  /// Of the zones that explain what was seen, one of those that most of them agree with the rest of the year.
  private static func likeliest(of zones: [TimeZone]) -> DeviceZone? {
    // The middle of January and of July, from 2000 to 2040.
    let instants = (0..<80).map { Date(timeIntervalSince1970: 947_937_600 + Double($0) * 15_778_800) }
    let groups = Dictionary(grouping: zones) { zone in instants.map { zone.secondsFromGMT(for: $0) } }
    return groups.values.max { ($0.count, $1[0].identifier) < ($1.count, $0[0].identifier) }.map { .place($0[0]) }
  }
}
