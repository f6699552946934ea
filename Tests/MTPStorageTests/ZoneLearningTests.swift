import Foundation
import Storage
import Testing

@testable import MTPStorage

@Suite("Learning a device's zone from what was sent")
struct ZoneLearningTests {
  /// The middle of January and July 2024.
  private static let (winter, summer): (Int64, Int64) = (1_705_320_000, 1_721_044_800)
  private static let now: Int64 = 1_795_365_005

  private func observations(_ zone: TimeZone, _ dates: [Int64]) -> [DateObservation] {
    dates.map { sent in
      let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(sent)))
      return DateObservation(sent: sent, reported: sent + Int64(offset))
    }
  }

  @Test(
    "Winter and summer dates give the place, and with it every other date",
    arguments: ["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
  )
  func place(_ identifier: String) throws {
    let zone = try #require(TimeZone(identifier: identifier))
    let learned = DeviceZone.fixed(17).learning(
      from: observations(zone, [Self.winter, Self.summer, Self.winter + 3601]),
      now: Self.now
    )
    for month in 1...12 {
      let date = try #require(
        Calendar(identifier: .gregorian).date(
          from: DateComponents(timeZone: zone, year: 2023, month: month, day: 20, hour: 15, minute: 4)
        )
      )
      #expect(
        learned.instants("2023\(month < 10 ? "0" : "")\(month)20T150400").first?.seconds
          == Int64(date.timeIntervalSince1970)
      )
    }
  }

  @Test(
    "A zone has the name that most people know",
    arguments: [
      ("America/Detroit", "America/New_York"), ("Asia/Jayapura", "Asia/Tokyo"), ("Europe/Vaduz", "Europe/Berlin"),
      ("Asia/Kuching", "Asia/Shanghai"), ("Europe/Lisbon", "Europe/London"), ("Australia/Hobart", "Australia/Sydney"),
    ]
  )
  func name(_ seen: String, _ name: String) throws {
    let offsets = try offsets(seen, [Self.winter, Self.summer, 1_326_628_800, 1_342_353_600])
    #expect(DeviceZone.elsewhere(offsets)?.text == name)
    // One date fits many: the zone of the most people is the best guess.
    #expect(DeviceZone.elsewhere(try self.offsets("America/Caracas", [Self.summer]))?.text == "America/New_York")
  }

  @Test("Where no well-known place has such clocks it is the place that has, or a distance from UTC")
  func noName() throws {
    let eucla = DeviceZone.elsewhere(try offsets("Australia/Eucla", [Self.winter, Self.summer]))
    #expect(eucla?.text == "Australia/Eucla")
    #expect(DeviceZone.elsewhere([DeviceKnowledge.Offset(instant: 0, seconds: 900)]) == .fixed(900))
    #expect(DeviceZone.elsewhere(try offsets("UTC", [Self.winter, Self.summer])) == .fixed(0))
    let howe = DeviceZone.elsewhere(try offsets("Australia/Lord_Howe", [Self.winter, Self.summer]))
    #expect(howe?.text == "Australia/Lord_Howe")
    let nonsense = [1, 2].map { DeviceKnowledge.Offset(instant: 0, seconds: $0) }
    #expect(DeviceZone.elsewhere(nonsense) == nil)
  }

  private func offsets(_ zone: String, _ dates: [Int64]) throws -> [DeviceKnowledge.Offset] {
    observations(try #require(TimeZone(identifier: zone)), dates).compactMap { seen in
      seen.offset.map { DeviceKnowledge.Offset(instant: seen.sent, seconds: $0) }
    }
  }

  @Test("What nobody told becomes this computer's zone when a date shows it")
  func confirmed() {
    let seen = [Self.winter, Self.summer].map { sent in
      DateObservation(sent: sent, reported: sent + Int64(HostZone.offset(at: sent)))
    }
    #expect(DeviceZone.assumed.learning(from: seen, now: Self.now) == .host)
    for one in seen { #expect(DeviceZone.assumed.learning(from: [one], now: Self.now) == .host) }
    #expect(DeviceZone.assumed.learning(from: [], now: Self.now) == .assumed)
  }

  @Test("A zone that explains what is seen stays")
  func stays() throws {
    let zone = DeviceZone.fixed(-5 * 3600)
    let seen = observations(try #require(TimeZone(secondsFromGMT: -5 * 3600)), [Self.winter, Self.summer])
    #expect(zone.learning(from: seen, now: Self.now) == zone)
  }

  @Test("Dates that the device did not keep teach nothing")
  func notKept() {
    let zone = DeviceZone.fixed(3600)
    // All dated now, as a device does that ignores the dates it is sent.
    let seen = (0..<50).map { DateObservation(sent: Self.winter + Int64($0) * 7919, reported: Self.now + Int64($0)) }
    #expect(zone.learning(from: seen, now: Self.now + 50) == zone)
    #expect(zone.learning(from: [], now: Self.now) == zone)
  }

  @Test("A single date that may be the time of sending teaches nothing; another does")
  func single() {
    let zone = DeviceZone.fixed(3600)
    // Sent a whole number of quarters before now.
    let coincidence = DateObservation(sent: Self.now - 900 * 20, reported: Self.now)
    #expect(coincidence.offset == 18_000)
    #expect(zone.learning(from: [coincidence], now: Self.now) == zone)
    let kept = DateObservation(sent: Self.winter + 444, reported: Self.winter + 444 + 20_700)
    #expect(zone.learning(from: [kept], now: Self.now) != zone)
  }

  @Test("FAT's two seconds are no other zone, and half a day more is none", arguments: [-2, -1, 0, 1, 2])
  func tolerance(_ off: Int64) {
    #expect(DateObservation(sent: Self.winter, reported: Self.winter + 3600 + off).offset == 3600)
    #expect(
      DateObservation(sent: Self.winter, reported: Self.winter + 3600 + 3 * off).offset == (off == 0 ? 3600 : nil)
    )
    #expect(DateObservation(sent: Self.winter, reported: Self.winter + 15 * 3600).offset == nil)
  }
}
