internal import ArgumentParser
internal import Foundation
internal import Journal
internal import LocalStorage
internal import Logging
internal import MTPStorage
internal import Storage
internal import SyncEngine
internal import SystemPackage

/// What commands that run a plan have in common: the logs, the journal, the plan, the question, the end.
struct RunFlow: Sendable {
  let options: RunOptions
  let context: CommandContext
  let journal: Journal
  /// Where what a device cannot keep itself is kept on this computer.
  let host: any Storage
  let report: RunReport
  let kind: RunKind

  /// The two ends of a run as people and programs are told of them.
  struct Ends: Sendable {
    var source: String
    var destination: String
    /// Whether the destination is a folder that is made first.
    var makesDestination = false
    /// What goes where, in a line, where these two do not say it. Escaped.
    var headline: String?
  }

  /// A plan as it is shown: all of a run, or one direction of a two-way one.
  struct Part: Sendable {
    var plan: Plan
    var ends: Ends
    var direction: TwoWayPlan.Direction?
    /// Of a comparison, the devices of its second folder whose dates may be hours off.
    var zonesThere: [AssumedZone] = []

    /// Whether there is nothing to do, not even a folder to make.
    var isIdle: Bool { plan.isIdle && !ends.makesDestination }
  }

  /// Opens the logs and the journal for a command line, and runs `body`. What it throws is in the log as well.
  static func open(
    _ options: RunOptions,
    _ context: CommandContext,
    commandLine: [String],
    kind: RunKind = .copy,
    _ body: (RunFlow) async throws(Failure) -> CommandStatus
  ) async throws(Failure) -> CommandStatus {
    let logs = try openLogs(
      options,
      context,
      fileCommand: commandLine.first.flatMap { RunLogs.fileCommands.contains($0) ? $0 : nil }
    )
    defer { for line in logs.end() { context.errors.line("filesync: \(line)") } }
    let words = commandLine.map { shown($0) }.joined(separator: " ")
    logs.main.info("filesync \(FileSyncCommand.configuration.version): \(words)")
    do throws(Failure) {
      let human = HumanReport(
        results: options.json ? context.errors : context.output,
        errors: context.errors,
        detail: options.quiet ? .quiet : options.verbose ? .verbose : .normal,
        kind: kind,
        log: logs.path,
        uptime: context.uptime
      )
      let host = try openHost(context)
      let report = RunReport(
        human: human,
        json: options.json ? context.output : nil,
        logs: logs,
        host: host.traits.name
      )
      let wait = options.waiting.seconds
      let journal: Journal
      do throws(Failure) {
        journal = try await context.waiting(until: context.uptime() + wait, say: report.notice) { () throws(Failure) in
          try context.openJournal()
        }
      } catch {
        throw error.offeringToWait(wait)
      }
      return try await body(
        RunFlow(
          options: options,
          context: context,
          journal: journal,
          host: host,
          report: report,
          kind: kind
        )
      )
    } catch {
      logs.main.error("exit status \(error.status.rawValue): \(error.cause)")
      throw error
    }
  }

  /// Logs where they were asked for are a condition; without those that nobody named the run goes on.
  private static func openLogs(
    _ options: RunOptions,
    _ context: CommandContext,
    fileCommand: String?
  ) throws(Failure) -> RunLogs {
    do throws(Failure) {
      return try RunLogs.open(
        in: options.logDir ?? context.stateDirectory + "/logs",
        keep: options.keepLogs,
        isVerbose: options.verbose,
        fileCommand: fileCommand,
        context
      )
    } catch {
      guard options.logDir == nil else { throw error }
      context.errors.line("filesync: \(error.cause); this run goes on without.\n\(error.cure ?? "")")
      return .none
    }
  }

  /// The folder for old versions of what is on devices, which only its user may look into.
  private static func openHost(_ context: CommandContext) throws(Failure) -> any Storage {
    let path = context.dataDirectory + "/vault"
    do throws(Errno) {
      try makeFolder(path, rights: 0o700)
    } catch {
      throw Failure(
        .notPossible,
        "The folder \(shown(path)) cannot be made: \(shown(error.description))",
        cure: "Check who may write there, or have XDG_DATA_HOME name another folder."
      )
    }
    do { return try LocalStorage.open(FilePath(path)) } catch { throw Failure(error) }
  }

  /// Tells the user, and the log, what a device makes necessary.
  func say(_ line: String) { report.notice(line) }

