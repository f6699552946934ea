internal import Journal
internal import Logging
internal import MTPStorage
internal import Storage
internal import SyncEngine

/// One `filesync sync`, from the opening of its source to its exit status.
struct SyncFlow: Sendable {
  let command: SyncCommand
  let context: CommandContext
  let target: LocalFolder
  let journal: Journal
  let report: RunReport

  /// Where files come from.
  struct Origin: Sendable {
    var storage: any Storage
    /// As a location, escaped, for people.
    var place: String
    /// The folder's own name; empty for the root of a device's storage.
    var name: String
  }

  /// Syncs from a local folder.
  func sync(from folder: LocalFolder) async throws(Failure) -> CommandStatus {
    let name = folder.path.split(separator: "/").last.map(String.init) ?? ""
    return try await sync(from: Origin(storage: try folder.open(), place: shown(folder.path), name: name))
  }

  /// Syncs from a device, which is given back whatever happens.
  func sync(from location: Location) async throws(Failure) -> CommandStatus {
    guard case .device(let asked, let kio) = location else { preconditionFailure("local folders are opened before") }
    let say: @Sendable (String) -> Void = { line in
      report.human.complain(line)
      report.logs.main.notice("\(line.replacing("\n", with: " "))")
    }
    let place = try context.reading(asked, kio: kio)
    let session = try await DeviceSession.open(place.device, wait: command.wait.seconds, context, say: say)
    report.logs.main.info(
      "device \(shown(session.device.name)), serial \(shown(session.usb.serial)), USB \(session.usb.place)"
    )
    let result: Result<CommandStatus, Failure>
    do throws(Failure) {
      let storage = try await session.storage(place)
      let origin = Origin(
        storage: storage,
        place: shown(command.source),
        name: String(decoding: place.path.name, as: UTF8.self)
      )
      result = .success(try await sync(from: origin))
    } catch {
      result = .failure(error)
    }
    await session.end(say: say)
    return try result.get()
  }

  private func sync(from origin: Origin) async throws(Failure) -> CommandStatus {
    let control = TransferControl()
    let human = report.human
    let handler = context.interrupt.onFirst {
      control.cancel()
      // A device that is silent in the middle of a transaction is waited for, which can take minutes.
      human.complain("Stopping in good order. Interrupt again to stop at once.")
    }
    defer { context.interrupt.forget(handler) }
    let planned = try target.open()
    if !command.dryRun, !planned.traits.capabilities.contains(.write) {
      throw Failure(StorageError(.readOnly, .stop, cause: "\(target.path) cannot be written to"))
    }
    var policy = command.policy
    var plan = try await makePlan(origin, planned, policy, control)
    if try await wantsMissingRestored(plan) {
      policy.restoreMissing = .always
      plan = try await makePlan(origin, planned, policy, control)
    }
    let mustAsk = !command.dryRun && !command.yes && !plan.isIdle && plan.refusals.isEmpty
    show(plan, origin, always: mustAsk)
    try check(plan.refusals)
    if command.dryRun { return .done }
    if mustAsk, try await !Question.confirm.ask(context) {
      throw Failure(.declined, "Nothing was copied", cure: nil)
    }
    try context.checkInterrupt()
    let destination = target.exists ? planned : try target.make()
    let run = SyncRun(from: origin.storage, to: destination, journal: journal, policy: policy)
    return try status(await run.execute(plan, control: control, report: report.take))
  }

  private func makePlan(
    _ origin: Origin,
    _ destination: any Storage,
    _ policy: SyncPolicy,
    _ control: TransferControl
  ) async throws(Failure) -> Plan {
    let run = SyncRun(from: origin.storage, to: destination, journal: journal, policy: policy)
    do {
      return try await run.plan(control: control, report: report.take)
    } catch {
      try context.checkInterrupt()
      switch error {
      case .storage(let error): throw Failure(error)
      case .journal(let error): throw Failure(error)
      }
    }
  }

  private func wantsMissingRestored(_ plan: Plan) async throws(Failure) -> Bool {
    let missing = plan.actions.filter { $0.reason == .missingFromCheckpoint && $0.change == .skip }
    guard command.restoreMissing == .ask, context.canAsk, !command.dryRun, !command.yes, !missing.isEmpty else {
      return false
    }
    let names = missing.prefix(10).map { "  \($0.path.shown)" }
    let more = missing.count > names.count ? ["  and \(missing.count - names.count) more"] : []
    report.human.say(
      ["Copied by an earlier run, and gone from the destination:"] + names + more,
      always: true
    )
    return try await Question.copyAgain.ask(context)
  }

  private func show(_ plan: Plan, _ origin: Origin, always: Bool) {
    let place = shown(target.path)
    let note = Summary.nestedFolder(
      source: origin.name,
      sourceEntries: report.topEntries(.source),
      destination: place,
      destinationEntries: report.topEntries(.destination)
    )
    let steps = command.dryRun ? plan.actions.map(\.line) : []
    report.write(plan, from: origin.place, to: place)
    report.human.say(
      Summary.plan(plan, from: origin.place, to: place) + steps + [note].compactMap(\.self),
      always: always
    )
  }

  private func check(_ refusals: [Refusal]) throws(Failure) {
    guard !refusals.isEmpty else { return }
    let failures = refusals.map(\.failure)
    let main = failures.first { $0.status == .refused } ?? failures[0]
    for failure in failures where failure != main { report.human.complain(failure.text) }
    throw main
  }

  private func status(_ ending: Ending) throws(Failure) -> CommandStatus {
    switch ending {
    case .done: return .done
    case .someFailed: return .someFailed
    case .notReady(let error): throw Failure(error).with(.notReady)
    case .notPossible(let error): throw Failure(error).with(.notPossible)
    case .journalFailed(let error): throw Failure(error)
    case .refused(let refusals):
      try check(refusals)
      return .refused
    case .declined: return .declined
    case .interrupted:
      try context.checkInterrupt()
      return .interrupted
    }
  }
}

extension Failure {
  /// The same failure, where the run's ending decides the status.
  fileprivate func with(_ status: CommandStatus) -> Failure {
    var failure = self
    failure.status = status
    return failure
  }
}
