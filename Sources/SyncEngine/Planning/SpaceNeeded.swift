internal import Storage

extension Planner {
  /// What a plan makes of the room that the file systems of the destination have.
  struct Room {
    /// Of each that takes more than it has room for.
    var refusals: [Refusal] = []
    /// See ``Plan/isTight``.
    var isTight = false
  }

  func room() -> Room {
    var rooms = input.spaceBelow
    rooms[.root] = input.space
    var result = Room()
    for (top, space) in rooms.sorted(by: { $0.key < $1.key }) where spaceNeeded(in: top, isTight: false) > space.free {
      if !hasVault(in: top) { result.isTight = true }
      let needed = spaceNeeded(in: top, isTight: true)
      if needed > space.free { result.refusals.append(.noSpace(needed: needed, free: space.free, in: top)) }
    }
    return result
  }

  private func hasVault(in top: RelativePath) -> Bool {
    input.policy.keepsOldVersions && input.destinationTraits.capabilities.contains(.move) && top.isRoot
  }

  /// The most that a plan takes of the free space of a file system of the destination at any time, in bytes;
  /// `UInt64.max` also stands for more.
  ///
  /// What is replaced or deleted takes its room for good where it goes to a vault on that file system. Else a version
  /// stays until what replaces it is verified, which is done by the batch, or, on a storage that cannot rename, goes
  /// first; and what is in the way of something else goes before that comes. Holes of a file take room where the
  /// destination has none.
  /// - Parameter top: The folder in which that file system begins.
  /// - Parameter isTight: Whether each file is settled by itself. Else what may be replaced after a comparison counts
  ///   as well.
  private func spaceNeeded(in top: RelativePath, isTight: Bool) -> UInt64 {
    let (capabilities, volumes) = (input.destinationTraits.capabilities, input.destination.volumes)
    let hasVault = hasVault(in: top)
    func room(of entry: Entry?) -> Int128 {
      let hole = capabilities.contains(.holes) ? entry?.allocated : nil
      return Int128(min(entry?.size ?? 0, hole ?? .max))
    }
    var batching = Batching(for: input.destinationTraits, isTight: isTight)
    // Sizes come from devices, and no sum of them may trap.
    var (now, most): (Int128, Int128) = (0, 0)
    var freedAfterBatch: Int128 = 0
    for action in actions where action.change != .skip {
      if batching.begins(with: action) {
        now -= freedAfterBatch
        freedAfterBatch = 0
      }
      guard volumes.top(of: action.path.parent) == top else { continue }
      let old = room(of: action.destination)
      let part = Int128(action.part?.allocated ?? action.part?.size ?? 0)
      let new = max(0, room(of: action.source) - part)
      switch action.change {
      case .copy, .keepBoth: now += new
      case .replace where hasVault: now += new
      case .replace where capabilities.contains(.rename):
        now += new
        freedAfterBatch += old
      case .replace: now += new - old
      // A part that an interrupted run left makes room for the whole.
      case .compare where action.reason == .unfinished: now += action.part == nil ? new - old : new
      case .compare(keepBothAs: nil) where !isTight && !hasVault:
        now += new
        freedAfterBatch += old
      case .delete where !hasVault: now -= old
      case .makeFolder, .copyLink, .adopt, .compare, .move, .follow, .delete, .skip: break
      }
      most = max(most, now)
    }
    return UInt64(clamping: most)
  }
}
