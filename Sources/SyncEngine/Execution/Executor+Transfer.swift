internal import Journal
internal import Storage

extension Executor {
  /// Sends a file. What it replaces is safe before: in the destination's vault where that can move files, else here.
  /// - Parameter count: how many bytes of it the destination has under its name already.
  mutating func transfer(
    _ action: Action,
    _ source: Entry,
    to path: RelativePath,
    replacing old: Entry?,
    behind count: UInt64 = 0
  ) async throws(Failed) -> Stand {
    var order = WriteOrder(
      path: path,
      size: source.size ?? 0,
      times: source.times,
      replacing: old,
      accessed: source.accessed,
      permissions: source.permissions,
      temporaryName: temporaryName(action)
    )
    var kept: Entry?
    if let old {
      if hasVault(for: old) {
        if run.policy.keepsOldVersions { order.keepOldAs = Vault.path(for: path, run: vaultFolder) }
      } else if run.policy.keepsOldVersions || !run.destination.traits.capabilities.contains(.rename) {
        kept = try await keepHere(old, action)
      }
    }
    order.keepsPart = passage.resumes(source) && run.policy.goesOnInside
    order.resumesAt = count
    let (known, sent) = (reopens, control.bytes)
    do throws(Failed) {
      let (written, current) = try await sendSurely(action, source, order)
      return .written(written, from: current, kept: kept)
    } catch {
      switch error {
      case .step(let outcome):
        if let kept {
          do throws(Stop) {
            return try await putBack(action, kept) ? action.ended(outcome) : .open(outcome)
          } catch { throw .run(error) }
        }
        // Where files have their names from the first byte, a part may be left, whatever the device promised. The next
        // run knows it by its open step.
        let isUnsent = reopens == known && control.bytes == sent && outcome.precedesSending
        let isClean = isUnsent || run.destination.traits.capabilities.contains(.staging)
        if isClean, order.keepsPart {
          if outcome.leavesPart, control.bytes != sent { return .open(outcome) }
          await passage.dropPart(of: order)
        }
        return isClean ? action.ended(outcome) : .open(outcome)
      case .run(let stop):
        if let kept {
          // Who interrupts wants an end now; the next run finishes what this one began.
          if stop.ending == .interrupted { tell(of: kept, action) } else { _ = try? await putBack(action, kept) }
        }
        throw .run(stop)
      }
    }
  }

  mutating func send(
    _ action: Action,
    _ source: Entry,
    _ order: WriteOrder
  ) async throws(Failed) -> (written: Written, source: Entry) {
    let (control, progress, passage, readAhead, report) = (control, progress, passage, readAhead, report)
    var order = order
    // What an interrupted run left of the file is like what an attempt of this one leaves.
    var isRepeated = order.resumesAt == 0 ? await passage.takeOver(action.part, for: order) : false
    return try await attempt(action, source) { (source: Entry) async throws(StorageError) in
      // The source is asked for the ends of what is there.
      if isRepeated { await readAhead.drop() }
      if isRepeated, let whole = try await passage.clearWay(for: &order, source) {
        return (Written(order: order, temporary: whole), source)
      }
      isRepeated = true
      if order.resumesAt > 0 { report(.resuming(action.id, at: order.resumesAt)) }
      let planned = min(order.resumesAt, action.part?.size ?? 0)
      progress.begin(action.id, at: control.bytes, beyond: order.resumesAt - planned)
      return (try await passage.send(source, order), source)
    }
  }

  /// Copies the version that a step replaces to this computer, and puts on record where.
  mutating func keepHere(_ old: Entry, _ action: Action) async throws(Failed) -> Entry {
    guard let host = passage.host else { throw .step(.skipped(.noVault)) }
    let (device, name) = (run.destination, temporaryName(action))
    let kept = try await attempt(action) { (_) async throws(StorageError) in
      try await host.keep(old, from: device, temporaryName: name)
    }
    do throws(Stop) {
      try await onRecord { journal, ticket throws(JournalError) in
        try await journal.keep(kept.path, for: action.intent, in: ticket)
      }
    } catch { throw .run(error) }
    return kept
  }

  /// After a replacement that failed: sends the old version back if it is gone, else drops its copy here.
  /// - Returns: whether the destination has the old version.
  func putBack(_ action: Action, _ kept: Entry) async throws(Stop) -> Bool {
    guard let old = action.destination, let host = passage.host else { return false }
    let place = "\(host.storage.traits.name)/\(kept.path)"
    let (entry, verified): (Entry, Verified)
    var isGone = false
    do throws(StorageError) {
      if let now = try await run.destination.refresh([old]).first ?? nil {
        guard now.isSame(as: old) else {
          let cause = "What is there now is not the version that was to be replaced. That one is in \(place)"
          report(.warning(StorageError(.changed, .nextFile, path: old.path, cause: cause)))
          return false
        }
        await host.forget(kept)
        return true
      }
      isGone = true
      let order = WriteOrder(
        path: old.path,
        size: kept.size ?? 0,
        times: old.times,
        temporaryName: temporaryName(action)
      )
      let control = TransferControl()
      let written = try await copy(kept, from: host.storage, to: run.destination, order: order, control: control)
      verified = try single(await run.destination.verify([written]))
      entry = try single(await run.destination.commit([verified]))
    } catch {
      let whereabouts =
        isGone
        ? "The version that was to be replaced is not on the device any more; it is in \(place)"
        : "A copy of the version that was to be replaced is in \(place)"
      let cause = "\(error.cause). \(whereabouts)"
      report(.warning(StorageError(error.reason, error.recovery, path: old.path, cause: cause, code: error.code)))
      return false
    }
    // The record's source is one that no file is equal to, so that the next run replaces the old version again.
    let record = Record(
      path: action.intent.path,
      destinationPath: entry.path,
      source: Fingerprint(),
      destination: Fingerprint(entry),
      isRacy: false
    )
    let kept = run.destination.traits.times
    let fates = DateFates(
      of: old.times,
      reported: verified.times,
      precision: DatePrecision(kept),
      at: kept,
      isOurs: true,
      canRemember: true
    )
    let origin = plan.assumedFrom.destination[old.path]
    var truth = fates.needRemembering || origin != nil ? Truth(of: entry, times: old.times) : nil
    truth?.assumedFrom = origin
    let known = run.policy.keepsRecord ? record : nil
    let end = StepEnd(intent: action.intent, phase: .failed, record: known, truth: truth)
    try await onRecord { journal, ticket throws(JournalError) in try await journal.record([end], in: ticket) }
    return true
  }

  /// Tells where the old version is when an interruption may have left the destination without it.
  private func tell(of kept: Entry, _ action: Action) {
    guard let host = passage.host, !run.destination.traits.capabilities.contains(.rename) else { return }
    let cause = "The run was interrupted while it replaced this file. The old version is in"
    let place = "\(host.storage.traits.name)/\(kept.path)"
    report(.warning(StorageError(.cancelled, .nextFile, path: action.path, cause: "\(cause) \(place)")))
  }
}

extension Outcome {
  /// Whether what has come of a file is worth keeping for the next run.
  fileprivate var leavesPart: Bool { if case .failed(let error) = self { error.leavesFileAsItWas } else { false } }

  /// Whether a storage says so of a file before it takes any of it.
  fileprivate var precedesSending: Bool {
    switch self {
    case .skipped: true
    // A device that refuses a file may have taken note of its name all the same.
    case .failed(let error): error.reason == .nameNotAllowed || error.reason == .notFound && error.code == nil
    case .done: false
    }
  }
}
