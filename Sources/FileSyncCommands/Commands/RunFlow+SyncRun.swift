internal import Storage
internal import SyncEngine

extension RunFlow {
  /// A run with the journal and the host's place of this flow. What phones keep for themselves takes no part in what comes
  /// from one.
  func syncRun(
    from source: any Storage,
    to destination: any Storage,
    _ policy: SyncPolicy,
    _ filter: Filter
  ) -> SyncRun {
    var run = SyncRun(from: source, to: destination, journal: journal, policy: policy, host: host)
    run.filter = filter
    run.filter.leavesOutPhonesOwn = source.traits.identity.device != nil
    return run
  }
}
