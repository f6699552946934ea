internal import Journal
internal import Storage

extension Executor {
  /// How a step of a batch stands before the batch is settled.
  enum Stand {
    /// Its bytes are in a temporary, read from the entry given. `kept` is the copy on this computer of what it replaces.
    case written(Written, from: Entry, kept: Entry?)
    case ended(Outcome, StepEnd)
    /// Ended for this run, and open in the journal: the next run has to look what it left.
    case open(Outcome)
  }

  typealias Taken = (action: Action, stand: Stand)

  /// Takes the steps of a batch. What was written when something stops the run is still put in place and recorded.
  mutating func perform(_ batch: [Action]) async throws(Stop) {
    guard !batch.isEmpty else { return }
    try await onRecord { journal, ticket throws(JournalError) in
      try await journal.intend(batch.map(\.intent), in: ticket)
    }
    var batch = batch
    var known = 0
    var stands: [Taken] = []
    var stop: Stop?
    for index in batch.indices {
      do throws(Stop) {
        guard !control.isCancelled else { throw Stop(ending: .interrupted) }
        if reopens != known {
          try await refresh(&batch[index...])
          known = reopens
        }
        let action = batch[index]
        let next = batch.indices.contains(index + 1) ? batch[index + 1].fileToSend : nil
        await readAhead.prepare(for: action.fileToSend, next: next)
        report(.began(action.id))
        progress.begin(action.id, at: control.bytes)
        let stand = try await take(action, source: action.source)
        stands.append((action.asTaken(stand), stand))
        progress.end()
      } catch {
        progress.end()
        stop = error
        break
      }
    }
    await readAhead.drop()
    do throws(Stop) {
      try await settle(&stands)
    } catch { stop = stop ?? error }
    try await record(stands)
    if let stop { throw stop }
  }

  /// Finds the entries of steps again whose handles are void since a reopening: all at once, so that it costs a listing
  /// for each folder and not for each file. What is gone from the source or changed has none then.
  private func refresh(_ actions: inout ArraySlice<Action>) async throws(Stop) {
    let sources = actions.map(\.source)
    let destinations = actions.map(\.destination)
    let now = (
      try await refreshed(sources, on: run.source), try await refreshed(destinations, on: run.destination)
    )
    for (offset, index) in actions.indices.enumerated() {
      actions[index].source = now.0[offset]
      // One that changed is told by its token when it is to be replaced.
      actions[index].destination = now.1[offset] ?? destinations[offset]
    }
  }

  private func refreshed(_ entries: [Entry?], on storage: any Storage) async throws(Stop) -> [Entry?] {
    let known = entries.compactMap(\.self)
    guard !known.isEmpty else { return entries }
    do throws(StorageError) {
      let found = try await persistence.persist(on: storage) { () async throws(StorageError) in
        try await storage.refresh(known)
      }
      var next = found.makeIterator()
      return entries.map { entry in
        guard let entry, let now = next.next() ?? nil else { return nil }
        return now.isSame(as: entry) ? entry.withHandle(now.handle) : nil
      }
    } catch { throw Stop(ending: ending(for: error)) }
  }

  private struct Pending {
    var index: Int
    var written: Written
    var source: Entry
    var kept: Entry?
  }

  /// Verifies what a batch wrote and gives it its names.
  private func settle(_ stands: inout [Taken]) async throws(Stop) {
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

  /// Puts the ends of a batch on record, then reports them.
  private mutating func record(_ stands: [Taken]) async throws(Stop) {
    var ends: [StepEnd] = []
    for case (_, .ended(_, let end)) in stands { ends.append(end) }
    if !ends.isEmpty {
      let recorded = ends
      try await onRecord { journal, ticket throws(JournalError) in try await journal.record(recorded, in: ticket) }
    }
    for (action, stand) in stands {
      switch stand {
      case .ended(let outcome, _), .open(let outcome): end(action, outcome)
      case .written: break
      }
    }
  }

  func onRecord(_ body: (Journal, RunTicket) async throws(JournalError) -> Void) async throws(Stop) {
    do throws(JournalError) {
      try await body(run.journal, ticket)
    } catch { throw Stop(ending: .journalFailed(error)) }
  }
}

extension Action {
  /// What the journal keeps of the step.
  var intent: Intent {
    Intent(
      sequence: id,
      change: change.word,
      reason: reason.rawValue,
      path: source?.path ?? path,
      target: target,
      size: writesFile ? source?.size : nil
    )
  }

  private var target: RelativePath {
    if case .keepBoth(let other) = change { other } else { path }
  }

  private var writesFile: Bool {
    switch change {
    case .copy, .replace, .keepBoth: true
    case .compare: reason == .unfinished
    case .makeFolder, .copyLink, .adopt, .skip: false
    }
  }

  /// The file that the step sends, whatever the destination says.
  var fileToSend: Entry? {
    switch change {
    case .copy, .replace, .keepBoth: source
    case .makeFolder, .copyLink, .adopt, .compare, .skip: nil
    }
  }

  /// The step as it turned out: a comparison that found a difference keeps both, and one that found a part copies.
  func asTaken(_ stand: Executor.Stand) -> Action {
    guard case .compare(let path) = change, case .written(let written, _, _) = stand else { return self }
    var action = self
    action.change = written.order.path == path ? .keepBoth(as: path) : .copy
    action.bytes = written.order.size
    return action
  }

  /// A step that left nothing to remember.
  func ended(_ outcome: Outcome) -> Executor.Stand {
    switch outcome {
    case .done: .ended(outcome, StepEnd(intent: intent, phase: .done))
    case .skipped(let reason): .ended(outcome, StepEnd(intent: intent, phase: .skipped, code: reason.rawValue))
    case .failed(let error): .ended(outcome, StepEnd(intent: intent, phase: .failed, code: error.reason.rawValue))
    }
  }
}

extension Entry {
  /// Whether this is still the file that `other` was, as far as tokens can tell.
  func isSame(as other: Entry) -> Bool { kind == other.kind && size == other.size && token == other.token }

  func withHandle(_ handle: Handle?) -> Entry {
    var entry = self
    entry.handle = handle
    return entry
  }
}
