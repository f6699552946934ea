internal import Journal
internal import Storage

/// Files that were renamed or moved at the source: a mirror gives their copies the new places, instead of deleting them and
/// sending the files again.
extension Planner {
  /// By what a file is known again that has another path: only if no other one of its side has the same.
  private struct Mark: Hashable {
    var size: UInt64
    var modified: Timestamp
    /// Where files are alike, as in a folder that was renamed, their names tell them apart.
    var name: [UInt8]?

    /// `nil` for what is like too many others.
    init?(_ fingerprint: Fingerprint, name: some Collection<UInt8>) {
      guard let size = fingerprint.size, size > 0, let modified = fingerprint.modified else { return nil }
      (self.size, self.modified) = (size, modified)
      self.name = Array(name)
    }

    var nameless: Mark {
      var mark = self
      mark.name = nil
      return mark
    }
  }

  /// Turns the copying of a file into moving what an earlier run copied of it, where the source has it no more at its old
  /// path, and neither side has changed it since.
  mutating func findMoves() {
    let abilities = input.destinationTraits.capabilities
    guard let surplus, !abilities.isDisjoint(with: [.move, .rename]) else { return }
    var old: [Mark: [Entry]] = [:]
    let byPlace = Dictionary(records.values.map { (folding.key($0.destinationPath), $0) }) { first, _ in first }
    for entry in surplus.going + surplus.stayingCopies
    where entry.kind == .file && !surplus.inTheWay.contains(entry.path) && !moved.contains(entry.path) {
      // Of one that is racy nobody knows whether the two were ever equal.
      guard let record = byPlace[folding.key(entry.path)], !record.isRacy,
        isChanged(entry, since: record.destination) == false, let mark = Mark(record.source, name: record.path.name)
      else { continue }
      old[mark, default: []].append(entry)
    }
    guard !old.isEmpty else { return }
    var new: [Mark: [Int]] = [:]
    for (index, action) in actions.enumerated() where action.change == .copy && action.reason == .new {
      // What was being copied may have left a part to go on with; what was being moved is still where it was.
      guard let file = action.source, records[file.path] == nil, input.history.unfinished[file.path]?.isMove ?? true,
        let mark = Mark(Fingerprint(file), name: file.path.name)
      else { continue }
      new[mark, default: []].append(index)
    }
    take(old, new)
    let others = Self.nameless(old) { !moved.contains($0.path) }
    take(others, Self.nameless(new) { actions[$0].change == .copy })
  }

  private static func nameless<Value>(_ marked: [Mark: [Value]], _ isLeft: (Value) -> Bool) -> [Mark: [Value]] {
    var result: [Mark: [Value]] = [:]
    for (mark, values) in marked {
      let left = values.filter(isLeft)
      if !left.isEmpty { result[mark.nameless, default: []] += left }
    }
    return result
  }

  /// Takes the pairs of which each side has one only.
  private mutating func take(_ old: [Mark: [Entry]], _ new: [Mark: [Int]]) {
    for (mark, entries) in old {
      guard let indices = new[mark], entries.count == 1, indices.count == 1 else { continue }
      move(entries[0], by: indices[0], .movedAtSource)
    }
  }

  /// Has a step give what the destination has elsewhere its place, where the destination can move it there.
  /// - Returns: whether it can.
  @discardableResult mutating func move(_ old: Entry, by index: Int, _ reason: Reason) -> Bool {
    let (path, file) = (actions[index].path, actions[index].source)
    guard input.twoWay?.announcedMoves?.contains(path) ?? true else { return false }
    // A device does both with two commands, and may refuse the second one.
    let isOneStep = path.parent == old.path.parent || path.name.elementsEqual(old.path.name)
    guard input.destinationTraits.capabilities.contains(.move) || path.parent == old.path.parent,
      input.destination.volumes.areOne(old.path, path),
      isOneStep || input.destinationTraits.identity.device == nil,
      // Its rights would stay those of the old one.
      file?.permissions == nil || old.permissions == nil || file?.permissions == old.permissions
    else { return false }
    actions[index].change = .move(from: old.path)
    actions[index].reason = reason
    actions[index].destination = old
    actions[index].bytes = 0
    moved.insert(old.path)
    if freed.contains(old) { lastCopies[old.path] = .freedAtSource }
    return true
  }
}
