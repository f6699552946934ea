internal import Storage
internal import SyncEngine

/// The texts before and after a run.
enum Summary {
  /// What a plan would do. The first line shows by an example where files go. The locations are escaped already.
  /// `headline` takes its place; `makesDestination` counts the destination itself among the folders.
  static func plan(
    _ plan: Plan,
    from source: String,
    to destination: String,
    makesDestination: Bool = false,
    headline: String? = nil
  ) -> [String] {
    var lines = [headline ?? "What \(source) holds goes into \(destination)"]
    let example =
      headline != nil
      ? nil
      : plan.actions.first { $0.movesFile } ?? plan.actions.first { $0.change != .skip && $0.change != .delete }
    if let example {
      lines[0] =
        "For example: \(joined(source, example.source?.path ?? example.path)) \u{2192} \(joined(destination, example.target))"
    }
    let folders = plan.actions.count { $0.change == .makeFolder } + (makesDestination ? 1 : 0)
    if folders > 0 { lines.append("  Folders to make: \(folders)") }
    let kinds: [(String, (Action) -> Bool)] = [
      ("Files to copy", { $0.change == .copy }),
      ("Unfinished files to send again", { $0.sendsUnfinished }),
      ("Files to rename or move, as at the source", { if case .move = $0.change { true } else { false } }),
      ("Files moved at the destination, to be found there from now on", { $0.reason == .movedAtDestination }),
      ("Links to copy", { $0.change == .copyLink }),
      ("Files to replace, as they changed at the source", { $0.change == .replace && $0.reason == .changed }),
      (
        "Files to replace that only you changed at the destination",
        { $0.change == .replace && $0.reason == .changedAtDestination }
      ),
      (
        "Files to replace by the source's version",
        { $0.change == .replace && $0.reason != .changed && $0.reason != .changedAtDestination }
      ),
      ("Files to keep in both versions", { if case .keepBoth = $0.change { true } else { false } }),
      ("Equal files to put on record", { $0.change == .adopt(setTimes: false) && $0.reason != .unproven }),
      (
        "Equal files to put on record again, since they were too new for a change to show in their dates",
        { $0.change == .adopt(setTimes: false) && $0.reason == .unproven }
      ),
      ("Equal files whose dates are mended", { $0.change == .adopt(setTimes: true) && $0.reason != .zoneLearned }),
      ("Files to date anew, since the device's time zone is known now", { $0.reason == .zoneLearned }),
      (
        "Files to compare by contents",
        { if case .compare = $0.change { !$0.sendsUnfinished && $0.reason != .zoneLearned } else { false } }
      ),
    ]
    for (name, matches) in kinds {
      let some = plan.actions.filter(matches)
      let bytes = some.reduce(UInt64(0)) { $0.addingSaturated($1.bytes) }
      guard !some.isEmpty else { continue }
      // What somebody may miss afterwards is named.
      let names = some[0].replacesOrRenames ? ": " + LeftOut.names(some.map(\.path), of: some.count) : ""
      lines.append("  \(name): \(some.count)" + (bytes > 0 ? ", \(formatted(bytes: bytes))" : "") + names)
    }
    if !plan.folderDates.isEmpty {
      let what = plan.remembersFolderDates ? "Folders whose dates the journal keeps" : "Folders that get their dates"
      lines.append("  \(what): \(plan.folderDates.count)")
    }
    if !plan.permissions.isEmpty {
      lines.append("  Files and folders that get the source's access rights: \(plan.permissions.count)")
    }
    lines += [plan.undecided?.line].compactMap(\.self)
    lines += deletions(plan)
    if !plan.toFree.isEmpty {
      let bytes = plan.toFree.reduce(UInt64(0)) { $0.addingSaturated($1.size ?? 0) }
      lines.append(
        "  Files to remove at the source, each once it is verified: \(plan.toFree.count), \(formatted(bytes: bytes)) freed"
      )
    }
    let parts = plan.actions.compactMap(\.part?.size)
    if !parts.isEmpty {
      let there = formatted(bytes: parts.reduce(0) { $0.addingSaturated($1) })
      lines.append("  Of these to go on with inside: \(counted(parts.count, "file")), \(there) there already")
    }
    let steps = plan.actions.filter { $0.change != .skip }
    lines += names(
      mapped: steps.count { $0.trueName != nil },
      restored: steps.count { $0.naming == .restored },
      beside: steps.count { $0.naming == .beside },
      numbered: steps.count { $0.source?.ownName != nil }
    ).map { "  \($0)" }
    if !plan.names.isEmpty { lines.append("  True names to put on record again: \(plan.names.count)") }
    if plan.unchanged > 0 { lines.append("  Files that are up to date: \(plan.unchanged)") }
    if plan.neverReadBack > 0 {
      let count = plan.neverReadBack == 1 ? "1 was" : "\(plan.neverReadBack) were"
      lines.append("  Note: Of these, \(count) never read back; sync --proof --verify reads what was not.")
    }
    lines += FilterSummary.lines(plan)
    var leftOut = LeftOut()
    for action in plan.actions where action.change == .skip { leftOut.add(action.path, action.reason) }
    lines += leftOut.lines("  Left out")
    if plan.isIdle, !makesDestination, plan.refusals.isEmpty { lines.append(nothing([plan])) }
    return lines
  }

