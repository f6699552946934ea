internal import Storage

extension Planner {
  /// Of each file system of the destination that takes more than it has room for.
  func refusalsForSpace() -> [Refusal] {
    var rooms = input.spaceBelow
    rooms[.root] = input.space
    return rooms.sorted { $0.key < $1.key }.compactMap { top, space in
      let needed = spaceNeeded(actions, at: input.destinationTraits, in: top, input.destination.volumes)
      return needed > space.free ? .noSpace(needed: needed, free: space.free, in: top) : nil
    }
  }
}

/// The most that a plan takes of the free space of a file system of the destination at any time, in bytes; `UInt64.max` also
/// stands for more.
///
/// What a file replaces stays beside it: for good in the vault of a storage that can move files there, until the batch is
/// settled on one that can only rename, or where the vault is on another file system. On one that can do neither it goes
/// first. Holes of a file take room where the destination has none.
/// - Parameter top: The folder in which that file system begins.
func spaceNeeded(
  _ actions: [Action],
  at destination: StorageTraits,
  in top: RelativePath,
  _ volumes: Volumes
) -> UInt64 {
  var batching = Batching(for: destination)
  // Sizes come from devices, and no sum of them may trap.
  var (now, most): (Int128, Int128) = (0, 0)
  var freedAfterBatch: Int128 = 0
  for action in actions where action.change != .skip {
    if batching.begins(with: action) {
      now -= freedAfterBatch
      freedAfterBatch = 0
    }
    guard volumes.top(of: action.path.parent) == top else { continue }
    let old = Int128(action.destination?.size ?? 0)
    let hole = destination.capabilities.contains(.holes) ? action.source?.allocated : nil
    let part = Int128(action.part?.allocated ?? action.part?.size ?? 0)
    let new = max(0, Int128(min(action.source?.size ?? 0, hole ?? .max)) - part)
    switch action.change {
    case .copy, .keepBoth: now += new
    case .replace where destination.capabilities.contains(.move) && top.isRoot: now += new
    case .replace where destination.capabilities.contains(.rename):
      now += new
      freedAfterBatch += old
    case .replace: now += new - old
    // A part that an interrupted run left makes room for the whole.
    case .compare where action.reason == .unfinished: now += action.part == nil ? new - old : new
    case .makeFolder, .copyLink, .adopt, .compare, .move, .follow, .delete, .skip: break
    }
    most = max(most, now)
  }
  return UInt64(clamping: most)
}
