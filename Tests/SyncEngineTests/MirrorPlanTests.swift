import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What holds for every plan that deletes, over generated pairs of trees.
@Suite struct MirrorPlanTests {
  /// Two small trees over few names, so that much is on both sides, with gaps, filters and records.
  private struct Case {
    var input = Planner.Input.sample
    /// The source as it is without its filter.
    var whole: Tree
    /// What is there.
    var kinds: [RelativePath: Entry.Kind] {
      Dictionary(whole.entries.map { ($0.path, $0.kind) }) { first, _ in first }
    }

    init(_ seed: UInt64) throws {
      var numbers = SeededNumbers(state: seed)
      input.policy = .mirror(Mirror(limit: .percent(100), allowsEmpty: true))
      input.source.entries = Self.tree(&numbers)
      input.destination.entries = Self.tree(&numbers)
      if seed.isMultiple(of: 3) { Self.addGap(to: &input.source, &numbers) }
      if seed.isMultiple(of: 5) { Self.addGap(to: &input.destination, &numbers) }
      if seed.isMultiple(of: 7), let entry = input.destination.entries.randomElement(using: &numbers) {
        if let path = entry.path.parent.appending("twice") {
          input.destination.ambiguous = [
            Entry(path: path, kind: .file, size: 1), Entry(path: path, kind: .file, size: 1),
          ]
        }
      }
      for entry in input.source.entries where entry.kind == .file && Bool.random(using: &numbers) {
        input.history.records.append(.of(entry, entry))
      }
      whole = input.source
      if seed.isMultiple(of: 2) {
        let words = ["a", "/b/", "c/*", "*", "/d/**", "b/"].shuffled(using: &numbers).prefix(2)
        input.filter.rules = try words.enumerated().map { index, word in
          index == 1 && Bool.random(using: &numbers) ? .include(try Pattern(word)) : .exclude(try Pattern(word))
        }
        if seed.isMultiple(of: 8) { input.filter.sizes = 2...4 }
        input.source = Self.filtered(input.source, by: input.filter)
      }
    }

    private static func tree(_ numbers: inout SeededNumbers) -> [Entry] {
      var entries: [Entry] = []
      var folders: [RelativePath] = [.root]
      while let folder = folders.popLast() {
        for name in ["a", "b", "c", "d"] {
          guard let path = folder.appending(name) else { continue }
          switch UInt8.random(in: 0..<6, using: &numbers) {
          case 0, 1: entries.append(.file(path, UInt64.random(in: 1...5, using: &numbers), token: 1))
          case 2:
            entries.append(.folder(path))
            if path.components.count < 3 { folders.append(path) }
          default: break
          }
        }
      }
      return entries.sorted { $0.path < $1.path }
    }

    private static func addGap(to tree: inout Tree, _ numbers: inout SeededNumbers) {
      let folder = tree.entries.filter(\.isDirectory).randomElement(using: &numbers)?.path ?? .root
      tree.unlisted[folder] = [Unlisted(name: "?", reason: .inputOutput)]
    }

    /// As a scan leaves things out.
    private static func filtered(_ tree: Tree, by filter: Filter) -> Tree {
      var result = tree
      result.entries = []
      for entry in tree.entries where !result.isFiltered(entry.path) {
        switch filter.verdict(entry.path, isFolder: entry.isDirectory) {
        case .takesPart: result.entries.append(entry)
        case .leadsTo:
          result.entries.append(entry)
          result.leading.insert(entry.path)
        case .leftOut(let cause): result.left(entry, cause)
        }
      }
      result.leaveOut(by: filter)
      return result
    }
  }

  /// What a plan takes from its place: to delete it, or to give it another one.
  private func deleted(_ plan: Plan) -> [Entry] {
    plan.actions.filter { $0.change == .delete || $0.reason == .movedBack }.compactMap(\.destination)
  }

  private func above(_ path: RelativePath) -> [RelativePath] {
    sequence(first: path.parent) { $0.isRoot ? nil : $0.parent }.map(\.self)
  }