  /// What to tell where there is nothing to do. What is left out stands in lines of its own, and may be all that was wanted.
  static func nothing(_ plans: [Plan]) -> String {
    let count = plans.flatMap(\.actions).count { $0.change == .skip }
    return count == 0 ? "Nothing to do." : "Nothing else to do: \(count) \(count == 1 ? "is" : "are") left out."
  }

  /// What to tell when the destination holds a folder of the source's name, as it does after `cp -a`; `nil` if not.
  static func nestedFolder(
    source name: String,
    sourceEntries: [Entry],
    destination: String,
    destinationEntries: [Entry],
    kind: RunKind = .sync(offersRestoring: false)
  ) -> String? {
    func hasFolder(_ entries: [Entry]) -> Bool {
      entries.contains { $0.isDirectory && $0.path.parent.isRoot && $0.path.text == name }
    }
    guard !name.isEmpty, hasFolder(destinationEntries), !hasFolder(sourceEntries) else { return nil }
    let inside = joined(destination, RelativePath(name) ?? .root)
    if kind == .dates {
      return """
        Note: \(destination) holds a folder \u{201C}\(shown(name))\u{201D}. If that is the copy whose dates are to be \
        mended, name it: \(inside)
        """
    }
    return """
      Note: \(destination) holds a folder \u{201C}\(shown(name))\u{201D} already. The files go beside it, not into it, \
      with or without a slash at the end. To sync into it, name it: \(inside)
      """
  }

  /// What a run did, in words and numbers.
  /// - Parameters:
  ///   - oldVersions: where the versions are that were replaced.
  ///   - notDone: how many files the run did not get to.
  static func run(
    _ counts: Counts,
    leftOut: LeftOut,
    _ kind: RunKind,
    oldVersions: [String] = [],
    notDone: Int = 0
  ) -> [String] {
    let moved = [
      (counts.filesCopied, "file", "copied"), (counts.linksCopied, "link", "copied"),
      (counts.filesMoved, "file", "renamed or moved"),
      (counts.filesReplaced, "file", "replaced"), (counts.filesKeptBoth, "file", "kept in both versions"),
    ].filter { $0.0 > 0 }
    let rest = [
      (counts.datesMended, "file", "dated anew, since the device's time zone is known now"),
      (
        counts.filesFollowed, "file",
        "found where \(counts.filesFollowed == 1 ? "it was" : "they were") moved to at the destination"
      ),
      (counts.adopted, "file", "there already, now on record"), (counts.unchanged, "file", "up to date"),
    ].filter { $0.0 > 0 }
    let words = { (parts: [(Int, String, String)]) in parts.map { "\(counted($0.0, $0.1)) \($0.2)" } }
    let bytes = counts.bytesCopied > 0 ? " (\(formatted(bytes: counts.bytesCopied)))" : ""
    let first = moved.isEmpty ? "Nothing copied" : words(moved).joined(separator: ", ") + bytes
    var lines = [([first] + words(rest)).joined(separator: "; ") + "."]
    if kind == .check { return CheckSummary.run(counts, leftOut) }
    lines += deletions(counts)
    if counts.verified > 0 { lines.append("\(counted(counts.verified, "file")) verified: read back, and as sent.") }
    if counts.permissionsSet > 0 { lines.append("Access rights set: \(counts.permissionsSet).") }
    if kind == .dates { lines = [DatesSummary.first(counts)] }
    lines += dates("Dates", counts.modified, kind)
    // Few sources have creation dates, so that not having them is no news.
    func areKnown(_ fates: [DateFate: Int]) -> Bool { fates.contains { $0.key != .absent && $0.value > 0 } }
    if areKnown(counts.created) { lines += dates("Creation dates", counts.created, kind) }
    lines += dates("Dates of folders", counts.folderDates, kind)
    if areKnown(counts.folderCreated) { lines += dates("Creation dates of folders", counts.folderCreated, kind) }
    lines += names(mapped: counts.namesMapped, restored: counts.namesRestored, beside: counts.namesBeside)
      .map { "\($0)." }
    if counts.missingFromCheckpoint > 0 {
      lines.append(
        "Gone from the destination since an earlier run: \(counted(counts.missingFromCheckpoint, "file"))."
          + (kind == .sync(offersRestoring: true) ? " --restore-missing always copies them again." : "")
      )
    }
    if !oldVersions.isEmpty {
      let what = counts.filesDeleted > 0 ? "What was replaced or deleted" : "Old versions of what was replaced"
      lines.append("\(what): \(oldVersions.joined(separator: ", and "))")
    }
    lines += leftOut.lines(kind == .dates ? "Left alone" : "Left out")
    if notDone > 0 { lines.append("Not done: \(counted(notDone, "file")).") }
    if counts.failed > 0 { lines.append("Failed: \(counted(counts.failed, "file")).") }
    return lines
  }

