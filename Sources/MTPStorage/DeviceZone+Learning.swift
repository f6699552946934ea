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
    switch self {
    case .host, .fixed, .place: if explains(new) { return self }
    case .assumed, .guess: break
    }
    return Self.explaining(new + old) ?? Self.explaining(new) ?? self
  }

  /// The zone in which clocks were ahead of UTC as they were seen to be: this computer's, if it is one.
  /// - Parameter likeliest: One that explains it, and was the likeliest until now.
  static func explaining(_ seen: [DeviceKnowledge.Offset], likeliest: DeviceZone? = nil) -> DeviceZone? {
    DeviceZone.host.explains(seen) ? .host : elsewhere(seen, likeliest: likeliest)
  }

  /// The same without a look at this computer's zone: the best known place, else any place, else a distance from UTC, if
  /// it was always the same.
  static func elsewhere(_ seen: [DeviceKnowledge.Offset], likeliest: DeviceZone? = nil) -> DeviceZone? {
    var fitting = wellKnown.filter { $0.explains(seen) }
    var first = likeliest ?? fitting.first
    if fitting.isEmpty {
      fitting = TimeZone.knownTimeZoneIdentifiers.compactMap { TimeZone(identifier: $0) }.map(DeviceZone.place)
        .filter { $0.explains(seen) }
      first = likeliest ?? mostCommon(of: fitting)
    }
    guard let first else {
      let offsets = Set(seen.map(\.seconds))
      return offsets.count == 1 ? offsets.first.map(DeviceZone.fixed) : nil
    }
    let others = fitting.filter { other in weeks.contains { other.offset(at: $0) != first.offset(at: $0) } }
    return others.isEmpty ? first : .guess(first, others: others)
  }

  /// The same with another one of its zones as the likeliest, if that is one.
  func preferring(_ zone: DeviceZone) -> DeviceZone {
    guard case .guess(let first, let others) = self, others.contains(zone) else { return self }
    return .guess(zone, others: [first] + others.filter { $0 != zone })
  }

  /// Dates (Unix time) before `now` at which what a clock shows tells the zones apart that are left; the newest first.
  func deciding(before now: Int64) -> [Int64] {
    guard case .guess(let first, let others) = self else { return [] }
    var alike = [[first] + others]
    return Self.weeks.reversed().filter { week in
      guard week < now, alike.contains(where: { Set($0.map { $0.offset(at: week) }).count > 1 }) else { return false }
      alike = alike.flatMap { zones in Dictionary(grouping: zones) { $0.offset(at: week) }.values }
      return true
    }
  }

  func explains(_ seen: [DeviceKnowledge.Offset]) -> Bool {
    seen.allSatisfy { offset(at: $0.instant) == $0.seconds }
  }

  /// At most so many of what was seen, in its order: all that rules a place out, and the first of the rest.
  static func telling(_ seen: [DeviceKnowledge.Offset], most: Int) -> [DeviceKnowledge.Offset] {
    guard seen.count > most else { return seen }
    let ruledOut = seen.map { one in Set(wellKnown.indices.filter { !wellKnown[$0].explains([one]) }) }
    var left = ruledOut.reduce(into: Set()) { $0.formUnion($1) }
    var kept: Set<Int> = []
    while !left.isEmpty, kept.count < most {
      let counts = ruledOut.map { $0.intersection(left).count }
      guard let best = counts.indices.max(by: { counts[$0] < counts[$1] }) else { break }
      kept.insert(best)
      left.subtract(ruledOut[best])
    }
    for index in seen.indices where kept.count < most { kept.insert(index) }
    return kept.sorted().map { seen[$0] }
  }

  /// A place for each of the zones in which most people live, those of the most people first: where what was seen fits
  /// several, it is likeliest one of these, and its name is the one that people know. (`zone1970.tab` has no such order,
  /// and tells Detroit from New York.) UTC is that of West Africa and Iceland, and of many boards.
  private static let wellKnown: [DeviceZone] = [
    "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Asia/Jakarta", "Africa/Lagos",
    "Africa/Nairobi", "Asia/Tokyo", "Africa/Johannesburg", "Europe/Moscow", "America/Sao_Paulo", "America/Chicago",
    "Asia/Karachi", "Asia/Dhaka", "Africa/Cairo", "Europe/London", "UTC", "America/Mexico_City", "Asia/Manila",
    "Europe/Athens", "Asia/Tehran", "Europe/Istanbul", "Asia/Bangkok", "Asia/Ho_Chi_Minh", "America/Los_Angeles",
    "America/Bogota", "Asia/Seoul", "Asia/Yangon", "Africa/Khartoum", "America/Argentina/Buenos_Aires", "Asia/Baghdad",
    "Asia/Riyadh", "Africa/Algiers", "America/Guatemala", "Asia/Kabul", "Africa/Casablanca", "Asia/Tashkent",
    "America/Lima", "Asia/Kuala_Lumpur", "America/Denver", "Asia/Kathmandu", "America/Caracas", "Australia/Sydney",
    "Asia/Colombo", "America/Santiago", "Asia/Almaty", "Asia/Yekaterinburg", "America/La_Paz", "Asia/Damascus",
    "Asia/Novosibirsk", "Africa/Tunis", "Asia/Dubai", "Asia/Amman", "Europe/Lisbon", "Asia/Baku", "Asia/Jerusalem",
    "Europe/Minsk", "Asia/Hong_Kong", "America/Havana", "Africa/Tripoli", "America/Asuncion", "Asia/Beirut",
    "Asia/Krasnoyarsk", "Asia/Omsk", "Australia/Brisbane", "America/Phoenix", "Pacific/Auckland", "Asia/Irkutsk",
    "Europe/Samara", "Asia/Vladivostok", "America/Montevideo", "Asia/Yakutsk", "Australia/Perth", "America/Halifax",
    "Australia/Adelaide", "Pacific/Honolulu", "America/Anchorage", "America/St_Johns", "Australia/Darwin",
    "Atlantic/Azores",
  ].compactMap { $0 == "UTC" ? .fixed(0) : TimeZone(identifier: $0).map(DeviceZone.place) }

  /// An instant of each week from 1980 to 2037, after which rules go on as they are.
  private static let weeks: [Int64] = Array(stride(from: 315_964_800, to: 2_145_916_800, by: 7 * 86_400))

  /// Of the places that explain what was seen, one of those that most of them agree with the rest of the year.
  private static func mostCommon(of places: [DeviceZone]) -> DeviceZone? {
    // The middle of January and of July, from 2000 to 2040.
    let instants = (0..<80).map { 947_937_600 + Int64($0) * 15_778_800 }
    let groups = Dictionary(grouping: places) { place in instants.map { place.offset(at: $0) } }
    return groups.values.max { ($0.count, $1[0].text ?? "") < ($1.count, $0[0].text ?? "") }?[0]
  }
}
