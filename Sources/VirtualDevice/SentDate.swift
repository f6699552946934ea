internal import Foundation
internal import Glibc
internal import PTP

extension DeviceClock {
  /// The Unix time that Android's server takes a sent date for (MtpUtils.cpp, parseDateTime; measured): exact for
  /// `…Z` and `….0Z`; on the device's own clock for anything else that begins with a date, also `…±hhmm` and
  /// `….00Z`. Days and hours that do not exist are carried over, as timegm(3) does.
  /// - Returns: `nil` for "now": what is no date, and the epoch itself.
  func androidTime(_ date: String) -> Int64? {
    let text = Array(date.utf8)
    func number(_ range: Range<Int>) -> Int32? {
      text[range].reduce(0 as Int32?) { sum, digit in
        guard let sum, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        return sum * 10 + Int32(digit - UInt8(ascii: "0"))
      }
    }
    guard text.count >= 15, text[8] == UInt8(ascii: "T"), let year = number(0..<4), let month = number(4..<6),
      let day = number(6..<8), let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
    else { return nil }
    var civil = unsafe tm()
    unsafe civil.tm_year = year - 1900
    unsafe civil.tm_mon = month - 1
    unsafe civil.tm_mday = day
    unsafe civil.tm_hour = hour
    unsafe civil.tm_min = minute
    unsafe civil.tm_sec = second
    let onItsClock = Int64(unsafe timegm(&civil))

    var tail = text[15...]
    if tail.first == UInt8(ascii: "."), tail.count > 1 { tail = tail.dropFirst(2) }
    let time = tail.first == UInt8(ascii: "Z") ? onItsClock : onItsClock - Int64(offset(atCivil: onItsClock))
    return time == 0 ? nil : time
  }

  /// The Unix time that a sent date means by MTP's rules; `nil` if it is no date.
  func time(_ date: String) -> Int64? { (try? PTPDate(date))?.unixTime { offset(atCivil: $0) } }

  /// Seconds east of UTC when this clock shows `civil` (as in ``CivilDateTime/seconds``).
  private func offset(atCivil civil: Int64) -> Int {
    func offset(_ time: Int64) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(time))) }
    // The first guess is off by the offset itself, which matters only near a change of the clock.
    return offset(civil - Int64(offset(civil)))
  }
}
