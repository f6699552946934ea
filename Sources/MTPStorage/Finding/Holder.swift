internal import Foundation

/// A process that has a device open.
public struct Holder: Hashable, Sendable {
  public var pid: Int32
  /// The name of its program.
  public var name: String

  public init(pid: Int32, name: String) {
    self.pid = pid
    self.name = name
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
      return holds ? Holder(pid: pid, name: process.text("comm")) : nil
    }
  }
}
