import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What holds for every two-way run, over generated pairs of folders with a record.
@Suite struct TwoWayPlanTests {
  /// What a case varies.
  private enum Kind { case plain, sorted, renamed, gaps, filtered }

  private static func sample(_ seed: UInt64, _ kind: Kind = .plain) throws -> TwoWayModel {
    var numbers = SeededNumbers(state: seed)
    var model = TwoWayModel()
    var contents = 0
    func newFile(_ model: inout TwoWayModel) -> TwoWayModel.Item {
      contents += 1
      let size = UInt64.random(in: 1...3, using: &numbers)
      return TwoWayModel.Item(
        contents: contents,
        size: size,
        // Equal size and date would be taken for equal.
        date: Int64.random(in: 1...4, using: &numbers) * 100_000 + Int64(contents),
        token: model.newToken()
      )
    }
    // What the last run left on both sides.
    var folders: [RelativePath] = [.root]
    while let folder = folders.popLast() {
      for name in ["a", "b", "c"] {
        guard let path = folder.appending(name) else { continue }
        switch UInt8.random(in: 0..<6, using: &numbers) {
        case 0, 1, 2:
          let item = newFile(&model)
          var copy = item
          copy.token = model.newToken()
          (model.first[path], model.second[path]) = (item, copy)
          var record = Record.of(TwoWayModel.entry(path, item), TwoWayModel.entry(path, copy))
          record.isRacy = UInt8.random(in: 0..<8, using: &numbers) == 0
          model.records.append(record)
        case 3:
          (model.first[path], model.second[path]) = (TwoWayModel.Item(), TwoWayModel.Item())
          if path.components.count < 3 { folders.append(path) }
        default: break
        }
      }
    }
    if kind == .sorted { sort(&model, &numbers) }
    // What has happened since.
    for side in [\TwoWayModel.first, \TwoWayModel.second] {
      for path in model[keyPath: side].keys.sorted() where model[keyPath: side][path] != nil {
        switch UInt8.random(in: 0..<10, using: &numbers) {
        case 0, 1:
          let gone = model[keyPath: side].keys.filter { $0 == path || $0.isBelow(path) }
          for path in gone { model[keyPath: side][path] = nil }
        case 2, 3:
          if model[keyPath: side][path]?.contents != nil { model[keyPath: side][path] = newFile(&model) }
        case 4, 5, 6:
          // Also to a name that the other side gives to something else.
          guard kind == .renamed, model[keyPath: side][path]?.contents != nil,
            let name = ["d", "e", "c"].randomElement(using: &numbers), let other = path.parent.appending(name),
            model[keyPath: side][other] == nil
          else { break }
          model[keyPath: side][other] = model[keyPath: side].removeValue(forKey: path)
        default: break
        }
      }
      let places = [RelativePath.root] + model[keyPath: side].filter { $0.value.contents == nil }.keys.sorted()
      for name in ["d", "e", "c"] {
        guard let path = places.randomElement(using: &numbers)?.appending(name) else { continue }
        guard model[keyPath: side][path] == nil else { continue }
        let isFolder = UInt8.random(in: 0..<4, using: &numbers) == 0
        model[keyPath: side][path] = isFolder ? TwoWayModel.Item() : newFile(&model)
      }
    }
    // The same by another date, without a record.
    if let path = model.first.keys.sorted().first(where: { model.second[$0] == nil && model.first[$0]?.contents != nil }
    ),
      model.second[path.parent] != nil || path.parent.isRoot, !model.records.contains(where: { $0.path == path })
    {
      model.second[path] = model.first[path]
      model.second[path]?.date += Int64.random(in: 0...1, using: &numbers)
    }
    model.policy.twoWay = Mirror(limit: .percent(100), allowsEmpty: true)
    let conflicts: [SyncPolicy.Conflict] = [.both, .both, .newer, .larger, .replace, .keep]
    model.policy.conflict = conflicts.randomElement(using: &numbers) ?? .both
    model.policy.keepsOldVersions = UInt8.random(in: 0..<4, using: &numbers) > 0
    if seed.isMultiple(of: 5) { model.capabilities.0.subtract([.rename, .move]) }
    if seed.isMultiple(of: 15) { model.capabilities.1.subtract([.rename, .move]) }
    switch kind {
    case .plain, .sorted, .renamed: break
    case .gaps:
      if let gap = ([.root] + model.first.keys.sorted()).randomElement(using: &numbers) { model.gaps.first = [gap] }
      if Bool.random(using: &numbers) { model.gaps = (model.gaps.second, model.gaps.first) }
    case .filtered:
      let words = ["a", "/b/", "c/*", "/c/**", "b/", "d"].shuffled(using: &numbers).prefix(2)
      model.filter.rules = try words.enumerated().map { index, word in
        index == 1 && Bool.random(using: &numbers) ? .include(try Pattern(word)) : .exclude(try Pattern(word))
      }
      if Bool.random(using: &numbers) { model.filter.sizes = 2...3 }
    }
    return model
  }

