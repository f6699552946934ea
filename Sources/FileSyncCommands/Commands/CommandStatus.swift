/// What the command tells the program that started it.
enum CommandStatus: Int32, Sendable {
  case done = 0
  /// Some files failed; the others are done.
  case someFailed = 1
  /// Not ready: device absent, locked or busy. Trying again may help.
  case notReady = 2
  /// Stopped by a safety rule.
  case refused = 3
  /// Permission, missing path, no room: trying again does not help.
  case notPossible = 4
  case declined = 5
  /// `EX_USAGE` of sysexits.h.
  case usage = 64
  /// 128 and the signal's number, as a shell would report it.
  case hungUp = 129
  case interrupted = 130
  /// Who read the output went away.
  case brokenPipe = 141
  case terminated = 143
}