  /// What is wrong with a deletion; `nil` if nothing is.
  private func fault(of entry: Entry, after done: Set<RelativePath>, in sample: Case) -> String? {
    let input = sample.input
    if sample.kinds[entry.path] == entry.kind { return "it is at the source" }
    let folders = above(entry.path)
    for folder in folders where input.source.unlisted[folder] != nil || input.destination.unlisted[folder] != nil {
      return "not all of \(folder) was listed"
    }
    if input.destination.unlisted[entry.path] != nil { return "not all of it was listed" }
    guard input.filter.verdict(entry.path, isFolder: entry.isDirectory).takesPart else { return "it is left out" }
    for folder in folders where !folder.isRoot {
      if case .leftOut = input.filter.verdict(folder, isFolder: true) { return "\(folder) is left out" }
    }
    guard entry.isDirectory else { return input.filter.sizes.contains(entry.size ?? 0) ? nil : "of another size" }
    for inner in input.destination.entries where inner.path.isBelow(entry.path) && !done.contains(inner.path) {
      return "\(inner.path) is in it"
    }
    return input.destination.ambiguous.contains { $0.path.isBelow(entry.path) } ? "something is in it" : nil
  }

  @Test(arguments: 0..<10) func nothingIsDeletedThatMayBeAtTheSource(_ part: UInt64) throws {
    var deletions = 0
    for seed in (part * 2000)..<(part * 2000 + 2000) {
      let sample = try Case(seed)
      let plan = Planner.plan(sample.input)
      var done: Set<RelativePath> = []
      for entry in deleted(plan) {
        if let fault = fault(of: entry, after: done, in: sample) { Issue.record("\(seed): \(entry.path): \(fault)") }
        done.insert(entry.path)
      }
      deletions += done.count
      // What makes no room for anything goes after all else.
      let steps = plan.actions.filter { $0.change != .skip }
      let last = steps.lastIndex { $0.change != .delete } ?? 0
      if !steps.prefix(last).allSatisfy({ $0.change != .delete || $0.reason == .kindChanged })
        || !zip(plan.actions, 0...).allSatisfy({ $0.id == $1 })
      {
        Issue.record("\(seed): in a wrong order")
      }
    }
    #expect(deletions > 2000)
  }

  @Test(arguments: 0..<4) func filtersNeverWidenADelete(_ part: UInt64) throws {
    var refusals = 0
    for seed in (part * 500)..<(part * 500 + 500) {
      let sample = try Case(seed * 2)
      var without = sample.input
      (without.source, without.filter) = (sample.whole, Filter())
      // Where a filter takes a folder away, a file of its name has nothing to make room for.
      let (narrow, wide) = (deleted(Planner.plan(sample.input)), Set(deleted(Planner.plan(without)).map(\.path)))
      #expect(Set(narrow.map(\.path)).isSubset(of: wide), "\(seed)")
      // Nor do they make the share larger that may go: it is one of what takes part.
      var input = sample.input
      input.policy.mirror?.limit = .files(0)
      for case .manyDeletions(_, let files, _) in Planner.plan(input).refusals {
        refusals += 1
        let meant = input.destination.entries.count { entry in
          guard !entry.isDirectory, isMeant(entry, by: input.filter) else { return false }
          // What takes part at the source does so as a whole.
          let isAtSource = input.source.entries.contains { $0.path == entry.path && !$0.isDirectory }
          return isAtSource || input.filter.sizes.contains(entry.size ?? 0)
        }
        if files > meant { Issue.record("\(seed): of \(files) files, where \(meant) take part") }
      }
    }
    #expect(refusals > 100)
  }

  /// Whether neither its path nor a folder it is in is left out.
  private func isMeant(_ entry: Entry, by filter: Filter) -> Bool {
    filter.verdict(entry.path, isFolder: entry.isDirectory).takesPart
      && above(entry.path).allSatisfy { folder in
        if case .leftOut = filter.verdict(folder, isFolder: true) { folder.isRoot } else { true }
      }
  }

  @Test func allThatTheSourceLacksGoesWhereAllIsKnown() throws {
    for seed in UInt64(1)..<2000 where !seed.isMultiple(of: 2) && !seed.isMultiple(of: 3) {
      guard !seed.isMultiple(of: 5), !seed.isMultiple(of: 7) else { continue }
      let input = try Case(seed).input
      let source = Dictionary(input.source.entries.map { ($0.path, $0.kind) }) { first, _ in first }
      let surplus = input.destination.entries.filter { source[$0.path] != $0.kind }.map(\.path)
      #expect(Set(deleted(Planner.plan(input)).map(\.path)) == Set(surplus), "\(seed)")
    }
  }

  // MARK: Limits

