import Foundation
import Storage
import Testing

@testable import MTPStorage

/// A device whose zone was seen in one season, which fits several places.
@Suite("A zone that was seen in one season")
struct SeasonTests {
  struct Case: Sendable, CustomStringConvertible {
    var zone: String
    /// When it was seen.
    var seen: Int64
    var likeliest: String
    /// One that explains it as well; `nil` if no other well-known one does.
    var other: String?
    var description: String { "\(zone), seen \(seen == SeasonTests.january ? "in January" : "in July")" }
  }

  /// The middle of January and July 2024.
  private static let (january, july): (Int64, Int64) = (1_705_320_000, 1_721_044_800)
  /// 2026-11-23.
  private static let now: Int64 = 1_795_365_005

  static let cases = [
    Case(zone: "America/Phoenix", seen: july, likeliest: "America/Los_Angeles", other: "America/Phoenix"),
    Case(zone: "America/Phoenix", seen: january, likeliest: "America/Denver", other: "America/Phoenix"),
    Case(zone: "America/Los_Angeles", seen: july, likeliest: "America/Los_Angeles", other: "America/Phoenix"),
    Case(zone: "America/Denver", seen: january, likeliest: "America/Denver", other: "America/Phoenix"),
    // Without summer time since 2022.
    Case(zone: "America/Denver", seen: july, likeliest: "America/Mexico_City", other: "America/Denver"),
    Case(zone: "America/Mexico_City", seen: january, likeliest: "America/Chicago", other: "America/Mexico_City"),
    Case(zone: "Australia/Sydney", seen: july, likeliest: "Australia/Sydney", other: "Australia/Brisbane"),
    Case(zone: "Australia/Sydney", seen: january, likeliest: "Australia/Sydney"),
    Case(zone: "Australia/Brisbane", seen: july, likeliest: "Australia/Sydney", other: "Australia/Brisbane"),
    Case(zone: "Europe/London", seen: january, likeliest: "Europe/London", other: "0"),
    Case(zone: "Europe/Lisbon", seen: january, likeliest: "Europe/London", other: "Europe/Lisbon"),
    Case(zone: "Atlantic/Reykjavik", seen: january, likeliest: "Europe/London", other: "0"),
    Case(zone: "Africa/Accra", seen: january, likeliest: "Europe/London", other: "0"),
    Case(zone: "Australia/Adelaide", seen: july, likeliest: "Australia/Adelaide", other: "Australia/Darwin"),
    Case(zone: "Australia/Darwin", seen: july, likeliest: "Australia/Adelaide", other: "Australia/Darwin"),
    Case(zone: "Australia/Darwin", seen: january, likeliest: "Australia/Darwin"),
    Case(zone: "Asia/Kolkata", seen: july, likeliest: "Asia/Kolkata", other: "Asia/Colombo"),
    Case(zone: "Europe/Berlin", seen: january, likeliest: "Europe/Berlin", other: "Africa/Lagos"),
    Case(zone: "Africa/Lagos", seen: january, likeliest: "Europe/Berlin", other: "Africa/Lagos"),
    Case(zone: "Africa/Johannesburg", seen: july, likeliest: "Europe/Berlin", other: "Africa/Johannesburg"),
    // Summer all year since 2016; and Moscow's clocks were moved twice since 2011.
    Case(zone: "Europe/Istanbul", seen: january, likeliest: "Africa/Nairobi", other: "Europe/Istanbul"),
    Case(zone: "Europe/Moscow", seen: july, likeliest: "Africa/Nairobi", other: "Europe/Moscow"),
    // No summer time since 2019.
    Case(zone: "America/Sao_Paulo", seen: july, likeliest: "America/Sao_Paulo", other: "America/Montevideo"),
  ]

  private static func seen(_ zone: TimeZone, _ instants: [Int64]) -> [DeviceKnowledge.Offset] {
    instants.map { DeviceKnowledge.Offset(instant: $0, seconds: DeviceZone.place(zone).offset(at: $0)) }
  }

  /// Two a month from 1980 to 2100, and every ten minutes around each change of these clocks in 2026.
  private static func dates(_ zones: [TimeZone]) -> [Int64] {
    let changes = zones.flatMap { zone in
      var changes: [Int64] = []
      var date = Date(timeIntervalSince1970: 1_767_225_600)
      while let next = zone.nextDaylightSavingTimeTransition(after: date), next.timeIntervalSince1970 < 1_798_761_600 {
        changes.append(Int64(next.timeIntervalSince1970))
        date = next
      }
      return changes
    }
    return Array(stride(from: 315_532_800, to: 4_102_444_800, by: 1_314_900))
      + changes.flatMap(SummerTimeTests.dates(around:))
  }

  /// Reads a date as a device in `place` shows it.
  private static func read(_ date: Int64, in place: TimeZone, by zone: DeviceZone) -> (isRight: Bool, isAssumed: Bool) {
    let raw = SummerTimeTests.raw(date + Int64(DeviceZone.place(place).offset(at: date)))
    let times = zone.times(modified: raw, created: "")
    return ([times.modified?.seconds, times.laterModified?.seconds].contains(date), zone.assumes(raw))
  }

