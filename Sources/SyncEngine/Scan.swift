internal import Foundation
internal import Storage

/// Walks through a storage, folder by folder, without recursion: a tree may be as deep as its paths can be long.
struct Scan {
  /// The longest path that Linux programs can name (`PATH_MAX`). What lies deeper is reported and not entered, which
  /// also ends the loops of a device whose folders contain themselves.
  private static let longestPath = 4096

  let storage: any Storage
  let side: Side
  /// This computer's clock.
  let now: @Sendable () -> Date
  /// What takes part; `nil` for all.
  var scope: ScanScope?
  let persistence: Persistence
  let report: @Sendable (Event) -> Void

  private struct Folder {
    var path: RelativePath
    /// Of the folder and all above it.
    var handles: [Entry.Handle]
  }

  func run() async throws(StorageError) -> Tree {
    var tree = Tree()
    tree.began = Timestamp(now())
    var folders = [Folder(path: .root, handles: [])]
    var seen = 0
    while let folder = folders.popLast() {
      let entries: [Entry]
      do throws(StorageError) {
        // Pages of an attempt that failed are dropped with it.
        let listing = try await persistence.persist(on: storage) { () async throws(StorageError) in
          try await Listing(of: folder.path, in: storage)
        }
        entries = listing.entries
        let missing = listing.unlisted.filter { concerns($0, in: folder.path) }
        if !missing.isEmpty { tree.unlisted[folder.path] = missing }
      } catch {
        // Without its root nothing is known of a side; without another folder the rest still is.
        guard !folder.path.isRoot, error.recovery == .nextFile || error.recovery == .retry else { throw error }
        tree.unlisted[folder.path] = [Unlisted(name: "", reason: error.reason)]
        report(.warning(error.about(folder.path)))
        continue
      }
      seen += entries.count
      report(.scanning(side, entries: seen, at: folder.path))
      sort(entries, of: folder, into: &tree, folders: &folders)
    }
    tree.entries.sort { $0.path < $1.path }
    tree.ended = Timestamp(now())
    return tree
  }

  /// Whether something that could not be listed may be part of what is looked at.
  private func concerns(_ gap: Unlisted, in folder: RelativePath) -> Bool {
    guard let scope, let path = folder.appending(gap.name) else { return true }
    return scope.part(path) != .outside
  }

  private func sort(_ entries: [Entry], of folder: Folder, into tree: inout Tree, folders: inout [Folder]) {
    var count: [RelativePath: Int] = [:]
    for entry in entries { count[entry.path, default: 0] += 1 }
    for entry in entries {
      switch scope?.part(entry.path) ?? .inside {
      case .inside: break
      case .above:
        if entry.isDirectory { folders.append(Folder(path: entry.path, handles: folder.handles)) }
        continue
      case .outside:
        // What an interrupted run left beside its places.
        if side == .destination, TemporaryName.matches(entry.path.name) { tree.temporaries.append(entry) }
        continue
      }
      if TemporaryName.matches(entry.path.name), !entry.isDirectory {
        tree.temporaries.append(entry)
      } else if entry.isDirectory, side == .source || folder.path.isRoot, entry.path.name.elementsEqual(Vault.name) {
        // Replaced versions of another sync, of the source or of any folder in it; at the destination they would get
        // among its own.
        if side == .source { tree.temporaries.append(entry) }
      } else if count[entry.path] != 1 {
        tree.ambiguous.append(entry)
      } else {
        tree.entries.append(entry)
        guard entry.isDirectory else { continue }
        let loops = entry.handle.map(folder.handles.contains) ?? false
        if loops || entry.path.bytes.count > Self.longestPath {
          tree.unlisted[entry.path] = [Unlisted(name: "", reason: .nameNotAllowed)]
        } else {
          folders.append(Folder(path: entry.path, handles: folder.handles + (entry.handle.map { [$0] } ?? [])))
        }
      }
    }
  }
}

extension Timestamp {
  /// A moment of this computer's clock.
  init(_ date: Date) {
    let interval = date.timeIntervalSince1970
    let seconds = interval.rounded(.down)
    self.init(seconds: Int64(seconds), nanoseconds: UInt32((interval - seconds) * 1_000_000_000))
  }
}
