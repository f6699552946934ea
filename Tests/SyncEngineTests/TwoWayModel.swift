import Storage
import StorageContract

@testable import Journal
@testable import SyncEngine

/// Two folders and their record as a plan sees them, and what becomes of them when a plan is carried out. It knows nothing of
/// how plans come about.
struct TwoWayModel {
  /// A file, or a folder without contents.
  struct Item: Hashable {
    /// Which version it is; `nil` for a folder.
    var contents: Int?
    var size: UInt64 = 0
    var date: Int64 = 0
    var token: UInt64 = 0
  }

  typealias Folder = [RelativePath: Item]

  var first: Folder = [:]
  var second: Folder = [:]
  var records: [Record] = []
  var policy = SyncPolicy()
  var capabilities: (Capabilities, Capabilities) = (
    [.write, .rename, .move, .staging], [.write, .rename, .move, .staging]
  )
  var filter = Filter()
  /// Folders that cannot be listed whole.
  var gaps: (first: Set<RelativePath>, second: Set<RelativePath>) = ([], [])
  /// Versions in vaults.
  var vault: Set<Int> = []
  /// How many files were taken for copies of others, by size and date, that they were not.
  var mistakes = 0
  /// What a run did that it must not do.
  var faults: [String] = []
  private var lastToken: UInt64 = 0

  mutating func newToken() -> UInt64 {
    lastToken += 1
    return lastToken
  }

  // MARK: As a scan finds it

  static func entry(_ path: RelativePath, _ item: Item) -> Entry {
    guard item.contents != nil else { return Entry(path: path, kind: .directory) }
    return Entry(
      path: path,
      kind: .file,
      size: item.size,
      times: FileTimes(modified: Timestamp(seconds: item.date)),
      token: ChangeToken(bytes: (0..<8).map { UInt8(truncatingIfNeeded: item.token >> ($0 * 8)) }, version: 1)
    )
  }

  private func tree(_ folder: Folder, _ gaps: Set<RelativePath>) -> Tree {
    var tree = Tree()
    tree.entries = folder.map { Self.entry($0.key, $0.value) }.sorted { $0.path < $1.path }
    for gap in gaps where gap.isRoot || folder[gap] != nil {
      tree.unlisted[gap] = [Unlisted(name: "?", reason: .inputOutput)]
      let lost = tree.entries.first { $0.path.parent == gap }?.path
      tree.entries.removeAll { $0.path == lost || lost.map($0.path.isBelow) ?? false }
    }
    return tree
  }

  private func traits(_ root: String, _ capabilities: Capabilities) -> StorageTraits {
    var traits = StorageTraits.inMemory
    traits.identity.root = Array(root.utf8)
    traits.capabilities = capabilities
    return traits
  }

  /// What is planned now, with the contents compared.
  func plan(announced: TwoWayPlan? = nil) -> TwoWayPlan {
    let (one, other) = (tree(first, gaps.first), tree(second, gaps.second))
    let (here, there) = (traits("one", capabilities.0), traits("two", capabilities.1))
    func draft(_ source: Tree, _ destination: Tree, _ from: StorageTraits, _ to: StorageTraits, _ isBack: Bool)
      -> SyncRun.Draft
    {
      var policy = policy
      policy.isBack = isBack
      var history = History()
      history.records = isBack ? records.map(\.reversed) : records
      var tree = source.asSource(filter, journal: "0")
      tree.leaveOut(by: filter)
      return SyncRun.Draft(
        input: Planner.Input(
          source: tree,
          destination: destination,
          history: history,
          policy: policy,
          sourceTraits: from,
          destinationTraits: to,
          filter: filter,
          hasHost: true
        )
      )
    }
    var input = TwoWayPlan.Input(
      forth: draft(one, other, here, there, false),
      back: draft(other, one, there, here, true),
      announced: announced
    )
    while true {
      let plan = TwoWayPlan(input)
      let open = plan.comparisons
      if open.isEmpty { return plan }
      for pair in open {
        let areEqual = first[pair.source.path]?.contents == second[pair.destination.path]?.contents
        input.compared[pair] = areEqual ? .equal : .different
      }
    }
  }

  // MARK: As a run leaves it

  /// Carries a plan out as ``TwoWaySync`` does: one direction, a fresh plan, and what of that was announced.
  mutating func run(_ plan: TwoWayPlan) {
    guard plan.forth.refusals.isEmpty, plan.back.refusals.isEmpty else { return }
    carryOut(plan[plan.first], plan.first)
    guard !plan[plan.first.other].isIdle else { return }
    let (fresh, second) = (self.plan(announced: plan), plan.first.other)
    let rest = plan.announced(of: fresh, second)
    if rest.rows != plan[second].rows { faults.append("announced \(plan[second].rows), did \(rest.rows)") }
    carryOut(rest, second)
  }

  private mutating func carryOut(_ plan: Plan, _ direction: TwoWayPlan.Direction) {
    // Seen from the direction.
    if direction == .back { turn() }
    records.removeAll { plan.lostOnBothSides.contains($0.destinationPath) }
    for item in plan.setAside {
      records.removeAll { $0.destinationPath == item.other }
      guard first[item.target] == nil else {
        faults.append("\(item.target) was there")
        continue
      }
      first[item.target] = first.removeValue(forKey: item.path)
    }
    for action in plan.actions { take(action) }
    if direction == .back { turn() }
  }

