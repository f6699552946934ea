public import Storage
public import SyncEngine

extension SyncRun {
  /// Carries a plan out as ``execute(_:control:report:)`` does, and tells of it in a sequence: from
  /// ``Event/started(run:resumes:)`` to ``Event/finished(_:_:)``, after which it ends.
  ///
  /// The run begins at once. Whoever leaves the sequence early, or whose task is cancelled, stops it, as `control` does: what
  /// is done stays done, and the next run goes on from there. Each call is a run of its own.
  public func events(of plan: Plan, control: TransferControl = TransferControl()) -> AsyncStream<Event> {
    AsyncStream { events in
      events.onTermination = { if case .cancelled = $0 { control.cancel() } }
      Task {
        _ = await execute(plan, control: control) { events.yield($0) }
        events.finish()
      }
    }
  }
}
