internal import Foundation
internal import Glibc

/// A process that has a device open.
public struct Holder: Hashable, Sendable {
  public var pid: Int32
  /// The name of its program.
  public var name: String
  /// When it started, as Unix time in seconds; `nil` if that is not known.
  public var started: Int64?

  public init(pid: Int32, name: String, started: Int64? = nil) {
    self.pid = pid
    self.name = name
    self.started = started
  }

  /// The processes that have `node` open, this one left out. Processes of other users show only to root.
  static func of(node: String, processes: String) -> [Holder] {
    let files = FileManager.default
    // In a test's tree there is no `proc`, and its nodes are held by real processes.
    let folder = files.fileExists(atPath: processes) ? processes : "/proc"
    let real = URL(fileURLWithPath: node).resolvingSymlinksInPath().path
    let pids = ((try? files.contentsOfDirectory(atPath: folder)) ?? []).compactMap(Int32.init)
    return pids.sorted().compactMap { pid in
      guard pid != ProcessInfo.processInfo.processIdentifier else { return nil }
      let process = Sysfs(path: "\(folder)/\(pid)")
      let open = process.child("fd").children() ?? []
      let holds = open.contains { descriptor in
        let target = try? files.destinationOfSymbolicLink(atPath: "\(process.path)/fd/\(descriptor)")
        return target == node || target == real
      }
      return holds ? Holder(pid: pid, name: process.text("comm"), started: start(of: process, in: folder)) : nil
    }
  }

  /// From the moment of the boot in `/proc/stat`, and the ticks since then in field 22 of `/proc/PID/stat` (proc(5)).
  private static func start(of process: Sysfs, in folder: String) -> Int64? {
    let boot = Sysfs(path: folder).text("stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
    // The second field is the program's name in parentheses and may hold anything, so count from the last one.
    let fields = process.text("stat").split(separator: ")").last?.split(separator: " ")
    guard let boot = boot.flatMap({ Int64($0.dropFirst(6)) }), let fields, fields.count > 19,
      let ticks = Int64(fields[19])
    else { return nil }
    return boot + ticks / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
  }
}
