internal import Journal
internal import Storage

extension Executor {
  /// Gives folders their dates: after all contents, since each new file in a folder changes the folder's own date, and in
  /// one without the right to write nothing could be put. What the destination does not keep of them goes on record.
  mutating func finishFolders() async throws(Stop) {
    guard !plan.folderDates.isEmpty else { return }
    let destination = run.destination
    let made = Dictionary(
      plan.actions.compactMap { action in action.change == .makeFolder ? action.source.map { (action.path, $0) } : nil }
    ) { first, _ in first }
    var now: [Entry?] = plan.folderDates.map { Entry(path: $0.path, kind: .directory) }
    if !plan.remembersFolderDates {
      do throws(StorageError) {
        now = try await destination.refresh(now.compactMap(\.self))
      } catch {
        report(.warning(error))
        if let ending = endingWithFolders(error) { throw Stop(ending: ending) }
        return
      }
    }
    var stop: Ending?
    let origins = originsOfFolderDates
    var (truths, kept): ([Truth], [RelativePath]) = ([], [])
    // The innermost first: of the outer ones, some may then not be entered any more.
    for (folder, entry) in zip(plan.folderDates, now).reversed() where failedFolders[folder.path] == nil {
      guard let entry, entry.isDirectory, !control.isCancelled else { continue }
      var (reported, isOver) = (entry.times, true)
      if !plan.remembersFolderDates {
        do throws(StorageError) {
          reported = try await date(entry, as: folder, made[folder.path])
        } catch {
          report(.warning(error.about(folder.path)))
          // What is on record is not tried again, as the next run should what the end of a session kept this one from.
          isOver = error.recovery == .nextFile
          stop = stop ?? endingWithFolders(error)
        }
      }
      if var truth = remember(folder, reported, isMade: made[folder.path] != nil, isOver) {
        if folder.hasAssumedZone { truth.assumedFrom = origins[folder.path] ?? run.source.traits.name }
        truths.append(truth)
      } else {
        kept.append(folder.path)
      }
    }
    try await onRecord { [truths, kept] journal, ticket throws(JournalError) in
      try await journal.record(folders: truths, kept: kept, in: ticket)
    }
    if control.isCancelled { throw Stop(ending: .interrupted) }
    if let stop { throw Stop(ending: stop) }
  }

  /// How a run ends that could not date all folders; `nil` where that concerns one folder alone.
  private func endingWithFolders(_ error: StorageError) -> Ending? {
    switch error.recovery {
    case .nextFile: nil
    case .retry, .reopen: control.isCancelled ? .interrupted : .notReady(error)
    case .waitForUser, .stop: ending(for: error)
    }
  }

  /// Sets the dates of a folder and, if it was made from `source`, gives it what else that has.
  /// - Returns: the dates that the destination has of it then.
  private func date(_ entry: Entry, as folder: Entry, _ source: Entry?) async throws(StorageError) -> FileTimes {
    let destination = run.destination
    var wanted = folder.times
    wanted.created = precision.missing(wanted, in: entry.times).created
    if let source, run.source.traits.capabilities.contains(.attributes),
      destination.traits.capabilities.contains(.attributes)
    {
      // Where the creation date is an attribute, it takes the right to write.
      if wanted.created != nil { _ = try await destination.setTimes(FileTimes(created: wanted.created), of: entry) }
      wanted.created = nil
      let attributes = try await run.source.extendedAttributes(of: source)
      try await destination.setAttributes(attributes, permissions: source.permissions, of: entry)
    }
    do throws(StorageError) {
      return try await destination.setTimes(wanted, of: entry).times
    } catch {
      // A device that takes the one of a folder may refuse the other.
      guard wanted.created != nil, error.recovery == .nextFile else { throw error }
      return try await destination.setTimes(FileTimes(modified: wanted.modified), of: entry).times
    }
  }

  /// Counts what became of the dates of a folder.
  /// - Returns: what the journal has to keep of them; `nil` if the destination has all of them, or if nothing would tell
  ///   the folder again: on a device that dates its folders itself the path does, on a disk only the date.
  private mutating func remember(_ folder: Entry, _ reported: FileTimes, isMade: Bool, _ isOver: Bool) -> Truth? {
    let traits = run.destination.traits
    // What was made has to show the very date.
    let precision = isMade ? DatePrecision(traits.times) : precision
    let isDated = folder.times.modified != nil && precision.missing(folder.times, in: reported).modified == nil
    let fates = DateFates(
      of: folder.times,
      reported: reported,
      precision: precision,
      at: traits.times,
      isOurs: isMade,
      canRemember: isDated || isOver && traits.identity.device != nil
    )
    counts.folderDates[fates.modified, default: 0] += 1
    counts.folderCreated[fates.created, default: 0] += 1
    // The date at which a copy was made is not that of what was copied.
    let isCopy = isMade || plan.misdatedFolders.contains(folder.path)
    let isMisdated = isCopy && fates.created == .absent && reported.created != nil
    guard fates.needRemembering || isMisdated && isDated else { return nil }
    var times = folder.times
    if !isCopy { times.created = times.created ?? reported.created }
    return Truth(folder: folder.path, times: times, isDated: isDated)
  }

  /// By path at the destination, the devices whose zones were assumed when an earlier run read the dates of folders.
  private var originsOfFolderDates: [RelativePath: String] {
    let origins = plan.assumedFrom.source.compactMap { path, name in plan.places[path].map { ($0, name) } }
    return Dictionary(origins) { first, _ in first }
  }
}
