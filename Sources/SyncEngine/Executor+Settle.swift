internal import Journal
internal import Storage

extension Executor {
  private struct Pending {
    var index: Int
    var written: Written
    var source: Entry
    var kept: Entry?
  }

  /// Verifies what a batch wrote and gives it its names.
  func settle(_ stands: inout [Taken]) async throws(Stop) {
    var pending: [Pending] = []
    for (index, (_, stand)) in stands.enumerated() {
      guard case .written(let written, let source, let kept) = stand else { continue }
      pending.append(Pending(index: index, written: written, source: source, kept: kept))
    }
    guard !pending.isEmpty else { return }
    let sent = pending.map { stands[$0.index].action.intent }
    try await onRecord { journal, ticket throws(JournalError) in try await journal.markSent(sent, in: ticket) }

    for item in await changedMeanwhile(pending.map(\.source)).map({ pending[$0] }).reversed() {
      try await drop(item, .skipped(.changedSincePlan), &stands)
      pending.removeAll { $0.index == item.index }
    }
    guard !pending.isEmpty else { return }
    // What is whole already is put in place even if the run is being interrupted.
    let persistence = Persistence(control: TransferControl(), report: report, pause: run.pause)
    let results: [Result<Verified, StorageError>]
    do throws(StorageError) {
      let batch = pending.map(\.written)
      results = try await persistence.persist(on: run.destination) { () async throws(StorageError) in
        try await run.destination.verify(batch)
      }
    } catch { return try await fail(pending, error, &stands) }
    var verified: [(item: Pending, verified: Verified)] = []
    for (item, result) in zip(pending, results) {
      switch result {
      case .success(let value): verified.append((item, value))
      case .failure(let error): try await drop(item, .failed(error.about(item.written.order.path)), &stands)
      }
    }
    try await commit(verified, &stands)
  }

  private func commit(
    _ verified: [(item: Pending, verified: Verified)],
    _ stands: inout [Taken]
  ) async throws(Stop) {
    guard !verified.isEmpty else { return }
    let results: [Result<Entry, StorageError>]
    do throws(StorageError) {
      results = try await run.destination.commit(verified.map(\.verified))
    } catch { return try await fail(verified.map(\.item), error, &stands) }
    var fatal: StorageError?
    for ((item, verified), result) in zip(verified, results) {
      switch result {
      case .success(let entry):
        let action = stands[item.index].action
        stands[item.index].stand = done(action, entry, verified.times, from: item.source, isOurs: true)
      case .failure(let error):
        // Someone put a file there, or changed the one there, after the scan: theirs stays.
        let isTheirs = error.reason == .alreadyExists || error.reason == .changed
        if error.reason == .noSpace || error.recovery == .reopen { fatal = error }
        let outcome: Outcome =
          isTheirs ? .skipped(.changedSincePlan) : .failed(error.about(item.written.order.path))
        try await drop(item, outcome, &stands)
      }
    }
    if let fatal { throw Stop(ending: ending(for: fatal)) }
  }

  /// Gives up what was sent and cannot be put in place.
  private func fail(_ items: [Pending], _ error: StorageError, _ stands: inout [Taken]) async throws(Stop) {
    for item in items {
      let outcome = Outcome.failed(error.about(item.written.order.path))
      if error.recovery == .nextFile {
        try await drop(item, outcome, &stands)
      } else {
        stands[item.index].stand = .open(outcome)
      }
    }
    if error.recovery != .nextFile { throw Stop(ending: ending(for: error)) }
  }

  /// Removes what was sent, and has the version be there again that it was to replace. Where that cannot be done now,
  /// the next run has to.
  private func drop(_ item: Pending, _ outcome: Outcome, _ stands: inout [Taken]) async throws(Stop) {
    let action = stands[item.index].action
    var isOpen = false
    do throws(StorageError) {
      try await run.destination.discard(item.written)
    } catch { isOpen = item.written.temporary.path == item.written.order.path }
    if let kept = item.kept, try await !putBack(action, kept) { isOpen = true }
    stands[item.index].stand = isOpen ? .open(outcome) : action.ended(outcome)
  }

  /// Which of the sources were changed while they were read. A device is not asked: that would cost more than the file,
  /// and the length of what arrived was compared already.
  private func changedMeanwhile(_ sources: [Entry]) async -> [Int] {
    guard run.source.traits.identity.device == nil, !sources.isEmpty else { return [] }
    guard let now = try? await run.source.refresh(sources) else { return [] }
    return zip(sources, now).enumerated().compactMap { index, pair in
      pair.1?.isSame(as: pair.0) ?? false ? nil : index
    }
  }
}
