internal import Foundation
internal import Storage

/// Walks through a storage, folder by folder, without recursion: a tree may be as deep as its paths can be long.
struct Scan {
  let storage: any Storage
  let side: Side
  /// Whether the tree is a destination's as well as a source's, as both are of a two-way run.
  var isBoth = false
  /// This computer's clock.
  let now: @Sendable () -> Date
  /// What takes part; `nil` for all.
  var scope: ScanScope?
  /// What a user left out.
  var filter = Filter()
  /// The same, at a destination: such a folder is there, and is not looked into.
  var filterThere = Filter()
  /// The names there that stand for other ones.
  var names: [RelativePath: [UInt8]] = [:]
  /// Folders there that hold what takes part, whatever a rule says of them, as the record has it.
  var foldersOnRecord: Set<RelativePath> = []
  let persistence: Persistence
  let report: @Sendable (Event) -> Void

  private var isDestination: Bool { side == .destination || isBoth }

  func run() async throws(StorageError) -> Tree {
    var tree = Tree()
    tree.began = Timestamp(now())
    var folders = [RelativePath.root]
    var entered = EnteredFolders()
    var seen = 0
    while let folder = folders.popLast() {
      let entries: [Entry]
      do throws(StorageError) {
        // Pages of an attempt that failed are dropped with it.
        let listing = try await persistence.persist(on: storage) { () async throws(StorageError) in
          try await Listing(of: folder, in: storage)
        }
        entries = listing.entries
        let missing = listing.unlisted.filter { concerns($0, in: folder) }
        if !missing.isEmpty { tree.unlisted[folder] = missing }
        if !listing.isComplete, listing.unlisted.isEmpty { tree.unsure.insert(folder) }
      } catch {
        // Without its root nothing is known of a side; without another folder the rest still is.
        guard !folder.isRoot, await isOfFolderAlone(error) else { throw error }
        tree.unlisted[folder] = [Unlisted(name: "", reason: error.reason)]
        report(.warning(error.about(folder)))
        continue
      }
      seen += entries.count
      report(.scanning(side, entries: seen, at: folder))
      sort(entries, of: folder, into: &tree, &folders, &entered)
    }
    tree.entries.sort { $0.path < $1.path }
    tree.ended = Timestamp(now())
    return tree
  }

  /// Whether the rest of the storage is there. A folder of this computer may be a mount of its own whose server is away.
  private func isOfFolderAlone(_ error: StorageError) async -> Bool {
    if error.recovery == .nextFile || error.recovery == .retry { return true }
    guard error.reason == .deviceLost, storage.traits.identity.device == nil else { return false }
    return (try? await Listing(of: .root, in: storage)) != nil
  }

  /// Whether something that could not be listed may be part of what is looked at.
  private func concerns(_ gap: Unlisted, in folder: RelativePath) -> Bool {
    guard let scope, let path = folder.appending(gap.name) else { return true }
    return scope.part(path) != .outside
  }

  private func sort(
    _ entries: [Entry],
    of folder: RelativePath,
    into tree: inout Tree,
    _ folders: inout [RelativePath],
    _ entered: inout EnteredFolders
  ) {
    func enter(_ child: Entry) {
      if entered.enters(child) {
        tree.volumes.note(child, below: storage.traits.folder)
        folders.append(child.path)
      } else {
        tree.unlisted[child.path] = [Unlisted(name: "", reason: .nameNotAllowed)]
      }
    }
    var count: [RelativePath: Int] = [:]
    for entry in entries { count[entry.path, default: 0] += 1 }
    for entry in entries {
      switch scope?.part(entry.path) ?? .inside {
      case .inside: break
      case .above:
        if entry.isDirectory { enter(entry) }
        continue
      case .outside:
        // What an interrupted run left beside its places.
        if isDestination, TemporaryName.matches(entry.path.name) { tree.temporaries.append(entry) }
        continue
      }
      if TemporaryName.matches(entry.path.name), !entry.isDirectory || TemporaryName.isProbe(entry.path.name) {
        // At a source, a probe's folder is no file of anybody's that is left out.
        if isDestination || !entry.isDirectory { tree.temporaries.append(entry) }
      } else if entry.path.name.elementsEqual(Vault.name), !isDestination || folder.isRoot && entry.isDirectory {
        // Replaced versions of another sync, of the source or of any folder in it; at the destination they would get
        // among its own. A file or a link of this name would keep it from having any.
        if !isDestination { tree.temporaries.append(entry) }
      } else if count[entry.path] != 1 {
        tree.ambiguous.append(entry)
      } else if tree.admit(entry, filter), entry.isDirectory {
        if let cause = leftOutThere(entry.path) { tree.filtered[entry.path] = cause } else { enter(entry) }
      }
    }
  }

  /// Why a folder of a destination is not looked into: a rule is about its name there. Where that stands for another one,
  /// or nobody named the folder, what is in it has to be known, or new files could take its place.
  private func leftOutThere(_ folder: RelativePath) -> Filter.Cause? {
    guard isDestination, !foldersOnRecord.contains(folder),
      case .leftOut(let cause) = filterThere.verdict(folder, isFolder: true)
    else { return nil }
    switch cause {
    case .rule, .phonesOwn: break
    case .notIncluded, .notListed, .size, .date: return nil
    }
    var path = folder
    while !path.isRoot {
      guard names[path] == nil else { return nil }
      path = path.parent
    }
    return cause
  }
}

extension Tree {
  /// Takes an entry in, if it takes part.
  /// - Returns: whether it is to be looked into.
  mutating func admit(_ entry: Entry, _ filter: Filter) -> Bool {
    let verdict = filter.verdict(entry.path, isFolder: entry.isDirectory)
    if let rule = verdict.rule { usedRules.insert(rule) }
    switch verdict {
    case .takesPart: break
    case .leadsTo: leading.insert(entry.path)
    case .leftOut(let cause):
      left(entry, cause, cause == .phonesOwn ? .phonesOwn : nil)
      return false
    }
    entries.append(entry)
    return true
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