  @Test("No date is misread without a word, and those of the season are no guess", arguments: cases)
  func guess(_ one: Case) throws {
    let place = try #require(TimeZone(identifier: one.zone))
    let zone = try #require(DeviceZone.elsewhere(Self.seen(place, [one.seen])))
    #expect(zone.text == one.likeliest)
    var others: [DeviceZone] = []
    if case .guess(_, let places) = zone { others = places }
    if let other = one.other { #expect(others.map(\.text).contains(other)) } else { #expect(others.isEmpty) }
    let clocks = [zone.text, one.zone, one.other].compactMap { $0.flatMap(TimeZone.init(identifier:)) }
    for date in Self.dates(clocks) {
      let (isRight, isAssumed) = Self.read(date, in: place, by: zone)
      #expect(isRight || isAssumed, "\(date)")
    }
    for day in -5...5 {
      #expect(Self.read(one.seen + Int64(day) * 86_400, in: place, by: zone) == (isRight: true, isAssumed: false))
    }
    if one.other != nil, one.likeliest != one.zone {
      #expect(Self.dates(clocks).contains { !Self.read($0, in: place, by: zone).isRight })
    }
  }

  @Test("Dates sent on purpose decide it, and then none is a guess", arguments: Set(cases.map(\.zone)).sorted())
  func decided(_ name: String) throws {
    let place = try #require(TimeZone(identifier: name))
    var seen = Self.seen(place, [Self.january, Self.july])
    let first = try #require(DeviceZone.elsewhere(seen))
    seen += Self.seen(place, first.deciding(before: Self.now))
    let zone = try #require(DeviceZone.elsewhere(seen))
    #expect(zone.deciding(before: Self.now).isEmpty)
    var doubtful = 0
    for date in Self.dates([place]) {
      let (isRight, isAssumed) = Self.read(date, in: place, by: zone)
      #expect(isRight && !isAssumed, "\(date)")
      let raw = SummerTimeTests.raw(date + Int64(zone.offset(at: date)))
      if zone.instants(raw).count == 2 { doubtful += 1 }
    }
    // Both passes of the hour that is repeated in 2026.
    let isChanging = place.nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: 1_767_225_600))
      .map { $0.timeIntervalSince1970 < 1_798_761_600 }
    #expect(doubtful >= (isChanging == true ? 12 : 0))
  }

  @Test("The guess is as open in the next session, unless this computer is in such a zone")
  func remembered() throws {
    let phoenix = try #require(TimeZone(identifier: "America/Phoenix"))
    var known = Self.known("America/Los_Angeles", Self.seen(phoenix, [Self.july]))
    guard DeviceZone.host.offset(at: Self.july) != -7 * 3600 else { return #expect(DeviceZone(known) == .host) }
    #expect(known.otherZones == ["America/Phoenix"])
    // Seen in the other season, too.
    known.offsets = Self.seen(phoenix, [Self.january, Self.july])
    known.zone = "America/Phoenix"
    #expect(DeviceZone(known) == .place(phoenix) && known.otherZones.isEmpty)
    known.offsets = []
    known.zone = "America/Los_Angeles"
    #expect(DeviceZone(known)?.text == "America/Los_Angeles" && known.otherZones.isEmpty)
  }

  @Test("This computer's zone of then is nobody's zone where its clock was another")
  func elsewhereByNow() {
    let host = DeviceZone.host.offset(at: Self.july)
    #expect(DeviceZone(Self.known("host", [.init(instant: Self.july, seconds: host)])) == .host)
    #expect(DeviceZone(Self.known("host", [.init(instant: Self.july, seconds: host + 3600)])) == .assumed)
  }

  private static func known(_ zone: String, _ offsets: [DeviceKnowledge.Offset]) -> DeviceKnowledge {
    let device = DeviceIdentity(
      mtpSerial: "1",
      usbSerial: "1",
      vendorID: 1,
      productID: 1,
      manufacturer: "",
      model: "",
      firmware: ""
    )
    var known = DeviceKnowledge(device: device, learned: 0)
    known.zone = zone
    known.offsets = offsets
    return known
  }

  @Test("What tells the season is remembered, however much of the other one is seen")
  func telling() throws {
    let phoenix = try #require(TimeZone(identifier: "America/Phoenix"))
    let summers = (0..<40).map { Self.july - Int64($0) * 31_556_952 }
    let seen = Self.seen(phoenix, summers + [Self.january])
    let kept = DeviceZone.telling(seen, most: 24)
    #expect(kept.count == 24)
    #expect(DeviceZone.elsewhere(kept) == DeviceZone.elsewhere(seen))
    #expect(DeviceZone.elsewhere(kept)?.text == "America/Phoenix")
    #expect(kept == seen.filter(kept.contains))
  }
}
