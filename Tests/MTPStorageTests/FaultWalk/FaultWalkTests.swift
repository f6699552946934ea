import Foundation
import PTP
import StorageContract
import Testing

/// Every fault at every transaction of a sync: it ends by itself, tells why, loses nothing, and the next run finishes.
///
/// A sample of them each time. Environment: `FILESYNC_FAULTS` is how many, or `all`; `FILESYNC_SEED` chooses them;
/// `FILESYNC_ROUTE` is one
/// of its routes alone; `FILESYNC_SHARD=K/N` takes the Kth of N parts; `FILESYNC_STATE` names a file in which finished ones are noted and
/// passed over the next time; `FILESYNC_FAULT_CASE` is one of them alone.
extension OnDevices {
  @Suite("Every fault at every transaction")
  struct FaultWalkTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let sample = 70
    /// A run that lasts this long, in seconds, hangs: no deadline in it is longer than half a second. Among all the other
    /// tests it may not get a thread for minutes.
    private static let deadline: Double = environment["FILESYNC_FAULTS"] == nil ? 600 : 60

    @Test func walk() async throws {
      let environment = Self.environment
      if let text = environment["FILESYNC_FAULT_CASE"] {
        let one = try #require(WalkCase(text), "FILESYNC_FAULT_CASE is no case")
        let world = try await WalkWorld(one.route)
        try await Self.check(one, in: world)
        return
      }
      let seed = environment["FILESYNC_SEED"].flatMap(UInt64.init) ?? 1
      var worlds: [WalkRoute: WalkWorld] = [:]
      var commands: [(route: WalkRoute, operations: [OperationCode])] = []
      for route in WalkRoute.all where environment["FILESYNC_ROUTE"].map({ $0 == route.description }) ?? true {
        let world = try await WalkWorld(route)
        worlds[route] = world
        commands.append((route, world.commands))
      }
      var numbers = SeededNumbers(state: seed)
      var cases = WalkCase.all(commands, &numbers)
      let total = cases.count
      if environment["FILESYNC_FAULTS"] != "all" {
        cases = Array(cases.prefix(environment["FILESYNC_FAULTS"].flatMap(Int.init) ?? Self.sample))
      }
      cases = Self.shard(cases)
      var state = try WalkState(environment["FILESYNC_STATE"])
      print("fault walk: \(cases.count) of \(total) faults, seed \(seed), \(state.done.count) done before")
      var count = (injected: 0, unreached: 0, findings: 0)
      for one in cases where !state.done.contains(one.description) {
        guard let world = worlds[one.route] else { continue }
        try state.note(one.description)
        switch try await Self.check(one, in: world) {
        case nil: count.unreached += 1
        case true?: count.injected += 1
        case false?:
          count.injected += 1
          count.findings += 1
        }
      }
      print(
        "fault walk: \(count.injected) distinct faults injected, \(count.findings) findings, "
          + "\(count.unreached) never reached"
      )
    }

    /// - Returns: whether all is well; `nil` if the run never came to the fault.
    @discardableResult
    private static func check(_ one: WalkCase, in world: WalkWorld) async throws -> Bool? {
      let command = "FILESYNC_FAULT_CASE='\(one)' swift test --filter FaultWalkTests"
      let watchdog = DispatchWorkItem { fatalError("hangs: \(command)") }
      DispatchQueue.global().asyncAfter(deadline: .now() + deadline, execute: watchdog)
      defer { watchdog.cancel() }
      guard let findings = try await world.findings(one.fault) else { return nil }
      if !findings.isEmpty {
        Issue.record("\(command)\n  \(findings.joined(separator: "\n  "))")
      }
      return findings.isEmpty
    }

    private static func shard(_ cases: [WalkCase]) -> [WalkCase] {
      let parts = environment["FILESYNC_SHARD"]?.split(separator: "/").compactMap { Int($0) } ?? []
      guard parts.count == 2, (1...max(1, parts[1])).contains(parts[0]) else { return cases }
      // By their texts: a run without faults may take some transactions more in another process, and all numbers shift.
      return cases.filter { one in
        let hash = "\(one)".utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return Int(hash >> 32) % parts[1] == parts[0] - 1
      }
    }
  }
}

/// Which cases have had their turn, in a file: one that ended the process has had it, too.
private struct WalkState {
  private(set) var done: Set<String> = []
  private let file: FileHandle?

  init(_ path: String?) throws {
    guard let path else {
      file = nil
      return
    }
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
    done = Set(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init))
    file = FileHandle(forWritingAtPath: path)
    _ = try file?.seekToEnd()
  }

  mutating func note(_ text: String) throws {
    done.insert(text)
    try file?.write(contentsOf: Data("\(text)\n".utf8))
  }
}
