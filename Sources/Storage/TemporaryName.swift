/// The names of the files that a run is still writing: `.filesync-JOURNAL-NUMBER.part`.
///
/// The journal's own id is in the name, so that a run removes only what its own journal left behind, and a scan
/// takes nobody's temporaries for files.
public enum TemporaryName {
  private static let prefix = ".filesync-"
  private static let suffix = ".part"

  /// The number of a step's temporary, different in every run.
  public static func number(run: Int64, step: UInt32) -> UInt64 { UInt64(bitPattern: run) << 32 | UInt64(step) }

  /// The run in such a number.
  public static func run(in number: UInt64) -> Int64 { Int64(bitPattern: number >> 32) }

  /// The name for step `number` of a run by the journal `journal` (eight hexadecimal digits).
  public static func make(journal: String, number: UInt64) -> [UInt8] {
    Array("\(prefix)\(journal)-\(String(number, radix: 16))\(suffix)".utf8)
  }

  /// Whether `name` is a temporary of anyone's. Another name is a user's own, even if it begins and ends alike.
  public static func matches(_ name: some Collection<UInt8>) -> Bool { number(in: name) != nil }

  /// Whether `name` is a temporary of the journal `journal`.
  public static func matches(_ name: some Collection<UInt8>, journal: String) -> Bool {
    matches(name) && name.starts(with: "\(prefix)\(journal)-".utf8)
  }

  /// The journal's part of the names of a probe's folder and files, which belong to no run.
  package static let probe = "doctor"

  /// Whether `name` is that of a folder in which a probe tries out what a device can do.
  package static func isProbe(_ name: some Collection<UInt8>) -> Bool { matches(name, journal: probe) }

  /// The number in the name of a temporary, whosever it is; `nil` for any other name.
  public static func number(in name: some Collection<UInt8>) -> UInt64? {
    guard name.starts(with: prefix.utf8), name.reversed().starts(with: suffix.utf8.reversed()) else { return nil }
    let parts = name.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count).split(separator: UInt8(ascii: "-"))
    guard parts.count == 2 else { return nil }
    return UInt64(String(decoding: parts[1], as: UTF8.self), radix: 16)
  }
}
