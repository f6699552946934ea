import Foundation
import StorageContract
import Testing

/// Random changes, faults, kills and commands, round after round, with the trees held against a model after each run.
///
/// An era is a pair of places, which begins anew and goes through some rounds. A few eras each time. Environment:
/// `FILESYNC_SOAK` is how many seconds of them; `FILESYNC_SEED` chooses them; `FILESYNC_STATE` names a file in which what is
/// done is noted, and from where it goes on; `FILESYNC_SOAK_ERA` is one of them alone.
@Suite(.serialized, .fewAtOnce) struct SoakTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let sample = 2

  private static func number(_ name: String) -> Int? { environment[name].flatMap(Int.init) }

  @Test func soak() async throws {
    let seed = Self.number("FILESYNC_SEED") ?? 1
    var state = try SoakState(Self.environment["FILESYNC_STATE"])
    let seconds = Self.number("FILESYNC_SOAK")
    print("soak: seed \(seed), \(state.eras) eras in \(state.seconds) s done before")
    if let era = Self.number("FILESYNC_SOAK_ERA") {
      _ = try await Self.live(era, seed, rounds: 10)
      return
    }
    while seconds.map({ state.seconds < $0 }) ?? (state.eras < Self.sample) {
      let began = ContinuousClock.now
      let counts = try await Self.live(state.eras, seed, rounds: seconds == nil ? 2 : 10)
      let took = Int((ContinuousClock.now - began).components.seconds)
      try state.note(counts, seconds: took)
      if seconds != nil { print("soak: era \(state.eras - 1), \(took) s: \(counts); in all \(state.total)") }
    }
  }

  /// Goes through one era. What it finds is recorded as an issue, which ends it.
  private static func live(_ era: Int, _ seed: Int, rounds: Int) async throws -> SoakCounts {
    var numbers = SeededNumbers(state: UInt64(truncatingIfNeeded: seed &* 1_000_003 &+ era))
    var counts = SoakCounts(eras: 1)
    var world = try SoakWorld(&numbers)
    do {
      for round in 1...rounds { try await world.round(round, &numbers, &counts) }
      try await world.bringBack()
    } catch let finding as SoakFinding {
      counts.findings += 1
      let folder = world.keep(as: "era-\(seed)-\(era)")
      Issue.record(
        """
        FILESYNC_SEED=\(seed) FILESYNC_SOAK_ERA=\(era) swift test --filter SoakTests
          \(world.one) and \(world.other), kept in \(folder)
          \(world.log.joined(separator: "\n  "))
          \(finding.text.prefix(4000))
        """
      )
    }
    return counts
  }
}

/// What is not as it should be.
struct SoakFinding: Error {
  var text: String
  init(_ text: String) { self.text = text }
}

struct SoakCounts: CustomStringConvertible {
  var eras = 0
  var rounds = 0
  var changes = 0
  /// Runs of the program, those of them that were disturbed, and those that were killed.
  var runs = 0
  var disturbed = 0
  var killed = 0
  var findings = 0

  static var fields: [WritableKeyPath<Self, Int>] {
    [\.eras, \.rounds, \.changes, \.runs, \.disturbed, \.killed, \.findings]
  }

  var description: String {
    "\(eras) eras, \(rounds) rounds, \(changes) changes, \(runs) runs, \(disturbed) of them disturbed and \(killed) killed, "
      + "\(findings) findings"
  }
}

/// How far a soak has come, in a file: a line for each era, with its numbers and its seconds.
private struct SoakState {
  private(set) var total = SoakCounts()
  private(set) var seconds = 0
  private let file: FileHandle?
  var eras: Int { total.eras }

  init(_ path: String?) throws {
    guard let path else {
      file = nil
      return
    }
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
    file = FileHandle(forUpdatingAtPath: path)
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let numbers = line.split(separator: " ").compactMap { Int($0) }
      guard numbers.count == SoakCounts.fields.count + 1 else { continue }
      add(numbers)
    }
    _ = try file?.seekToEnd()
  }

  private mutating func add(_ numbers: [Int]) {
    for (field, number) in zip(SoakCounts.fields, numbers) { total[keyPath: field] += number }
    seconds += numbers[SoakCounts.fields.count]
  }

  mutating func note(_ counts: SoakCounts, seconds: Int) throws {
    let numbers = SoakCounts.fields.map { counts[keyPath: $0] } + [seconds]
    add(numbers)
    try file?.write(contentsOf: Data((numbers.map(String.init).joined(separator: " ") + "\n").utf8))
  }
}
