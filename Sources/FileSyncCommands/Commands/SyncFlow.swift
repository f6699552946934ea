internal import Storage
internal import SyncEngine

/// One `filesync sync`, once its logs are open: from finding its two ends to its exit status.
struct SyncFlow: Sendable {
  let command: SyncCommand
  let filter: Filter
  let flow: RunFlow

  func sync(from origin: RunFolders.Origin, to target: RunTarget) async throws(Failure) -> CommandStatus {
    try await flow.interruptible { control throws(Failure) in
      try flow.checkWritable(target.storage)
      var policy = command.policy
      var plan = try await flow.plan(run(origin.storage, target.storage, policy), control)
      if try await wantsMissingRestored(plan) {
        policy.restoreMissing = .always
        plan = try await flow.plan(run(origin.storage, target.storage, policy), control)
      }
      let note = flow.noteOnNesting(origin, target)
      let ends = RunFlow.Ends(source: origin.place, destination: target.place, makesDestination: target.isMissing)
      guard try await flow.confirm(plan, ends, note: note) else { return .done }
      let destination = try await target.make()
      return try await flow.execute(run(origin.storage, destination, policy), plan, control)
    }
  }

  private func run(_ source: any Storage, _ destination: any Storage, _ policy: SyncPolicy) -> SyncRun {
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
