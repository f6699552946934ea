import Foundation
import Storage
import StorageContract
import Testing

@testable import Journal
@testable import SyncEngine

/// Whatever happens and whenever: nothing half under a real name, and the next run completes it.
@Suite struct InterruptionTests {
  /// Kills the process at each storage call in turn, until a run gets through.
  @Test(arguments: DestinationKind.allCases, Mortality.Moment.allCases)
  func aKilledRunIsCompletedByTheNext(_ kind: DestinationKind, _ moment: Mortality.Moment) async throws {
    var died = true
    var calls = 0
    while died {
      calls += 1
      let comment: Comment = "\(kind), killed \(moment) call \(calls)"
      let scenario = try await Scenario(kind)
      let mortality = Mortality(after: calls, moment)
      let journal = try Journal(
        path: scenario.folder.url.appending(path: "journal.sqlite").path,
        // What died since this boot leaves parts to go on with.
        process: RunningProcess(
          pid: 1,
          boot: calls.isMultiple(of: 2) ? RunningProcess.current.boot : "an earlier boot",
          started: 1
        ),
        migrator: Schema.migrator
      )
      let run = SyncRun(
        from: MortalStorage(storage: scenario.source, mortality: mortality),
        to: MortalStorage(storage: scenario.destination, mortality: mortality),
        journal: journal,
        policy: SyncPolicy(),
        host: kind.isDevice ? MortalStorage(storage: scenario.host, mortality: mortality) : nil
      )
      let end = await mortality.live { _ = try? await run(control: mortality.control) }
      died = end.died
      scenario.expectNothingLost(comment)

      let missing = scenario.missing
      let next = try await scenario.run(try scenario.folder.journal())()
      #expect(next.ending == .done, comment)
      scenario.expectComplete(comment)
      // Only what was missing was copied; a device may get an empty file twice, for its date.
      #expect((kind.isDevice ? missing...missing + 1 : missing...missing).contains(next.counts.filesCopied), comment)
      let third = try await scenario.run(try scenario.folder.journal())()
      #expect(third.plan.isIdle, comment)

      mortality.bury()
      await end.rest.value
    }
    #expect(calls > 20, "the run had fewer steps than the test means to interrupt")
  }

  static let recoveries: [StorageError.Recovery] = [.nextFile, .retry, .reopen, .waitForUser(.unlock), .stop]

  /// Has each call of each operation fail once, in each way, at each end.
  @Test(arguments: InMemoryStorage.Operation.allCases, recoveries)
  func aFailedRunIsCompletedByTheNext(
    _ operation: InMemoryStorage.Operation,
    _ recovery: StorageError.Recovery
  ) async throws {
    for kind in DestinationKind.allCases {
      for side in [Side.source, .destination] { try await fail(operation, recovery, kind, side) }
    }
  }

  private func fail(
    _ operation: InMemoryStorage.Operation,
    _ recovery: StorageError.Recovery,
    _ kind: DestinationKind,
    _ side: Side
  ) async throws {
    var call = 0
    while true {
      call += 1
      let scenario = try await Scenario(kind)
      let storage = side == .source ? scenario.source : scenario.destination
      let error = StorageError(.inputOutput, recovery, cause: "A fault of the test")
      let before = storage.calls(of: operation)
      storage.fail(operation, at: call, after: 2, error)
      let comment: Comment = "\(kind), \(operation) \(call) at the \(side), \(recovery)"
      let journal = try scenario.folder.journal()
      let first = try? await scenario.run(journal)()
      let happened = storage.calls(of: operation) - before >= call
      guard happened else {
        // Fewer calls than that: the run was not disturbed, and every call had its turn.
        #expect(first?.ending == .done, comment)
        return
      }
      scenario.expectNothingLost(comment)
      if recovery == .retry || recovery == .reopen, [.list, .read, .write].contains(operation) {
        #expect(first?.ending == .done, comment)
      }
      let next = try await scenario.run(journal)()
      #expect(next.ending == .done, comment)
      scenario.expectComplete(comment)
      #expect(try await scenario.run(journal)().plan.isIdle, comment)
    }
  }

  @Test func aCancelPutsInPlaceWhatIsWholeAndTheRestFollows() async throws {
    let scenario = try await Scenario()
    let journal = try scenario.folder.journal()
    let control = TransferControl()
    let recorder = Recorder()
    let run = scenario.run(journal)
    let plan = try await run.plan(control: control) { _ in }
    let last = try #require(plan.actions.last { $0.change == .copy })
    let ending = await run.execute(plan, control: control) { event in
      recorder.report(event)
      if case .began(last.id) = event { control.cancel() }
    }
    #expect(ending == .interrupted)
    #expect(recorder.counts?.filesReplaced == 1)
    #expect(recorder.counts?.failed == 0)
    let next = try await scenario.run(journal)()
    #expect(next.ending == .done)
    #expect(next.counts.filesReplaced == 0)
    guard case .started(_, let resumes) = next.events.first(where: { if case .started = $0 { true } else { false } })
    else {
      Issue.record("the run did not start")
      return
    }
    #expect(resumes != nil)
    scenario.expectComplete("after a cancel")
  }

