internal import Journal
internal import Storage

/// Files that an earlier run copied and that have another place at the destination now, since the user renamed or moved them
/// there: their record follows, and they are neither missing nor copied again. A mirror moves them back.
extension Planner {
  /// By what a file is known again. One of another date may be anybody's, whatever is in it.
  private struct Mark: Hashable {
    var size: UInt64
    var modified: Timestamp
    var name: [UInt8]?
  }

  /// `nil` for what too many others are like: of an empty file its name has to be the same.
  private static func mark(_ fingerprint: Fingerprint, _ path: RelativePath, withName: Bool) -> Mark? {
    guard let size = fingerprint.size, size > 0 || withName, let modified = fingerprint.modified else { return nil }
    return Mark(size: size, modified: modified, name: withName ? Array(path.name) : nil)
  }

  /// Has the record of each missing file follow what seems to be the file, if there is just one such file. Contents are
  /// compared before it does. A two-way run takes what has another name for moved by its own rule.
  mutating func findElsewhere() {
    guard input.twoWay == nil, input.policy.keepsRecord, !input.policy.onlyDates, !input.policy.ignoreExisting
    else { return }
    var lost = actions.indices.filter { index in
      let action = actions[index]
      guard action.reason == .missingFromCheckpoint, let file = action.source, file.kind == .file,
        let record = records[file.path]
      else { return false }
      // What is moved is not read whole.
      return record.source.size == file.size && (surplus == nil || !record.isRacy)
    }
    guard !lost.isEmpty else { return }
    let doubtful = input.history.destinationTruths.compactMap { truth in truth.assumedFrom.map { (truth.path, $0) } }
    let origins = Dictionary(doubtful) { first, _ in first }
    var strangers = strangers()
    var folders = MovedFolders()
    for withName in [true, false] where !strangers.isEmpty {
      let sought = Dictionary(grouping: lost) { index in
        recordOfSource(index).flatMap { Self.mark($0.destination, $0.destinationPath, withName: withName) }
      }
      let found = Dictionary(grouping: strangers) { Self.mark(Fingerprint($0), $0.path, withName: withName) }
      var taken: Set<RelativePath> = []
      for (mark, indices) in sought {
        guard mark != nil, let entries = found[mark], entries.count == 1, indices.count == 1,
          let record = recordOfSource(indices[0]), follow(entries[0], by: indices[0], record, origins)
        else { continue }
        folders.add(record.destinationPath, to: entries[0].path)
        taken.insert(entries[0].path)
      }
      lost.removeAll { actions[$0].reason != .missingFromCheckpoint }
      strangers.removeAll { taken.contains($0.path) }
    }
    followFolders(lost, strangers, folders, origins)
  }

  private func recordOfSource(_ index: Int) -> Record? { actions[index].source.flatMap { records[$0.path] } }

  /// Empty files, of which there may be many alike, go where other files of their folder went: one that has nothing in it
  /// cannot be taken for another to anybody's loss.
  private mutating func followFolders(
    _ lost: [Int],
    _ strangers: [Entry],
    _ folders: MovedFolders,
    _ origins: [RelativePath: String]
  ) {
    let empty = Dictionary(strangers.filter { $0.size == 0 }.map { ($0.path, $0) }) { first, _ in first }
    guard !empty.isEmpty else { return }
    var claims: [RelativePath: [Int]] = [:]
    for index in lost {
      guard let record = recordOfSource(index), record.destination.size == 0 else { continue }
      let there = folders.places(of: record.destinationPath).filter { path in
        empty[path].map { Fingerprint($0).modified == record.destination.modified } ?? false
      }
      if there.count == 1, let path = there.first { claims[path, default: []].append(index) }
    }
    for (path, indices) in claims where indices.count == 1 {
      guard let entry = empty[path], let record = recordOfSource(indices[0]) else { continue }
      _ = follow(entry, by: indices[0], record, origins)
    }
  }

  /// Files of the destination that are nobody's copy, as far as this plan and the journal know, and in nothing that is on
  /// its way out.
  private func strangers() -> [Entry] {
    var known = Set((Array(records.values) + Array(sorted.values)).map { folding.key($0.destinationPath) })
    // What a run that died was writing; a step without a size wrote nothing.
    known.formUnion(input.history.unfinished.values.compactMap { $0.size == nil ? nil : $0.target.map(folding.key) })
    known.formUnion(planned)
    known.formUnion(input.history.recordedByOthers.map(folding.key))
    // The name is another file's at the source, which gets another one beside it.
    let besides = actions.compactMap { if case .keepBoth = $0.change { folding.key($0.path) } else { nil } }
    let wanted = names.keys.subtracting(besides)
    let mounted = Set(input.destination.entries.filter(\.isMountPoint).map(\.path))
    var filter = Filter()
    filter.leavesOutPhonesOwn = input.destinationTraits.identity.device != nil
    let going = surplus.map { surplus in
      Set(surplus.going.map(\.path)).subtracting(surplus.inTheWay).subtracting(moved)
    }
    return input.destination.entries.filter { entry in
      entry.kind == .file && !entry.isNameShared && entry.size != nil && !entry.mayBeReservedName
        && !freed.contains(entry) && going?.contains(entry.path) ?? true
        && !known.contains(folding.key(entry.path)) && !wanted.contains(folding.key(entry.path))
        && !ambiguousAtDestination.contains(folding.key(entry.path)) && !input.source.isFiltered(entry.path)
        && !entry.path.isPutAside && !filter.isPhonesOwn(entry.path) && mounted.allSatisfy { !entry.path.isBelow($0) }
    }
  }

