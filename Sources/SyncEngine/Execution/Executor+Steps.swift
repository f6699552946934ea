internal import Journal
internal import Storage

extension Executor {
  /// Takes one step as far as it goes alone.
  /// - Throws: what stops the whole run; what concerns the step is in the result.
  mutating func take(_ action: Action, source: Entry?) async throws(Stop) -> Stand {
    if let error = failedFolders[action.path.parent] {
      if action.change == .makeFolder { failedFolders[action.path] = error }
      return action.ended(.failed(error))
    }
    do throws(Failed) {
      if action.change == .makeFolder { return try await makeFolder(action) }
      if action.change == .delete { return try await delete(action) }
      guard let source else { return action.ended(.skipped(.vanished)) }
      switch action.change {
      case .copy: return try await transfer(action, source, to: action.path, replacing: nil)
      case .replace: return try await transfer(action, source, to: action.path, replacing: action.destination)
      case .keepBoth(let path): return try await transfer(action, source, to: path, replacing: nil)
      case .copyLink: return try await copyLink(action, source)
      case .adopt(let setTimes): return try await adopt(action, source, setTimes: setTimes)
      case .compare(let path): return try await compare(action, source, keepBothAs: path)
      case .move: return try await move(action, source)
      case .follow: return try await follow(action, source)
      case .makeFolder, .delete, .skip: return action.ended(.skipped(action.reason))
      }
    } catch {
      switch error {
      case .step(let outcome): return action.ended(outcome)
      case .run(let stop): throw stop
      }
    }
  }

  private mutating func makeFolder(_ action: Action) async throws(Failed) -> Stand {
    let (destination, path) = (run.destination, action.path)
    do throws(Failed) {
      let made = try await attempt(action) { (_) async throws(StorageError) in
        try await destination.createDirectory(path)
      }
      if action.source?.times.created == nil { await destination.disownCreationDate(of: made) }
      // At once no wider than the source's; what else it has, it gets after its contents.
      if let permissions = action.source?.permissions, destination.traits.capabilities.contains(.attributes) {
        try await attempt(action) { (_) async throws(StorageError) in
          try await destination.setAttributes([], permissions: permissions | 0o700, of: made)
        }
      }
    } catch {
      if case .step(.failed(let error)) = error { failedFolders[path] = error }
      throw error
    }
    // It gets its dates after its contents.
    return action.ended(.done(modified: .absent, created: .absent))
  }

  private mutating func copyLink(_ action: Action, _ source: Entry) async throws(Failed) -> Stand {
    guard case .symbolicLink(let target) = source.kind else { return action.ended(.skipped(.changedSincePlan)) }
    let (destination, path) = (run.destination, action.path)
    let old = action.destination
    guard let place = old == nil ? path : path.parent.appending(temporaryName(action)) else {
      return action.ended(.skipped(.nameImpossible))
    }
    let made = try await attempt(action) { (_) async throws(StorageError) in
      try await destination.createSymbolicLink(place, target: target)
    }
    var link = try await dated(made, action, source)
    if let old {
      // A run that dies in between has not ended its step, and the next one makes the link.
      let new = link
      if run.policy.keepsOldVersions {
        let isInVault = try await putAway(old, action) != nil
        if isInVault { linksKept += 1 } else { linksKeptHere += 1 }
      } else {
        try await attempt(action) { (_) async throws(StorageError) in try await destination.remove(old) }
      }
      link = try await attempt(action) { (_) async throws(StorageError) in try await destination.move(new, to: path) }
    }
    return done(action, link, link.times, from: source)
  }

  /// Gives a new link its date. That it cannot have it is no reason to do without the link.
  private mutating func dated(_ link: Entry, _ action: Action, _ source: Entry) async throws(Failed) -> Entry {
    let destination = run.destination
    guard let date = source.times.modified, destination.traits.capabilities.contains(.setTimes) else { return link }
    do throws(Failed) {
      return try await attempt(action) { (_) async throws(StorageError) in
        try await destination.setTimes(FileTimes(modified: date), of: link)
      }
    } catch {
      guard case .step(.failed(let error)) = error else { throw error }
      report(.warning(error))
      return link
    }
  }

  mutating func adopt(_ action: Action, _ source: Entry, setTimes: Bool) async throws(Failed) -> Stand {
    guard let old = action.destination else { return action.ended(.skipped(.vanished)) }
    let missing = setTimes ? precision.missing(source.times, in: old.times) : FileTimes()
    guard missing != FileTimes(), run.destination.traits.capabilities.contains(.setTimes) else {
      return done(action, old, old.told ?? old.times, from: source)
    }
    if await isChanged(source) { return action.ended(.skipped(.changedSincePlan)) }
    let destination = run.destination
    let mended = try await attempt(action) { (_) async throws(StorageError) in
      try await destination.setTimes(missing, of: old)
    }
    return done(action, mended, mended.times, from: source)
  }

