import Foundation
import Storage
import StorageContract
import Synchronization
import Testing

@testable import SyncEngine

/// This computer's clock is wrong, or is set while a run goes on or between two. Only dates of files count, never whether
/// they lie before or after now.
@Suite struct ClockTests {
  /// Tells one time after the other, and stays at the last.
  private final class Clock: Sendable {
    private let times: Mutex<[Int64]>
    init(_ times: [Int64]) { self.times = Mutex(times) }
    func now() -> Date {
      times.withLock { Date(timeIntervalSince1970: Double($0.count > 1 ? $0.removeFirst() : $0[0])) }
    }
  }

  private let scenario: Scenario

  init() async throws { scenario = try await Scenario() }

  private func run(_ times: Int64...) throws -> SyncRun {
    var run = scenario.run(try scenario.folder.journal())
    let clock = Clock(times)
    run.now = { clock.now() }
    return run
  }

  @Test func aClockThatIsSetBackBetweenRunsLosesNothing() async throws {
    // Far in the future, then before every file; then before 1970.
    _ = try await run(4_000_000_000)()
    scenario.expectComplete("the clock is far ahead")
    let path: RelativePath = "d/new/c"
    for (number, time) in [1_000_000_000, -1_000_000_000, 4_000_000_000].enumerated() {
      let idle = try await run(Int64(time))()
      #expect(idle.ending == .done && idle.plan.isIdle, "\(time)")
      // Older than what it replaces, and of the same size.
      let contents = Scenario.bytes("ne\(number)")
      try scenario.source.put(.file(path, contents, modified: Timestamp(seconds: 1_400_000_000 - Int64(number))))
      let changed = try await run(Int64(time))()
      #expect(changed.ending == .done && changed.counts.filesReplaced == 1, "\(time)")
      #expect(scenario.destination.contents(of: path) == contents)
      // Every version that was replaced is still there, also those of a second that came twice.
      let kept = scenario.destination.paths.filter { $0.bytes.starts(with: Vault.name) && $0.name == path.name }
      #expect(kept.count == number + 1)
    }
  }

  /// A date of then may also be that of the file's next version, which shows in the next run alone if contents are
  /// compared: of the whole time that the scan took, also where the clock was set back meanwhile.
  @Test(arguments: [[1000, 1300], [1300, 1000]] as [[Int64]])
  func aScanKnowsHowLongItTook(times: [Int64]) async throws {
    let clock = Clock(times)
    let persistence = Persistence(control: TransferControl(), report: { _ in }, pause: .zero)
    let scan = Scan(
      storage: scenario.source,
      side: .source,
      now: { clock.now() },
      persistence: persistence,
      report: { _ in }
    )
    #expect(try await scan.run().lookedAt == 998...1302)
  }
}