  private func input(deleting count: Int, of all: Int) -> Planner.Input {
    var input = Planner.Input.sample
    input.policy = .mirror()
    let files = (0..<all).map { Entry.file(RelativePath("f\($0 + 10_000)") ?? .root, 1, token: 1) }
    input.destination.entries = files
    input.source.entries = Array(files.dropFirst(count))
    return input
  }

  @Test(arguments: [(10, 20, true), (11, 20, false), (40, 400, true), (41, 400, false)])
  func aTenthMayGoAndTenFilesInAnyCase(_ count: Int, _ all: Int, _ isAllowed: Bool) {
    let refusal = Refusal.manyDeletions(count: count, of: all, allowed: max(10, all / 10))
    #expect(Planner.plan(input(deleting: count, of: all)).refusals == (isAllowed ? [] : [refusal]))
  }

  @Test(
    arguments: [
      (Mirror.Limit.files(0), 1, false), (.files(5), 5, true), (.percent(5), 20, true), (.percent(5), 21, false),
    ]
  )
  func theUsersLimitHoldsToTheFile(_ limit: Mirror.Limit, _ count: Int, _ isAllowed: Bool) {
    var input = input(deleting: count, of: 400)
    input.policy.mirror?.limit = limit
    #expect(Planner.plan(input).refusals.isEmpty == isAllowed)
  }

  /// A tenth of the photos, whatever else is there that a filter leaves out, or that an earlier sync keeps in a vault.
  @Test(arguments: [10, 11]) func theTenthIsOneOfWhatTakesPart(_ count: Int) throws {
    var input = input(deleting: count, of: 40)
    input.filter.rules = [.include(try Pattern("/f*"))]
    let others = (0..<500).map { Entry.file(.of("document\($0)"), 1, token: 1) }
    let kept = (0..<500).map { Entry.file(.of("f/.filesync-vault/f\($0)"), 1, token: 1) }
    input.destination.entries += others + [.folder("f"), .folder("f/.filesync-vault")] + kept
    input.destination.entries.sort { $0.path < $1.path }
    let refusal = Refusal.manyDeletions(count: 11, of: 40, allowed: 10)
    #expect(Planner.plan(input).refusals == (count > 10 ? [refusal] : []))
    // By size and by date, too.
    input.filter = Filter()
    input.filter.sizes = 1...1
    input.destination.entries = self.input(deleting: count, of: 40).destination.entries
    input.destination.entries += others.map { .file($0.path, 2, token: 1) }
    input.destination.entries.sort { $0.path < $1.path }
    #expect(Planner.plan(input).refusals == (count > 10 ? [refusal] : []))
  }