  @Test func aFullDestinationEndsTheRun() async throws {
    let scenario = try await Scenario()
    let journal = try scenario.folder.journal()
    let full = StorageError(.noSpace, .waitForUser(.freeSpace), cause: "No space left")
    scenario.destination.fail(.write, at: 2, full)
    let first = try await scenario.run(journal)()
    guard case .notPossible(let error) = first.ending else {
      Issue.record("\(first.ending)")
      return
    }
    #expect(error.reason == .noSpace && error.path != nil)
    #expect(first.counts.filesReplaced + first.counts.filesCopied == 1)
    #expect(try await scenario.run(journal)().ending == .done)
    scenario.expectComplete("after a full destination")
  }

  @Test func aDeviceThatStaysLostEndsTheRunNotReady() async throws {
    let scenario = try await Scenario()
    let lost = StorageError(.deviceLost, .reopen, cause: "The device is gone")
    for call in 1...4 { scenario.source.fail(.read, at: call, lost) }
    let first = try await scenario.run(try scenario.folder.journal())()
    #expect(first.ending == .notReady(lost.about("d/b")))
    #expect(scenario.source.calls(of: .reopen) == 3)
  }

  @Test func aLockedDeviceIsWaitedForOutside() async throws {
    let scenario = try await Scenario()
    let locked = StorageError(.deviceLocked, .waitForUser(.unlock), cause: "The phone is locked")
    scenario.source.fail(.read, at: 1, locked)
    let first = try await scenario.run(try scenario.folder.journal())()
    #expect(first.ending == .notReady(locked.about("d/b")))
    #expect(first.events.contains { if case .waiting = $0 { true } else { false } })
  }

  @Test func aFileThatChangesWhileItIsReadIsNotPutInPlace() async throws {
    let scenario = try await Scenario()
    let journal = try scenario.folder.journal()
    let run = scenario.run(journal)
    let plan = try await run.plan(control: TransferControl()) { _ in }
    try scenario.source.put(.file("d/new/c", Scenario.bytes("NEW"), modified: Timestamp(seconds: 1_600_000_999)))
    let recorder = Recorder()
    let ending = await run.execute(plan, control: TransferControl()) { recorder.report($0) }
    #expect(ending == .someFailed)
    #expect(scenario.destination.contents(of: "d/new/c") == nil)
    #expect(try await scenario.run(journal)().ending == .done)
    scenario.expectComplete("after a change during the run")
  }

  @Test func whatAppearedAtTheDestinationSinceThePlanStays() async throws {
    let scenario = try await Scenario()
    let run = scenario.run(try scenario.folder.journal())
    let plan = try await run.plan(control: TransferControl()) { _ in }
    try scenario.destination.put(.directory("d/new"))
    try scenario.destination.put(.file("d/new/c", Scenario.bytes("theirs"), modified: Timestamp(seconds: 0)))
    try scenario.destination.put(.file("d/b", Scenario.bytes("theirs"), modified: Timestamp(seconds: 0)))
    let recorder = Recorder()
    #expect(await run.execute(plan, control: TransferControl()) { recorder.report($0) } == .someFailed)
    #expect(scenario.destination.contents(of: "d/new/c") == Scenario.bytes("theirs"))
    #expect(scenario.destination.contents(of: "d/b") == Scenario.bytes("theirs"))
    #expect(recorder.outcomes.values.filter { $0 == .skipped(.changedSincePlan) }.count == 2)
  }

  @Test func aRefusedPlanIsNotCarriedOut() async throws {
    let scenario = try await Scenario()
    let refusal = Refusal.noSpace(needed: 2, free: 1)
    let run = scenario.run(try scenario.folder.journal())
    let paths = scenario.destination.paths
    var plan = try await run.plan(control: TransferControl()) { _ in }
    plan.refusals = [refusal]
    #expect(await run.execute(plan, control: TransferControl()) { _ in } == .refused([refusal]))
    #expect(scenario.destination.paths == paths)
  }

  @Test func anotherLivingRunsTemporariesStay() async throws {
    let scenario = try await Scenario()
    let journal = try scenario.folder.journal()
    // A run of another pair into the same folder, which is still going on.
    let other = StorageIdentity(device: nil, volume: "other", root: [])
    let living = try await journal.begin(from: other, to: scenario.destination.traits.identity, policy: "{}")
    func temporary(_ run: Int64, _ journal: String) throws -> RelativePath {
      let name = TemporaryName.make(journal: journal, number: UInt64(run) << 32 | 7)
      return try #require(RelativePath.root.appending(name))
    }
    let theirs = try temporary(living.id, journal.id)
    let dead = try temporary(999, journal.id)
    let foreign = try temporary(999, "ffffffff")
    for path in [theirs, dead, foreign] {
      try scenario.destination.put(.file(path, [1], modified: Timestamp(seconds: 0)))
    }
    _ = try await scenario.run(journal)()
    #expect(scenario.destination.paths.contains(theirs))
    #expect(!scenario.destination.paths.contains(dead))
    #expect(scenario.destination.paths.contains(foreign))
  }
}