  /// Whether the source was changed since it was scanned, so that its date is not that of what was compared. A device is
  /// not asked, as when its files are copied.
  private func isChanged(_ source: Entry) async -> Bool {
    guard run.source.traits.identity.device == nil else { return false }
    guard let now = try? await run.source.refresh([source]).first ?? nil else { return true }
    return !now.isSame(as: source)
  }

  private mutating func compare(
    _ action: Action,
    _ source: Entry,
    keepBothAs path: RelativePath?
  ) async throws(Failed) -> Stand {
    let isPart = action.reason == .unfinished
    guard let old = action.destination, let size = source.size, let oldSize = old.size,
      oldSize == size || isPart && StrayCommand.canEnd(oldSize, of: size)
    else { return action.ended(.skipped(.changedSincePlan)) }
    let (passage, control, name) = (passage, control, temporaryName(action))
    var anew = action
    anew.part = nil
    // What the record knows to have changed, or to be too young to tell, may have changed anywhere in the file.
    let isToBeSure = run.policy.checksum || action.reason != .datesDiffer || plan.lastCopies[old.path] != nil
    var thoroughness: ContentComparison.Thoroughness =
      isToBeSure ? .whole : run.policy.onlyDates ? .forDates : .forCopies
    let resumes = action.part != nil && oldSize < size && passage.resumes(source)
    if resumes { thoroughness = .forResuming }
    let known: UInt64?
    do throws(Failed) {
      let isMove = run.policy.isMove
      known = try await attempt(action, source) { (source: Entry) async throws(StorageError) in
        // The source goes after it, so that what only this computer's memory has is not enough.
        if isMove, oldSize == size {
          if try await passage.destination.holds(old, like: source, in: passage.source, control) { return size }
          guard isPart else { return nil }
        }
        let known = try await passage.beginning(of: source, in: old, thoroughness, isPart: isPart, temporaryName: name)
        // Equal by what the memory has, and not on the disk.
        return isMove && known == size && oldSize == size ? nil : known
      }
    } catch {
      guard case .step = error, action.reason == .unfinished, oldSize == size,
        precision.missing(source.times, in: old.times).modified == nil,
        try await isEmptyPromise(old, action)
      else { throw error }
      try await remove(old, action)
      return try await transfer(anew, source, to: old.path, replacing: nil)
    }
    guard let known else {
      if run.policy.twoWay != nil, action.reason == .unfinished {
        // Nobody takes it for a part any more, so that the next run knows it for what it is: another version.
        return .ended(.skipped(.differsUnrecorded), StepEnd(intent: action.intent, phase: .done))
      }
      var other = anew
      if let path {
        other.change = .keepBoth(as: path)
        try await redirect(other.intent)
        return try await transfer(anew, source, to: path, replacing: nil)
      }
      // A name without a file, as an interrupted run leaves it, cannot be kept anywhere.
      // What the source has changed is no conflict.
      let conflict = run.policy.conflict(source, old, precision)
      let stays = plan.lastCopies[old.path]
      let replaces = stays == nil && (conflict == .replace || action.reason == .zoneLearned)
      guard replaces, !old.mayBeReservedName || action.reason != .unfinished else {
        if let stays { return action.ended(.skipped(stays)) }
        let reason: Reason = conflict == .keep ? .keptByChoice : run.policy.reasonToRefuse
        return action.ended(.skipped(reason))
      }
      guard !run.destination.traits.deletesNothing else { return action.ended(.skipped(.undeletable)) }
      other.change = .replace
      try await redirect(other.intent)
      return try await transfer(other, source, to: old.path, replacing: old)
    }
    if run.policy.onlyCompares {
      guard action.reason == .equal else { return action.ended(.skipped(.otherDates)) }
      // Nothing was done, so that nothing that is on record of the file is over.
      let end = StepEnd(intent: action.intent, phase: .skipped, code: Reason.equal.rawValue)
      return .ended(.done(modified: .absent, created: .absent), end)
    }
    // An empty file is sent again, too: that it has the wrong date shows that it was not finished.
    if oldSize != size || known < size || size == 0 && isPart {
      if resumes, oldSize > 0, known == oldSize {
        return try await transfer(action, source, to: old.path, replacing: nil, behind: oldSize)
      }
      try await remove(old, action)
      return try await transfer(anew, source, to: old.path, replacing: nil)
    }
    // Neither side has changed since the record, as far as it can tell: then the date on record is the true one, also
    // when the source's looks different today, as from a phone whose zone has changed.
    let keepsDate =
      action.reason == .unproven || source.times.modified == nil
      || source.times.modified == old.times.modified && action.reason != .zoneLearned
    return try await adopt(action, source, setTimes: !keepsDate)
  }

  /// Whether a device refuses to read a file that an open step has announced to it with this very size and date: then it
  /// never came. Older Androids list such files as whole.
  private mutating func isEmptyPromise(_ part: Entry, _ action: Action) async throws(Failed) -> Bool {
    guard run.destination.traits.session != nil else { return false }
    let (destination, control) = (run.destination, control)
    do throws(Failed) {
      try await attempt(action) { (_) async throws(StorageError) in
        _ = try await destination.readPart(part, 0..<1, into: NoSink(), control)
      }
      return false
    } catch {
      guard case .step(.failed(let failure)) = error, failure.recovery == .nextFile else { throw error }
      return true
    }
  }

