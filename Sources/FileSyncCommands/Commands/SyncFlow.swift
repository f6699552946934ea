internal import Storage
internal import SyncEngine

/// One `filesync sync`, once its logs are open: from finding its two ends to its exit status.
struct SyncFlow: Sendable {
  let command: SyncCommand
  let filter: Filter
  let flow: RunFlow
  let folders: RunFolders
  let places: Places

  func sync(_ ends: (origin: RunFolders.Origin, target: RunTarget)) async throws(Failure) -> CommandStatus {
    try await flow.interruptible { control throws(Failure) in
      try flow.checkWritable(ends.target.storage)
      var policy = command.policy
      let found = Found()
      let (confirmed, foreseen) = try await flow.settle(control) { isAgain throws(Failure) in
        let (origin, target) = isAgain ? try await folders.open(places, flow) : ends
        // What was tried out may have shown it only now.
        if policy.frees { try checkRemovable(origin) }
        var run = flow.syncRun(from: origin.storage, to: target.storage, policy, filter)
        var plan = try await flow.plan(run, control, watch: found.take)
        if !isAgain, try await wantsMissingRestored(plan) {
          policy.restoreMissing = .always
          run = flow.syncRun(from: origin.storage, to: target.storage, policy, filter)
          plan = try await flow.plan(run, control, watch: found.take)
        }
        if !isAgain, let decided = try await decisions(run, plan, control) {
          policy = decided
          run = flow.syncRun(from: origin.storage, to: target.storage, policy, filter)
          plan = try await flow.plan(run, control, watch: found.take)
        }
        // A device that loses its files has to be known, its zone and that it deletes.
        let volumes: [PlaceVolume?] = [target.volume, policy.frees ? origin.volume : nil]
        let (planned, drafted) = (plan, run)
        return Draft(
          run: run,
          plan: plan,
          ends: RunFlow.Ends(source: origin.place, destination: target.place, makesDestination: target.isMissing),
          opened: (origin, target),
          volumes: volumes.compactMap(\.self),
          note: flow.noteOnNesting(origin, target),
          isPartial: policy.frees && plan.keepsAtSource,
          check: { () async throws(Failure) in
            guard drafted.policy.frees, !target.isMissing else { return }
            try await Apartness(
              source: drafted.source,
              destination: drafted.destination,
              place: target.place,
              flow: flow
            ).check(planned, found)
          }
        )
      }
      guard let draft = confirmed else { return foreseen }
      let (origin, target) = draft.opened
      let whole = flow.syncRun(from: origin.storage, to: try await target.make(), policy, filter)
      guard policy.frees else { return try await flow.execute(whole, draft.plan, control) }
      let zones = draft.plan.assumedZones.map { ZoneNote($0, flow.context) }
      if flow.context.probes, let failure = zones.compactMap(\.forbidsMoving).first { throw failure }
      return try await Freeing(run: whole, origin: origin, place: target.place, flow: flow).move(draft.plan, control)
    }
  }

  /// Throws if the source is known to let nothing be removed.
  private func checkRemovable(_ origin: RunFolders.Origin) throws(Failure) {
    do throws(StorageError) { try origin.storage.traits.checkRemoves() } catch {
      var failure = Failure(error)
      failure.cure = "Leave out --move: the files stay at \(origin.place) then."
      throw failure
    }
  }

  private func wantsMissingRestored(_ plan: Plan) async throws(Failure) -> Bool {
    let missing = plan.actions.filter { $0.reason == .missingFromCheckpoint && $0.change == .skip }
    let options = command.options
    guard command.restoreMissing == .ask, flow.context.canAsk, !options.dryRun, !options.yes, !missing.isEmpty,
      // The answer would change nothing.
      plan.refusals.isEmpty
    else {
      return false
    }
    let names = missing.prefix(10).map { "  \($0.path.shown)" }
    let more = missing.count > names.count ? ["  and \(missing.count - names.count) more"] : []
    flow.report.human.say(
      ["Copied by an earlier run, and gone from the destination:"] + names + more,
      always: true
    )
    return try await Question.copyAgain.ask(flow.context)
  }
}
