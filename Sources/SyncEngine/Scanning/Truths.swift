internal import Journal
internal import Storage

extension History {
  /// Has the true dates on record follow their files where the device has moved to another time zone: change tokens hold
  /// dates as the device prints them, so that all of them are others then. The records of the pair show it, and so do the
  /// true dates themselves, where the device keeps these: a folder that was filled by one run is read by another.
  ///
  /// Where the dates of these files are read as others than then, it is the zone of before in which they are read. Nobody
  /// knows the one of now, and so all dates of the tree have an assumed one. Where it is known, since it was shown after
  /// the device was plugged in, dates that were read in an assumed one then are no evidence: they never were true.
  /// - Returns: what follows, with the new tokens, and whether dates are read in the zone of before.
  mutating func followTruths(
    _ side: Side,
    in tree: inout Tree,
    _ traits: StorageTraits
  ) -> (truths: [Truth], isMisread: Bool) {
    let isSource = side == .source
    let truths = isSource ? sourceTruths : destinationTruths
    guard traits.identity.device != nil, !truths.isEmpty || !records.isEmpty else { return ([], false) }
    let there = Dictionary(tree.entries.map { ($0.path, $0) }) { first, _ in first }
    var recorded: [RelativePath: Fingerprint] = [:]
    var doubtful: Set<RelativePath> = []
    if traits.isZoneOfNow {
      // The other side has these dates; what this side got from another device, it prints in its own zone.
      let others = Set((isSource ? destinationTruths : sourceTruths).filter { $0.assumedFrom != nil }.map(\.path))
      doubtful = Set(
        records.filter { others.contains(isSource ? $0.destinationPath : $0.path) }
          .map { isSource ? $0.path : $0.destinationPath }
      ).subtracting(truths.filter { $0.assumedFrom != nil }.map(\.path))
    }
    for record in records {
      recorded[isSource ? record.path : record.destinationPath] = isSource ? record.source : record.destination
    }
    var pairs = recorded.compactMap { path, fingerprint in
      there[path].map { ZoneChange.Pair(path: path, recorded: fingerprint, now: $0) }
    }
    for truth in truths where recorded[truth.path] == nil && truth.times.modified != nil && !truth.isOfFolder {
      guard let now = there[truth.path] else { continue }
      let fingerprint = Fingerprint(size: truth.size, token: truth.token, modified: truth.times.modified)
      let precision = traits.times.modified.precision ?? 0
      pairs.append(ZoneChange.Pair(path: truth.path, recorded: fingerprint, now: now, precision: precision))
    }
    let moved = ZoneChange.explained(pairs)
    guard !moved.isEmpty else { return ([], false) }
    let isMisread = pairs.contains { pair in
      guard moved.contains(pair.path), !doubtful.contains(pair.path), let then = pair.recorded.modified,
        let now = pair.now.times.modified
      else { return false }
      return !then.matches(now, precision: traits.times.modified.precision ?? 0)
    }
    if isMisread { for index in tree.entries.indices { tree.entries[index].hasAssumedZone = true } }
    var followed: [Truth] = []
    let all = truths.map { truth in
      // Of a version that another one has replaced since, nothing follows.
      guard moved.contains(truth.path), recorded[truth.path]?.token ?? truth.token == truth.token,
        let now = there[truth.path], now.size == truth.size, let token = now.token
      else { return truth }
      var other = truth
      other.token = token
      followed.append(other)
      return other
    }
    if isSource { sourceTruths = all } else { destinationTruths = all }
    return (followed, isMisread)
  }
}

extension Tree {
  /// Gives entries the dates that their storage could not hold, as far as they are still the files and folders of the
  /// record, and takes note of those whose dates were read in an assumed zone.
  mutating func restoreTimes(_ truths: [Truth], _ traits: StorageTraits) {
    guard !truths.isEmpty else { return }
    let truths = Dictionary(truths.map { ($0.path, $0) }) { first, _ in first }
    let precision = traits.times.modified.precision ?? 0
    for index in entries.indices {
      guard let truth = truths[entries[index].path], truth.holds(for: entries[index], precision) else { continue }
      if truth.times != FileTimes() { entries[index].told = entries[index].times }
      if let modified = truth.times.modified {
        entries[index].times.modified = modified
        entries[index].times.laterModified = nil
        entries[index].hasAssumedZone = false
      }
      // What was made by a copy was not created then, also where the true date is not known.
      if truth.times != FileTimes() {
        entries[index].times.created = truth.times.created
        entries[index].times.laterCreated = nil
      }
      if let device = truth.assumedFrom {
        entries[index].hasAssumedZone = true
        assumedFrom[truth.path] = device
      }
    }
  }
}

extension Truth {
  /// Whether an entry is still what this is about.
  /// - Parameter precision: How exactly its storage keeps modification dates, in nanoseconds.
  fileprivate func holds(for entry: Entry, _ precision: UInt64) -> Bool {
    guard isOfFolder else { return size == entry.size && token == entry.token }
    return entry.isDirectory && (!holdsWhileDated || times.mayBeModified(with: entry.times, precision: precision))
  }
}
