internal import CLinux
internal import Glibc
internal import Storage
internal import SystemPackage

/// What /proc/self/mountinfo tells of how a file system is mounted (proc(5)).
struct Mount: Equatable {
  /// Of its driver: `vfat`, `cifs`.
  var type: String
  /// What is mounted: `/dev/sdb1`, `//server/share`.
  var source: String
  /// Of the file system itself: `tz=UTC`, `mfsymlinks`.
  var options: [String]

  /// The mount with this device number; `nil` where /proc does not know it.
  static func of(device: UInt64) -> Mount? {
    guard let file = unsafe try? Descriptor(linux_open_at(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY, 0)) else {
      return nil
    }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while let count = try? retrying({ unsafe Glibc.read(file.raw, &piece, piece.count) }), count > 0 {
      text += piece[..<count]
    }
    return find("\(linux_major(device)):\(linux_minor(device))", in: String(decoding: text, as: UTF8.self))
  }

  /// The mount of the device `MAJOR:MINOR` in a text like that of /proc/self/mountinfo.
  static func find(_ device: String, in text: String) -> Mount? {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: false)
      // The fields before a lone dash are any number, those after it three: type, source, options.
      guard fields.count > 3, fields[2] == device, let dash = fields.firstIndex(of: "-"), fields.count > dash + 3 else {
        continue
      }
      return Mount(
        type: String(fields[dash + 1]),
        source: String(fields[dash + 2]),
        options: fields[dash + 3].split(separator: ",").map(String.init)
      )
    }
    return nil
  }

  /// By how many seconds the dates that FAT has on the disk, which name no zone, are ahead of the instants that Linux
  /// takes them for: as the mount says, else by the time zone of the kernel, which `minutesWest` is west of Greenwich
  /// (Linux, fs/fat/misc.c). On many systems that is the offset at the last start, so that in summer all dates of a card
  /// are others than in winter.
  func secondsAheadOnFAT(minutesWest: Int64) -> Int64 {
    if options.contains("tz=UTC") { return 0 }
    let own = options.lazy.compactMap { option in
      option.hasPrefix("time_offset=") ? Int64(option.dropFirst("time_offset=".count)) : nil
    }
    return (own.first ?? -minutesWest) * 60
  }
}
