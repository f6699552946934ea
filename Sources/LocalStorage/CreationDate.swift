internal import CLinux
internal import Storage
internal import SystemPackage

/// Creation dates in an extended attribute of ours, `user.filesync.created`: `SECONDS.NANOSECONDS` since 1970 in
/// decimal digits. Linux lets nobody set the creation date of a file, so a date that came with it is kept there and
/// wins over the file system's own. Reading it while listing costs about 3 microseconds a file on ext4 (measured).
enum CreationDate {
  private static let attribute = "user.filesync.created"

  /// Whether the file system of this folder has attributes for such dates.
  static func isSupported(in folder: borrowing Descriptor) -> Bool {
    let result = unsafe linux_get_attribute_at(folder.raw, ".", attribute, nil, 0)
    return result >= 0 || Errno(rawValue: CInt(-result)) == .noData
  }

  /// The date kept for `name`; `nil` without one, or with one that is not ours to read.
  static func get(_ folder: borrowing Descriptor, _ name: some Collection<UInt8>) -> Timestamp? {
    var value = [UInt8](repeating: 0, count: 40)
    let count = unsafe linux_get_attribute_at(folder.raw, cString(name), attribute, &value, value.count)
    guard count > 0 else { return nil }
    return parse(value[..<count])
  }

  static func set(_ date: Timestamp, _ folder: borrowing Descriptor, _ name: some Collection<UInt8>) throws(Errno) {
    let value = Array(text(date).utf8)
    unsafe try checked(linux_set_attribute_at(folder.raw, cString(name), attribute, value, value.count))
  }

  static func text(_ date: Timestamp) -> String {
    let digits = String(date.nanoseconds)
    return "\(date.seconds)." + String(repeating: "0", count: 9 - digits.count) + digits
  }

  static func parse(_ bytes: some Collection<UInt8>) -> Timestamp? {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 9, let seconds = Int64(parts[0]), let nanoseconds = UInt32(parts[1]),
      nanoseconds < 1_000_000_000
    else { return nil }
    return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
  }
}