  /// The line about files that a run went on with inside, by the bytes of each that were there before; `nil` if there are
  /// none.
  static func resumed(_ offsets: [UInt64]) -> String? {
    guard !offsets.isEmpty else { return nil }
    let bytes = formatted(bytes: offsets.reduce(0) { $0.addingSaturated($1) })
    return "Gone on with inside: \(counted(offsets.count, "file")), of which \(bytes) were there already."
  }

  /// What becomes of names that one side cannot hold.
  private static func names(mapped: Int, restored: Int, beside: Int, numbered: Int = 0) -> [String] {
    let kinds = [
      (mapped, "New names, since the destination cannot hold the true ones"), (restored, "True names given back"),
      (beside, "Names with a number, beside the other version of a conflict"),
      (numbered, "Names that are no file names, or there twice at the source"),
    ]
    return kinds.filter { $0.0 > 0 }.map { "\($0.1): \($0.0)" }
  }

  /// The line about one kind of dates; none if no file was copied.
  private static func dates(_ name: String, _ fates: [DateFate: Int], _ kind: RunKind) -> [String] {
    let words: [(DateFate, String)] = [
      (.verified, kind == .dates ? "set and verified" : "kept and verified"),
      (.doubtful, "in the hour that autumn repeats, maybe up to an hour too early"),
      (.manifest, "kept in the journal only"), (.lost, "lost"),
      (.absent, "not known at the source"),
    ]
    let parts = words.compactMap { fate, text in fates[fate].flatMap { $0 > 0 ? "\($0) \(text)" : nil } }
    return parts.isEmpty ? [] : ["\(name): \(parts.joined(separator: ", "))."]
  }

  static func joined(_ location: String, _ path: RelativePath) -> String {
    path.isRoot ? location : location + (location.hasSuffix("/") ? "" : "/") + path.shown
  }
}

extension Action {
  /// Whether something that is at the destination is replaced, or gets company under another name.
  fileprivate var replacesOrRenames: Bool {
    switch change {
    case .replace, .keepBoth: true
    case .makeFolder, .copy, .copyLink, .adopt, .compare, .move, .follow, .delete, .skip: false
    }
  }

  /// Where the file goes, or is.
  fileprivate var target: RelativePath {
    switch change {
    case .keepBoth(let other), .follow(let other): other
    default: path
    }
  }

  /// Whether the step sends a file again, or the rest of it, of which an interrupted run left a part: if that is what it
  /// seems to be.
  fileprivate var sendsUnfinished: Bool {
    guard case .compare = change, reason == .unfinished else { return false }
    return destination?.size != source?.size
  }
}

extension Plan.Undecided {
  /// Why both versions are kept all the same.
  fileprivate var line: String {
    let why =
      rule == .larger
      ? "--conflict larger decides nothing where sizes are equal"
      : "--conflict newer decides nothing where dates are the same, missing, or in doubt by a time zone"
    return "  Note: \(why); both versions are kept if they differ: \(LeftOut.names(paths, of: paths.count))"
  }
}
