internal import Storage

/// One side as a scan found it.
struct Tree: Sendable {
  /// Everything that may take part, sorted: no temporaries, no vault, no ambiguous names.
  var entries: [Entry] = []
  /// What could not be listed, by folder; an empty name stands for the whole folder.
  var unlisted: [RelativePath: [Unlisted]] = [:]
  /// Folders of which nothing is known to be missing, and nobody says that all of them was listed.
  var unsure: Set<RelativePath> = []
  /// Entries whose folder holds their name more than once, as MTP allows.
  var ambiguous: [Entry] = []
  /// Files that some run is writing, or left behind.
  var temporaries: [Entry] = []
  /// Folders that do not take part themselves: they are made only for what is in them.
  var leading: Set<RelativePath> = []
  /// What is there and does not take part by a filter, and why; folders are not looked into.
  var filtered: [RelativePath: Filter.Cause] = [:]
  /// The folders among these that are not in ``entries`` either.
  var foldersLeftOut: Set<RelativePath> = []
  /// The rules of the filter that decided about something.
  var usedRules: Set<Filter.Rule> = []
  /// What else does not take part, and why, to be told.
  var leftOut: [(entry: Entry, reason: Reason)] = []
  /// Files and folders whose dates an earlier run took from a device without knowing its zone, and what the device is called.
  var assumedFrom: [RelativePath: String] = [:]
  /// How many files a filter by date would decide otherwise about in another zone than the one that was assumed.
  var nearLimit = 0
  /// Where other file systems begin.
  var volumes = Volumes()
  /// When the scan began, by this computer's clock.
  var began = Timestamp(seconds: 0)
  /// When it ended; before it began, where the clock was set back meanwhile.
  var ended = Timestamp(seconds: 0)

  /// The seconds of all dates that something can have which was changed while it was looked at, by the 2 s that FAT tells
  /// apart.
  var lookedAt: ClosedRange<Int64> {
    (min(began.seconds, ended.seconds) - 2)...(max(began.seconds, ended.seconds) + 2)
  }

  /// Has an entry take no part; without a reason, nobody needs to be told.
  mutating func left(_ entry: Entry, _ cause: Filter.Cause, _ reason: Reason? = nil) {
    filtered[entry.path] = cause
    if entry.isDirectory { foldersLeftOut.insert(entry.path) }
    if let reason { leftOut.append((entry, reason)) }
  }

  /// Whether a filter leaves out what is at a path, or a folder it lies in.
  func isFiltered(_ path: RelativePath) -> Bool {
    var path = path
    while !path.isRoot {
      if filtered[path] != nil { return true }
      path = path.parent
    }
    return false
  }

  /// Whether the listing of `folder`, or of a folder above it, has a gap.
  func isIncomplete(at folder: RelativePath) -> Bool {
    guard !unlisted.isEmpty || !filtered.isEmpty else { return false }
    var folder = folder
    while true {
      if unlisted[folder] != nil || filtered[folder] != nil { return true }
      if folder.isRoot { return false }
      folder = folder.parent
    }
  }
}

/// The folder at the destination's root that holds replaced versions, `.filesync-vault/RUN/PATH`.
package enum Vault {
  package static let name = Array(".filesync-vault".utf8)

  /// Where the version at `path` goes that a run replaces.
  static func path(for path: RelativePath, run: String) -> RelativePath? {
    RelativePath(name + Array("/\(run)/".utf8) + path.bytes)
  }
}
