internal import Journal
package import Storage

/// Decides what to do: a pure function of two scans, the journal and the policy. Reads and writes nothing.
struct Planner {
  /// All that a plan depends on.
  struct Input {
    var source: Tree
    var destination: Tree
    var history = History()
    var policy = SyncPolicy()
    var sourceTraits: StorageTraits
    var destinationTraits: StorageTraits
    /// Of the destination.
    var space: StorageSpace?
    /// Of the other file systems in it, by the folder where each begins.
    var spaceBelow: [RelativePath: StorageSpace] = [:]
    /// What of the source is meant; `nil` for all of it.
    var selection: Selection?
    /// What of that is left out; the trees lack it already.
    var filter = Filter()
    /// What the two directions of a two-way run have to agree about; `nil` for a run in one direction.
    var twoWay: TwoWay?
    /// Whether old versions can be kept on this computer.
    var hasHost = false
    /// The temporaries of this journal at the destination.
    var leftovers: [Entry] = []
  }

  let input: Input
  let folding: NameFolding
  let keptName: KeptName
  let precision: DatePrecision
  let destination: DestinationIndex
  /// Folded.
  let ambiguousAtDestination: Set<[UInt8]>
  let names: NamePlan
  /// By source path.
  let records: [RelativePath: Record]
  /// By source path, what is on record of files that have another path at the destination, since somebody has moved
  /// them or since they were kept beside others: a mirror and a two-way run do not go by it. A comparison does, and
  /// tells of it.
  let sorted: [RelativePath: Record]
  /// Folders with a recorded file in or below them.
  let recordedFolders: Set<RelativePath>
  /// Files whose token changed with the phone's time zone alone.
  let movedInZone: (source: Set<RelativePath>, destination: Set<RelativePath>)
  let freed: LastCopies
  /// What last copies of the source are like that are not where runs left them.
  let astrayHere: Set<Fingerprint>
  /// What a mirror deletes, or a two-way run, but for what it moves.
  let surplus: Surplus?

  var actions: [Action] = []
  var unchanged = 0
  /// How many of these no run has read back, where this one reads back what it writes.
  var neverReadBack = 0
  /// Recorded files that the source still has unchanged, and the destination has not.
  var missing = 0
  /// Folded paths that a step of this plan fills.
  var planned: Set<[UInt8]> = []
  /// A subtree that is left out, and why.
  var blocked: (folder: RelativePath, reason: Reason)?
  /// A folder whose name the destination has more than once: nothing is put into it.
  var shared: RelativePath?
  /// Folders the user removed from the destination: made again only if something is put into them.
  var deferred: [Entry] = []
  /// Folders of the source that the destination has, or will have, with their paths there.
  var folders: [Entry] = []
  /// Paths at the destination from which files go to other ones, instead of being deleted.
  var moved: Set<RelativePath> = []
  /// Folders into which something is put.
  var touched: Set<RelativePath> = []
  /// Files of the destination whose dates were read in an assumed zone, and are right.
  var confirmed: [RelativePath] = []
  /// True names of what the destination has under another one, without a record.
  var lostNames: [TrueName] = []
  /// See ``Plan/setAside``.
  var setAside: [SetAside] = []
  /// Folded paths that the source has, and gets by that; `nil` before the first is asked for.
  var takenAtSource: Set<[UInt8]>?
  /// Folders of the source that went from the destination with all that was in them; only of a two-way run.
  var goneWithFiles: Set<RelativePath> = []
  /// Of these the outermost, if nothing in them comes back.
  var wholeGone: Set<RelativePath> = []
  /// Folders of the source in which a filter leaves something out: of a two-way run these are made only for what else
  /// is in them, since it may be for that alone that they were not deleted.
  var holdingLeftOut: Set<RelativePath> = []
  /// Folders of the source with files whose originals were removed at the destination: made there only for what else is in
  /// them.
  var holdingFreed: Set<RelativePath> = []
  /// Folders whose files the destination has elsewhere, by the record; only where they are compared, or their dates
  /// mended.
  var sortedAway: Set<RelativePath> = []
  /// See ``Plan/notFreed``.
  var notFreed: [RelativePath: RelativePath] = [:]
  /// See ``Plan/lastCopies``.
  var lastCopies: [RelativePath: Reason] = [:]
  /// See ``Plan/elsewhere``.
  var elsewhere: [RelativePath: CopyElsewhere] = [:]
  /// By path at the destination, the devices in whose assumed zone the dates of such copies were read.
  var followedFrom: [RelativePath: String] = [:]
  /// See ``Plan/comparisons``.
  var comparisons: [Comparison] = []

