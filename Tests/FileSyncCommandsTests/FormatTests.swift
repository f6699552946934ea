import Foundation
import Storage
import SyncEngine
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct FormatTests {
  @Test(arguments: [
    (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (99_950, "100 kB"),
    (999_499, "999 kB"), (999_500, "1.0 MB"), (4_294_967_296, "4.3 GB"), (UInt64.max, "18.4 EB"),
  ])
  func bytes(count: UInt64, text: String) { #expect(formatted(bytes: count) == text) }

  @Test(arguments: [
    (0.0, "0:00"), (42.9, "0:42"), (3599, "59:59"), (3723, "1:02:03"), (-5, "0:00"), (.infinity, "999:59:59"),
  ])
  func seconds(count: Double, text: String) { #expect(formatted(seconds: count) == text) }

  @Test(arguments: [
    (Int64(0), UInt32(0), "1970-01-01T00:00:00Z"), (-1, 500_000_000, "1969-12-31T23:59:59.5Z"),
    (1_720_000_000, 1, "2024-07-03T09:46:40.000000001Z"), (-2_208_988_800, 0, "1900-01-01T00:00:00Z"),
  ])
  func dates(seconds: Int64, nanoseconds: UInt32, text: String) {
    #expect(DateText.utc(Timestamp(seconds: seconds, nanoseconds: nanoseconds)) == text)
  }

  @Test func datesFollowTheZone() throws {
    let kathmandu = DateText(try #require(TimeZone(identifier: "Asia/Kathmandu")))
    let date = Date(timeIntervalSince1970: 1_720_000_000)
    #expect(kathmandu.full(date) == "2024-07-03 15:31:40")
    #expect(kathmandu.offset(date) == "+05:45")
  }
}

@Suite(.fewAtOnce) struct ProgressTests {
  private let start = 0.0

  private func plan(_ sizes: UInt64...) throws -> Plan {
    Plan(
      actions: try sizes.enumerated().map { index, size in
        Action(
          id: UInt32(index),
          change: .copy,
          reason: .new,
          path: try #require(RelativePath("f\(index)")),
          bytes: size
        )
      }
    )
  }

  @Test func showsBytesFilesRateAndTimeLeft() throws {
    let plan = try plan(3_000_000, 7_000_000)
    var progress = Progress(plan, at: start)
    progress.advance(0, to: 1_000_000, at: start + 1)
    progress.end(plan.actions[0], .done(modified: .verified, created: .absent), at: start + 3)
    #expect(
      progress.line(width: 120)
        == "[#########---------------------]   30%  3.0 MB of 10.0 MB  1 of 2 files  1.0 MB/s  0:07 left"
    )
  }

  @Test(arguments: 0...120)
  func fitsEveryWidth(width: Int) throws {
    let plan = try plan(3_000_000_000, 7_000_000_000)
    var progress = Progress(plan, at: start)
    progress.advance(0, to: 1_000_000_000, at: start + 100)
    let line = progress.line(width: width)
    #expect(line.count <= width)
    #expect(line.utf8.allSatisfy { $0 < 0x80 })
    if width >= 4 { #expect(line.contains("10%")) }
  }

  @Test func whatFailedIsNotWaitedFor() throws {
    let plan = try plan(5_000_000, 5_000_000)
    var progress = Progress(plan, at: start)
    progress.advance(0, to: 4_000_000, at: start + 1)
    progress.end(plan.actions[0], .skipped(.vanished), at: start + 2)
    progress.end(plan.actions[1], .done(modified: .verified, created: .absent), at: start + 3)
    #expect(progress.line(width: 40).hasPrefix("100%  5.0 MB of 5.0 MB  2 of 2 files"))
  }

  @Test func aPlanWithoutBytesIsDoneWhenItsFilesAre() throws {
    let plan = try plan(0)
    var progress = Progress(plan, at: start)
    #expect(progress.line(width: 10) == "  0%")
    progress.end(plan.actions[0], .done(modified: .verified, created: .absent), at: start)
    #expect(progress.line(width: 10) == "100%")
  }

  @Test func theRateForgetsOldTimes() throws {
    let plan = try plan(1_000_000_000)
    var progress = Progress(plan, at: start)
    for second in 1...60 { progress.advance(0, to: 1000, at: start + Double(second)) }
    for second in 61...80 { progress.advance(0, to: UInt64(second - 60) * 1_000_000, at: start + Double(second)) }
    #expect(progress.line(width: 120).contains("1.0 MB/s"))
  }
}