  private mutating func turn() {
    swap(&first, &second)
    records = records.map(\.reversed)
  }

  private mutating func take(_ action: Action) {
    let path = action.path
    switch action.change {
    case .skip: break
    case .makeFolder:
      guard second[path] == nil, isFolder(path.parent) else { return faults.append("no place for \(path)") }
      second[path] = Item()
    case .copy, .replace:
      guard let source = action.source, var item = first[source.path] else {
        return faults.append("\(path) has no source")
      }
      let old = second[path]
      guard (old == nil) == (action.change == .copy), isFolder(path.parent) else {
        return faults.append("\(action.change) of \(path)")
      }
      if let old { discard(old, path) }
      item.token = newToken()
      second[path] = item
      record(source.path, path)
    case .adopt(let setTimes):
      guard let source = action.source, let item = first[source.path], second[path] != nil else {
        return faults.append("\(path) is not there")
      }
      if second[path]?.contents != item.contents { faults.append("\(path) differs, and was adopted") }
      if setTimes {
        let token = newToken()
        second[path]?.date = item.date
        second[path]?.token = token
      }
      record(source.path, path)
    case .delete:
      guard let old = second[path] else { return faults.append("\(path) is gone") }
      guard old.contents != nil else {
        if second.keys.contains(where: { $0.parent == path }) { faults.append("\(path) is not empty") }
        return second[path] = nil
      }
      let record = records.first { $0.destinationPath == path }
      // What could not be moved was copied to its new place, and has its record there.
      let isElsewhere = record == nil && first.values.contains { $0.contents == old.contents }
      if !isElsewhere, record == nil || first[record?.path ?? path]?.contents != nil {
        faults.append("\(path) was deleted")
      }
      if !isElsewhere, record.map({ Self.entry(path, old).isChanged(since: $0.destination) != false }) ?? true {
        faults.append("\(path) was changed, and deleted")
      }
      if !isElsewhere { discard(old, path) }
      second[path] = nil
      records.removeAll { $0.destinationPath == path }
    case .move(let origin): move(origin, to: path, action)
    case .compare, .copyLink, .keepBoth, .follow: faults.append("\(action.change)")
    }
  }

  private mutating func move(_ origin: RelativePath, to path: RelativePath, _ action: Action) {
    guard let source = action.source, let item = first[source.path], let old = second[origin], second[path] == nil,
      isFolder(path.parent)
    else { return faults.append("\(path) cannot be moved from \(origin)") }
    let record = records.first { $0.destinationPath == origin }
    let isGone = record.map { $0.path == source.path || first[$0.path] == nil } ?? false
    if !isGone || record.map({ Self.entry(origin, old).isChanged(since: $0.destination) }) != false {
      faults.append("\(origin) was changed, and moved")
    }
    if old.contents == item.contents {
      second[origin] = nil
      records.removeAll { $0.destinationPath == origin }
    } else {
      mistakes += 1
    }
    var copy = item
    copy.token = newToken()
    second[path] = copy
    self.record(source.path, path)
  }

  private func isFolder(_ path: RelativePath) -> Bool {
    path.isRoot || second[path].map { $0.contents == nil } ?? false
  }

  private mutating func record(_ path: RelativePath, _ place: RelativePath) {
    guard let one = first[path], let other = second[place] else { return }
    records.removeAll { $0.path == path || $0.destinationPath == place }
    records.append(.of(Self.entry(path, one), Self.entry(place, other)))
  }

  /// Takes a version away: into a vault, or for good where it is on record, so that somebody decided for another one.
  private mutating func discard(_ old: Item, _ path: RelativePath) {
    if policy.keepsOldVersions {
      if let contents = old.contents { vault.insert(contents) }
    } else if policy.conflict == .both {
      let record = records.first { $0.destinationPath == path }
      let isKnown =
        record.map { !$0.isRacy && Self.entry(path, old).isChanged(since: $0.destination) == false } ?? false
      if !isKnown { faults.append("\(path) is lost") }
    }
  }

  /// The two folders, the record and the filter, for people.
  var summary: String {
    func words(_ folder: Folder) -> String {
      folder.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.contents.map { "\($0)" } ?? "/"):\($0.value.size)" }
        .joined(separator: " ")
    }
    let known = records.map { record in
      let place = record.path == record.destinationPath ? "" : ">\(record.destinationPath)"
      return "\(record.path)\(place)\(record.isRacy ? "~" : "")"
    }.sorted().joined(separator: " ")
    let rules = filter.rules.map { "\($0)".suffix(60) }
    return "first: \(words(first))\nsecond: \(words(second))\nrecords: \(known)\nfilter: \(rules) \(filter.sizes)"
  }

  /// All versions that are anywhere.
  var versions: Set<Int> { vault.union((Array(first.values) + Array(second.values)).compactMap(\.contents)) }
}

extension Plan {
  /// What it does, as text.
  var rows: Set<String> {
    Set(actions.filter { $0.change != .skip }.map { "\($0.change.word) \($0.path.text)" })
  }

  /// What it leaves out.
  var told: Set<RelativePath> {
    Set(actions.filter { $0.change == .skip }.flatMap { [$0.path, $0.source?.path ?? $0.path] })
  }
}
