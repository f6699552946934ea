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
      try await journal.intend(batch.filter { !isAnnounced($0) }.map(\.intent), in: ticket)
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
        let next = batch.indices.contains(index + 1) ? batch[index + 1].fileToReadAhead : nil
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
      size: writesFile ? source?.size : nil,
      token: writesFile ? source?.token : nil,
      trueName: target == place ? trueName : nil,
      makesTarget: makesTarget
    )
  }

  private var makesTarget: Bool {
    switch change {
    case .makeFolder, .copyLink, .move: true
    case .copy, .replace, .keepBoth, .compare: writesFile
    case .adopt, .follow, .delete, .skip: false
    }
  }

  var target: RelativePath {
    if case .keepBoth(let other) = change { other } else { place }
  }

  /// Where the file is that has, or gets, the name of the step.
  private var place: RelativePath {
    if case .follow(let other) = change { other } else { path }
  }

  private var writesFile: Bool {
    switch change {
    case .copy, .replace, .keepBoth: true
    case .compare: reason == .unfinished
    case .makeFolder, .copyLink, .adopt, .move, .follow, .delete, .skip: false
    }
  }

  /// The file that the step sends, whatever the destination says.
  var fileToSend: Entry? {
    switch change {
    case .copy, .replace, .keepBoth: source
    case .makeFolder, .copyLink, .adopt, .compare, .move, .follow, .delete, .skip: nil
    }
  }

  /// The file that can be read before its turn comes: from its beginning.
  fileprivate var fileToReadAhead: Entry? { part == nil ? fileToSend : nil }

  /// The step as it turned out: a comparison that found a difference keeps both or replaces, and one that found a part
  /// copies.
  func asTaken(_ stand: Executor.Stand) -> Action {
    guard case .written(let written, _, _) = stand else { return self }
    let path: RelativePath?
    switch change {
    case .compare(let other): path = other
    case .move, .follow: path = nil
    default: return self
    }
    var action = self
    if case .follow = change { action.reason = .missingFromCheckpoint }
    if let path, written.order.path == path {
      action.change = .keepBoth(as: path)
    } else {
      action.change = written.order.replacing == nil ? .copy : .replace
    }
    action.bytes = written.order.size - written.order.resumesAt
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
