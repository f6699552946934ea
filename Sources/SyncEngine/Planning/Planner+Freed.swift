internal import Journal
internal import Storage

/// Files whose originals were removed at a source, since the destination has them: the last copies.
extension Planner {
  /// Whether what the destination has is such a file, and not to be lost.
  func isFreed(_ old: Entry) -> Bool {
    input.policy.keepsRecord && !input.policy.deletesFreed && freed.contains(old)
  }

  /// Whether what the destination has may be such a file, and would be lost for good.
  func mayBeFreed(_ old: Entry) -> Bool {
    input.policy.keepsRecord && !input.policy.deletesFreed && !input.policy.keepsOldVersions && freed.mayContain(old)
  }

  /// Last copies that somebody has deleted, as far as this folder goes: all of it was listed, they are nowhere in it, and
  /// nothing in it could be one of them that was moved and changed, but for what this run puts into a vault. So what comes
  /// into the folder later is none of them, unless it has the name or the size and token of one; and it is as free to go as
  /// before. Without this, one that was deleted would keep a mirror without a vault from its work for good. To go by sizes
  /// would not do: who edits a file changes its size.
  func missingCopies() -> [RelativePath] {
    let new = freed.lost.subtracting(input.history.missingCopies)
    guard !new.isEmpty, input.policy.keepsRecord, input.selection == nil, input.destination.unlisted.isEmpty,
      input.destination.unsure.isEmpty, input.destination.ambiguous.isEmpty,
      // Nobody sorts files into what a phone keeps for itself.
      input.destination.filtered.values.allSatisfy({ $0 == .phonesOwn })
    else { return [] }
    let kept = Set(input.policy.keepsOldVersions ? surplus?.going.map(\.path) ?? [] : [])
    let hasUnknown = input.destination.entries.contains { freed.isUnknown($0) && !kept.contains($0.path) }
    return hasUnknown ? [] : new.sorted()
  }

  /// The source has something of the name of such a file: the very same again, or another one, as from a camera that counts
  /// anew. Both are kept; a mirror, which would delete the one that gets another name, leaves the new one out.
  mutating func visitFreed(_ file: Entry, _ old: Entry) {
    if let record = records[file.path], isChanged(file, since: record.source) == false,
      isChanged(old, since: record.destination) == false
    {
      // A run died after it had announced that it would remove it.
      notFreed[file.path] = old.path
      return leave(file, old)
    }
    let isAlike = file.size == old.size && isSameDate(file, old)
    guard input.policy.mirror == nil || isAlike else { return skip(.nameOfFreed, file, old) }
    guard file.size == old.size else { return resolve(file, old, .differsUnrecorded) }
    compareFreed(file, old, beside: old.path)
  }

  /// Whether a file is the very same again, its contents tell, and not its size and date: as long as that is not sure, the
  /// destination's is the last copy of what was removed.
  mutating func compareFreed(_ file: Entry, _ old: Entry, beside path: RelativePath) {
    if input.twoWay != nil { return compareBothWays(file, old, .differsUnrecorded) }
    lastCopies[old.path] = .nameOfFreed
    let reason: Reason = isSameDate(file, old) ? .equal : .datesDiffer
    if input.policy.mirror != nil { return add(.compare(keepBothAs: nil), reason, at: old.path, file, old) }
    guard let kept = reserveKeptName(file, beside: path) else { return skip(.nameImpossible, file, old) }
    add(.compare(keepBothAs: kept), reason, at: old.path, file, old)
  }

  /// How a conflict with what the destination has is resolved.
  func resolution(_ file: Entry, _ old: Entry) -> SyncPolicy.Conflict {
    isFreed(old) ? .both : input.policy.conflict(file, old, precision)
  }

  /// Whether this file was removed at the destination by a run in the other direction, and is still what it was then.
  func wasFreedThere(_ file: Entry) -> Bool {
    guard input.policy.keepsRecord, !input.policy.newDestination, records[file.path] == nil,
      let copy = input.history.freedHere[file.path]
    else { return false }
    return isChanged(file, since: copy) == false
  }

  /// Folders of the source with such files in or below them.
  func foldersOfFreed() -> Set<RelativePath> {
    guard !input.history.freedHere.isEmpty else { return [] }
    return Self.folders(of: input.source.entries.filter(wasFreedThere).map(\.path))
  }
}
