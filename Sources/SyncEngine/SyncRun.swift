internal import Foundation
public import Journal
public import Storage
internal import Synchronization

/// Why a run could not be planned.
public enum SyncError: Error, Hashable, Sendable {
  case storage(StorageError)
  case journal(JournalError)
}

/// One run that brings a destination up to date with a source: plan first, then execute.
public struct SyncRun: Sendable {
  public let source: any Storage
  public let destination: any Storage
  public let journal: Journal
  public let policy: SyncPolicy
  /// What of the source is meant; `nil` for all of it.
  public var selection: Selection?
  /// What of that the user left out.
  public var filter = Filter()
  /// A folder of this computer for what a destination cannot keep itself: versions that are replaced on a device, or on
  /// another file system within it, below a folder for each run, and files on their way between two places of one
  /// device. Without it neither can be done.
  public let host: (any Storage)?
  /// This computer's clock, which may be wrong, and jump.
  var now: @Sendable () -> Date = { Date() }
  /// See ``Persistence/pause``; none in tests.
  var pause = Duration.milliseconds(200)

  public init(
    from source: any Storage,
    to destination: any Storage,
    journal: Journal,
    policy: SyncPolicy,
    host: (any Storage)? = nil
  ) {
    self.host = host
    self.source = source
    self.destination = destination
    self.journal = journal
    self.policy = policy
  }

  /// Throws ``JournalError/Reason/locked`` while another run of the same two folders goes on, in any process.
  public func checkFree() async throws(JournalError) {
    try await journal.checkFree(from: source.traits.identity, to: destination.traits.identity)
  }

