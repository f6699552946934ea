internal import Foundation
internal import Journal
internal import Storage

/// Carries a plan out, batch by batch: intents on record, files written, verified and put in place together, ends on
/// record. A run that dies anywhere leaves whole files and temporaries of its own, nothing else.
struct Executor {
  let run: SyncRun
  let plan: Plan
  let control: TransferControl
  let report: @Sendable (Event) -> Void
  let ticket: RunTicket
  let persistence: Persistence
  let progress: Progress
  let readAhead: ReadAhead
  let passage: Passage
  /// Names this run's folder in the vault: its time and number.
  let vaultFolder: String
  /// Folders from which files get other places at the destination, and those above.
  let emptiedByMoves: Set<RelativePath>

  var counts = Counts()
  /// Folders that could not be made, and why: nothing can be put into them.
  var failedFolders: [RelativePath: StorageError] = [:]
  /// Reopened sessions since a step last came to its end.
  var reopensInVain = 0
  /// Reopened sessions in all. From the first on, handles of the scan are void.
  var reopens = 0
  /// Whether the destination was reset on the bus, which a run does once at most.
  var hasReset = false
  /// Whether the user knows that the destination deletes nothing.
  var hasToldOfRefusal = false
  /// Folders of the vault that are there.
  var vaultFolders: Set<RelativePath> = []
  /// Whether the source was seen to be there before anything was deleted.
  var hasFoundSource = false
  /// Links that were replaced: in the vault, and on this computer.
  var linksKept = 0
  var linksKeptHere = 0
  /// Files that were replaced, and what was deleted, that are on this computer.
  var filesKeptHere = 0
  /// What could not get into the vault, though nothing showed that another file system begins there: quotas by project
  /// and encrypted folders keep apart what is on one.
  var outOfReach: Set<RelativePath> = []
  /// Whether something could not be copied.
  var hasFailed = false
  /// Whether something of the source did not get to where it belongs.
  var leftBehind = false
  /// What was given other names at the source, as it is now; `nil` for what could not be.
  var renamed: [RelativePath: Entry?] = [:]

  /// Ends a run before its plan is done.
  struct Stop: Error {
    var ending: Ending
  }

