internal import Foundation
internal import PTP
internal import Storage

/// Which zone a device's clock is in. Most dates come without one (MTP 1.1 section 3.2.5 leaves it open).
enum DeviceZone: Hashable, Sendable {
  /// Nobody told: read as this machine's.
  case assumed
  /// This machine's, with its summer time, resolved for each date.
  case host
  /// Always as many seconds east of UTC.
  case fixed(Int)
  /// A place's, with its summer time.
  case place(TimeZone)
  /// The likeliest of several that explain all that was seen of the clock; the others tell another time for some dates.
  indirect case guess(DeviceZone, others: [DeviceZone])

  /// QEMU's `usb-mtp` formats its dates with gmtime, without saying so (QEMU 7.2, hw/usb/dev-mtp.c).
  private static let qemu: UInt16 = 0x46F4

  /// Finds the zone out.
  /// - Parameters:
  ///   - clock: The device's own date and time now (PTP property DateTime), where it tells them.
  ///   - remembered: What an earlier session learned.
  static func learn(vendorID: UInt16, clock: String?, remembered: DeviceZone? = nil, now: Int64) -> DeviceZone {
    if vendorID == qemu { return .fixed(0) }
    return clock.flatMap { told(by: $0, now: now) } ?? remembered ?? .assumed
  }

  /// The zone that a device's own clock shows; `nil` for one that tells none.
  static func told(by clock: String, now: Int64) -> DeviceZone? {
    guard let date = try? PTPDate(clock), date.zone == .deviceLocal,
      let offset = offset(ofClock: date.civil.seconds, now: now)
    else { return nil }
    // The host's zone now: then it most likely is the host's zone also for dates on the other side of a clock change.
    return offset == HostZone.offset(at: now) ? .host : .fixed(offset)
  }

  /// What a clock that shows `civil` (seconds as if it were UTC) at `now` is ahead of UTC, in seconds. Zones are whole
  /// quarters of an hour: a clock that is minutes off one is simply wrong, and says nothing.
  static func offset(ofClock civil: Int64, now: Int64) -> Int? {
    let ahead = Double(civil - now)
    let rounded = (ahead / 900).rounded() * 900
    return abs(ahead - rounded) <= 120 && abs(rounded) <= 14 * 3600 ? Int(rounded) : nil
  }

  /// What an earlier session learned of a device; `nil` if nothing. What it could not decide between is still open, unless
  /// this computer's zone is one of those. A clock that did not go as this computer's does today has been moved, or this
  /// computer has: nobody knows.
  init?(_ known: DeviceKnowledge) {
    guard let text = known.zone, let zone = DeviceZone(text) else { return nil }
    switch zone {
    case .host: self = zone.explains(known.offsets) ? .host : .assumed
    case _ where known.offsets.isEmpty || !zone.explains(known.offsets): self = zone
    default: self = DeviceZone.explaining(known.offsets, likeliest: zone) ?? zone
    }
  }

  /// As ``DeviceKnowledge/zone`` has it; `nil` for what is no zone.
  init?(_ text: String) {
    if text == "host" {
      self = .host
    } else if let seconds = Int(text), (-14 * 3600...14 * 3600).contains(seconds) {
      self = .fixed(seconds)
    } else if let zone = TimeZone(identifier: text) {
      self = .place(zone)
    } else {
      return nil
    }
  }

  /// As ``DeviceKnowledge/zone`` has it.
  var text: String? {
    switch self {
    case .assumed: nil
    case .host: "host"
    case .fixed(let seconds): String(seconds)
    case .place(let zone): zone.identifier
    case .guess(let zone, _): zone.text
    }
  }

  /// The dates of an object as the device sent them.
  func times(modified: String, created: String) -> FileTimes {
    let (modified, created) = (instants(modified), instants(created))
    return FileTimes(
      modified: modified.first,
      created: created.first,
      laterModified: modified.dropFirst().first,
      laterCreated: created.dropFirst().first
    )
  }

