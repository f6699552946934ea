import Foundation
import Storage
import Testing

@testable import MTPStorage

@Suite("Which zone a device's dates are in")
struct ZoneTests {
  /// 2026-07-01T12:00:00Z.
  private static let now: Int64 = 1_782_907_200

  private static func instant(_ raw: String, in zone: DeviceZone = .fixed(0)) -> Int64? {
    zone.instants(raw).first?.seconds
  }

  @Test("A date that names its zone needs no other")
  func named() {
    for zone in [DeviceZone.fixed(0), .fixed(20_700), .host] {
      #expect(Self.instant("20260701T120000Z", in: zone) == Self.now)
      #expect(Self.instant("20260701T174500+0545", in: zone) == Self.now)
      #expect(Self.instant("20260701T080000-0400", in: zone) == Self.now)
    }
  }

  @Test("A date without one is in the device's")
  func deviceLocal() {
    #expect(Self.instant("20260701T174500", in: .fixed(20_700)) == Self.now)
    #expect(Self.instant("20260701T120000.7") == Self.now)
    #expect(DeviceZone.fixed(0).instants("20260701T120000.25").first?.nanoseconds == 250_000_000)
  }

  @Test("This machine's zone is the C library's, also on the other side of a clock change")
  func host() throws {
    for month in 1...12 {
      var parts = DateComponents(year: 2024, month: month, day: 15, hour: 13, minute: 30)
      parts.timeZone = .current
      let date = try #require(Calendar(identifier: .gregorian).date(from: parts))
      let raw = "2024\(month < 10 ? "0" : "")\(month)15T133000"
      #expect(Self.instant(raw, in: .host) == Int64(date.timeIntervalSince1970))
      #expect(HostZone.wallClock(Int64(date.timeIntervalSince1970)) == raw)
    }
  }

  @Test(
    "No date, and none of a legal form, is no date",
    arguments: ["", "0", "20261301T000000", "yesterday", "T", "20260701"]
  )
  func none(_ raw: String) { #expect(Self.instant(raw) == nil) }

  @Test("A device's clock tells its zone, if it is a zone's distance from ours")
  func clock() {
    func learn(_ clock: String?, _ remembered: DeviceZone? = nil) -> DeviceZone {
      DeviceZone.learn(vendorID: 0x04B0, clock: clock, remembered: remembered, now: Self.now)
    }
    let hostOffset = HostZone.offset(at: Self.now)
    let kathmandu = Self.instant("20260701T174503") ?? 0
    #expect(kathmandu - Self.now == 20_703)
    // Unless this machine is in Kathmandu.
    #expect(learn("20260701T174503") == (hostOffset == 20_700 ? .host : .fixed(20_700)))
    // Seven minutes off: a wrong clock, not a zone.
    // A clock that names its zone tells nothing about dates that do not.
    for clock in ["20260701T120700", "20300101T000000", nil, "nonsense", "20260701T174503+0545"] {
      #expect(learn(clock) == .assumed)
      // What was learned earlier is worth more than that.
      #expect(learn(clock, .fixed(7200)) == .fixed(7200))
    }
  }

  @Test("Only a date without a zone, of a device whose zone nobody told, is read in an assumed one")
  func assumed() {
    #expect(DeviceZone.assumed.assumes("20260701T120000"))
    for raw in ["20260701T120000Z", "20260701T120000+0200", "", "nonsense"] {
      #expect(!DeviceZone.assumed.assumes(raw))
    }
    for zone in [DeviceZone.host, .fixed(0)] { #expect(!zone.assumes("20260701T120000")) }
    #expect(Self.instant("20260701T120000", in: .assumed) == Self.instant("20260701T120000", in: .host))
    #expect(DeviceZone.assumed.text == nil)
  }

  @Test("A date in an assumed zone may be off as far as the zones are apart that it may be in")
  func doubt() {
    let host = Int64(HostZone.offset(at: Self.now))
    #expect(DeviceZone.assumed.doubt(at: Self.now) == host - 14 * 3600...host + 12 * 3600)
    for zone in [DeviceZone.host, .fixed(0), .fixed(-43_200)] { #expect(zone.doubt(at: Self.now) == 0...0) }
    #expect(DeviceZone.guess(.fixed(3600), others: [.fixed(7200)]).doubt(at: Self.now) == -3600...0)
    #expect(DeviceZone.guess(.fixed(3600), others: [.fixed(0), .fixed(9000)]).doubt(at: Self.now) == -5400...3600)
    // The very instants that the widest zones make of a date.
    let raw = "20260701T120000"
    let read = Self.instant(raw, in: .assumed) ?? 0
    let widest = DeviceZone.assumed.doubt(at: read)
    #expect(Self.instant(raw, in: .fixed(14 * 3600)) == read + widest.lowerBound)
    #expect(Self.instant(raw, in: .fixed(-12 * 3600)) == read + widest.upperBound)
  }

  @Test("QEMU's device speaks UTC without saying so")
  func qemu() {
    #expect(DeviceZone.learn(vendorID: 0x46F4, clock: nil, now: Self.now) == .fixed(0))
  }
}

@Suite("The pieces of a large file")
struct PieceTests {
  @Test("Pieces cover the file, and none fills the last packet of its data phase", arguments: [64, 512, 1024])
  func cover(_ packet: UInt64) {
    for left in Array(UInt64(0)...2000) + [(96 << 20) - 12, (64 << 20) + 500, 4 << 30] where left > 0 {
      var rest = left
      var pieces = PieceSizes()
      while rest > 0 {
        let piece = pieces.next(left: rest)
        #expect(piece > 0 && piece <= rest)
        #expect((piece + 12) % packet != 0, "\(piece) of \(left)")
        rest -= piece
        pieces.took(.milliseconds(1))
      }
    }
  }

  @Test("Slow devices get short pieces, so that a cancel need not wait")
  func slow() {
    var pieces = PieceSizes()
    for _ in 0..<5 { pieces.took(.seconds(5)) }
    #expect(pieces.next(left: 1 << 40) == 4 << 20)
    for _ in 0..<5 { pieces.took(.milliseconds(100)) }
    #expect(pieces.next(left: 1 << 40) == 32 << 20)
  }
}
