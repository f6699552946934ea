internal import Journal
internal import Storage

/// What a two-way run would do: what it does at each of the two folders, as a plan of its own. A dry run prints exactly this.
public struct TwoWayPlan: Sendable {
  /// One of the two runs that a two-way run consists of.
  public enum Direction: Hashable, Sendable {
    /// From the first folder to the second; and the other way.
    case forth, back
  }

  public var forth: Plan
  public var back: Plan
  /// The one that is carried out first: it sets versions aside, of which the other one copies the other version.
  public private(set) var first: Direction

  /// Whether running it would leave both folders and the record as they are.
  public var isIdle: Bool { forth.isIdle && back.isIdle }

  public subscript(_ direction: Direction) -> Plan {
    get { direction == .forth ? forth : back }
    set { if direction == .forth { forth = newValue } else { back = newValue } }
  }
}

extension TwoWayPlan.Direction {
  public var other: TwoWayPlan.Direction { self == .forth ? .back : .forth }
}

extension TwoWayPlan {
  /// What both directions are planned from: the same two trees, each once as a source and once as a destination.
  struct Input {
    var forth: SyncRun.Draft
    var back: SyncRun.Draft
    /// What was compared already.
    var compared: [Comparison: Comparison.Verdict] = [:]
    /// What was announced, where one direction is through by now.
    var announced: TwoWayPlan?

    subscript(_ direction: Direction) -> SyncRun.Draft {
      get { direction == .forth ? forth : back }
      set { if direction == .forth { forth = newValue } else { back = newValue } }
    }
  }

  /// Plans both directions: a pure function. Where contents have to be compared first, the plans say so
  /// (``Plan/comparisons``), and nothing else of these files.
  init(_ input: Input) {
    var input = input
    input.agree()
    let canRename = [Direction.forth, .back].first { input[$0].input.sourceTraits.canRename }
    let first = canRename ?? .forth
    self.first = first
    func plan(_ direction: Direction, others: Set<RelativePath>, setAside: Set<RelativePath>) -> Plan {
      var draft = input[direction]
      draft.input.twoWay?.setsAside = direction == canRename
      draft.input.twoWay?.others = others
      draft.input.twoWay?.setAsideThere = setAside
      draft.input.twoWay?.announcedMoves = input.announced?[direction].targetsOfMoves
      return draft.plan()
    }
    // What one direction goes on with, where it was cut off, the other leaves alone.
    var one = plan(first, others: [], setAside: [])
    var other = plan(first.other, others: one.targetsOfItsOwn, setAside: Set(one.setAside.map(\.path)))
    let goingOn = other.unfinishedTargets
    if !goingOn.isEmpty {
      one = plan(first, others: goingOn, setAside: [])
      other = plan(first.other, others: one.targetsOfItsOwn, setAside: Set(one.setAside.map(\.path)))
    }
    (forth, back) = first == .forth ? (one, other) : (other, one)
    // Both count the same files.
    back.unchanged = 0
    // The second direction goes by these for the folders that they were in.
    if !self[first.other].isIdle { self[first].lostOnBothSides = [] }
  }

  /// The pairs whose contents are still to be compared, each once and as the first folder has it.
  var comparisons: [Comparison] {
    var known: Set<RelativePath> = []
    let other = back.comparisons.map {
      Comparison(source: $0.destination, destination: $0.source, reason: $0.reason)
    }
    return (forth.comparisons + other).filter { known.insert($0.source.path).inserted }
  }

  /// What of one direction of a fresh plan was announced by this one: the same step, with the same version. What has
  /// changed since is left to the next run, and told; so is what could not be listed either time, since it hides steps.
  func announced(of fresh: TwoWayPlan, _ direction: Direction) -> Plan {
    var shown: [RelativePath: [Action]] = [:]
    for action in self[direction].actions { shown[action.target, default: []].append(action) }
    var plan = fresh[direction]
    plan.actions = plan.actions.compactMap { action in
      guard let before = shown[action.target] else { return nil }
      if before.contains(where: { $0.isAnnouncement(of: action) }) { return action }
      guard before.contains(where: { $0.change != .skip }), action.change != .skip else { return nil }
      var skipped = action
      (skipped.change, skipped.reason, skipped.bytes, skipped.part) = (.skip, .changedSincePlan, 0, nil)
      return skipped
    }
    var told = Set((plan.actions + self[direction.other].actions).filter(\.isGap).map(\.path))
    for gap in self[direction].actions + fresh.forth.actions + fresh.back.actions where gap.isGap {
      if told.insert(gap.path).inserted { plan.actions.append(gap) }
    }
    plan.actions = plan.actions.enumerated().map { id, action in action.with(id: Action.ID(id)) }
    plan.setAside = []
    let folders = Set(self[direction].folderDates.map(\.path))
    plan.folderDates.removeAll { !folders.contains($0.path) }
    // What may be deleted was judged when it was announced.
    plan.refusals.removeAll(where: \.isAboutDeletions)
    return plan
  }
}

