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
      let draft = try await flow.settle(control) { isAgain throws(Failure) in
        let (origin, target) = isAgain ? try await folders.open(places, flow) : ends
        var run = run(origin, target.storage, policy)
        var plan = try await flow.plan(run, control)
        if !isAgain, try await wantsMissingRestored(plan) {
          policy.restoreMissing = .always
          run = self.run(origin, target.storage, policy)
          plan = try await flow.plan(run, control)
        }
        return Draft(
          run: run,
          plan: plan,
          ends: RunFlow.Ends(source: origin.place, destination: target.place, makesDestination: target.isMissing),
          opened: (origin, target),
          volume: target.volume,
          note: flow.noteOnNesting(origin, target)
        )
      }
      guard let draft else { return .done }
      let (origin, target) = draft.opened
      return try await flow.execute(run(origin, try await target.make(), policy), draft.plan, control)
    }
  }

  private func run(_ origin: RunFolders.Origin, _ destination: any Storage, _ policy: SyncPolicy) -> SyncRun {
    let source = origin.storage
    var run = SyncRun(from: source, to: destination, journal: flow.journal, policy: policy, host: flow.host)
    run.filter = filter
    run.filter.leavesOutPhonesOwn = source.traits.identity.device != nil
    return run
  }

  private func wantsMissingRestored(_ plan: Plan) async throws(Failure) -> Bool {
    let missing = plan.actions.filter { $0.reason == .missingFromCheckpoint && $0.change == .skip }
    let options = command.options
    guard command.restoreMissing == .ask, flow.context.canAsk, !options.dryRun, !options.yes, !missing.isEmpty else {
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
