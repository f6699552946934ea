import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// Which plans can be shown and not run.
@Suite struct PlannerRefusalTests: PlannerSuite {
  @Test(arguments: [(21, 400, true), (20, 21, false), (21, 420, false), (0, 50, false)])
  func manyMissingFilesAreNoCoincidence(_ missing: Int, _ known: Int, _ refused: Bool) {
    var input = Planner.Input.sample
    let files = (0..<known).map { Entry.file(RelativePath("f\($0)") ?? .root, 1, token: 1) }
    input.source.entries = files.sorted { $0.path < $1.path }
    input.destination.entries = Array(files.dropFirst(missing)) + [.file("other", 1, token: 1)]
    input.history.records = files.map { .of($0, $0) }
    let refusal = Refusal.manyMissing(count: missing, of: known)
    #expect(Planner.plan(input).refusals == (refused ? [refusal] : []))
    input.policy.restoreMissing = .always
    #expect(Planner.plan(input).refusals == (refused ? [refusal] : []))
    input.policy.newDestination = true
    let plan = Planner.plan(input)
    #expect(plan.refusals.isEmpty)
    #expect(plan.actions.filter { $0.change == .copy && $0.reason == .new }.count == missing)
  }

  @Test func anotherDiskUnderTheDestinationIsRefused() {
    var input = Planner.Input.sample
    input.source.entries = [Self.old]
    input.history.destinationReplaced = true
    #expect(Planner.plan(input).refusals == [.storageReplaced(.destination)])
    input.policy.newDestination = true
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  @Test func tooLittleRoomIsRefused() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", .max, token: 1), .file("b", 2, token: 1)]
    input.space = StorageSpace(free: 1000, capacity: 2000)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: .max, free: 1000)])
    input.source.entries = [.file("a", 998, token: 1), .file("b", 2, token: 1)]
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  /// What of a destination's room three steps take: 100 bytes for 40, a new file of 10, and 5 bytes for 80.
  @Test(
    arguments: [
      // Old versions stay in the vault.
      ([.move, .rename, .staging], 115),
      // They stay until the new ones are verified.
      ([.rename], 100),
      // They go first.
      ([], 70),
    ] as [(Capabilities, UInt64)]
  )
  func roomIsReckonedByWhatOldVersionsDo(_ capabilities: Capabilities, _ needed: UInt64) {
    var input = Planner.Input.sample
    input.hasHost = true
    input.destinationTraits.capabilities = capabilities.union(.write)
    let before: [Entry] = [.file("a", 40, token: 1), .file("c", 80, token: 1)]
    input.source.entries = [.file("a", 100, token: 2), .file("b", 10, token: 2), .file("c", 5, token: 2)]
    input.destination.entries = before
    input.history.records = before.map { .of($0, $0) }
    input.space = StorageSpace(free: needed, capacity: 2000)
    #expect(Planner.plan(input).refusals.isEmpty)
    input.space = StorageSpace(free: needed - 1, capacity: 2000)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: needed, free: needed - 1)])
  }

  @Test func holesTakeRoomWhereTheDestinationHasNone() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", 1 << 40, token: 1)]
    input.source.entries[0].allocated = 4096
    input.space = StorageSpace(free: 4096, capacity: .max)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: 1 << 40, free: 4096)])
    input.destinationTraits.capabilities.insert(.holes)
    #expect(Planner.plan(input).refusals.isEmpty)
    #expect(Planner.plan(input).bytes == 1 << 40)
  }

  @Test func aSettledBatchMakesRoomForTheNext() {
    var input = Planner.Input.sample
    input.hasHost = true
    input.destinationTraits.capabilities = [.write, .rename]
    let large: UInt64 = 64 << 20
    let before = (0..<4).map { Entry.file(.of("\($0)"), large, token: 1) }
    input.source.entries = (0..<4).map { .file(.of("\($0)"), large + 1, token: 2) }
    input.destination.entries = before
    input.history.records = before.map { .of($0, $0) }
    input.space = StorageSpace(free: large + 4, capacity: .max)
    #expect(Planner.plan(input).refusals.isEmpty)
    input.space = StorageSpace(free: large + 3, capacity: .max)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: large + 4, free: large + 3)])
  }

  /// What a run replaces for good is room for what comes after it. Where that of a batch is not there, that of one file
  /// is enough.
  @Test(arguments: [false, true]) func whatGoesForGoodMakesRoom(_ keepsOld: Bool) {
    var input = Planner.Input.sample
    input.policy.keepsOldVersions = keepsOld
    let before = (0..<4).map { Entry.file(.of("\($0)"), 50, token: 1) }
    input.source.entries = (0..<4).map { .file(.of("\($0)"), $0 == 2 ? 60 : 50, token: 2) }
    input.destination.entries = before
    input.history.records = before.map { .of($0, $0) }
    for (free, isTight) in [(210, false), (209, true), (60, true)] as [(UInt64, Bool)] {
      input.space = StorageSpace(free: free, capacity: .max)
      let plan = Planner.plan(input)
      #expect(plan.refusals == (keepsOld && isTight ? [.noSpace(needed: 210, free: free)] : []), "\(free)")
      #expect(keepsOld || plan.isTight == isTight, "\(free)")
    }
    input.space = StorageSpace(free: 59, capacity: .max)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: keepsOld ? 210 : 60, free: 59)])
  }

  /// It goes before the file comes.
  @Test func whatIsInTheWayMakesRoomOnceItIsGone() {
    var input = Planner.Input.sample
    input.policy = .mirror(Mirror(limit: .percent(100)))
    input.source.entries = [.file("a", 100, token: 1)]
    input.destination.entries = [Entry(path: "a", kind: .directory), .file("a/b", 70, token: 1)]
    input.space = StorageSpace(free: 30, capacity: .max)
    #expect(Planner.plan(input).refusals == [.noSpace(needed: 100, free: 30)])
    input.policy.keepsOldVersions = false
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  @Test func aDestinationThatCannotBeWrittenToIsRefusedByName() {
    var input = Planner.Input.sample
    input.destinationTraits.capabilities = [.partialRead]
    input.destinationTraits.name = "Pixel, card"
    #expect(Planner.plan(input).refusals.isEmpty)
    input.source.entries = [.file("a", 1, token: 1)]
    #expect(Planner.plan(input).refusals == [.readOnly("Pixel, card")])
  }

  @Test func sizesThatNoDiskHoldsAreAddedWithoutATrap() {
    var input = Planner.Input.sample
    input.source.entries = [.file("a", 1 << 63, token: 1), .file("b", 1 << 63, token: 1)]
    input.space = StorageSpace(free: 1000, capacity: 2000)
    let plan = Planner.plan(input)
    #expect(plan.bytes == .max)
    #expect(plan.refusals == [.noSpace(needed: .max, free: 1000)])
  }
}