  static func plan(_ input: Input) -> Plan {
    var planner = Planner(input)
    planner.wholeGone = planner.findWholeGone()
    planner.sortedAway = planner.foldersSortedAway().union(planner.foldersMovedAway())
    planner.holdingFreed = planner.foldersOfFreed()
    if input.twoWay != nil { planner.holdingLeftOut = Set(input.source.filtered.keys.map(\.parent)) }
    for entry in input.source.entries { planner.visit(entry) }
    planner.reportGaps()
    if input.policy.onlyDates { planner.reportOnlyAtDestination() }
    if input.policy.onlyCompares { planner.checkFolders() }
    if input.destinationTraits.session != nil { planner.gatherFolders() }
    planner.findSorted()
    planner.findMoves()
    planner.findElsewhere()
    planner.addDeletions()
    let leftovers = planner.takeParts()
    let room = input.policy.onlyCompares ? Room() : planner.room()
    var plan = Plan(
      actions: planner.actions,
      refusals: planner.refusals() + room.refusals,
      unchanged: planner.unchanged,
      // To remove anything is another run's business. What cannot be removed harms nobody: no scan takes it for a file.
      leftovers: input.policy.onlyDates || input.destinationTraits.deletesNothing ? [] : leftovers,
      folderDates: planner.folderDates(),
      scanned: input.source.lookedAt
    )
    plan.setAside = planner.setAside
    plan.comparisons = planner.comparisons
    plan.neverReadBack = planner.neverReadBack
    plan.undecided = planner.undecided()
    plan.notFreed = planner.notFreed
    plan.elsewhere = planner.elsewhere
    plan.lastCopies = planner.lastCopies
    plan.sorted = planner.sortedFiles()
    plan.missingCopies = planner.missingCopies()
    plan.copiesThatAreBack = planner.freed.isBack.sorted()
    if !input.policy.onlyDates {
      plan.names = planner.lostNames
      if input.destinationTraits.deletesNothing { plan.undeleted = leftovers.first }
    }
    let told = Set(input.source.leftOut.map(\.entry.path))
    plan.filtered = input.source.filtered.filter { !told.contains($0.key) }
      .map { Plan.Filtered(path: $0.key, cause: $0.value) }.sorted { $0.path < $1.path }
    plan.unusedRules = input.source.unusedRules(of: input.filter)
    let near = input.source.nearLimit
    if near > 0 { plan.nearLimit = AssumedZone(of: input.sourceTraits, files: near) }
    plan.lostOnBothSides = planner.lostOnBothSides
    plan.permissions = planner.permissionsToSet()
    plan.isTight = room.isTight
    plan.keepsDeleted = input.policy.keepsOldVersions
    plan.misdatedFolders = Set(plan.folderDates.map(\.path).filter { planner.destination[$0]?.isMisdated ?? false })
    plan.remembersFolderDates = !input.destinationTraits.setsFolderDates
    plan.counterparts = planner.surplus?.counterparts ?? [:]
    plan.recorded = Set(planner.records.keys)
    plan.volumes = input.destination.volumes
    plan.proof = planner.proof()
    plan.toFree = planner.toFree(plan.proof)
    plan.verifications = planner.verifications(of: plan)
    plan.places = planner.names.places.mapValues(\.path)
    plan.assumedZones = planner.assumedZones(of: plan)
    plan.assumedFrom = Plan.Origins(
      source: input.source.assumedFrom,
      destination: input.destination.assumedFrom.merging(planner.followedFrom) { first, _ in first }
    )
    plan.confirmed = planner.confirmed
    return plan
  }

  private init(_ input: Input) {
    self.input = input
    let folding = NameFolding(isCaseSensitive: input.destinationTraits.names.isCaseSensitive)
    self.folding = folding
    keptName = KeptName(source: input.sourceTraits.identity, rules: input.destinationTraits.names)
    precision = DatePrecision(input.sourceTraits.times, input.destinationTraits.times)
    destination = DestinationIndex(input.destination.entries, folding)
    ambiguousAtDestination = Set(input.destination.ambiguous.map { folding.key($0.path) })
    var known = input.policy.newDestination || !input.policy.keepsRecord ? [] : input.history.records
    var others = input.twoWay?.sorted ?? []
    if input.policy.mirror != nil || input.policy.onlyCompares {
      let mirrored = Self.mirrored(known, input, folding)
      let paths = Set(mirrored.map(\.path))
      others = known.filter { !paths.contains($0.path) }
      if input.policy.mirror != nil { known = mirrored }
    }
    records = Dictionary(known.map { ($0.path, $0) }) { first, _ in first }
    sorted = Dictionary(others.map { ($0.path, $0) }) { first, _ in first }
    var above: Set<RelativePath> = []
    for record in known {
      var folder = record.path.parent
      while !folder.isRoot, above.insert(folder).inserted { folder = folder.parent }
    }
    recordedFolders = above
    names = NamePlan(input, destination, records: records)
    let moved = Self.zoneChanges(input, records: known, destination: destination)
    movedInZone = moved
    freed = LastCopies(input, folding, records.values)
    astrayHere = LastCopies.astray(input.history.lastCopiesHere, input, folding)
    surplus = input.policy.deletions.map { [names, records, freed] _ in
      Surplus(input, names, folding, records, freed, moved: moved.destination)
    }
  }

