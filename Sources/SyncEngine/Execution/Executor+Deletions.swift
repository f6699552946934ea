internal import Journal
internal import Storage

extension Executor {
  /// Deletes what the source does not have. A file goes to the destination's vault, where that can move files, else to
  /// this computer, verified there before it is deleted. Both storages are looked at again: what has changed since it
  /// was listed stays, and what the source has again.
  mutating func delete(_ action: Action) async throws(Failed) -> Stand {
    guard let old = action.destination else { return action.ended(.skipped(.vanished)) }
    try await lookAtSource(for: action)
    guard !old.isDirectory else { return try await deleteFolder(action, old) }
    // What could not be copied may be this very file under its new name. What is in the way goes before anything is copied.
    if !run.policy.keepsOldVersions, hasFailed, action.reason != .kindChanged {
      return action.ended(.skipped(.copyFailed))
    }
    var place: RelativePath?
    do throws(Failed) {
      if !run.policy.keepsOldVersions {
        try await remove(old, for: action)
      } else {
        place = try await putAway(old, action)
      }
    } catch {
      // Somebody else deleted it; or the device was locked or lost its handles, and says the same. So what is on record
      // stays until a listing shows which of both it was: without it the file would be new there, and come back.
      guard case .step(.failed(let failure)) = error, failure.reason == .notFound else { throw error }
      return action.ended(.skipped(.vanished))
    }
    return gone(action, to: place)
  }

  private func gone(_ action: Action, to place: RelativePath?) -> Stand {
    var end = StepEnd(intent: action.intent, phase: .done)
    end.removal = place.map { .moved(to: $0) } ?? .deleted
    return .ended(.done(modified: .absent, created: .absent), end)
  }

  // MARK: The source

  /// Looks at a source on this computer, where that costs next to nothing: nothing is deleted that has come there since
  /// it was listed, and nothing at all once none of what was listed is there any more.
  private mutating func lookAtSource(for action: Action) async throws(Failed) {
    let source = run.source
    guard source.traits.identity.device == nil else { return }
    if !hasFoundSource {
      let seen = Set(plan.places.keys.filter(\.parent.isRoot))
      let now = try await attempt(action) { (_) async throws(StorageError) in
        try await Listing(of: .root, in: source).entries
      }
      guard seen.isEmpty || now.contains(where: { seen.contains($0.path) }) else {
        let cause = "Nothing of what \(source.traits.name) had is there any more, so that nothing is deleted"
        throw .run(Stop(ending: .notReady(StorageError(.notFound, .stop, cause: cause))))
      }
      hasFoundSource = true
    }
    guard let counterpart = plan.counterparts[action.path] else { return }
    let now = try await attempt(action) { (_) async throws(StorageError) in
      try await source.refresh([Entry(path: counterpart.path, kind: .file)]).first ?? nil
    }
    guard let now else { return }
    guard let seen = counterpart.seen, seen.isOfKind(now) else { throw .step(.skipped(.changedSincePlan)) }
  }

  // MARK: The destination

  /// Removes something. A device may have done so and say that it has not, or not be heard; so it is looked at then.
  private mutating func remove(_ old: Entry, for action: Action) async throws(Failed) {
    let (destination, known) = (run.destination, reopens)
    do throws(Failed) {
      try await attempt(action) { (_) async throws(StorageError) in try await destination.remove(old) }
    } catch {
      guard case .step(.failed(let failure)) = error else { throw error }
      // In this session nobody has asked for it before.
      if failure.reason == .notFound, reopens == known { throw error }
      guard let now = try? await destination.refresh([old]), now == [nil] else { throw error }
    }
  }

  /// Has something be in the destination's vault only; where it cannot get there, on this computer.
  /// - Returns: where in the vault it is; `nil` for what is here.
  mutating func putAway(_ old: Entry, _ action: Action) async throws(Failed) -> RelativePath? {
    if hasVault(for: old) {
      do throws(Failed) { return try await moveToVault(old, action) } catch {
        guard case .step(.failed(let failure)) = error, failure.reason == .unsupported else { throw error }
        outOfReach.insert(old.path)
      }
    }
    let kept = try await keepDated(old, action)
    do throws(Failed) { try await remove(old, for: action) } catch {
      // Where the file is still there, its version is one too many. Where it is gone, or nobody knows, it is the last.
      if case .step = error, await isThere(old) { await passage.host?.forget(kept) }
      throw error
    }
    return nil
  }