  /// Puts the device on record that a place is on.
  func log(_ place: Place) {
    guard let session = place.volume.device?.session else { return }
    report.logs.main.info(
      "device \(shown(session.device.name)), serial \(shown(session.usb.serial)), USB \(session.usb.place)"
    )
  }

  /// Runs `body` under a control that Ctrl-C cancels.
  func interruptible<Value>(_ body: (TransferControl) async throws(Failure) -> Value) async throws(Failure) -> Value {
    try await context.stoppable(report.human.complain, body)
  }

  /// Throws if nothing can be written to `destination`, and something is to be.
  func checkWritable(_ destination: any Storage) throws(Failure) {
    guard !options.dryRun, !destination.traits.capabilities.contains(.write) else { return }
    throw Failure(StorageError(.readOnly, .stop, cause: "\(destination.traits.name) cannot be written to"))
  }

  /// Plans a run. `watch` takes its events as well. While another run has the same folders there is nothing to plan yet,
  /// since that changes them: it is waited for, if `--wait` was given.
  func plan(
    _ run: SyncRun,
    _ control: TransferControl,
    watch: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws(Failure) -> Plan {
    if !options.dryRun { try await awaitTurn(run) }
    do {
      return try await run.plan(control: control) { [report] event in
        watch(event)
        report.take(event)
      }
    } catch {
      throw Failure(error)
    }
  }

  func awaitTurn(_ run: SyncRun) async throws(Failure) {
    let wait = options.waiting.seconds
    do throws(Failure) {
      try await context.waiting(until: context.uptime() + wait, say: report.notice) { () async throws(Failure) in
        do throws(JournalError) { try await run.checkFree() } catch { throw Failure(error) }
      }
    } catch {
      throw error.offeringToWait(wait)
    }
  }

  /// Shows a plan and has it confirmed; one that is idle only if more is to be done than the plan says, `asksIfIdle`.
  /// - Returns: whether it is to be carried out; not in a dry run.
  func confirm(
    _ plan: Plan,
    _ ends: Ends,
    note: String? = nil,
    declined: String = "Nothing was copied"
  ) async throws(Failure) -> Bool {
    try await confirm([Part(plan: plan, ends: ends)], note: note, declined: declined)
  }

  /// The same of a run that consists of several.
  func confirm(
    _ parts: [Part],
    note: String? = nil,
    asksIfIdle: Bool = false,
    declined: String = "Nothing was copied"
  ) async throws(Failure) -> Bool {
    let isIdle = parts.allSatisfy(\.isIdle) && !asksIfIdle
    let mustAsk = !options.dryRun && !options.yes && !isIdle && parts.allSatisfy(\.plan.refusals.isEmpty)
    try show(parts, note: note, always: mustAsk)
    if options.dryRun { return false }
    if mustAsk, try await !Question.begin.ask(context) { throw Failure(.declined, declined) }
    try context.checkInterrupt()
    return true
  }

  /// Shows a plan. Throws what forbids it.
  func show(_ part: Part, note: String? = nil) throws(Failure) {
    try show([part], note: note, always: false)
  }

  private func show(_ parts: [Part], note: String?, always: Bool) throws(Failure) {
    var lines: [String] = []
    for part in parts {
      let zones = tell(part)
      let near = part.plan.nearLimit.map { ZoneNote($0, context).nearLimit }
      lines += (part.direction == nil ? words(part.plan, part.ends) : wordsBothWays(part)) + zones.map(\.line)
      lines += [near].compactMap(\.self)
    }
    if parts.count > 1 {
      lines += FilterSummary.unused(parts.flatMap(\.plan.unusedRules), "on either side")
      let isNothing = parts.allSatisfy { $0.isIdle && $0.plan.refusals.isEmpty }
      if isNothing { lines.append(Summary.nothing(parts.map(\.plan))) }
    }
    report.human.say(lines + [note].compactMap(\.self), always: always)
    try check(parts.flatMap { part in part.plan.refusals.map { (refusal: $0, part: part) } })
  }

  /// Tells programs, and the summary to come, of the plan that holds.
  @discardableResult func tell(_ part: Part) -> [ZoneNote] {
    var zones = part.plan.assumedZones.map { ZoneNote($0, context) }
    zones += part.zonesThere.map { ZoneNote($0, context, side: .destination) }
    report.write(part, zones, withFiltered: options.dryRun && options.verbose)
    // The plan has told enough where nothing is done.
    let told = part.isIdle ? [] : zones
    if part.direction != .back || !told.isEmpty { report.human.note(told) }
    return zones
  }

  private func wordsBothWays(_ part: Part) -> [String] {
    let steps = options.dryRun ? part.plan.itemised : []
    let made =
      options.dryRun && part.ends.makesDestination ? ["\(Change.makeFolder.label)  \(part.ends.destination)"] : []
    let filtered = options.dryRun && options.verbose ? part.plan.filtered.map(FilterSummary.line) : []
    return Summary.plan(bothWays: part) + made + steps + filtered
  }

  private func words(_ plan: Plan, _ ends: Ends) -> [String] {
    let filtered = options.dryRun && options.verbose ? plan.filtered.map(FilterSummary.line) : []
    if kind == .check {
      let steps = options.dryRun ? plan.actions.map(\.line) : []
      return CheckSummary.plan(plan, from: ends.source, to: ends.destination) + steps + filtered
    }
    guard kind == .dates else {
      let made = ends.makesDestination ? ["\(Change.makeFolder.label)  \(ends.destination)"] : []
      let steps =
        options.dryRun
        ? made + plan.actions.map(\.line) + Summary.permissions(plan) + plan.toFree.map(Summary.freed) : []
      return Summary.plan(
        plan,
        from: ends.source,
        to: ends.destination,
        makesDestination: ends.makesDestination,
        headline: ends.headline
      ) + steps + filtered
    }
    let date = DateText(context.timeZone)
    let steps = options.dryRun ? plan.actions.map { DatesSummary.line($0, date) } : []
    return DatesSummary.plan(plan, from: ends.source, to: ends.destination, date) + steps + filtered
  }

  /// What to tell when the destination holds a folder of the source's name.
  func noteOnNesting(_ origin: RunFolders.Origin, _ target: RunTarget) -> String? {
    Summary.nestedFolder(
      source: origin.name,
      sourceEntries: report.topEntries(.source),
      destination: target.place,
      destinationEntries: report.topEntries(.destination),
      kind: kind
    )
  }

  private func check(_ refusals: [(refusal: Refusal, part: Part)]) throws(Failure) {
    guard !refusals.isEmpty else { return }
    var failures: [Failure] = []
    for (refusal, part) in refusals {
      let failure =
        part.direction == nil
        ? refusal.failure(isDryRun: options.dryRun)
        : refusal.failure(between: part.ends, isDryRun: options.dryRun)
      if !failures.contains(failure) { failures.append(failure) }
    }
    let main = failures.first { $0.status == .refused } ?? failures[0]
    for failure in failures where failure != main { report.human.complain(failure.text) }
    throw main
  }

  /// Carries a plan out.
  func execute(
    _ run: SyncRun,
    _ plan: Plan,
    _ control: TransferControl,
    watch: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws(Failure) -> CommandStatus {
    let ending = await run.execute(plan, control: control) { [report] event in
      watch(event)
      report.take(event)
    }
    return try status(of: ending)
  }

  /// What a command ends with whose run has ended so.
  func status(of ending: Ending) throws(Failure) -> CommandStatus {
    switch ending {
    case .done: return .done
    case .someFailed: return .someFailed
    case .notReady(let error): throw Failure(error).with(.notReady)
    case .notPossible(let error): throw Failure(error).with(.notPossible)
    case .journalFailed(let error): throw Failure(error)
    case .refused(let refusals):
      throw refusals.first?.failure() ?? Failure(.refused, "A safety rule stopped the run")
    case .declined: return .declined
    case .interrupted:
      try context.checkInterrupt()
      return .interrupted
    }
  }
}

extension Failure {
  /// Why a run could not be planned.
  init(_ error: SyncError) {
    switch error {
    case .storage(let error): self.init(error)
    case .journal(let error): self.init(error)
    }
  }
}

extension CommandContext {
  /// Has the journal, if there is one or it is to be made, follow a change that is made already; what keeps it from that
  /// is told of.
  func keepRecord(creating: Bool = false, _ body: @Sendable (Journal) async throws -> Void) async {
    guard creating || FileManager.default.fileExists(atPath: dataDirectory + "/journal.sqlite") else { return }
    do {
      try await body(try openJournal())
    } catch {
      let cause = (error as? Failure)?.cause ?? shown((error as? JournalError)?.cause ?? "\(error)")
      errors.line("The record of names and dates does not know of this change: \(cause)")
    }
  }

  /// The record of what runs did.
  func openJournal() throws(Failure) -> Journal {
    do {
      return try Journal.open(at: dataDirectory + "/journal.sqlite")
    } catch {
      throw Failure(error)
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
