internal import CLinux
internal import Glibc
internal import Storage
internal import SystemPackage

/// Where a file system keeps a creation date that is set. Linux itself lets nobody set that of a file.
enum CreationDate {
  /// NTFS over ntfs-3g: `system.ntfs_crtime_be`, a big-endian number of 100 ns since 1601 (ntfs-3g 2022.10.3, tried).
  case ntfs
  /// CIFS: `user.cifs.creationtime`, the same number in this machine's order (Linux, fs/smb/client/xattr.c; tried
  /// with Samba).
  case cifs
  /// Anywhere else an extended attribute of ours, `user.filesync.created`: `SECONDS.NANOSECONDS` since 1970 in decimal
  /// digits. It wins over the file system's own date. Reading it while listing costs about 3 microseconds a file on
  /// ext4 (measured).
  case ours

  static let ownAttribute = "user.filesync.created"
  /// What that says of a copy whose original has no known creation date.
  private static let unknown = Array("unknown".utf8)

  /// What is kept for a file or folder.
  enum Kept {
    case date(Timestamp)
    /// Nobody knows it: the file system's own date is that of the copy.
    case unknown
  }

  /// How the file system of this folder keeps such dates; `nil` if it has no place for them.
  static func way(in folder: borrowing Descriptor) -> CreationDate? {
    for way in [CreationDate.ntfs, .cifs] where way.get(folder, [UInt8(ascii: ".")]) != nil { return way }
    let result = unsafe linux_get_attribute_at(folder.raw, ".", ownAttribute, nil, 0)
    return result >= 0 || Errno(rawValue: CInt(-result)) == .noData ? .ours : nil
  }

  /// Whether programs other than this one see the date.
  var isNative: Bool { self != .ours }

  private var attribute: String {
    switch self {
    case .ntfs: "system.ntfs_crtime_be"
    case .cifs: "user.cifs.creationtime"
    case .ours: Self.ownAttribute
    }
  }

  /// In bytes, at most.
  private var size: Int { self == .ours ? 40 : 8 }

  /// The date kept for `name`; `nil` without one, or with one that cannot be read.
  func get(_ folder: borrowing Descriptor, _ name: some Collection<UInt8>) -> Timestamp? {
    if case .date(let date) = kept(folder, name) { date } else { nil }
  }

  /// What is kept for `name`; `nil` for nothing, or what cannot be read.
  func kept(_ folder: borrowing Descriptor, _ name: some Collection<UInt8>) -> Kept? {
    var value = [UInt8](repeating: 0, count: size)
    let count = unsafe linux_get_attribute_at(folder.raw, cString(name), attribute, &value, value.count)
    guard count > 0 else { return nil }
    if self == .ours, value[..<count].elementsEqual(Self.unknown) { return .unknown }
    return decode(value[..<count]).map(Kept.date)
  }

  /// Keeps of a copy that nobody knows the creation date of its original, in the attribute of ours, also beside a native
  /// date. Where there is no place for that, only the dates tell, see ``LocalStorage/entry(_:)``.
  static func disown(_ folder: borrowing Descriptor, _ name: some Collection<UInt8>) {
    _ = unsafe linux_set_attribute_at(folder.raw, cString(name), ownAttribute, unknown, unknown.count)
  }

  /// Sets the date of `name`, unless it is one that the form cannot hold.
  func set(_ date: Timestamp, _ folder: borrowing Descriptor, _ name: some Collection<UInt8>) throws(Errno) {
    guard let value = encode(date) else { return }
    unsafe try checked(linux_set_attribute_at(folder.raw, cString(name), attribute, value, value.count))
  }

  /// Sets other dates of `name` once more, which it was given after its creation date. Where ntfs-3g (2022.10.3, tried)
  /// has set a creation date, it tells the dates that utimensat(2) sets and forgets them when the file system is
  /// unmounted; those that it gets by `system.ntfs_times_be`, all dates in the order of that, it writes.
  func keep(
    modified: Timestamp,
    accessed: Timestamp? = nil,
    _ folder: borrowing Descriptor,
    _ name: some Collection<UInt8>
  ) throws(Errno) {
    guard self == .ntfs, let created = get(folder, name).flatMap(encode), let modified = encode(modified) else {
      return
    }
    let value = created + modified + (accessed.flatMap(encode) ?? [])
    unsafe try checked(linux_set_attribute_at(folder.raw, cString(name), "system.ntfs_times_be", value, value.count))
  }

  // MARK: Forms

  /// 1601-01-01T00:00:00Z, in Unix time.
  private static let epochOfNTFS: Int64 = -11_644_473_600

  /// `nil` for what the form cannot hold.
  func encode(_ date: Timestamp) -> [UInt8]? {
    if self == .ours {
      let digits = String(date.nanoseconds)
      return Array(("\(date.seconds)." + String(repeating: "0", count: 9 - digits.count) + digits).utf8)
    }
    let (seconds, tooFar) = date.seconds.subtractingReportingOverflow(Self.epochOfNTFS)
    let (steps, overflow) = seconds.multipliedReportingOverflow(by: 10_000_000)
    guard !tooFar, !overflow, steps >= 0 else { return nil }
    let number = UInt64(steps) + UInt64(date.nanoseconds / 100)
    let ordered = self == .ntfs ? number.bigEndian : number
    return (0..<8).map { UInt8(truncatingIfNeeded: ordered >> (8 * $0)) }
  }

  func decode(_ bytes: some Collection<UInt8>) -> Timestamp? {
    if self == .ours { return Self.parse(bytes) }
    guard bytes.count == 8 else { return nil }
    let ordered = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let number = self == .ntfs ? ordered.bigEndian : ordered
    // Never set.
    guard number > 0 else { return nil }
    let nanoseconds = UInt32(number % 10_000_000) * 100
    return Timestamp(seconds: Int64(number / 10_000_000) + Self.epochOfNTFS, nanoseconds: nanoseconds)
  }

  private static func parse(_ bytes: some Collection<UInt8>) -> Timestamp? {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 9, let seconds = Int64(parts[0]), let nanoseconds = UInt32(parts[1]),
      nanoseconds < 1_000_000_000
    else { return nil }
    return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
  }
}
