public import Journal
public import Storage

/// A run after which two folders hold the same: what is new or changed on one side since the last run gets to the other, and
/// what is gone from one side, and unchanged on the other, is deleted there.
///
/// It is planned from one scan of both sides, and carried out as two runs, one in each direction. They go by the record of
/// the pair, which any run between the two folders makes, whatever its direction. Interrupted anywhere, the next one
/// goes on from there.
public struct TwoWaySync: Sendable {
  /// Carries out what is planned for the second folder.
  private let forth: SyncRun
  /// The same for the first.
  private let back: SyncRun

  /// - Parameters:
  ///   - policy: whose ``SyncPolicy/twoWay`` says what may be deleted. ``SyncPolicy/Conflict/replace`` means that the first
  ///     folder's version takes the place of the second's, ``SyncPolicy/Conflict/keep`` the other way round.
  ///   - filter: holds for both sides. What is left out on one of them is left as it is on both.
  ///   - host: see ``SyncRun/host``.
  public init(
    between first: any Storage,
    and second: any Storage,
    journal: Journal,
    policy: SyncPolicy,
    filter: Filter = Filter(),
    host: (any Storage)? = nil
  ) {
    var policy = policy
    policy.twoWay = policy.twoWay ?? Mirror()
    policy.isBack = false
    var filter = filter
    filter.leavesOutPhonesOwn = [first, second].contains { $0.traits.identity.device != nil }
    var forth = SyncRun(from: first, to: second, journal: journal, policy: policy, host: host)
    forth.filter = filter
    policy.isBack = true
    var back = SyncRun(from: second, to: first, journal: journal, policy: policy, host: host)
    back.filter = filter
    (self.forth, self.back) = (forth, back)
  }

  /// For tests.
  init(_ forth: SyncRun, _ back: SyncRun) { (self.forth, self.back) = (forth, back) }

  /// The run in one direction.
  public func run(_ direction: TwoWayPlan.Direction) -> SyncRun { direction == .forth ? forth : back }

  /// Throws ``JournalError/Reason/locked`` while another run of the same two folders goes on, in any process.
  public func checkFree() async throws(JournalError) { try await forth.checkFree() }

