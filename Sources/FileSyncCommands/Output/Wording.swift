internal import Foundation
internal import Storage
internal import SyncEngine

extension Reason {
  /// Why a step is taken or left out, in words that go after a colon.
  var words: String {
    switch self {
    case .new: "new"
    case .changed: "changed at the source"
    case .kindChanged: "a file on one side, a folder or a link on the other"
    case .equal: "equal"
    case .equalByContent: "equal contents"
    case .datesDiffer: "equal contents, other date"
    case .equalAfterZoneChange: "equal, the device's time zone changed"
    case .zoneLearned: "equal, the device's time zone is known now"
    case .unproven: "equal by the record only"
    case .changedAtDestination: "changed at the destination only; kept"
    case .changedOnBoth: "changed on both sides"
    case .differsUnrecorded: "different, and no record of which is newer"
    case .occupied: "another version is there; --overwrite replaces it"
    case .notReplaced: "another version is there, and mv replaces none; rename or remove one of the two"
    case .movedAtDestination: "renamed or moved at the destination, where the record follows it"
    case .missingFromCheckpoint: "copied earlier, gone from the destination"
    case .changedSincePlan: "changed since it was listed"
    case .vanished: "gone since it was listed"
    case .changedAndGone: "changed since the last run, and gone from the other side"
    case .notRenamable:
      "different, and neither side can rename, so that not both can be kept; --conflict newer or source decides"
    case .notAtSource: "not at the source"
    case .folderIncomplete: "its folder could not be listed whole"
    case .unreadable: "unreadable"
    case .specialFile: "no regular file"
    case .linkUnsupported: "the destination holds no symbolic links"
    case .nameImpossible: "the destination cannot hold this name"
    case .nameCollision: "its name, or that of its folder, is there more than once"
    case .tooLarge: "too large for the destination"
    case .unfinished: "left by an interrupted run"
    case .noVault: "no place to keep the old version (--no-vault does without)"
    case .undeletable: "the device lets nothing be deleted, so that nothing on it can be replaced"
    case .unverified: "sent before the device was lost; the next run looks whether it is there"
    case .onlyAtSource: "only at the source"
    case .onlyAtDestination: "only at the destination"
    case .different: "something else under the same name"
    case .undated: "no date at the source"
    case .otherDates: "other dates"
    case .keptByChoice: "the destination's version stays, as you chose"
    case .movedAtSource: "renamed or moved at the source"
    case .goneFromSource: "gone from the source"
    case .neverAtSource: "not in the source, and not on record"
    case .otherPlace: "an earlier copy; the source has the file under another path"
    case .movedBack: "moved at the destination, and moved back to where the source has it"
    case .copyFailed: "nothing is deleted for good while files could not be copied"
    case .folderStays: "not empty, or not to be deleted"
    case .freedAtSource:
      "removed at the source by --move, so that this is the last copy; --mirror --delete-freed deletes it"
    case .likeFreed:
      "it has the size and date of a file that --move removed at its source, and may be its last copy, moved; --mirror --delete-freed deletes it"
    case .nameOfFreed: "a file that --move removed at the source had this name, and is kept; rename one of the two"
    case .maybeFreed:
      "a last copy that --move left is not where it was, and this may be it; run once without --no-vault, and it goes to the vault"
    case .mountPoint: "mounted there; nothing is deleted in it"
    case .phonesOwn: "the phone's own; --include copies it"
    case .temporary: "a name that FileSync keeps for unfinished files and for replaced versions"
    }
  }
}

extension Reason {
  /// The same of a step, by its ``Change/word``: of what a mirror has replaced, nobody says that it is kept.
  func words(of change: String) -> String {
    self == .changedAtDestination && change == Change.replace.word ? "changed at the destination" : words
  }
}

extension Change {
  /// The itemised lists' first column.
  var label: String {
    switch self {
    case .makeFolder: "folder"
    case .copy: "copy"
    case .copyLink: "link"
    case .replace: "replace"
    case .keepBoth: "keep both"
    case .adopt: "adopt"
    case .compare: "compare"
    case .move: "move"
    case .follow: "follow"
    case .delete: "delete"
    case .skip: "skip"
    }
  }
}

extension Action {
  /// One line of an itemised list.
  var line: String {
    var line = "\(change.label)  \(shownPath)"
    if case .keepBoth(let other) = change { line += " as \(other.shown)" }
    if case .follow(let other) = change { line += " at \(other.shown)" }
    if case .move(let old) = change { line += " from \(old.shown)" }
    let size = change == .delete ? destination?.size ?? 0 : bytes
    if size > 0 { line += "  \(formatted(bytes: size))" }
    return change == .copy && reason == .new ? line : "\(line)  (\(reason.words(of: change.word)))"
  }
}