  private static func zoneChanges(
    _ input: Input,
    records: [Record],
    destination: DestinationIndex
  ) -> (source: Set<RelativePath>, destination: Set<RelativePath>) {
    var result: (source: Set<RelativePath>, destination: Set<RelativePath>) = ([], [])
    if input.sourceTraits.identity.device != nil {
      let source = Dictionary(input.source.entries.map { ($0.path, $0) }) { first, _ in first }
      result.source = ZoneChange.explained(
        records.compactMap { record in
          source[record.path].map { ZoneChange.Pair(path: record.path, recorded: record.source, now: $0) }
        }
      )
    }
    if input.destinationTraits.identity.device != nil {
      result.destination = ZoneChange.explained(
        records.compactMap { record in
          destination[record.destinationPath].map {
            ZoneChange.Pair(path: record.path, recorded: record.destination, now: $0)
          }
        }
      )
    }
    return result
  }

  // MARK: Steps

  mutating func add(_ change: Change, _ reason: Reason, at path: RelativePath, _ source: Entry?, _ old: Entry? = nil) {
    var bytes: UInt64 = 0
    switch change {
    case .copy, .replace, .keepBoth: bytes = source?.size ?? 0
    case .makeFolder, .copyLink, .adopt, .compare, .move, .follow, .delete, .skip: break
    }
    actions.append(
      Action(
        id: Action.ID(actions.count),
        change: change,
        reason: reason,
        path: path,
        source: source,
        destination: old,
        naming: source.map { naming(of: $0, at: path) } ?? .same,
        bytes: bytes
      )
    )
  }

  /// How a step's source came by its name at `path`; a name that has to be kept beside another is no true one.
  func naming(of source: Entry, at path: RelativePath) -> Naming {
    names.places[source.path].flatMap { $0.path == path ? $0.naming : nil } ?? .same
  }

  mutating func skip(_ reason: Reason, _ source: Entry, _ old: Entry? = nil) {
    add(.skip, reason, at: source.path, source, old)
  }

  /// Adds a step that makes something new at `path`, and before it the removed folders that it needs.
  mutating func make(_ change: Change, _ reason: Reason, at path: RelativePath, _ source: Entry) {
    for folder in deferred {
      guard let place = names.places[folder.path]?.path else { continue }
      add(.makeFolder, .new, at: place, folder)
      folders.append(folder.at(place))
      touched.insert(place.parent)
    }
    deferred = []
    planned.insert(folding.key(path))
    touched.insert(path.parent)
    add(change, reason, at: path, source)
  }

  // MARK: What concerns the whole

  /// Puts the steps of each folder together, before those of the folders in it: a device verifies by the folder.
  private mutating func gatherFolders() {
    let order = actions.indices.sorted { left, right in
      let (one, other) = (actions[left].path.parent, actions[right].path.parent)
      return one == other ? left < right : one < other
    }
    actions = order.map { actions[$0] }
    for index in actions.indices { actions[index].id = Action.ID(index) }
  }

  private func refusals() -> [Refusal] {
    if input.policy.onlyCompares { return [] }
    var refusals: [Refusal] = []
    // Both directions of a two-way run would tell of the same.
    if !input.policy.isBack, let overlap = overlap() { refusals.append(overlap) }
    if !input.policy.newDestination, input.policy.keepsRecord, !input.policy.onlyDates {
      let known = records.count
      let many = missing > 20 && missing * 20 > known
      let emptied =
        input.destination.entries.isEmpty && input.destination.unlisted.isEmpty
        // A run that died while it replaced the only file has emptied it itself.
        && records.keys.contains { input.history.unfinished[$0] == nil }
      if input.history.destinationReplaced { refusals.append(.storageReplaced(.destination)) }
      // There it is a deletion, which has rules of its own.
      if input.twoWay == nil, many || emptied {
        refusals.append(.manyMissing(count: emptied ? known : missing, of: known))
      }
    }
    refusals += refusalsToDelete()
    let traits = input.destinationTraits
    // Of a device that takes no dates the journal keeps them.
    let needsWriting = !input.policy.onlyDates || traits.identity.device == nil
    if needsWriting, !traits.capabilities.contains(.write), actions.contains(where: { $0.change != .skip }) {
      refusals.append(.readOnly(traits.name))
    }
    return refusals
  }
}

extension Entry {
  /// The same at another path.
  func at(_ path: RelativePath) -> Entry {
    var entry = self
    entry.path = path
    return entry
  }
}

extension Action {
  func with(id: ID) -> Action {
    var action = self
    action.id = id
    return action
  }
}

extension RelativePath {
  /// Whether this lies in `folder`, at any depth.
  package func isBelow(_ folder: RelativePath) -> Bool {
    bytes.count > folder.bytes.count && bytes.starts(with: folder.bytes)
      && bytes[folder.bytes.count] == UInt8(ascii: "/")
  }
}

extension UInt64 {
  /// The sum, or the largest number there is: sizes come from devices.
  package func addingSaturated(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