extension TwoWayPlan.Input {
  /// Has both directions go by the same records, filters and comparisons.
  fileprivate mutating func agree() {
    let (there, here) = (forth.input, back.input)
    let folding = NameFolding(isCaseSensitive: there.destinationTraits.names.isCaseSensitive)
    let ownFolding = NameFolding(isCaseSensitive: here.destinationTraits.names.isCaseSensitive)
    let own = Set(Planner.mirrored(here.history.records, here, ownFolding).map(\.destinationPath))
    let others = Set(Planner.mirrored(there.history.records, there, folding).map(\.path))
    let known = there.history.records.filter { others.contains($0.path) || own.contains($0.path) }
    let files = SortedFiles(
      there.history.records.filter { !others.contains($0.path) && !own.contains($0.path) },
      (there.source, ownFolding),
      (here.source, folding)
    )
    let sorted = files.still
    let records = known + sorted.map(\.beforeItWasMoved) + files.left
    forth.input.history.records = records
    back.input.history.records = records.map(\.reversed)

    takePartTogether()
    var (one, other) = (TwoWay(setsAside: false), TwoWay(setsAside: false))
    (one.sorted, other.sorted) = (sorted, sorted.map(\.reversed))
    (one.lost, other.lost) = (files.lost.map(\.destinationPath), files.lost.map(\.path))
    (one.leftOutThere, other.leftOutThere) = (back.input.source.onlyLeftOut, forth.input.source.onlyLeftOut)
    for (pair, verdict) in compared {
      one.compared[pair.source.path] = verdict
      other.compared[pair.destination.path] = verdict
    }
    (forth.input.twoWay, back.input.twoWay) = (one, other)
  }
}

extension TwoWayPlan.Input {
  /// Of two versions of which a filter by size or date means one, the other one takes part as well: it is what an edit has
  /// made of that, or what it was before. So does what was announced because of that, with its other version set aside.
  private mutating func takePartTogether() {
    let (one, other) = (forth.input, back.input)
    let places = Dictionary(one.history.records.map { ($0.path, $0.destinationPath) }) { first, _ in first }
    let origins = Dictionary(other.history.records.map { ($0.path, $0.destinationPath) }) { first, _ in first }
    let (here, there) = (one.source.files, other.source.files)
    let (toSecond, toFirst) = (announced?.forth.sources ?? [], announced?.back.sources ?? [])
    forth.input.source.takeIn(other.destination.entries) { there.contains(places[$0] ?? $0) || toSecond.contains($0) }
    back.input.source.takeIn(one.destination.entries) { here.contains(origins[$0] ?? $0) || toFirst.contains($0) }
  }
}

extension Plan {
  fileprivate var targetsOfMoves: Set<RelativePath> {
    Set(actions.compactMap { if case .move = $0.change { $0.path } else { nil } })
  }

  fileprivate var sources: Set<RelativePath> { Set(actions.compactMap { $0.source?.path }) }
}

extension Tree {
  fileprivate var files: Set<RelativePath> { Set(entries.lazy.filter { $0.kind == .file }.map(\.path)) }

  /// Has the files take part again that a filter by size or date leaves out.
  /// - Parameter all: the tree without that filter.
  fileprivate mutating func takeIn(_ all: [Entry], where isWanted: (RelativePath) -> Bool) {
    let back = all.filter { entry in
      switch filtered[entry.path] {
      case .size, .date: isWanted(entry.path)
      default: false
      }
    }
    guard !back.isEmpty else { return }
    let paths = Set(back.map(\.path))
    for path in paths { filtered[path] = nil }
    leftOut.removeAll { paths.contains($0.entry.path) }
    entries = (entries + back).sorted { $0.path < $1.path }
  }
}

