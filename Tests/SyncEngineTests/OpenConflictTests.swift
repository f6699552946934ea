import Foundation
import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Conflicts that a user decides one by one.
@Suite struct OpenConflictTests {
  @Test func aDecisionHoldsForItsPathAlone() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", 20, token: 8), .file("b", 20, token: 8), .file("c", 10, token: 8, modified: 5)]
    input.destination.entries = [
      .file("a", 30, token: 9), .file("b", 30, token: 9), .file("c", 10, token: 9, modified: 600),
    ]
    input.policy.decisions["a"] = .replace
    input.policy.decisions["c"] = .keep
    let changes = Planner.plan(input).actions.map { "\($0.change.word) \($0.path)" }
    #expect(changes == ["replace a", "keepBoth b", "compare c"])
    #expect(Planner.plan(input).actions.last?.change == .compare(keepBothAs: nil))
    input.policy.conflict = .keep
    #expect(Planner.plan(input).actions.map(\.change.word) == ["replace", "skip", "compare"])
  }

  @Test func decisionsGoOnRecord() throws {
    var policy = SyncPolicy()
    policy.decisions["DCIM/a.jpg"] = .newer
    let text = String(decoding: try JSONEncoder().encode(policy), as: UTF8.self)
    #expect(text.contains(#""decisions":{"DCIM\/a.jpg":"newer"}"#), "\(text)")
    #expect(try JSONDecoder().decode(SyncPolicy.self, from: Data(text.utf8)) == policy)
  }

  /// What is equal is nobody's business; links are, and what differs only at its end.
  @Test func onlyWhatDiffersIsOpen() async throws {
    let folder = try TemporaryFolder(inMemory: true)
    let (source, destination) = (InMemoryStorage(), InMemoryStorage())
    let (early, late) = (Timestamp(seconds: 1_500_000_000), Timestamp(seconds: 1_600_000_000))
    let large = [UInt8](repeating: 7, count: 200_000)
    let files: [(String, [UInt8], [UInt8])] = [
      ("equal", large, large), ("end", large, Array(large.dropLast()) + [8]), ("size", [1], [1, 2]),
      ("small", [1], [2]),
    ]
    for (name, mine, other) in files {
      let path = try #require(RelativePath(name))
      try source.put(.file(path, mine, modified: late))
      try destination.put(.file(path, other, modified: early))
    }
    _ = try await source.createSymbolicLink("link", target: [1])
    _ = try await destination.createSymbolicLink("link", target: [2])
    let run = SyncRun(from: source, to: destination, journal: try folder.journal(), policy: SyncPolicy())
    let control = TransferControl()
    let plan = try await run.plan(control: control) { _ in }
    let open = try await run.openConflicts(in: plan, control)
    #expect(open.map(\.source.path) == ["end", "link", "size", "small"])
    #expect(open.filter { $0.source.kind == .file }.allSatisfy { $0.isSourceNewer == true })
    control.cancel()
    await #expect(throws: StorageError.self) { _ = try await run.openConflicts(in: plan, control) }
  }
}