  /// Has somebody move files on one of the two sides, and a sync in one direction find them there.
  private static func sort(_ model: inout TwoWayModel, _ numbers: inout SeededNumbers) {
    model.second["z"] = TwoWayModel.Item()
    model.first["z"] = Bool.random(using: &numbers) ? TwoWayModel.Item() : nil
    for index in model.records.indices where Bool.random(using: &numbers) {
      let path = model.records[index].path
      let name = path.bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "-") : $0 }
      guard let place = ("z" as RelativePath).appending(name) else { continue }
      model.second[place] = model.second.removeValue(forKey: path)
      model.records[index].destinationPath = place
    }
    guard Bool.random(using: &numbers) else { return }
    swap(&model.first, &model.second)
    model.records = model.records.map(\.reversed)
  }

  /// What differs between both folders, but for what was told as left out, and what is in it.
  private func differences(_ model: TwoWayModel, told: Set<RelativePath>) -> [String] {
    Set(model.first.keys).union(model.second.keys).sorted().compactMap { path in
      let isTold = told.contains { $0 == path || path.isBelow($0) }
      let (one, other) = (model.first[path], model.second[path])
      guard !isTold, one?.contents != other?.contents || (one == nil) != (other == nil) else { return nil }
      return "\(path): \(one?.contents ?? -1), \(other?.contents ?? -1)"
    }
  }

  private func told(_ plan: TwoWayPlan) -> Set<RelativePath> { plan.forth.told.union(plan.back.told) }

  @Test(arguments: 0..<6) func bothHoldTheSameAndNothingIsLost(_ part: UInt64) throws {
    let (deletions, conflicts, bothWays) = try runAll((part * 900)..<(part * 900 + 900), .plain)
    #expect(deletions > 300 && conflicts > 100 && bothWays > 300)
  }

  @Test(arguments: 0..<2) func soTheyDoWhereFilesWereSorted(_ part: UInt64) throws {
    let (deletions, conflicts, bothWays) = try runAll((part * 900)..<(part * 900 + 900), .sorted)
    #expect(deletions > 300 && conflicts > 50 && bothWays > 300)
  }

  @Test(arguments: 0..<2) func soTheyDoWhereFilesWereRenamed(_ part: UInt64) throws {
    let (deletions, conflicts, bothWays) = try runAll((part * 900)..<(part * 900 + 900), .renamed)
    #expect(deletions > 100 && conflicts > 50 && bothWays > 300)
  }

  /// Plans and runs samples: afterwards both sides hold the same, nothing is lost, and a second plan is idle.
  /// - Returns: how many steps were deletions, versions were set aside, and plans did something on both sides.
  private func runAll(_ seeds: Range<UInt64>, _ kind: Kind) throws -> (Int, Int, Int) {
    var (deletions, conflicts, bothWays) = (0, 0, 0)
    for seed in seeds {
      var model = try Self.sample(seed, kind)
      let before = model
      let plan = model.plan()
      model.run(plan)
      if model.mistakes > 0 { model.run(model.plan()) }
      if !model.faults.isEmpty { Issue.record("\(seed): \(model.faults)") }
      let wrong = differences(model, told: told(plan))
      if !wrong.isEmpty { Issue.record("\(seed): \(wrong)\n\(plan.forth.rows)\n\(plan.back.rows)") }
      if model.policy.keepsOldVersions, !model.versions.isSuperset(of: before.versions) {
        Issue.record("\(seed): lost \(before.versions.subtracting(model.versions))")
      }
      let again = model.plan()
      if !again.isIdle { Issue.record("\(seed): again \(again.forth.rows) \(again.back.rows)\n\(before.summary)") }
      let steps = plan.forth.actions + plan.back.actions
      deletions += steps.count { $0.change == .delete }
      conflicts += plan.forth.setAside.count + plan.back.setAside.count
      if !plan.forth.rows.isEmpty, !plan.back.rows.isEmpty { bothWays += 1 }
    }
    return (deletions, conflicts, bothWays)
  }

  @Test func whatCannotBeListedKeepsEverything() throws {
    for seed in UInt64(0)..<800 {
      let model = try Self.sample(seed, .gaps)
      let plan = model.plan()
      let sides = [(plan.forth, model.first, model.gaps.first), (plan.back, model.second, model.gaps.second)]
      for (direction, side, gaps) in sides {
        for action in direction.actions where action.change == .delete {
          let isInGap = gaps.contains { $0.isRoot || side[$0] != nil && action.path.isBelow($0) }
          #expect(!isInGap, "\(seed): \(action.path)")
        }
      }
      var after = model
      after.gaps = ([], [])
      after.run(plan)
      #expect(!after.policy.keepsOldVersions || after.versions.isSuperset(of: model.versions), "\(seed)")
    }
  }

  @Test func filtersNeverWidenADelete() throws {
    for seed in UInt64(0)..<1200 {
      let model = try Self.sample(seed, .filtered)
      var whole = model
      whole.filter = Filter()
      let (narrow, wide) = (model.plan(), whole.plan())
      for direction in [TwoWayPlan.Direction.forth, .back] {
        let (some, all) = (deleted(narrow[direction]), deleted(wide[direction]))
        #expect(some.isSubset(of: all), "\(seed): \(some.subtracting(all))")
        for action in narrow[direction].actions where action.change != .skip {
          let isOut = model.filter.verdict(action.path, isFolder: action.source?.isDirectory ?? false)
          if case .leftOut = isOut, !isKeptBeside(action, narrow) {
            Issue.record("\(seed): \(action.path) is left out")
          }
        }
      }
      var after = model
      after.run(narrow)
      if !after.faults.isEmpty {
        Issue.record("\(seed): \(after.faults)\n\(narrow.forth.rows) \(narrow.back.rows)\n\(model.summary)")
      }
      let again = after.plan()
      if !again.isIdle {
        Issue.record(
          "\(seed): again \(again.forth.rows) \(again.back.rows) after \(narrow.forth.rows) \(narrow.back.rows)\n\(model.summary)"
        )
      }
    }
  }

  private func isKeptBeside(_ action: Action, _ plan: TwoWayPlan) -> Bool {
    (plan.forth.setAside + plan.back.setAside).contains { $0.place == action.path }
  }

  private func deleted(_ plan: Plan) -> Set<RelativePath> {
    // What is moved would be deleted, if what it is moved for were left out; so would be what stays for what is not copied.
    Set(
      plan.actions.compactMap { action in
        if case .move(let origin) = action.change { return origin }
        return action.change == .delete || action.reason == .copyFailed ? action.path : nil
      }
    )
  }

  // MARK: Rules that stop it

  /// A file that the last run left on both sides.
  private func put(_ path: RelativePath, in model: inout TwoWayModel) {
    var item = TwoWayModel.Item(contents: model.first.count, size: 1, date: 1, token: model.newToken())
    model.first[path] = item
    item.token = model.newToken()
    model.second[path] = item
    if let one = model.first[path] {
      model.records.append(.of(TwoWayModel.entry(path, one), TwoWayModel.entry(path, item)))
    }
  }

  private func base(_ count: Int) -> TwoWayModel {
    var model = TwoWayModel()
    model.policy.twoWay = Mirror()
    for number in 0..<count { RelativePath("f\(number)").map { put($0, in: &model) } }
    return model
  }

  @Test func anEmptiedSideIsRefused() {
    var model = base(3)
    model.first = [:]
    #expect(model.plan().forth.refusals == [.sourceEmptied(deletions: 3)])
    model = base(3)
    model.second = [:]
    #expect(model.plan().back.refusals == [.sourceEmptied(deletions: 3)])
    model.policy.twoWay = Mirror(allowsEmpty: true)
    #expect(model.plan().back.refusals.isEmpty && model.plan().back.rows.count == 3)
  }

  @Test func theLimitHoldsForEachSide() {
    var model = base(30)
    for number in 0..<11 { RelativePath("f\(number)").map { model.first[$0] = nil } }
    for number in 15..<20 { RelativePath("f\(number)").map { model.second[$0] = nil } }
    let plan = model.plan()
    #expect(plan.forth.refusals == [.manyDeletions(count: 11, of: 25, allowed: 10)] && plan.back.refusals.isEmpty)
  }

  /// After a sync in one direction that kept both, the record pairs two names.
  @Test func versionsThatOneDirectionKeptBesideEachOtherGetOneNameOnBothSides() {
    var model = base(1)
    model.records = []
    model.first["f0"] = TwoWayModel.Item(contents: 7, size: 2, date: 86_400, token: 50)
    let kept = TwoWayModel.Item(contents: 7, size: 2, date: 86_400, token: 51)
    let place: RelativePath = "f0 (one 1970-01-02)"
    model.second[place] = kept
    if let own = model.first["f0"] {
      model.records = [.of(TwoWayModel.entry("f0", own), TwoWayModel.entry(place, kept))]
    }
    model.run(model.plan())
    #expect(model.faults.isEmpty && differences(model, told: []).isEmpty, "\(model.faults) \(model.summary)")
    #expect(model.plan().isIdle)
    #expect(Set(model.first.keys) == ["f0", place] && model.first["f0"]?.contents == 0)
  }
}