  static func execute(
    _ plan: Plan,
    of run: SyncRun,
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async -> Ending {
    func finish(_ ending: Ending, _ counts: Counts) -> Ending {
      report(.finished(ending, counts))
      return ending
    }
    guard plan.refusals.isEmpty else { return finish(.refused(plan.refusals), Counts()) }
    let ticket: RunTicket
    do throws(JournalError) {
      ticket = try await run.journal.begin(
        from: run.source.traits.identity,
        to: run.destination.traits.identity,
        disk: run.destination.traits.disk,
        policy: json(run.policy)
      )
    } catch { return finish(.journalFailed(error), Counts()) }
    report(.started(run: ticket.uuid, resumes: ticket.resumes))
    var executor = Executor(run: run, plan: plan, control: control, report: report, ticket: ticket)
    let ticking = executor.progress.start(control, report)
    var ending = await executor.carryOut()
    ticking.cancel()
    await ticking.value
    executor.oldVersions.forEach(report)
    do throws(JournalError) {
      try await run.journal.end(
        ticket,
        ending: ending.word,
        counts: json(executor.counts),
        losingParts: ending.isLossOfDisk
      )
    } catch { ending = .journalFailed(error) }
    return finish(ending, executor.counts)
  }

  private init(
    run: SyncRun,
    plan: Plan,
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void,
    ticket: RunTicket
  ) {
    self.run = run
    self.plan = plan
    self.control = control
    self.report = report
    self.ticket = ticket
    persistence = Persistence(control: control, report: report, pause: run.pause)
    progress = Progress()
    let time = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().dateTimeSeparator(.standard)
      .time(includingFractionalSeconds: false).timeSeparator(.omitted)
    let folder = "\(run.now().formatted(time))-\(ticket.id)"
    vaultFolder = folder
    emptiedByMoves = plan.foldersOfMoved
    readAhead = ReadAhead(
      from: run.source.traits,
      to: run.destination.traits,
      digests: run.policy.verifies
    )
    passage = Passage(
      source: run.source,
      destination: run.destination,
      host: run.host.map { HostPlace(storage: $0, folder: folder, control: control) },
      ahead: readAhead,
      control: control,
      digests: run.policy.verifies
    )
  }

  /// Where what was replaced and deleted is now: in the vault, and on this computer.
  private var oldVersions: [Event] {
    let all = counts.filesReplaced + counts.filesDeleted + linksKept + linksKeptHere
    let here = filesKeptHere + linksKeptHere
    guard run.policy.keepsOldVersions else { return [] }
    var events: [Event] = []
    if all > here, let name = Vault.path(for: .root, run: vaultFolder) {
      events.append(.keptVersions(all - here, in: name, onHost: false))
    }
    if here > 0, let name = RelativePath(vaultFolder) { events.append(.keptVersions(here, in: name, onHost: true)) }
    return events
  }

  /// Whether the destination can put a version into its own vault.
  func hasVault(for old: Entry) -> Bool {
    !outOfReach.contains(old.path) && Planner.hasVault(for: old.path, at: run.destination.traits, plan.volumes)
  }

  /// Puts on record what the plan leaves out, and why, so that it can be told later.
  private func recordLeftOut() async throws(Stop) {
    let ends = plan.actions.filter { $0.change == .skip }
      .map { StepEnd(intent: $0.intent, phase: .skipped, code: $0.reason.rawValue) }
    guard !ends.isEmpty else { return }
    try await onRecord { journal, ticket throws(JournalError) in try await journal.record(ends, in: ticket) }
  }

  private mutating func carryOut() async -> Ending {
    do throws(Stop) {
      if !plan.names.isEmpty {
        try await onRecord { journal, ticket throws(JournalError) in try await journal.record(plan.names, in: ticket) }
      }
      try await recordLeftOut()
      try await removeLeftovers()
      await openFolders()
      try await setAside()
      try await announceDeletionsOfFolders()
      if !plan.lostOnBothSides.isEmpty {
        try await onRecord { journal, ticket throws(JournalError) in
          try await journal.dropRecords(plan.lostOnBothSides, in: ticket)
        }
      }
      var batching = Batching(for: run.destination.traits, isTight: plan.isTight)
      var batch: [Action] = []
      for action in plan.actions {
        guard action.change != .skip else {
          end(action, .skipped(action.reason))
          continue
        }
        guard let action = withNewName(action) else {
          end(action, .skipped(.changedSincePlan))
          continue
        }
        if batching.begins(with: action) {
          try await perform(batch)
          batch = []
        }
        batch.append(action)
      }
      try await perform(batch)
      try await finishFolders()
      await setPermissions()
      counts.unchanged += plan.unchanged
      return counts.failed > 0 || leftBehind ? .someFailed : .done
    } catch {
      counts.unchanged += plan.unchanged
      return error.ending
    }
  }

  /// Removes what dead runs of this journal were writing; what another living run writes stays.
  private mutating func removeLeftovers() async throws(Stop) {
    // Only a run that died can have left something in the host's place, which may be large.
    let host = ticket.resumes == nil ? nil : run.host
    let leftovers = plan.leftovers + (plan.undeleted.map { [$0] } ?? [])
    guard !leftovers.isEmpty || host != nil else { return }
    let living: Set<Int64>
    do throws(JournalError) {
      living = try await run.journal.livingRuns(besides: ticket)
    } catch { throw Stop(ending: .journalFailed(error)) }
    try await remove(leftovers, from: run.destination, living)
    guard let host else { return }
    let tree: Tree
    do throws(StorageError) {
      tree = try await Scan(
        storage: host,
        side: .destination,
        now: run.now,
        persistence: persistence
      ) { _ in }.run()
    } catch { return report(.warning(error)) }
    try await remove(tree.temporaries, from: host, living)
  }

  private mutating func remove(
    _ leftovers: [Entry],
    from storage: any Storage,
    _ living: Set<Int64>
  ) async throws(Stop) {
    for entry in leftovers {
      guard let number = TemporaryName.number(in: entry.path.name),
        TemporaryName.matches(entry.path.name, journal: run.journal.id), !living.contains(TemporaryName.run(in: number))
      else { continue }
      do throws(StorageError) {
        try await freeingName(at: entry.path) { () async throws(StorageError) in try await storage.remove(entry) }
      } catch {
        if error.recovery != .nextFile, hasReset { throw Stop(ending: ending(for: error)) }
        // What is known to stay was told when it was left, and harms nobody: no scan takes it for a file.
        guard entry.path != plan.undeleted?.path else { continue }
        if error.reason == .deletionRefused {
          report(.warning(.staying(entry.path, error.cause, error.code)))
        } else if error.reason != .notFound {
          report(.warning(error.about(entry.path)))
        }
      }
    }
  }

  /// Reports and counts the end of a step.
  mutating func end(_ action: Action, _ outcome: Outcome) {
    let before = counts.filesReplaced + counts.filesDeleted
    counts.add(outcome, of: action)
    if let old = action.destination, !hasVault(for: old) {
      filesKeptHere += counts.filesReplaced + counts.filesDeleted - before
    }
    if case .skipped(let reason) = outcome, reason.leavesBehind { leftBehind = true }
    if action.isAboutSource, !outcome.isHarmless { hasFailed = true }
    report(.ended(action.id, outcome))
  }

  /// The name of the temporary for a step, different in every run.
  func temporaryName(_ action: Action) -> [UInt8] {
    TemporaryName.make(journal: run.journal.id, number: TemporaryName.number(run: ticket.id, step: action.id))
  }
}

extension Ending {
  /// Whether a file system of this computer went away, with what was in memory only. The end of a device's session is
  /// none: that can be opened again.
  fileprivate var isLossOfDisk: Bool {
    if case .notReady(let error) = self { error.reason == .deviceLost && error.recovery == .stop } else { false }
  }
}

private func json(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  // Policies and counts hold only what JSON can.
  return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
}

extension Outcome {
  /// Whether the destination has what the step was to bring, or nobody expects it to.
  fileprivate var isHarmless: Bool {
    switch self {
    case .done: true
    case .skipped(let reason): !reason.leavesBehind
    case .failed: false
    }
  }
}

extension Reason {
  /// Whether a skip for this reason leaves something of the source behind that no rule of the user's excludes.
  package var leavesBehind: Bool {
    switch self {
    case .changedSincePlan, .vanished, .notAtSource, .folderIncomplete, .unreadable, .nameImpossible, .nameCollision,
      .tooLarge, .undeletable, .kindChanged, .notRenamable, .changedOnBoth, .differsUnrecorded, .noVault, .occupied,
      .notReplaced, .copyFailed, .nameOfFreed, .maybeFreed:
      // Different on both sides: a link. Of files, both versions are kept.
      true
    case .unverified, .new, .changed, .equal, .equalByContent, .datesDiffer, .equalAfterZoneChange, .zoneLearned,
      .unproven, .movedAtDestination,
      .changedAtDestination, .changedAndGone, .missingFromCheckpoint, .specialFile, .linkUnsupported, .temporary,
      .unfinished,
      .onlyAtSource, .onlyAtDestination, .different, .undated, .otherDates, .keptByChoice, .phonesOwn,
      .goneFromSource, .neverAtSource, .otherPlace, .movedBack, .movedAtSource, .folderStays, .mountPoint,
      .freedAtSource, .likeFreed:
      false
    }
  }
}
