public import Journal
public import Storage

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

  public init(from source: any Storage, to destination: any Storage, journal: Journal, policy: SyncPolicy) {
    self.source = source
    self.destination = destination
    self.journal = journal
    self.policy = policy
  }

  /// Scans both sides and decides what to do. Writes nothing, neither to the storages nor to the journal.
  ///
  /// Reports ``Event/scanning(_:entries:at:)``, ``Event/retrying(_:_:attempt:)``,
  /// ``Event/scanned(_:entries:unlisted:)`` and ``Event/planned(_:)``.
  /// - Parameter report: called from several threads, never at the same time.
  public func plan(
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async throws(SyncError) -> Plan {
    Plan(actions: [])
  }

  /// Carries a plan out and records every step. All that is done at an interruption stays done, and the next run goes
  /// on from there.
  ///
  /// Reports everything from ``Event/started(run:resumes:)`` to ``Event/finished(_:_:)``, which comes last, always.
  /// A plan with refusals is not carried out.
  /// - Parameter report: called from several threads, never at the same time.
  /// - Returns: the same ending that the last event carries.
  public func execute(
    _ plan: Plan,
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async -> Ending {
    .done
  }
}
