internal import Journal
internal import Storage

/// Files that an earlier run copied and that have another place at the destination now, since the user renamed or moved them
/// there: their record follows, and they are neither missing nor copied again.
extension Planner {
  /// By what a file is known again: each is looked for by all of it first, then by less.
  private struct Mark: Hashable {
    var size: UInt64
    var modified: Timestamp?
    var name: [UInt8]?
  }

  /// What of a file has to be alike, the most telling first.
  private static let passes: [(date: Bool, name: Bool)] = [(true, true), (true, false), (false, true), (false, false)]

  private static func mark(
    _ fingerprint: Fingerprint,
    _ path: RelativePath,
    _ wanted: (date: Bool, name: Bool)
  ) -> Mark? {
    guard let size = fingerprint.size, size > 0, !wanted.date || fingerprint.modified != nil else { return nil }
    return Mark(
      size: size,
      modified: wanted.date ? fingerprint.modified : nil,
      name: wanted.name ? Array(path.name) : nil
    )
  }

  /// Has the record of each missing file follow what seems to be the file, if there is just one such file. Contents are
  /// compared before it does. A mirror and a two-way run have their own rule for what has another name.
  mutating func findElsewhere() {
    guard input.policy.deletions == nil, input.policy.keepsRecord, !input.policy.onlyDates, !input.policy.ignoreExisting
    else { return }
    var lost = actions.indices.filter { index in
      let action = actions[index]
      return action.reason == .missingFromCheckpoint && action.source?.kind == .file
        && action.source.flatMap { records[$0.path] }.map { $0.source.size == action.source?.size } ?? false
    }
    guard !lost.isEmpty else { return }
    var strangers = strangers()
    for pass in Self.passes where !strangers.isEmpty {
      let sought = Dictionary(grouping: lost) { index in
        actions[index].source.flatMap { records[$0.path] }.flatMap {
          Self.mark($0.destination, $0.destinationPath, pass)
        }
      }
      let found = Dictionary(grouping: strangers) { Self.mark(Fingerprint($0), $0.path, pass) }
      for (mark, indices) in sought {
        guard mark != nil, let entries = found[mark], entries.count == 1, indices.count == 1 else { continue }
        follow(entries[0], by: indices[0], isDated: pass.date)
      }
      lost.removeAll { actions[$0].reason == .movedAtDestination }
      let taken = Set(actions.compactMap { $0.reason == .movedAtDestination ? $0.destination?.path : nil })
      strangers.removeAll { taken.contains($0.path) }
    }
  }

  /// Files of the destination that are nobody's copy, as far as this plan and the record know.
  private func strangers() -> [Entry] {
    var known = Set(records.values.map { folding.key($0.destinationPath) })
    // What a run that died was writing; a step without a size wrote nothing.
    known.formUnion(input.history.unfinished.values.compactMap { $0.size == nil ? nil : $0.target.map(folding.key) })
    known.formUnion(planned)
    return input.destination.entries.filter { entry in
      entry.kind == .file && !entry.isNameShared && entry.size ?? 0 > 0 && !isFreed(entry)
        && !known.contains(folding.key(entry.path)) && !names.keys.contains(folding.key(entry.path))
        && !ambiguousAtDestination.contains(folding.key(entry.path)) && !input.source.isFiltered(entry.path)
    }
  }

  private mutating func follow(_ entry: Entry, by index: Int, isDated: Bool) {
    guard let file = actions[index].source, let record = records[file.path] else { return }
    let isRedated = movedInZone.source.contains(file.path)
    // Of two dates that both look otherwise, none is surely the true one.
    guard isDated || !isRedated else { return }
    let isSure = isDated && !record.isRacy && (isRedated || isChanged(file, since: record.source) == false)
    let isWhole = !isSure || input.policy.checksum || input.policy.verifies
    var copy = CopyElsewhere(from: record.destinationPath, keepsDate: isDated, isWhole: isWhole)
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

/// What seems to be the copy of a file under another path, and how that is found out.
struct CopyElsewhere: Hashable, Sendable {
  /// Where it was.
  var from: RelativePath
  /// Whether it has the date that is on record, and so keeps it.
  var keepsDate: Bool
  /// Whether all of it has to be read, also from a device.
  var isWhole: Bool
  /// That of the contents, if an earlier run has read these back: then the source need not be read.
  var digest: ContentDigest?
}
