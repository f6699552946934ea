internal import Storage

/// Where in a tree other file systems begin than that of its root: disks that are mounted there, folders from elsewhere,
/// datasets of ZFS, and subvolumes of btrfs, which are no mounts. Nothing can be linked or renamed from one to another, and
/// each has a room of its own.
struct Volumes: Sendable {
  /// The folders in which one begins; as st_dev, where that is known.
  private(set) var tops: [RelativePath: UInt64?] = [:]

  /// Takes note of a folder, after those above it.
  /// - Parameter root: which folder the tree's root is.
  mutating func note(_ folder: Entry, below root: FolderIdentity?) {
    let above = tops.isEmpty ? root?.device : tops[top(of: folder.path.parent), default: root?.device]
    let device = folder.folder?.device
    let isOther = above.flatMap { above in device.map { $0 != above } } ?? false
    // A folder from elsewhere may have the same number, and nothing is renamed over the mount all the same.
    if isOther || folder.isMountPoint { tops[folder.path] = device }
  }

  /// The folder in which the file system of a folder begins, also of one that is yet to be made; the root for its own.
  func top(of folder: RelativePath) -> RelativePath {
    if tops.isEmpty { return .root }
    var folder = folder
    while !folder.isRoot, tops[folder] == nil { folder = folder.parent }
    return folder
  }

  /// Whether something can be renamed from one path to the other.
  func areOne(_ path: RelativePath, _ other: RelativePath) -> Bool {
    tops.isEmpty || top(of: path.parent) == top(of: other.parent)
  }

  /// Whether something can be renamed to a place in the vault, which is at the root.
  func reachVault(from path: RelativePath) -> Bool { areOne(path, .root) }
}

extension Planner {
  func hasVault(for path: RelativePath) -> Bool {
    Self.hasVault(for: path, at: input.destinationTraits, input.destination.volumes)
  }

  /// Whether the destination can put a version into its own vault.
  static func hasVault(for path: RelativePath, at destination: StorageTraits, _ volumes: Volumes) -> Bool {
    destination.capabilities.contains(.move) && volumes.reachVault(from: path)
  }
}

extension Entry {
  /// Whether a version of it can be kept on this computer.
  var canBeKeptHere: Bool {
    switch kind {
    case .file: size != nil
    case .symbolicLink: true
    case .directory, .special: false
    }
  }
}
