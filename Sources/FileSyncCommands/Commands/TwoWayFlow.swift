internal import Storage
internal import SyncEngine
internal import Synchronization

/// One `filesync sync --two-way`, once its logs are open: from finding its two ends to its exit status.
struct TwoWayFlow: Sendable {
  let command: SyncCommand
  let filter: Filter
  let flow: RunFlow
  let folders: RunFolders
  let places: Places

  private struct Opened: Sendable {
    var origin: RunFolders.Origin
    var target: RunTarget
    var plan: TwoWayPlan
  }

  func sync(_ ends: (origin: RunFolders.Origin, target: RunTarget)) async throws(Failure) -> CommandStatus {
    try await flow.interruptible { control throws(Failure) in
      // A dry run shows the plan before.
      if !flow.options.dryRun { try checkWritable(ends.origin, ends.target) }
      var policy = command.policy
      let (confirmed, foreseen) = try await flow.settle(control) { (isAgain) async throws(Failure) -> Draft<Opened> in
        let (origin, target) = isAgain ? try await folders.open(places, flow) : ends
        var sync = twoWay(origin, target.storage, policy)
        var plan = try await planned(sync, control)
        if !isAgain, let decided = try await decisions(sync, plan) {
          policy = decided
          sync = twoWay(origin, target.storage, policy)
          plan = try await planned(sync, control)
        }
        // Only a device that gets something is tried out.
        let written = [(plan.forth, target.volume), (plan.back, origin.volume)]
          .filter { $0.0.actions.contains(where: \.movesFile) }
        return Draft(
          run: sync.run(.forth),
          plan: plan.forth,
          back: plan.back,
          ends: RunFlow.Ends(source: origin.place, destination: target.place, makesDestination: target.isMissing),
          opened: Opened(origin: origin, target: target, plan: plan),
          volumes: written.compactMap(\.1),
          note: flow.noteOnNesting(origin, target),
          refuse: { () throws(Failure) in try checkWritable(origin, target) }
        )
      }
      guard let draft = confirmed else { return foreseen }
      let opened = draft.opened
      let sync = twoWay(opened.origin, try await opened.target.make(), policy)
      return try await execute(sync, opened.plan, draft.ends, control)
    }
  }

  private func twoWay(
    _ origin: RunFolders.Origin,
    _ destination: any Storage,
    _ policy: SyncPolicy
  ) -> TwoWaySync {
    TwoWaySync(
      between: origin.storage,
      and: destination,
      journal: flow.journal,
      policy: policy,
      filter: filter,
      host: flow.host
    )
  }

  private func checkWritable(_ origin: RunFolders.Origin, _ target: RunTarget) throws(Failure) {
    for storage in [origin.storage, target.storage] where !storage.traits.capabilities.contains(.write) {
      throw Refusal.readOnly(storage.traits.name).failure(between: RunFlow.Ends(source: "", destination: ""))
    }
  }

  private func planned(_ sync: TwoWaySync, _ control: TransferControl) async throws(Failure) -> TwoWayPlan {
    if !flow.options.dryRun { try await flow.awaitTurn(sync.run(.forth)) }
    do throws(SyncError) {
      return try await sync.plan(control: control, report: flow.report.take)
    } catch { throw Failure(error) }
  }

  /// Carries a plan out. Each direction is told under a heading of its own.
  private func execute(
    _ sync: TwoWaySync,
    _ plan: TwoWayPlan,
    _ ends: RunFlow.Ends,
    _ control: TransferControl
  ) async throws(Failure) -> CommandStatus {
    let (flow, made) = (flow, ends.toward(.forth))
    let ending = await sync.execute(plan, control: control) { direction, event in
      if case .planned(let plan) = event {
        var ends = made.toward(direction)
        ends.makesDestination = false
        flow.report.begin(RunFlow.Part(plan: plan, ends: ends, direction: direction))
      }
      flow.report.take(event)
    }
    return try flow.status(of: ending)
  }
}
