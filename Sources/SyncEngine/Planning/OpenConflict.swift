public import Storage

/// Two versions of a file, or of a link, of which a plan keeps both or leaves one out, since nothing says which one counts:
/// what a user can be asked about.
public struct OpenConflict: Sendable {
  public let reason: Reason
  public let source: Entry
  public let destination: Entry
  /// Whether the source has the later date; `nil` if both have the same, or nobody knows.
  public let isSourceNewer: Bool?
}

extension SyncRun {
  /// The conflicts in a plan, in its order, under a policy that keeps both. Two files of one size may be equal: of these the
  /// ends are compared, and where they are the same the run, which compares all, decides. Where they cannot be read, the file
  /// counts as a conflict. Throws `cancelled`, and what makes all further reading useless.
  public func openConflicts(
    in plan: Plan,
    _ control: TransferControl
  ) async throws(StorageError) -> [OpenConflict] {
    let precision = DatePrecision(source.traits.times, destination.traits.times)
    var conflicts: [OpenConflict] = []
    for action in plan.actions where action.mayBeConflict {
      try control.check()
      guard let file = action.source, let old = action.destination else { continue }
      if case .compare = action.change, try await haveEqualEnds(file, old, control) { continue }
      conflicts.append(
        OpenConflict(
          reason: action.reason,
          source: file,
          destination: old,
          isSourceNewer: policy.isNewer(file, than: old, precision)
        )
      )
    }
    return conflicts
  }

  private func haveEqualEnds(
    _ file: Entry,
    _ old: Entry,
    _ control: TransferControl
  ) async throws(StorageError) -> Bool {
    let isOneDevice = source.traits.session != nil && source.traits.session == destination.traits.session
    guard let size = file.size, size == old.size, !isOneDevice,
      [source, destination].allSatisfy({ $0.traits.capabilities.contains(.partialRead) })
    else { return false }
    let comparison = ContentComparison(
      source: source,
      destination: destination,
      thoroughness: .forConflicts,
      control: control
    )
    do throws(StorageError) {
      return try await comparison.areEqual(file, old, size: size)
    } catch {
      guard error.recovery == .nextFile || error.recovery == .retry else { throw error }
      return false
    }
  }
}

extension TwoWaySync {
  /// The conflicts in a plan under a policy that keeps both, as the first folder's version and the second's; contents were
  /// compared when it was made.
  public func openConflicts(in plan: TwoWayPlan) -> [OpenConflict] {
    let run = run(.forth)
    let precision = DatePrecision(run.source.traits.times, run.destination.traits.times)
    let (aside, others) = (plan[plan.first].setAside, plan[plan.first.other].actions)
    let versions = Dictionary(others.compactMap { step in step.source.map { ($0.path, $0) } }) { first, _ in first }
    var conflicts = aside.compactMap { one -> OpenConflict? in
      guard let other = versions[one.other] else { return nil }
      let (source, destination) = plan.first == .forth ? (one.entry, other) : (other, one.entry)
      return OpenConflict(
        reason: one.reason,
        source: source,
        destination: destination,
        isSourceNewer: run.policy.isNewer(source, than: destination, precision)
      )
    }
    for action in plan.forth.actions where action.change == .skip && action.isUndecided {
      guard let source = action.source, let destination = action.destination else { continue }
      conflicts.append(
        OpenConflict(
          reason: action.reason,
          source: source,
          destination: destination,
          isSourceNewer: run.policy.isNewer(source, than: destination, precision)
        )
      )
    }
    return conflicts.sorted { $0.source.path < $1.source.path }
  }
}

extension Action {
  /// Whether both versions stay as they are, since nobody said which one counts.
  fileprivate var isUndecided: Bool {
    switch reason {
    case .notRenamable: true
    case .changedOnBoth, .differsUnrecorded: source?.kind != .file && destination != nil
    default: false
    }
  }

  /// Whether nothing but a policy decides about the step.
  fileprivate var mayBeConflict: Bool {
    switch (change, reason) {
    case (.keepBoth, .changedOnBoth), (.keepBoth, .differsUnrecorded): true
    case (.compare(keepBothAs: .some), .changedOnBoth), (.compare(keepBothAs: .some), .datesDiffer): true
    case (.skip, _): isUndecided
    default: false
    }
  }
}