  /// - Parameter origins: By path, the devices in whose assumed zone dates of the destination were read.
  /// - Returns: whether it does.
  private mutating func follow(
    _ entry: Entry,
    by index: Int,
    _ record: Record,
    _ origins: [RelativePath: String]
  ) -> Bool {
    guard let file = actions[index].source else { return false }
    guard surplus == nil else {
      guard move(entry, by: index, .movedBack) else { return false }
      missing -= 1
      return true
    }
    let isRedated = movedInZone.source.contains(file.path)
    let isSure = !record.isRacy && (isRedated || isChanged(file, since: record.source) == false)
    let isWhole = !isSure || input.policy.checksum || input.policy.verifies
    var copy = CopyElsewhere(from: record.destinationPath, isWhole: isWhole)
    if let origin = origins[record.destinationPath] {
      // The doubt goes along, or the date that is known by now.
      followedFrom[entry.path] = origin
      copy.setsDate = !file.hasAssumedZone && precision.missing(file.times, in: entry.times) != FileTimes()
    }
    // To read it takes one side only; head and tail of a file on a device take less.
    if isSure, isWhole || input.destinationTraits.identity.device == nil { copy.digest = record.verification?.digest }
    elsewhere[file.path] = copy
    actions[index].source = isRedated ? dated(file, as: entry) : file
    actions[index].change = .follow(to: entry.path)
    actions[index].reason = .movedAtDestination
    actions[index].destination = entry
    actions[index].naming = naming(of: file, movedTo: entry.path, from: record.destinationPath)
    actions[index].bytes = 0
    missing -= 1
    return true
  }

  /// A name that the destination cannot hold is still the true one where the file has only another folder.
  private func naming(of file: Entry, movedTo path: RelativePath, from old: RelativePath) -> Naming {
    let name = input.history.sourceNames[file.path] ?? Array(file.path.name)
    guard path.name.elementsEqual(old.name), !path.name.elementsEqual(name),
      let fitted = input.destinationTraits.names.fitted(name), path.name.elementsEqual(fitted)
    else { return .same }
    return .mapped(trueName: name)
  }
}

extension Filter {
  /// Whether a file is in what phones keep for themselves.
  fileprivate func isPhonesOwn(_ file: RelativePath) -> Bool {
    var (path, isFolder) = (file, false)
    while !path.isRoot {
      if case .leftOut(.phonesOwn) = verdict(path, isFolder: isFolder) { return true }
      (path, isFolder) = (path.parent, true)
    }
    return false
  }
}

extension RelativePath {
  /// Whether it is in a trash can, among old versions, or hidden otherwise, by this program or another: what was put there
  /// was deleted, and may go any day. By names, as desktops, phones, network storages and Syncthing give them.
  fileprivate var isPutAside: Bool {
    bytes.split(separator: UInt8(ascii: "/")).contains { name in
      let text = String(decoding: name, as: UTF8.self).lowercased()
      return [".", "$", "@", "#"].contains(text.prefix(1)) || Self.bins.contains(text)
    }
  }

  private static let bins: Set<String> = [
    "recycler", "recycled", "lost+found", "lost.dir", "system volume information",
  ]
}

/// Which folders went where, as files of theirs that were found again show.
private struct MovedFolders {
  private var places: [RelativePath: Set<RelativePath>] = [:]

  mutating func add(_ path: RelativePath, to other: RelativePath) {
    var (path, other) = (path, other)
    while !path.isRoot, !other.isRoot, path.name.elementsEqual(other.name) {
      (path, other) = (path.parent, other.parent)
      places[path, default: []].insert(other)
    }
  }

  /// Where a file is then that did the same.
  func places(of path: RelativePath) -> Set<RelativePath> {
    var folder = path.parent
    while places[folder] == nil, !folder.isRoot { folder = folder.parent }
    let rest = path.components.dropFirst(folder.components.count)
    return Set((places[folder] ?? []).map { rest.reduce($0) { $0.appending($1) ?? $0 } })
  }
}

/// What seems to be the copy of a file under another path, and how that is found out.
struct CopyElsewhere: Hashable, Sendable {
  /// Where it was.
  var from: RelativePath
  /// Whether it gets the source's date, since its own was read in a zone that was not the device's.
  var setsDate = false
  /// Whether all of it has to be read, also from a device.
  var isWhole: Bool
  /// That of the contents, if an earlier run has read these back: then the source need not be read.
  var digest: ContentDigest?
}