extension Plan {
  /// Files of the destination that the other direction leaves alone: parts that this one goes on with, and copies that are
  /// there already of what it sets aside.
  fileprivate var targetsOfItsOwn: Set<RelativePath> { unfinishedTargets.union(setAside.map(\.place)) }

  /// Files of the destination that an interrupted run was writing, and that this one goes on with.
  fileprivate var unfinishedTargets: Set<RelativePath> {
    Set(actions.filter { $0.reason == .unfinished && $0.change != .skip }.compactMap { $0.destination?.path })
  }
}

extension Plan {
  /// Whether something could not be listed, so that steps of the other direction may be missing.
  var hasGaps: Bool { actions.contains(where: \.isGap) }
}

extension Action {
  fileprivate var isGap: Bool { change == .skip && (reason == .unreadable || reason == .folderIncomplete) }

  /// Whether this step, as it was shown, is the one that would be taken now.
  fileprivate func isAnnouncement(of now: Action) -> Bool {
    guard change.word == now.change.word || change.makesNew && now.change.makesNew else { return false }
    switch now.change {
    case .skip, .makeFolder: return true
    case .delete: return isSame(destination, now.destination)
    case .copy, .copyLink, .replace, .keepBoth, .adopt, .compare: return isSame(source, now.source)
    case .move, .follow:
      return change == now.change && isSame(source, now.source) && isSame(destination, now.destination)
    }
  }

  private func isSame(_ entry: Entry?, _ now: Entry?) -> Bool {
    guard let entry, let now else { return false }
    return now.isSame(as: entry) || entry.isDirectory && now.isDirectory
  }
}

extension Change {
  /// Whether it makes something where nothing is, or what takes that for its own again.
  fileprivate var makesNew: Bool {
    switch self {
    case .copy, .compare, .adopt: true
    case .makeFolder, .copyLink, .replace, .keepBoth, .move, .follow, .delete, .skip: false
    }
  }
}

extension Refusal {
  fileprivate var isAboutDeletions: Bool {
    switch self {
    case .sourceEmptied, .nothingRecordedAtSource, .copiesFromElsewhere, .manyDeletions, .manyLost: true
    case .manyMissing, .storageReplaced, .foldersOverlap, .readOnly, .noSpace: false
    }
  }
}

extension Record {
  /// The same, seen from the other side.
  var reversed: Record {
    var record = Record(
      path: destinationPath,
      destinationPath: path,
      source: destination,
      destination: source,
      isRacy: isRacy
    )
    record.isOfWayBack = !isOfWayBack
    return record
  }
}

extension Tree {
  /// Nothing but what a filter leaves out.
  fileprivate var onlyLeftOut: Tree {
    var tree = Tree()
    tree.filtered = filtered
    return tree
  }

  /// A tree that was scanned for both ends, as a source has it: without what a filter leaves out by its path, and without
  /// what FileSync keeps there for itself.
  func asSource(_ filter: Filter, journal: String) -> Tree {
    var tree = self
    tree.entries = []
    var closed: RelativePath?
    for entry in entries {
      if let closed, entry.path.isBelow(closed) { continue }
      closed = nil
      if entry.path.name.elementsEqual(Vault.name) {
        tree.temporaries.append(entry)
        closed = entry.path
        continue
      }
      if !tree.admit(entry, filter) { closed = entry.path }
    }
    tree.ambiguous = tree.ambiguous.filter { !tree.isFiltered($0.path) }
    // Those of interrupted runs are removed, or gone on with, by the other direction.
    tree.temporaries = tree.temporaries.filter {
      !tree.isFiltered($0.path) && !($0.isDirectory && TemporaryName.isProbe($0.path.name))
        && !TemporaryName.matches($0.path.name, journal: journal)
    }
    tree.unlisted = tree.unlisted.filter { !tree.isFiltered($0.key) && !tree.isBelowVault($0.key) }
    return tree
  }

  private func isBelowVault(_ path: RelativePath) -> Bool {
    path.components.contains { $0.elementsEqual(Vault.name) }
  }
}
