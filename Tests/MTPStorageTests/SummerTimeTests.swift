import Foundation
import Storage
import StorageContract
import Testing
import VirtualDevice

@testable import MTPStorage

@Suite("Dates around a change of the clock")
struct SummerTimeTests {
  /// A zone, and the instants (Unix time) at which its clocks change in 2026, with by how much.
  struct Change: Sendable, CustomStringConvertible {
    var zone: String
    var instants: [Int64]
    var seconds: Int64
    var description: String { zone }
  }

  /// Northern and southern summers, and the one zone that moves by half an hour.
  static let changes = [
    Change(zone: "America/New_York", instants: [1_772_953_200, 1_793_512_800], seconds: 3600),
    Change(zone: "Australia/Sydney", instants: [1_775_318_400, 1_791_043_200], seconds: 3600),
    Change(zone: "Australia/Lord_Howe", instants: [1_775_314_800, 1_791_041_400], seconds: 1800),
  ]

  /// Every ten minutes from three hours before to three hours after.
  static func dates(around instant: Int64) -> [Int64] { (-18...18).map { instant + $0 * 600 } }

  @Test("Every date is found again, and the repeated hour has both of its meanings", arguments: changes)
  func instants(_ change: Change) throws {
    let place = try #require(TimeZone(identifier: change.zone))
    let zone = DeviceZone.place(place)
    var doubtful = 0
    for sent in change.instants.flatMap(Self.dates) {
      let civil = sent + Int64(place.secondsFromGMT(for: Date(timeIntervalSince1970: Double(sent))))
      let found = zone.times(modified: Self.raw(civil), created: "")
      #expect(found.modified?.seconds == sent || found.laterModified?.seconds == sent, "\(sent)")
      guard let later = found.laterModified, let earlier = found.modified else { continue }
      #expect(later.seconds - earlier.seconds == change.seconds)
      doubtful += 1
    }
    // Both passes of the repeated time, and never in spring.
    #expect(doubtful == Int(change.seconds) / 600 * 2)
  }

  @Test("What spring leaves out is read with the clock not yet set")
  func gap() throws {
    let zone = DeviceZone.place(try #require(TimeZone(identifier: "America/New_York")))
    #expect(zone.instants("20260308T023000").map(\.seconds) == [1_772_953_200 + 1800])
  }

  /// As a device writes the time of day on its clock (seconds as if it were UTC).
  static func raw(_ civil: Int64) -> String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
      .year().month().day().time(includingFractionalSeconds: false)
    return Date(timeIntervalSince1970: Double(civil)).formatted(style)
  }
}

extension OnDevices {
  @Suite("Dates around a change of the clock, on a phone")
  struct SummerTimeOnDevices {
    @Test(
      "A phone in another zone tells its dates right, in the session that sent them",
      arguments: SummerTimeTests.changes
    )
    func roundTrip(_ change: SummerTimeTests.Change) async throws {
      let rig = try Rig(.android, zone: try #require(TimeZone(identifier: change.zone)))
      let dates = change.instants.flatMap(SummerTimeTests.dates)
      try await rig.withStorage { storage in
        var written: [Written] = []
        for date in dates {
          let order = WriteOrder(
            path: .of("\(date)"),
            size: 0,
            times: FileTimes(modified: Timestamp(seconds: date)),
            temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
          )
          written.append(try await storage.write(BytesSource([]), order, TransferControl()))
        }
        _ = try await storage.verify(written)
        let entries = try await storage.listAll(.root)
        #expect(entries.count == dates.count)
        for entry in entries {
          let sent = Int64(entry.path.text)
          #expect(entry.times.modified?.seconds == sent || entry.times.laterModified?.seconds == sent, "\(entry)")
        }
      }
    }
  }
}