  @Test func anEmptiedSourceIsRefusedWhateverTheLimit() {
    var input = input(deleting: 5, of: 5)
    input.policy.mirror?.limit = .percent(100)
    #expect(Planner.plan(input).refusals == [.sourceEmptied(deletions: 5)])
    input.policy.mirror?.allowsEmpty = true
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  /// Another phone where one's own was before.
  @Test func copiesFromElsewhereAreNotDeleted() {
    var input = input(deleting: 5, of: 40)
    input.history.recordedFromElsewhere = Set(input.destination.entries.map(\.path))
    #expect(Planner.plan(input).refusals == [.copiesFromElsewhere(count: 5)])
    var own = input
    own.history.records = input.destination.entries.map { .of($0, $0) }
    #expect(Planner.plan(own).refusals.isEmpty)
    input.policy.mirror?.allowsEmpty = true
    #expect(Planner.plan(input).refusals.isEmpty)
    (input.policy.mirror, input.policy.conflict) = (nil, .replace)
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  @Test func aSourceWithoutAnyRecordedFileIsRefused() {
    var input = input(deleting: 5, of: 5)
    input.history.records = input.destination.entries.map { .of($0, $0) }
    input.source.entries = [.file("another", 1, token: 1)]
    #expect(Planner.plan(input).refusals == [.nothingRecordedAtSource(of: 5)])
    input.source.entries.append(input.destination.entries[4])
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  @Test func anotherStorageUnderTheSourceIsRefused() {
    var input = input(deleting: 1, of: 5)
    input.history.sourceReplaced = true
    #expect(Planner.plan(input).refusals == [.storageReplaced(.source)])
    input.policy = SyncPolicy()
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  /// Another card under the same path, with files of the same names.
  @Test(arguments: [(UInt64(2), Int64(1_600_000_000)), (1, 1_600_000_900)])
  func anotherStorageUnderTheSourceReplacesNothing(_ size: UInt64, _ date: Int64) {
    var input = input(deleting: 0, of: 5)
    input.history.sourceReplaced = true
    #expect(Planner.plan(input).refusals.isEmpty)
    input.source.entries[0] = .file(input.source.entries[0].path, size, token: 9, modified: date)
    #expect(Planner.plan(input).refusals == [.storageReplaced(.source)])
    input.policy = SyncPolicy()
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  @Test(arguments: [(10, 20), (11, 20), (40, 400), (41, 400)])
  func whatIsReplacedForGoodCountsAsWell(_ count: Int, _ all: Int) {
    var input = input(deleting: 1, of: all)
    for index in 1..<count {
      input.source.entries[index] = .file(input.source.entries[index].path, 2, token: 9)
    }
    #expect(Planner.plan(input).refusals.isEmpty)
    input.policy.keepsOldVersions = false
    let allowed = max(10, all / 10)
    let refusal = Refusal.manyLost(count: count, of: all, allowed: allowed)
    #expect(Planner.plan(input).refusals == (count > allowed ? [refusal] : []))
    input.policy.mirror?.limit = .files(count)
    #expect(Planner.plan(input).refusals.isEmpty)
    // But not what came from the source, which has changed since.
    input.policy.mirror?.limit = .standard
    input.history.records = input.destination.entries.map { .of($0, $0) }
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  // MARK: Overlaps

  /// A part of one side is the other one, or is mounted in it.
  @Test(arguments: [("d/e", "", false), ("", "f", false), ("d/e", "f", true), ("d/e", "f", false)])
  func oneFolderOnBothSidesIsRefused(_ here: String, _ there: String, _ isMount: Bool) throws {
    var input = Planner.Input.sample
    input.sourceTraits.folder = FolderIdentity(device: 1, inode: 1)
    input.destinationTraits.folder = FolderIdentity(device: 1, inode: 2)
    (input.source.entries, input.destination.entries) = ([.folder("d"), .folder("d/e")], [.folder("f")])
    for index in 0..<2 { input.source.entries[index].folder = FolderIdentity(device: 2, inode: UInt64(index)) }
    input.destination.entries[0].folder = FolderIdentity(device: 3, inode: 0)
    #expect(Planner.plan(input).refusals.isEmpty)
    let shared = FolderIdentity(device: 7, inode: 7)
    if here.isEmpty { input.sourceTraits.folder = shared } else { input.source.entries[1].folder = shared }
    if there.isEmpty { input.destinationTraits.folder = shared } else { input.destination.entries[0].folder = shared }
    if here.isEmpty { input.destination.entries[0].folder = shared }
    input.source.entries[1].isMountPoint = isMount
    let place: RelativePath = here.isEmpty ? "f" : RelativePath(there) ?? .root
    let isTold = here.isEmpty || there.isEmpty || isMount
    let refusal = Refusal.foldersOverlap(RelativePath(here) ?? .root, place)
    #expect(Planner.plan(input).refusals == (isTold ? [refusal] : []))
    input.policy.onlyDates = true
    input.policy.onlyCompares = true
    #expect(Planner.plan(input).refusals.isEmpty)
  }

  // MARK: What stays

  private func rows(_ input: Planner.Input) -> [String] {
    Planner.plan(input).actions.map { "\($0.change) \($0.reason.rawValue) \($0.path.text)" }
  }

  @Test func phonesKeepWhatIsTheirOwn() {
    var input = Planner.Input.sample
    (input.sourceTraits, input.destinationTraits) = (input.destinationTraits, input.sourceTraits)
    input.destinationTraits.capabilities = [.write, .move]
    input.policy = .mirror(Mirror(allowsEmpty: true))
    input.destination.entries = [
      .folder("Android"), .folder("Android/data"), .file("Android/data/x", 1, token: 1), .folder("Android/media"),
      .file("Android/media/y", 1, token: 1), .folder("DCIM"),
      .folder("DCIM/.thumbnails"), .file("DCIM/.thumbnails/1", 1, token: 1),
      .file("DCIM/.trashed-1-a.jpg", 1, token: 1),
      .file("DCIM/b.jpg", 1, token: 1),
    ]
    #expect(rows(input) == ["delete neverAtSource DCIM/b.jpg"])
  }

  @Test func aDeviceThatDeletesNothingKeepsAllAndSaysSo() {
    var input = input(deleting: 2, of: 3)
    input.destinationTraits.deletesNothing = true
    let reasons = Planner.plan(input).actions.filter { $0.change == .skip }.map(\.reason)
    #expect(reasons == [.undeletable, .undeletable] && Planner.plan(input).refusals.isEmpty)
  }

  @Test func withoutAPlaceForItNothingIsDeletedUnlessForGood() {
    var input = input(deleting: 1, of: 2)
    input.destinationTraits.capabilities = [.write]
    #expect(Planner.plan(input).actions.map(\.reason).contains(.noVault))
    input.policy.keepsOldVersions = false
    #expect(deleted(Planner.plan(input)).count == 1)
  }

  /// A disk, or a server, that is mounted in the destination.
  @Test(arguments: [true, false]) func nothingIsDeletedInWhatIsMountedThere(_ isAtSource: Bool) {
    var input = Planner.Input.sample
    input.policy = .mirror()
    var disk = Entry.folder("disk")
    disk.isMountPoint = true
    input.source.entries = [.file("a", 1, token: 1)] + (isAtSource ? [.folder("disk")] : [])
    input.destination.entries = [
      .file("a", 1, token: 1), disk, .folder("disk/d"), .file("disk/d/x", 1, token: 1), .file("disk/y", 1, token: 1),
    ]
    let told = isAtSource ? ["skip mountPoint disk/d", "skip mountPoint disk/y"] : ["skip mountPoint disk"]
    #expect(rows(input) == ["adopt(setTimes: false) equal a"] + told)
  }

  /// What the run says of a folder that it could not look into, also of one that stays.
  @Test func aFolderOfTheDestinationThatCannotBeListedIsTold() {
    var input = Planner.Input.sample
    input.policy = .mirror()
    input.source.entries = [.folder("d")]
    input.destination.entries = [.folder("d")]
    input.destination.unlisted["d"] = [Unlisted(name: "", reason: .inputOutput)]
    #expect(rows(input) == ["skip folderIncomplete d"])
  }

  /// That the destination is another one says nothing of the source.
  @Test func aNewDestinationExcusesNoEmptiedSource() {
    var input = input(deleting: 5, of: 5)
    input.history.records = input.destination.entries.map { .of($0, $0) }
    input.source.entries = [.file("another", 1, token: 1)]
    input.policy.newDestination = true
    #expect(Planner.plan(input).refusals == [.nothingRecordedAtSource(of: 5)])
  }

  /// What was to be kept beside another, on a device that gives files their names from the first byte.
  @Test func aPartOfWhatWasToBeKeptBesideAnotherIsNotGoneOnWith() {
    var input = Planner.Input.sample
    input.policy = .mirror()
    input.destinationTraits.capabilities = [.write, .move, .rename]
    input.source.entries = [.file("a.jpg", 10, token: 1)]
    let part: RelativePath = "a (Pixel 2020-09-13).jpg"
    input.destination.entries = [.file(part, 4, token: 2), .file("a.jpg", 11, token: 3)]
    input.history.unfinished["a.jpg"] = Unfinished(target: part, size: 10, token: nil, kept: nil, isSent: false)
    #expect(rows(input) == ["replace differsUnrecorded a.jpg", "delete neverAtSource a (Pixel 2020-09-13).jpg"])
  }

  @Test func aVersionThatWasKeptBesideAnotherIsNotAtTheSource() {
    var input = Planner.Input.sample
    input.policy = .mirror()
    let source = Entry.file("a.jpg", 10, token: 1)
    let kept = Entry.file("a (Pixel 2020-09-13).jpg", 10, token: 2)
    input.source.entries = [source]
    input.destination.entries = [kept, .file("a.jpg", 11, token: 3)]
    input.history.records = [.of(source, kept)]
    #expect(rows(input) == ["replace differsUnrecorded a.jpg", "delete otherPlace a (Pixel 2020-09-13).jpg"])
  }

  @Test func theSourceWinsOverWhatChangedAtTheDestination() {
    var input = Planner.Input.sample
    input.policy = .mirror()
    let file = Entry.file("a.jpg", 10, token: 1)
    input.source.entries = [file]
    input.destination.entries = [.file("a.jpg", 12, token: 3)]
    input.history.records = [.of(file, file)]
    #expect(rows(input) == ["replace changedAtDestination a.jpg"])
  }
}