extension Action {
  /// The path; where the name had to be another one, the true one and then that.
  private var shownPath: String {
    switch naming {
    case .same:
      guard let own = source?.ownName?.text, !path.name.elementsEqual(own.utf8) else { return path.shown }
      return "\(path.shown)  at the source: \(shown(own))"
    case .mapped(let name): return "\(beside(name).shown)  new name: \(shown(path.name))"
    case .beside:
      return "\(beside(Array(source?.path.name ?? [])).shown)  beside the other version: \(shown(path.name))"
    case .restored: return "\(beside(Array(source?.path.name ?? [])).shown)  true name: \(shown(path.name))"
    }
  }

  private func beside(_ name: [UInt8]) -> RelativePath { path.parent.appending(name) ?? path }
}

extension Refusal {
  /// What stopped the run, and what to do.
  func failure(isDryRun: Bool = false) -> Failure {
    switch self {
    case .manyMissing(let count, let all):
      Failure(
        .refused,
        "Gone from the destination: \(count) of \(counted(all, "file")) that earlier runs copied",
        cure: "Nothing was copied. If the right folder is there and this is meant, add --new-destination."
      )
    case .storageReplaced(.destination):
      Failure(
        .refused,
        "The destination is not the one of the earlier runs: another file system or storage is there",
        cure: "Nothing was copied. Mount the right one; or, if this is meant, add --new-destination."
      )
    case .storageReplaced(.source):
      Failure(
        .refused,
        "The source is not the one of the earlier runs: another file system or storage is there",
        cure: "Nothing was done. Check what is mounted there; or, if this is meant, sync once without --mirror."
      )
    case .sourceEmptied(let deletions):
      Failure(
        .refused,
        "The source has no files, and \(counted(deletions, "file")) of the destination would be deleted",
        cure: "Nothing was done. Check that the right folder is there; or, if this is meant, add --allow-empty."
      )
    case .nothingRecordedAtSource(let all):
      Failure(
        .refused,
        "The source has none of the \(counted(all, "file")) that earlier runs copied",
        cure: "Nothing was done. Check that the right folder is there; or, if this is meant, add --allow-empty."
      )
    case .copiesFromElsewhere(let count):
      Failure(
        .refused,
        "\(counted(count, "file")) of the destination would be deleted or replaced that came from another device or disk",
        cure: "Nothing was done. Check that the right one is there; or, if this is meant, add --allow-empty."
      )
    case .manyDeletions(let count, let all, let allowed):
      Failure(
        .refused,
        "\(count) of \(counted(all, "file")) of the destination would be deleted, and \(allowed) may be",
        cure: Self.cure(ofDeleting: count, isDryRun)
      )
    case .manyLost(let count, let all, let allowed):
      Failure(
        .refused,
        "\(count) of \(counted(all, "file")) of the destination would be deleted or replaced for good; \(allowed) may be",
        cure: "Nothing was done. Leave out --no-vault; or, if this is meant, add --max-delete \(count)."
      )
    case .foldersOverlap(let path, let other):
      Failure(
        .refused,
        "One and the same folder: \(part(path, "the source")) and \(part(other, "the destination"))",
        cure: "Nothing was done. A mount leads from the one to the other: name two folders apart."
      )
    case .readOnly(let name):
      Failure(
        .notPossible,
        "\(shown(name)) cannot be written to",
        cure: "Nothing was copied. Name another destination, or allow writing there."
      )
    case .noSpace(let needed, let free, let folder):
      Failure(
        .notPossible,
        (folder.isRoot ? "The destination" : "The disk at \(folder.shown) in the destination")
          + Self.fullness(needed, free),
        cure: "Nothing was copied. Free some space there, then run the same command again."
      )
    }
  }

  /// What to do about so many deletions. A dry run has just listed them.
  static func cure(ofDeleting count: Int, _ isDryRun: Bool) -> String {
    "Nothing was done. \(isDryRun ? "If" : "--dry-run lists them; if") this is meant, add --max-delete \(count)."
  }

  /// What follows the name of a place that is too full.
  static func fullness(_ needed: UInt64, _ free: UInt64) -> String {
    " is too full: \(formatted(bytes: needed)) are needed, \(formatted(bytes: free)) are free"
  }

  private func part(_ path: RelativePath, _ side: String) -> String { path.isRoot ? side : "\(path.shown) in \(side)" }
}