  /// Scans both sides, compares the contents of files where nothing else tells what becomes of them, and decides what to
  /// do. Writes nothing. Reports and throws as ``SyncRun/plan(control:report:)`` does; both plans are reported.
  public func plan(
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async throws(SyncError) -> TwoWayPlan {
    let report = forth.inTurn(report)
    let plan = try await draftPlan(control, report)
    report(.planned(plan.forth))
    report(.planned(plan.back))
    return plan
  }

  private func draftPlan(
    announced: TwoWayPlan? = nil,
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void
  ) async throws(SyncError) -> TwoWayPlan {
    let (there, here) = (try await forth.history(), try await back.history())
    do throws(StorageError) {
      let (first, second) = try await forth.scan(there, control, report)
      let journal = forth.journal.id
      let toSecond = try await forth.draft(
        there,
        first.asSource(forth.filter, journal: journal),
        second,
        control,
        report
      )
      let toFirst = try await back.draft(here, second.asSource(back.filter, journal: journal), first, control, report)
      var input = TwoWayPlan.Input(forth: toSecond, back: toFirst, announced: announced)
      while true {
        var plan = TwoWayPlan(input)
        let open = plan.comparisons
        plan.joinUnusedRules()
        if open.isEmpty { return plan }
        for pair in open { input.compared[pair] = try await verdict(on: pair, control, report) }
      }
    } catch { throw .storage(error) }
  }

  private func verdict(
    on pair: Comparison,
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void
  ) async throws(StorageError) -> Comparison.Verdict {
    let passage = Passage(
      source: forth.source,
      destination: forth.destination,
      host: forth.host.map { HostPlace(storage: $0, folder: "compared", control: control) },
      ahead: ReadAhead(from: forth.source.traits, to: forth.destination.traits, digests: false),
      control: control,
      digests: false
    )
    let isYoung = pair.reason != .datesDiffer
    let thoroughness: ContentComparison.Thoroughness =
      forth.policy.checksum || isYoung ? .whole : .forCopies
    let name = TemporaryName.make(journal: forth.journal.id, number: 0)
    var (source, destination) = (pair.source, pair.destination)
    var attempt = 1
    while true {
      try control.check()
      do throws(StorageError) {
        let equal = try await passage.beginning(of: source, in: destination, thoroughness, temporaryName: name)
        return equal == pair.destination.size ? .equal : .different
      } catch {
        if error.recovery == .nextFile, error.reason != .cancelled {
          report(.warning(error.about(pair.source.path)))
          return .unreadable
        }
        guard attempt < Persistence.attempts, error.recovery == .retry || error.recovery == .reopen else { throw error }
        report(.retrying(nil, error, attempt: attempt))
        await Persistence(control: control, report: report, pause: forth.pause).wait(before: attempt)
        attempt += 1
        guard error.recovery == .reopen else { continue }
        try await forth.source.reopen()
        let session = forth.destination.traits.session
        if session == nil || session != forth.source.traits.session { try await forth.destination.reopen() }
        guard let here = try await again(source, in: forth.source),
          let there = try await again(destination, in: forth.destination)
        else { return .unreadable }
        (source, destination) = (here, there)
      }
    }
  }

  /// An entry in a new session; `nil` if it is another one by now.
  private func again(_ entry: Entry, in storage: any Storage) async throws(StorageError) -> Entry? {
    guard let now = try await storage.refresh([entry]).first ?? nil, now.isSame(as: entry) else { return nil }
    return entry.withHandle(now.handle)
  }

  /// Carries a plan out, one direction after the other. Before the second one both sides are scanned again, and of what is
  /// to be done then only that is done which `plan` has announced: with it all that is not up to date any more.
  ///
  /// Reports ``Event/planned(_:)`` and all that ``SyncRun/execute(_:control:report:)`` reports for each direction that has
  /// something to do, or to tell that it could not list, and for the first in any case. A plan with refusals is not carried out.
  public func execute(
    _ plan: TwoWayPlan,
    control: TransferControl,
    report: @escaping @Sendable (TwoWayPlan.Direction, Event) -> Void
  ) async -> Ending {
    let (first, second) = (plan.first, plan.first.other)
    let refusals = plan.forth.refusals + plan.back.refusals
    guard refusals.isEmpty else {
      report(first, .finished(.refused(refusals), Counts()))
      return .refused(refusals)
    }
    report(first, .planned(plan[first]))
    let ending = await run(first).execute(plan[first], control: control) { report(first, $0) }
    guard ending == .done || ending == .someFailed, !plan[second].isIdle || plan[second].hasGaps else { return ending }
    var rest = plan[second]
    if !plan[first].isIdle {
      do throws(SyncError) {
        let fresh = try await draftPlan(announced: plan, control) { event in
          switch event {
          // Nobody needs to hear twice what there is.
          case .scanning, .scanned: break
          default: report(second, event)
          }
        }
        rest = plan.announced(of: fresh, second)
      } catch {
        let ending = error.ending(control)
        report(second, .finished(ending, Counts()))
        return ending
      }
    }
    report(second, .planned(rest))
    let last = await run(second).execute(rest, control: control) { report(second, $0) }
    return last == .done ? ending : last
  }
}

extension SyncError {
  /// How a run ends that cannot look at its folders again.
  fileprivate func ending(_ control: TransferControl) -> Ending {
    switch self {
    case .journal(let error): return .journalFailed(error)
    case .storage(let error):
      if control.isCancelled || error.reason == .cancelled { return .interrupted }
      return error.recovery == .nextFile || error.recovery == .stop ? .notPossible(error) : .notReady(error)
    }
  }
}
