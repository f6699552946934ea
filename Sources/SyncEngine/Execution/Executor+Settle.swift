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
  mutating func settle(_ stands: inout [Taken]) async throws(Stop) {
    var pending: [Pending] = []
    for (index, (_, stand)) in stands.enumerated() {
      guard case .written(let written, let source, let kept) = stand else { continue }
      pending.append(Pending(index: index, written: written, source: source, kept: kept))
    }
    guard !pending.isEmpty else { return }
    let sent = pending.map { stands[$0.index].action.intent }
    try await onRecord { journal, ticket throws(JournalError) in try await journal.markSent(sent, in: ticket) }

    for item in await changedMeanwhile(pending.map(\.source)).map({ pending[$0] }).reversed() {
      try await drop(item, .skipped(.changedSincePlan), isOurs: await run.destination.holds(item.written), &stands)
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
    var full: StorageError?
    for (item, result) in zip(pending, results) {
      switch result {
      case .success(let value): verified.append((item, value))
      case .failure(let error):
        let error = error.about(item.written.order.path)
        if error.reason == .noSpace { full = error }
        try await drop(item, .failed(error), &stands)
      }
    }
    try await commit(verified, persistence, &stands)
    if let full { throw Stop(ending: ending(for: full)) }
  }

  private mutating func commit(
    _ verified: [(item: Pending, verified: Verified)],
    _ persistence: Persistence,
    _ stands: inout [Taken]
  ) async throws(Stop) {
    guard !verified.isEmpty else { return }
    var batch = verified.map(\.verified)
    var results = [Result<Entry, StorageError>?](repeating: nil, count: batch.count)
    var isRepeated = false
    var lost: StorageError?
    do throws(StorageError) {
      try await persistence.persist(on: run.destination) { () async throws(StorageError) in
        if isRepeated { try await look(again: &batch, &results) }
        isRepeated = true
        let left = results.indices.filter { results[$0] == nil }
        guard !left.isEmpty else { return }
        let ends = try await run.destination.commit(left.map { batch[$0] })
        var dead: StorageError?
        for (index, end) in zip(left, ends) {
          if case .failure(let error) = end, error.recovery == .reopen { dead = error } else { results[index] = end }
        }
        if let dead { throw dead }
      }
    } catch { lost = error }
    var verified = verified
    for index in results.indices {
      guard case .failure(let error)? = results[index], error.reason == .unsupported else { continue }
      results[index] = try await commitKeepingHere(&verified[index], batch[index], stands) ?? results[index]
    }
    try await end(verified, results, &stands)
    let rest = results.indices.filter { results[$0] == nil }.map { verified[$0].item }
    if let lost { try await fail(rest, lost, &stands) }
  }

  /// Puts a file in place whose old version cannot get into the vault, once that is on this computer.
  /// - Returns: `nil` if that is nothing that helps.
  private mutating func commitKeepingHere(
    _ file: inout (item: Pending, verified: Verified),
    _ verified: Verified,
    _ stands: [Taken]
  ) async throws(Stop) -> Result<Entry, StorageError>? {
    guard let old = verified.written.order.replacing, verified.written.order.keepOldAs != nil else { return nil }
    do throws(Failed) {
      file.item.kept = try await keepHere(old, stands[file.item.index].action)
    } catch {
      guard case .run(let stop) = error else { return nil }
      throw stop
    }
    outOfReach.insert(old.path)
    file.item.written.order.keepOldAs = nil
    var again = verified
    again.written.order.keepOldAs = nil
    do throws(StorageError) {
      return .success(try single(await run.destination.commit([again])))
    } catch { return .failure(error) }
  }

  /// Looks, in a new session, how far a commit got that the last one did not live to the end of: which files have their
  /// names, and whose old versions have gone already.
  private func look(
    again batch: inout [Verified],
    _ results: inout [Result<Entry, StorageError>?]
  ) async throws(StorageError) {
    let places = batch.map { Entry(path: $0.written.order.path, kind: .file) }
    let found = try await run.destination.refresh(batch.map(\.written.temporary) + places)
    for (index, pair) in zip(found.prefix(batch.count), found.dropFirst(batch.count)).enumerated()
    where results[index] == nil {
      let (temporary, there) = pair
      let written = batch[index].written
      let hasItsName = written.temporary.path == written.order.path
      if let there, there.isSame(as: written.temporary), hasItsName || temporary == nil {
        results[index] = .success(there)
      } else if hasItsName {
        let cause = "After the device was lost it is not there as it was sent"
        results[index] = .failure(StorageError(.verificationFailed, .nextFile, path: written.order.path, cause: cause))
      } else if there == nil {
        // Between its two names.
        batch[index].written.order.replacing = nil
        batch[index].written.order.keepOldAs = nil
      }
    }
  }

  /// Takes the ends of what was put in place, or could not be.
  private mutating func end(
    _ verified: [(item: Pending, verified: Verified)],
    _ results: [Result<Entry, StorageError>?],
    _ stands: inout [Taken]
  ) async throws(Stop) {
    var fatal: StorageError?
    for ((item, verified), result) in zip(verified, results) {
      switch result {
      case .success(let entry):
        let action = stands[item.index].action
        var stand = done(
          action,
          entry,
          verified.times,
          from: item.source,
          isOurs: true,
          digest: verified.written.digest
        )
        // What is on record of the old version goes with it.
        if let place = item.written.order.keepOldAs, case .ended(let outcome, var end) = stand {
          end.removal = .replaced(to: place)
          stand = .ended(outcome, end)
        }
        stands[item.index].stand = stand
        if verified.written.digest != nil {
          counts.verified += 1
          report(.verified(action.id))
        }
        if let kept = item.kept, !run.policy.keepsOldVersions { await passage.host?.forget(kept) }
      case nil: break
      case .failure(let error):
        // Someone put a file there, or changed the one there, after the scan: theirs stays.
        let isTheirs = error.reason == .alreadyExists || error.reason == .changed
        if error.reason == .noSpace || error.recovery == .stop { fatal = error }
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
      if error.recovery == .nextFile {
        try await drop(item, .failed(error.about(item.written.order.path)), &stands)
      } else {
        // All its bytes were sent. The next run looks whether they are there.
        stands[item.index].stand = .open(.skipped(.unverified))
      }
    }
    if error.recovery != .nextFile { throw Stop(ending: ending(for: error)) }
  }

  /// Removes what was sent, and has the version be there again that it was to replace. Where that cannot be done now,
  /// the next run has to.
  ///
  /// What has its real name already may be somebody else's by now, unless it surely `isOurs`. So it stays, and the next
  /// run compares it with the source.
  private func drop(
    _ item: Pending,
    _ outcome: Outcome,
    isOurs: Bool = false,
    _ stands: inout [Taken]
  ) async throws(Stop) {
    let action = stands[item.index].action
    var isOpen = item.written.temporary.path == item.written.order.path
    if isOurs || !isOpen, (try? await run.destination.discard(item.written)) != nil { isOpen = false }
    if let kept = item.kept { isOpen = try await !putBack(action, kept) }
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
