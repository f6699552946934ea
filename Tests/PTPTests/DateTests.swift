import PTP
import Testing

@Suite struct DateTests {
  @Test(
    arguments: [
      ("20240229T235959", PTPDate.Zone.deviceLocal, 1_709_251_199, 0),
      ("20240229T235959Z", .utc, 1_709_251_199, 0),
      ("20240229T235959.5", .deviceLocal, 1_709_251_199, 500_000_000),
      ("20240229T235959.0Z", .utc, 1_709_251_199, 0),
      ("20240229T235959.123456789999Z", .utc, 1_709_251_199, 123_456_789),
      ("20240229T235959+0545", .offset(20_700), 1_709_251_199, 0),
      ("20240229T235959.1-0330", .offset(-12_600), 1_709_251_199, 100_000_000),
      ("19700101T000000Z", .utc, 0, 0),
      ("19691231T235959Z", .utc, -1, 0),
      ("16010101T000000Z", .utc, -11_644_473_600, 0),
      ("99991231T235959Z", .utc, 253_402_300_799, 0),
      ("20161231T235960Z", .utc, 1_483_228_799, 0),
    ] as [(String, PTPDate.Zone, Int64, UInt32)]
  )
  func accepted(raw: String, zone: PTPDate.Zone, civilSeconds: Int64, nanoseconds: UInt32) throws {
    let date = try PTPDate(raw)
    #expect(date.raw == raw)
    #expect(date.zone == zone)
    #expect(date.civil.seconds == civilSeconds)
    #expect(date.nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    ("", 0), ("2024", 4), ("20240229", 8), ("20240229 235959", 8), ("20240229T2359", 13), ("20230229T000000", 0),
    ("20241301T000000", 0), ("20240001T000000", 0), ("20240100T000000", 0), ("20240131T240000", 0),
    ("20240131T006000", 0), ("20240131T000061", 0), ("16001231T235959", 0), ("20240131T000000.", 16),
    ("20240131T000000z", 15), ("20240131T000000ZZ", 16), ("20240131T000000+", 16), ("20240131T000000+01", 18),
    ("20240131T000000+1500", 20), ("20240131T000000+0160", 20), ("20240131T000000 ", 15), ("-0240131T000000", 0),
    ("２0240131T000000", 0),
  ])
  func refused(raw: String, offset: Int) {
    #expect(throws: PTPError(.badDate, at: offset, in: raw)) { try PTPDate(raw) }
  }

  @Test func theZoneIsAskedOnlyForDatesWithoutOne() throws {
    var asked: [Int64] = []
    let berlin: (Int64) -> Int = { seconds in
      asked.append(seconds)
      return 3600
    }
    #expect(try PTPDate("20240101T120000Z").unixTime(localOffset: berlin) == 1_704_110_400)
    #expect(try PTPDate("20240101T120000-0500").unixTime(localOffset: berlin) == 1_704_110_400 + 18_000)
    #expect(asked.isEmpty)
    #expect(try PTPDate("20240101T120000").unixTime(localOffset: berlin) == 1_704_110_400 - 3600)
    #expect(asked == [1_704_110_400])
  }

  @Test func writing() throws {
    #expect(PTPDate.utc(1_709_251_199) == "20240229T235959Z")
    #expect(PTPDate.utc(-11_644_473_600) == "16010101T000000Z")
    #expect(PTPDate.utc(-11_644_473_601) == nil)
    #expect(PTPDate.utc(253_402_300_800) == nil)
    let civil = try #require(CivilDateTime(seconds: 0))
    #expect(PTPDate.local(civil) == "19700101T000000")
  }

  @Test func everyDayFrom1601To9999FollowsTheOneBefore() throws {
    var day = try #require(CivilDateTime(seconds: -11_644_473_600))
    var seconds = day.seconds
    while let next = CivilDateTime(seconds: seconds + 86_400) {
      seconds += 86_400
      // Either the next day of the month, or the first of the next month, or of the next year.
      let follows =
        next.day == day.day + 1 && next.month == day.month && next.year == day.year
        || next.day == 1 && day.day >= 28 && next.month == day.month + 1 && next.year == day.year
        || next.day == 1 && day.day == 31 && next.month == 1 && day.month == 12 && next.year == day.year + 1
      guard follows, next.seconds == seconds else {
        Issue.record("\(day) is followed by \(next)")
        return
      }
      day = next
    }
    #expect((day.year, day.month, day.day) == (9999, 12, 31))
  }
}