  /// Whether a date as the device sent it is read in a zone of which nobody told, or in one of several that would have it
  /// mean something else.
  func assumes(_ raw: String) -> Bool {
    switch self {
    case .host, .fixed, .place: return false
    case .assumed: return (try? PTPDate(raw))?.zone == .deviceLocal
    case .guess(let zone, let others):
      guard let date = try? PTPDate(raw), date.zone == .deviceLocal else { return false }
      let meant = zone.offsets(atWallClock: date.civil.seconds)
      return others.contains { $0.offsets(atWallClock: date.civil.seconds) != meant }
    }
  }

  /// How much later than `instant`, as which a date without a zone was read, the one may be that it means, in seconds. No
  /// zone is outside of UTC-12 to UTC+14.
  func doubt(at instant: Int64) -> ClosedRange<Int64> {
    let assumed = offset(at: instant)
    switch self {
    case .host, .fixed, .place: return 0...0
    case .assumed: return Int64(assumed - 14 * 3600)...Int64(assumed + 12 * 3600)
    case .guess(let zone, let others):
      let civil = instant + Int64(assumed)
      let possible = [0] + ([zone] + others).flatMap { $0.offsets(atWallClock: civil) }.map { Int64(assumed - $0) }
      return (possible.min() ?? 0)...(possible.max() ?? 0)
    }
  }

  /// What a date as the device sent it means; empty for none, and for one of no legal form. Two instants in the hour
  /// that autumn repeats, the earlier one first.
  func instants(_ raw: String) -> [Timestamp] {
    guard !raw.isEmpty, let date = try? PTPDate(raw) else { return [] }
    let seconds: [Int64] =
      switch date.zone {
      case .deviceLocal: offsets(atWallClock: date.civil.seconds).map { date.civil.seconds - Int64($0) }
      case .utc, .offset: [date.unixTime { _ in 0 }]
      }
    return seconds.map { Timestamp(seconds: $0, nanoseconds: date.nanoseconds) }
  }

  /// Seconds east of UTC when the clock on the wall shows `civil` (seconds as if it were UTC): one, or two in the hour
  /// that autumn repeats, the earlier instant's first. In the hour that spring leaves out, the clock was not set yet.
  private func offsets(atWallClock civil: Int64) -> [Int] {
    // No zone changes its clock twice within two days.
    let (before, after) = (offset(at: civil - 86_400), offset(at: civil + 86_400))
    guard before != after else { return [before] }
    let possible = [before, after].filter { offset(at: civil - Int64($0)) == $0 }
    return possible.isEmpty ? [before] : possible
  }

  /// Seconds east of UTC at an instant (Unix time).
  func offset(at instant: Int64) -> Int {
    switch self {
    case .assumed, .host: HostZone.offset(at: instant)
    case .fixed(let offset): offset
    case .place(let zone): zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
    case .guess(let zone, _): zone.offset(at: instant)
    }
  }
}

/// The zone of this machine, as the C library knows it (`TZ`, else /etc/localtime).
enum HostZone {
  /// Seconds east of UTC at an instant (Unix time).
  static func offset(at instant: Int64) -> Int {
    var seconds = time_t(instant)
    var parts = unsafe tm()
    guard unsafe localtime_r(&seconds, &parts) != nil else { return 0 }
    return unsafe parts.tm_gmtoff
  }

  /// `YYYYMMDDThhmmss` on this machine's clock.
  static func wallClock(_ unixTime: Int64) -> String {
    var seconds = time_t(unixTime)
    var parts = unsafe tm()
    guard unsafe localtime_r(&seconds, &parts) != nil else { return "" }
    let civil = CivilDateTime(seconds: unixTime + Int64(unsafe parts.tm_gmtoff))
    return civil.map {
      padded(String($0.year), to: 4) + two($0.month) + two($0.day) + "T" + two($0.hour) + two($0.minute)
        + two($0.second)
    } ?? ""
  }

  private static func two(_ value: Int) -> String { padded(String(value), to: 2) }
}