  private func isThere(_ old: Entry) async -> Bool {
    guard let now = try? await run.destination.refresh([old]).first ?? nil else { return false }
    return now.isSame(as: old)
  }

  /// Copies a version to this computer, with its date: nobody could tell it afterwards.
  private mutating func keepDated(_ old: Entry, _ action: Action) async throws(Failed) -> Entry {
    let kept = try await keepHere(old, action)
    guard let host = passage.host else { return kept }
    let precision = DatePrecision(run.destination.traits.times, host.storage.traits.times)
    guard precision.missing(old.times, in: kept.times).modified != nil else { return kept }
    await host.forget(kept)
    let cause = "\(host.storage.traits.name) cannot keep its date, so that it is not deleted"
    throw .step(.failed(StorageError(.verificationFailed, .nextFile, path: old.path, cause: cause)))
  }

  /// Moves something to the destination's vault.
  private mutating func moveToVault(_ old: Entry, _ action: Action) async throws(Failed) -> RelativePath {
    let destination = run.destination
    guard let place = Vault.path(for: old.path, run: vaultFolder) else { throw .step(.skipped(.noVault)) }
    try await makeVaultFolder(place.parent, action)
    do throws(Failed) {
      try await attempt(action) { (_) async throws(StorageError) in _ = try await destination.move(old, to: place) }
    } catch {
      // It may have been moved, and the answer not been heard.
      guard case .step(.failed) = error, let now = try? await destination.refresh([old, old.at(place)]),
        now.first == .some(nil), let there = now.last ?? nil, there.kind == old.kind, there.size == old.size
      else { throw error }
    }
    return place
  }

  /// Makes a folder in the destination's vault, with those above it that are not there.
  private mutating func makeVaultFolder(_ path: RelativePath, _ action: Action) async throws(Failed) {
    let destination = run.destination
    var folders: [RelativePath] = []
    var folder = path
    while !folder.isRoot, !vaultFolders.contains(folder) {
      folders.append(folder)
      folder = folder.parent
    }
    for folder in folders.reversed() {
      try await attempt(action) { (_) async throws(StorageError) in _ = try await destination.createDirectory(folder) }
      vaultFolders.insert(folder)
    }
  }

  /// Deletes a folder that is empty. One that is not, or cannot be kept or deleted, harms nobody and stops nothing.
  private mutating func deleteFolder(_ action: Action, _ folder: Entry) async throws(Failed) -> Stand {
    var place: RelativePath?
    do throws(Failed) {
      if run.policy.keepsOldVersions { place = try await keepFolder(folder, action) }
      try await remove(folder, for: action)
    } catch {
      switch error {
      case .step(.failed(let failure)) where failure.reason == .notFound: break
      case .step: return action.ended(.skipped(.folderStays))
      case .run(let stop):
        guard case .notPossible(let failure) = stop.ending, failure.reason == .noSpace else { throw error }
        return action.ended(.skipped(.folderStays))
      }
    }
    return gone(action, to: place)
  }

  /// Has a folder be where what was in it has gone, so that it comes back with its dates, also if it was empty. That
  /// these cannot be set there is no reason to keep the folder.
  /// - Returns: where in the vault it is, to which goes what is on record of its dates; `nil` for what is here, and for
  ///   what is nowhere since its files only have another place now.
  private mutating func keepFolder(_ folder: Entry, _ action: Action) async throws(Failed) -> RelativePath? {
    let place = Vault.path(for: folder.path, run: vaultFolder)
    let isInVault = place.map(vaultFolders.contains) ?? false
    guard isInVault || !emptiedByMoves.contains(folder.path) else { return nil }
    guard let place, isInVault || hasVault(for: folder) && !outOfReach.contains(where: { $0.isBelow(folder.path) })
    else {
      if let host = passage.host {
        try await attempt(action) { (_) async throws(StorageError) in try await host.keep(folder: folder) }
      }
      return nil
    }
    try await makeVaultFolder(place, action)
    _ = try? await run.destination.setTimes(folder.times, of: Entry(path: place, kind: .directory))
    return place
  }
}