  /// Scans both sides, at the same time if they are different devices, and decides what to do. Writes nothing, neither
  /// to the storages nor to the journal.
  ///
  /// Reports ``Event/scanning(_:entries:at:)``, ``Event/retrying(_:_:attempt:)``, ``Event/warning(_:)``,
  /// ``Event/scanned(_:entries:unlisted:)`` and ``Event/planned(_:)``, from several threads but one after the other.
  /// Throws what a storage threw whose root cannot be listed, or that needs the user; or what the journal threw.
  public func plan(
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async throws(SyncError) -> Plan {
    let report = inTurn(report)
    let history = try await history()
    do throws(StorageError) {
      let (sourceTree, destinationTree) = try await scan(history, control, report)
      let draft = try await draft(history, sourceTree, destinationTree, control, report)
      let plan = draft.plan()
      report(.planned(plan))
      return plan
    } catch { throw .storage(error) }
  }

  /// What the journal knows of the two.
  func history() async throws(SyncError) -> History {
    do throws(JournalError) {
      return try await journal.history(
        from: source.traits.identity,
        to: destination.traits.identity,
        disk: destination.traits.disk
      )
    } catch { throw .journal(error) }
  }

  /// All that a plan is made of.
  struct Draft: Sendable {
    var input: Planner.Input
    var gone = Plan.Gone()
    var followed = Plan.Followed()

    func plan() -> Plan {
      var plan = Planner.plan(input)
      plan.gone = gone
      plan.followed = followed
      return plan
    }
  }

  /// Gives two trees what is on record of them. The source has no part in it yet that a filter leaves out by its path.
  func draft(
    _ history: History,
    _ sourceTree: Tree,
    _ destinationTree: Tree,
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void
  ) async throws(StorageError) -> Draft {
    var (history, sourceTree, destinationTree) = (history, sourceTree, destinationTree)
    let gone = dropStaleNames(&history, sourceTree, destinationTree)
    var copies = Plan.MovedCopies()
    // Of what was chosen the trees have nothing else.
    if selection == nil {
      copies = history.followLastCopies(
        source: (sourceTree, NameFolding(isCaseSensitive: source.traits.names.isCaseSensitive)),
        destination: (destinationTree, destinationFolding)
      )
    }
    let here = history.followTruths(.source, in: &sourceTree, source.traits)
    let there = history.followTruths(.destination, in: &destinationTree, destination.traits)
    if here.isMisread { try await source.forgetZone() }
    if there.isMisread { try await destination.forgetZone() }
    sourceTree.restoreTimes(history.sourceTruths, source.traits)
    destinationTree.restoreTimes(history.destinationTruths, destination.traits)
    sourceTree.leaveOut(by: filter, doubt: source.traits.doubt)
    sourceTree.leaveOutFolders(excludedAt: destinationTree, destinationFolding)
    let persistence = Persistence(control: control, report: report, pause: pause)
    let space = try await persistence.persist(on: destination) { () async throws(StorageError) in
      try await destination.space()
    }
    var spaceBelow: [RelativePath: StorageSpace] = [:]
    for folder in destinationTree.volumes.tops.keys {
      // A disk that does not tell is nothing that a run has to be refused for.
      spaceBelow[folder] = (try? await destination.space(in: folder)) ?? nil
    }
    for warning in history.lostVersions(source: sourceTree, destination: destinationTree, host) {
      report(.warning(warning))
    }
    let input = Planner.Input(
      source: sourceTree,
      destination: destinationTree,
      history: history,
      policy: policy,
      sourceTraits: source.traits,
      destinationTraits: destination.traits,
      space: space,
      spaceBelow: spaceBelow,
      selection: selection,
      filter: filter,
      hasHost: host != nil,
      leftovers: destinationTree.temporaries.filter { TemporaryName.matches($0.path.name, journal: journal.id) }
    )
    let followed = Plan.Followed(source: here.truths, destination: there.truths, copies: copies)
    return Draft(input: input, gone: gone, followed: followed)
  }

  /// Carries a plan out and records every step. All that is done at an interruption stays done, and the next run goes
  /// on from there.
  ///
  /// Reports everything from ``Event/started(run:resumes:)`` to ``Event/finished(_:_:)``, from several threads but one
  /// after the other. The last event is always the latter and carries the ending that is returned. A plan with refusals
  /// is not carried out.
  public func execute(
    _ plan: Plan,
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async -> Ending {
    if plan.refusals.isEmpty {
      // A journal that takes no changes also ends the run, which tells of it.
      try? await journal.forgetNames(plan.gone.source, in: source.traits.identity)
      try? await journal.forgetNames(plan.gone.destination, in: destination.traits.identity)
      try? await journal.follow(plan.followed.source, in: source.traits.identity)
      try? await journal.follow(plan.followed.destination, in: destination.traits.identity)
      try? await journal.followFreed(plan.followed.copies.source, in: source.traits.identity)
      try? await journal.followFreed(plan.followed.copies.destination, in: destination.traits.identity)
      try? await journal.unfree(plan.notFreed, from: source.traits.identity, to: destination.traits.identity)
      try? await journal.confirm(plan.confirmed, in: destination.traits.identity)
    }
    let ending = await Executor.execute(plan, of: self, control: control, report: inTurn(report))
    // Else the next run sees the same.
    let missing = ending == .done ? plan.missingCopies : []
    let back = plan.refusals.isEmpty ? plan.copiesThatAreBack : []
    try? await journal.note(missing: missing, found: back, in: destination.traits.identity)
    return ending
  }

  /// Scans both sides, at the same time if they are different devices.
  func scan(
    _ history: History,
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void
  ) async throws(StorageError) -> (source: Tree, destination: Tree) {
    let session = source.traits.session
    guard session == nil || session != destination.traits.session else {
      return (
        try await scan(source, .source, history, control, report),
        try await scan(destination, .destination, history, control, report)
      )
    }
    async let scanned = result(of: source, .source, history, control, report)
    let other = await result(of: destination, .destination, history, control, report)
    return (try await scanned.get(), try other.get())
  }

  private func result(
    of storage: any Storage,
    _ side: Side,
    _ history: History,
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void
  ) async -> Result<Tree, StorageError> {
    do throws(StorageError) {
      return .success(try await scan(storage, side, history, control, report))
    } catch { return .failure(error) }
  }

  private func scan(
    _ storage: any Storage,
    _ side: Side,
    _ history: History,
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void
  ) async throws(StorageError) -> Tree {
    let persistence = Persistence(control: control, report: report, pause: pause)
    var scan = Scan(storage: storage, side: side, now: now, persistence: persistence, report: report)
    scan.scope = scope(side, history)
    scan.isBoth = policy.twoWay != nil
    // At the destination names may be others: files that are left out are known there, or new ones could take their
    // place.
    if side == .source, !scan.isBoth { scan.filter = filter } else { scan.filterThere = filter }
    scan.names = side == .source ? history.sourceNames : history.destinationNames
    scan.foldersOnRecord = foldersOnRecord(side, history)
    let tree = try await scan.run()
    report(.scanned(side, entries: tree.entries, unlisted: tree.unlisted))
    return tree
  }

  /// Folders with last copies in them, or with copies of what takes part, as where somebody has sorted files into them.
  private func foldersOnRecord(_ side: Side, _ history: History) -> Set<RelativePath> {
    var paths = Array(side == .destination ? history.freed.keys : history.freedHere.keys)
    if !filter.rules.isEmpty {
      let takesPart = filter.part(of: history.records.map { side == .destination ? $0.path : $0.destinationPath })
      for (record, takesPart) in zip(history.records, takesPart) where takesPart {
        paths.append(side == .destination ? record.destinationPath : record.path)
      }
    }
    var folders: Set<RelativePath> = []
    for path in paths {
      var folder = path.parent
      while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
    }
    return folders
  }

  private func scope(_ side: Side, _ history: History) -> ScanScope? {
    guard side == .destination else { return selection?.atSource }
    return selection?.atDestination(destinationFolding, destination.traits.names, history)
  }

  private var destinationFolding: NameFolding {
    NameFolding(isCaseSensitive: destination.traits.names.isCaseSensitive)
  }

  private func dropStaleNames(_ history: inout History, _ sourceTree: Tree, _ destinationTree: Tree) -> Plan.Gone {
    let folding = NameFolding(isCaseSensitive: source.traits.names.isCaseSensitive)
    // The scans looked for these before.
    let (here, there) = (scope(.source, history), scope(.destination, history))
    let goesByRecord = policy.keepsRecord
    return Plan.Gone(
      source: history.dropStaleNames(.source, by: sourceTree, here, folding, goesByRecord: goesByRecord),
      destination: history.dropStaleNames(
        .destination,
        by: destinationTree,
        there,
        destinationFolding,
        goesByRecord: goesByRecord
      )
    )
  }

  /// Has the reports of several threads follow one another.
  func inTurn(_ report: @escaping @Sendable (Event) -> Void) -> @Sendable (Event) -> Void {
    let turn = Turn()
    return { event in turn.lock.withLock { _ in report(event) } }
  }
}

extension History {
  /// Tells of versions that an interrupted run took from the destination to replace them, where the source has nothing
  /// any more that would take their place.
  fileprivate func lostVersions(source: Tree, destination: Tree, _ host: (any Storage)?) -> [StorageError] {
    let kept = unfinished.filter { $0.value.kept != nil }
    guard !kept.isEmpty, let host else { return [] }
    let (here, there) = (Set(source.entries.map(\.path)), Set(destination.entries.map(\.path)))
    return kept.sorted { $0.key < $1.key }.compactMap { path, step in
      guard let target = step.target, let copy = step.kept, !here.contains(path), !there.contains(target),
        // Where nobody has looked, nothing is known to be gone.
        !source.isFiltered(path), !destination.isFiltered(target)
      else { return nil }
      let cause = "An interrupted run was replacing this file, which is gone now; its old version is in"
      return StorageError(.notFound, .nextFile, path: target, cause: "\(cause) \(host.traits.name)/\(copy)")
    }
  }
}

private final class Turn: Sendable {
  let lock = Mutex(())
}
