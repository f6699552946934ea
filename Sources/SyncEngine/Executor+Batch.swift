internal import Journal
internal import Storage

extension Executor {
  /// How a step of a batch stands before the batch is settled.
  enum Stand {
    /// Its bytes are in a temporary, read from the entry given.
    case written(Written, from: Entry)
    case ended(Outcome, StepEnd)
  }

  /// Takes the steps of a batch. What was written when something stops the run is still put in place and recorded.
  mutating func perform(_ batch: [Action]) async throws(Stop) {
    guard !batch.isEmpty else { return }
    try await onRecord { journal, ticket throws(JournalError) in
      try await journal.intend(batch.map(\.intent), in: ticket)
    }
    let sources = try await currentSources(of: batch)
    var stands: [(action: Action, stand: Stand)] = []
    var stop: Stop?
    for (action, source) in zip(batch, sources) {
      do throws(Stop) {
        guard !control.isCancelled else { throw Stop(ending: .interrupted) }
        report(.began(action.id))
        progress.begin(action.id, at: control.bytes)
        let stand = try await take(action, source: source)
        stands.append((action.asTaken(stand), stand))
        progress.end()
      } catch {
        progress.end()
        stop = error
        break
      }
    }
    do throws(Stop) {
      try await settle(&stands)
    } catch { stop = stop ?? error }
    try await record(stands)
    if let stop { throw stop }
  }

  /// The sources of a batch as their session knows them now. Handles void since a reopening are found again, all at
  /// once, so that it costs a listing for each folder and not for each file.
  private func currentSources(of batch: [Action]) async throws(Stop) -> [Entry?] {
    let scanned = batch.map(\.source)
    guard handlesAreVoid else { return scanned }
    do throws(StorageError) {
      let found = try await persistence.persist(on: run.source) { () async throws(StorageError) in
        try await run.source.refresh(scanned.compactMap(\.self))
      }
      var next = found.makeIterator()
      return scanned.map { entry in
        guard let entry, let now = next.next() ?? nil else { return nil }
        return now.isSame(as: entry) ? entry.withHandle(now.handle) : nil
      }
    } catch { throw Stop(ending: ending(for: error)) }
  }

  /// Verifies what a batch wrote and gives it its names.
  private func settle(_ stands: inout [(action: Action, stand: Stand)]) async throws(Stop) {
    var pending: [(index: Int, written: Written, source: Entry)] = []
    for (index, (_, stand)) in stands.enumerated() {
      if case .written(let written, let source) = stand { pending.append((index, written, source)) }
    }
    func fail(_ item: (index: Int, written: Written, source: Entry), _ outcome: Outcome) {
      stands[item.index].stand = stands[item.index].action.ended(outcome)
    }
    func drop(_ item: (index: Int, written: Written, source: Entry), _ outcome: Outcome) async {
      // What cannot be removed now is a leftover for the next run.
      try? await run.destination.discard(item.written)
      fail(item, outcome)
    }

    for item in await changedMeanwhile(pending.map(\.source)).map({ pending[$0] }).reversed() {
      await drop(item, .skipped(.changedSincePlan))
      pending.removeAll { $0.index == item.index }
    }
    guard !pending.isEmpty else { return }
    // What is whole already is put in place even if the run is being interrupted.
    let persistence = Persistence(control: TransferControl(), report: report, pause: run.pause)
    var verified: [(index: Int, written: Written, source: Entry, verified: Verified)] = []
    do throws(StorageError) {
      let batch = pending.map(\.written)
      let results = try await persistence.persist(on: run.destination) { () async throws(StorageError) in
        try await run.destination.verify(batch)
      }
      for (item, result) in zip(pending, results) {
        switch result {
        case .success(let value): verified.append((item.index, item.written, item.source, value))
        case .failure(let error): await drop(item, .failed(error.about(item.written.order.path)))
        }
      }
    } catch {
      for item in pending { await drop(item, .failed(error.about(item.written.order.path))) }
      if error.recovery != .nextFile { throw Stop(ending: ending(for: error)) }
      return
    }
    guard !verified.isEmpty else { return }
    do throws(StorageError) {
      let results = try await run.destination.commit(verified.map(\.verified))
      var full: StorageError?
      for (item, result) in zip(verified, results) {
        switch result {
        case .success(let entry):
          stands[item.index].stand = done(stands[item.index].action, entry, item.verified.times, from: item.source)
        case .failure(let error):
          // Someone put a file there, or changed the one there, after the scan: theirs stays.
          let isTheirs = error.reason == .alreadyExists || error.reason == .changed
          if error.reason == .noSpace { full = error }
          await drop(
            (item.index, item.written, item.source),
            isTheirs ? .skipped(.changedSincePlan) : .failed(error.about(item.written.order.path))
          )
        }
      }
      if let full { throw full }
    } catch {
      for item in verified {
        if case .written = stands[item.index].stand {
          fail((item.index, item.written, item.source), .failed(error.about(item.written.order.path)))
        }
      }
      if error.recovery != .nextFile { throw Stop(ending: ending(for: error)) }
    }
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
  private mutating func record(_ stands: [(action: Action, stand: Stand)]) async throws(Stop) {
    var ends: [StepEnd] = []
    for case (_, .ended(_, let end)) in stands { ends.append(end) }
    guard !ends.isEmpty else { return }
    let recorded = ends
    try await onRecord { journal, ticket throws(JournalError) in try await journal.record(recorded, in: ticket) }
    for case (let action, .ended(let outcome, _)) in stands { end(action, outcome) }
  }

  private func onRecord(_ body: (Journal, RunTicket) async throws(JournalError) -> Void) async throws(Stop) {
    do throws(JournalError) {
      try await body(run.journal, ticket)
    } catch { throw Stop(ending: .journalFailed(error)) }
  }
}

extension Action {
  /// What the journal keeps of the step.
  var intent: Intent {
    Intent(sequence: id, change: change.word, reason: reason.rawValue, path: source?.path ?? path)
  }

  /// The step as it turned out: a comparison that found a difference keeps both.
  func asTaken(_ stand: Executor.Stand) -> Action {
    guard case .compare(let path?) = change, case .written(let written, _) = stand else { return self }
    var action = self
    action.change = .keepBoth(as: path)
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