  func redirect(_ step: Intent) async throws(Failed) {
    do throws(Stop) {
      try await onRecord { journal, ticket throws(JournalError) in try await journal.redirect(step, in: ticket) }
    } catch { throw .run(error) }
  }

  /// Removes a part of a file that an interrupted run left; or, from a device that deletes nothing, its name.
  private mutating func remove(_ part: Entry, _ action: Action) async throws(Failed) {
    let (destination, other) = (run.destination, part.path.parent.appending(temporaryName(action)))
    let report = report
    try await attempt(action) { (_) async throws(StorageError) in
      do throws(StorageError) {
        try await destination.remove(part)
      } catch {
        if error.reason == .notFound { return }
        guard error.reason == .deletionRefused, destination.traits.capabilities.contains(.rename), let other else {
          throw error
        }
        let moved = try await destination.move(part, to: other)
        // One of this name nobody protects: if that is refused as well, the device is known to delete nothing.
        do throws(StorageError) { return try await destination.remove(moved) } catch {
          guard error.reason == .deletionRefused else { throw error }
        }
        let name = String(decoding: other.name, as: UTF8.self)
        let cause = "The device refuses to delete what an interrupted run left of it. That stays as \(name)"
        report(.warning(StorageError.staying(part.path, cause, error.code)))
      }
    }
  }

  /// A step that came to its end, with what both sides and the journal have of it now; `times` as the destination
  /// reports them; `digest` of what was read back.
  func done(
    _ action: Action,
    _ entry: Entry,
    _ times: FileTimes,
    from source: Entry,
    isOurs: Bool = false,
    digest: ContentDigest? = nil
  ) -> Stand {
    let canRemember = entry.token != nil && entry.size != nil
    var wanted = source.times
    // A link has none but its file system's.
    if source.kind != .file { (wanted.created, wanted.laterCreated) = (nil, nil) }
    // What was sent has to show the very date.
    let precision = isOurs ? DatePrecision(run.destination.traits.times) : precision
    let fates = DateFates(
      of: wanted,
      reported: times,
      precision: precision,
      at: run.destination.traits.times,
      isOurs: isOurs,
      canRemember: canRemember
    )
    // Dated while the source was looked at. What is dated far ahead was not written just now.
    let young = plan.scanned
    // The date that a device gave to what it just received says nothing of that.
    let isForeign = !isOurs && action.reason != .unfinished
    let dates = [source.times.modified, isForeign ? entry.times.modified : nil]
    var record = Record(
      path: source.path,
      destinationPath: entry.path,
      source: Fingerprint(source),
      destination: Fingerprint(entry),
      isRacy: dates.contains { $0.map { young?.contains($0.seconds) ?? false } ?? false }
    )
    record.verification =
      digest.map { Verification(digest: $0, at: Timestamp(run.now()).seconds) }
      ?? (isOurs ? nil : plan.verifications[source.path])
    // Dates that were read in an assumed zone are kept as well: they are all there is, and the next sync after the zone is
    // known replaces them like those on a disk.
    let origin = assumedOrigin(action, entry, from: source, isOurs: isOurs)
    // The date at which a device got its copy is not that of what was copied.
    let isSent = isOurs || action.reason == .unfinished
    let isMisdated =
      fates.created == .absent && (isSent ? times.created != nil : action.destination.map(\.isMisdated) ?? false)
    let isToRemember = fates.needRemembering || isMisdated && canRemember
    var truth = isToRemember || origin != nil ? Truth(of: entry, times: source.times) : nil
    // What it has of its own nobody else knows.
    if !isSent, wanted.created == nil { truth?.times.created = action.destination?.times.created }
    if !isToRemember { truth?.times = FileTimes() }
    truth?.assumedFrom = origin
    var end = StepEnd(
      intent: action.intent,
      phase: .done,
      size: entry.size,
      record: isToRecord(source.path) ? record : nil,
      truth: truth
    )
    if truth == nil { end.kept = wanted }
    return .ended(.done(modified: fates.modified, created: fates.created), end)
  }

  private func isToRecord(_ path: RelativePath) -> Bool {
    run.policy.keepsRecord && (!run.policy.onlyDates || plan.recorded.contains(path))
  }

  var precision: DatePrecision { DatePrecision(run.source.traits.times, run.destination.traits.times) }
}

extension Entry {
  /// Whether it is on record that the creation date which its storage tells is that of a copy.
  var isMisdated: Bool { told?.created != nil && times.created == nil }
}

extension Truth {
  /// The dates that `entry` should have; `nil` where nothing tells it from its next version.
  init?(of entry: Entry, times: FileTimes) {
    guard let token = entry.token, let size = entry.size else { return nil }
    self.init(path: entry.path, size: size, token: token, times: times)
  }
}

/// Drops what it is given.
private struct NoSink: ByteSink {
  func write(_ bytes: RawSpan) throws(StorageError) {}
}
