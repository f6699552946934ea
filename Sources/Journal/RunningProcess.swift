internal import Foundation
internal import Glibc

/// A process, told from all others that have had its number: by the boot it runs in and the moment it started.
struct RunningProcess: Hashable, Sendable {
  var pid: Int32
  /// `/proc/sys/kernel/random/boot_id`.
  var boot: String
  /// Clock ticks since that boot, field 22 of `/proc/PID/stat` (proc(5)).
  var started: Int64

  /// This process.
  static let current = RunningProcess(pid: getpid())

  init(pid: Int32, boot: String, started: Int64) {
    self.pid = pid
    self.boot = boot
    self.started = started
  }

  /// The process that has this number now.
  init(pid: Int32) { self.init(pid: pid, boot: Self.currentBoot, started: Self.start(of: pid) ?? 0) }

  private static let currentBoot =
    (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
    .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""

  private static func start(of pid: Int32) -> Int64? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    // The second field is the program's name in parentheses and may hold anything, so count from the last one.
    let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
    // A zombie (Z) or a dead one (X) does nothing any more, though its parent may never collect it.
    guard let fields, fields.count > 19, !["Z", "X"].contains(fields[0]) else { return nil }
    return Int64(fields[19])
  }

  /// Whether it still runs, as far as this process can see: not into another container.
  var isAlive: Bool { boot == Self.currentBoot && Self.start(of: pid) == started }

  /// Its program's name; `nil` if it is gone.
  var name: String? {
    (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
