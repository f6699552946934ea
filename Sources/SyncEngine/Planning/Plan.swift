package import Journal
public import Storage

/// What a run would do, in the order in which it would do it: a pure function of two scans, the journal and the
/// policy. A dry run prints exactly this value.
public struct Plan: Sendable {
  struct Gone: Sendable {
    var source: [RelativePath] = []
    var destination: [RelativePath] = []
  }

  struct Followed: Sendable {
    var source: [Truth] = []
    var destination: [Truth] = []
    var copies = MovedCopies()
  }

  /// New paths of last copies, by their old ones.
  struct MovedCopies: Sendable {
    var source: [RelativePath: RelativePath] = [:]
    var destination: [RelativePath: RelativePath] = [:]
  }

  /// By path, of each side, the devices whose dates were read in an assumed zone.
  struct Origins: Sendable {
    var source: [RelativePath: String] = [:]
    var destination: [RelativePath: String] = [:]
  }

  public var actions: [Action]
  /// Why the plan can be shown but not run.
  public var refusals: [Refusal]
  /// Versions of the source that get another name there first, since both are kept; only of a two-way run.
  public package(set) var setAside: [SetAside] = []
  /// Files of which only their contents tell what a two-way run does with them.
  var comparisons: [Comparison] = []
  /// Files that are the same on both sides, by the record.
  public var unchanged: Int
  /// How many of these are not known to have been read back, where the policy ``SyncPolicy/verifies``: the run reads
  /// back only what it writes.
  public package(set) var neverReadBack = 0
  /// Temporaries at the destination that an interrupted run of this journal left behind; removed first.
  public var leftovers: [Entry]
  /// One of those on a device that is known to delete nothing, where they stay: with it the run looks whether it still
  /// is so.
  package var undeleted: Entry?
  /// Folders of the source, at their places, with the dates that the destination's folder gets after its contents.
  /// Where the source's are in doubt, and in a vault, these are the destination's own.
  public var folderDates: [Entry]
  /// Of these, the destination's folders of which it is on record that they tell the creation date of a copy.
  var misdatedFolders: Set<RelativePath> = []
  /// Where in the destination other file systems begin.
  var volumes = Volumes()
  /// Whether it gets them in the journal only, since the destination lets nobody set them.
  public package(set) var remembersFolderDates = false
  /// What a mirror has on both sides and with other access rights at the destination, with those that it gets.
  public package(set) var permissions: [Entry] = []
  /// True names of what the destination has already under other ones: they go on record, since the record of them is
  /// lost, or there never was one.
  package var names: [TrueName] = []
  /// Files that earlier runs put on record: that record is kept true where only dates are mended.
  package var recorded: Set<RelativePath> = []
  /// Of each file that takes part, whether it could be removed at the source, as far as the listings and the record
  /// tell; empty unless the policy wants to know.
  public package(set) var proof = Proof()
  /// The files that are to be removed at the source once they are at the destination, verified; none unless the policy
  /// ``SyncPolicy/frees`` them.
  public package(set) var toFree: [Entry] = []
  /// What was read back of files that the plan puts on record again with the same contents, by their paths at the
  /// source.
  package var verifications: [RelativePath: Verification] = [:]
  /// By path at the source, what seems to be the copy of a file elsewhere at the destination; see
  /// ``Change/follow(to:)``.
  var elsewhere: [RelativePath: CopyElsewhere] = [:]
  /// Where everything of the source goes, or is; what is missing here has no name that the destination can hold.
  package var places: [RelativePath: RelativePath] = [:]
  /// Paths with a true name on record at which nothing is any more: what comes there later is something else.
  var gone = Gone()
  /// True dates on record of files that a device prints in another zone now.
  var followed = Followed()
  /// The devices by whose dates the plan goes though nobody has told in which time zone they are.
  public package(set) var assumedZones: [AssumedZone] = []
  /// Files and folders whose dates were taken from such a device by an earlier run.
  var assumedFrom = Origins()
  /// Those of the destination whose dates have turned out right.
  var confirmed: [RelativePath] = []
  /// Paths at the destination of files that it has under other ones than the source, by the record; only of a
  /// comparison.
  public package(set) var sorted: [RelativePath] = []
  /// What of the source a filter leaves out, sorted; a folder stands for all in it, since nobody looked into it.
  public package(set) var filtered: [Filtered] = []
  /// The rules of the filter that decided about nothing.
  public package(set) var unusedRules: [UnusedRule] = []
  /// Files that a filter by date decides about by an assumed zone; `nil` if there are none.
  public package(set) var nearLimit: AssumedZone?
  /// Paths at the destination of files on record that neither side has any more; only a mirror looks for them.
  var lostOnBothSides: [RelativePath] = []
  /// Where at a source on this computer that would be which is deleted, by its path at the destination.
  var counterparts: [RelativePath: Surplus.Counterpart] = [:]
  /// What a run that died meant to remove at the source, and did not: paths at the destination by those at the source.
  var notFreed: [RelativePath: RelativePath] = [:]
  /// Files of the destination that nothing takes the place of, though a step compares them, and why; by path.
  var lastCopies: [RelativePath: Reason] = [:]
  /// Last copies, by path, that are nowhere at the destination once the plan is carried out, nor anything that could be
  /// one of them; and those that were on record as such, and are there.
  var (missingCopies, copiesThatAreBack): ([RelativePath], [RelativePath]) = ([], [])
  /// Conflicts that the user's rule does not decide.
  public struct Undecided: Hashable, Sendable {
    /// ``SyncPolicy/Conflict/newer`` or ``SyncPolicy/Conflict/larger``.
    public var rule: SyncPolicy.Conflict
    /// At the source.
    public var paths: [RelativePath]
  }

  /// The files of which both versions are kept, where they differ, though the policy wants the newer or the larger one:
  /// the two are alike in that, as far as can be told. `nil` if there are none.
  public package(set) var undecided: Undecided?
  /// Whether what is replaced for good has to make room file by file: there is not enough for a batch of new versions.
  var isTight = false
  /// Whether what is deleted is kept in a vault.
  public package(set) var keepsDeleted = true
  /// The Unix times, in seconds, at which the source was looked at. A date of then does not yet tell a file from its
  /// next version. `nil` if there was no scan.
  public var scanned: ClosedRange<Int64>?

  public init(
    actions: [Action],
    refusals: [Refusal] = [],
    unchanged: Int = 0,
    leftovers: [Entry] = [],
    folderDates: [Entry] = [],
    scanned: ClosedRange<Int64>? = nil
  ) {
    self.actions = actions
    self.refusals = refusals
    self.unchanged = unchanged
    self.leftovers = leftovers
    self.folderDates = folderDates
    self.scanned = scanned
  }

  /// Whether running the plan would leave both sides and the record as they are.
  public var isIdle: Bool {
    leftovers.isEmpty && setAside.isEmpty && folderDates.isEmpty && permissions.isEmpty && names.isEmpty
      && toFree.isEmpty
      && !actions.contains { $0.change != .skip }
  }

  /// Whether it leaves something of the source out that no rule of the user's excludes, so that its run ends as
  /// ``Ending/someFailed``.
  package var leavesBehind: Bool { actions.contains { $0.change == .skip && $0.reason.leavesBehind } }

  /// Whether files stay at the source, where the policy ``SyncPolicy/frees`` what is at the destination.
  package var keepsAtSource: Bool {
    let going = Set(toFree.map(\.path))
    return proof.unlisted > 0 || proof.files.contains { $0.entry.kind == .file && !going.contains($0.entry.path) }
  }

  /// Folders of the destination from which files are moved, and those above.
  var foldersOfMoved: Set<RelativePath> {
    var folders: Set<RelativePath> = []
    for case .move(let from) in actions.lazy.map(\.change) {
      var folder = from.parent
      while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
    }
    return folders
  }

  /// The step of a number; `nil` if there is none.
  public func action(_ id: Action.ID) -> Action? { actions.indices.contains(Int(id)) ? actions[Int(id)] : nil }

  /// Bytes that the plan moves; `UInt64.max` also stands for more.
  public var bytes: UInt64 { actions.reduce(0) { $0.addingSaturated($1.bytes) } }
}

extension Action {
  /// Whether it is for something of the source.
  var isAboutSource: Bool { source != nil || change != .skip && change != .delete || destination == nil }

  /// Whether the plan knows already that something of the source does not get to where it belongs.
  var leavesSourceBehind: Bool { change == .skip && isAboutSource && reason.leavesBehind }
}

/// One step of a plan, with both entries as they were scanned; they are looked at again before the step.
public struct Action: Sendable, Identifiable {
  public typealias ID = UInt32

  /// Its place in its plan.
  public internal(set) var id: ID
  public var change: Change
  public var reason: Reason
  /// Where the step acts.
  public var path: RelativePath
  public var source: Entry?
  public var destination: Entry?
  /// How the name at ``path`` came about.
  public var naming: Naming
  /// The beginning of the file that an interrupted run left in a temporary, and that the step goes on with.
  public var part: Entry?
  /// Bytes the step moves; 0 for what moves none.
  public var bytes: UInt64

  public init(
    id: ID,
    change: Change,
    reason: Reason,
    path: RelativePath,
    source: Entry? = nil,
    destination: Entry? = nil,
    naming: Naming = .same,
    part: Entry? = nil,
    bytes: UInt64 = 0
  ) {
    self.id = id
    self.change = change
    self.reason = reason
    self.path = path
    self.source = source
    self.destination = destination
    self.naming = naming
    self.part = part
    self.bytes = bytes
  }
}

extension Action {
  /// What the step's source is truly called, if that is not its name at the destination.
  public var trueName: [UInt8]? {
    if case .mapped(let name) = naming { name } else { nil }
  }
}

/// What a step does at the destination.
public enum Change: Hashable, Sendable {
  case makeFolder
  case copy
  case copyLink
  /// Copies over an older version, which goes to the vault.
  case replace
  /// Copies under another name, since both sides have something of their own at this one.
  case keepBoth(as: RelativePath)
  /// Records that the two files are equal; with `setTimes`, the destination's dates are mended as well. No data moves.
  case adopt(setTimes: Bool)
  /// Compares the contents of two files of equal size, then adopts or keeps both; without a name for the other one, it
  /// is left out, or takes the place of the one there if the policy has it so. A part that an interrupted run left is
  /// compared with the beginning of the file and sent again.
  case compare(keepBothAs: RelativePath?)
  /// Gives the copy of a file that has another place at the source that place, if their contents bear out that it is
  /// one (with a device head and tail); else, or where it cannot be moved, copies the file, and the next run deletes
  /// the other.
  case move(from: RelativePath)
  /// Has the record of a file that an earlier run copied follow it to where somebody has put it at the destination, if
  /// its contents bear out that it is the copy (with a device head and tail); else the file is missing. No data moves.
  case follow(to: RelativePath)
  /// Deletes what the source does not have: to the vault, where the policy keeps one.
  case delete
  /// Nothing; the reason says why.
  case skip

  /// A stable word, used in JSON and the journal.
  public var word: String {
    switch self {
    case .makeFolder: "makeFolder"
    case .copy: "copy"
    case .copyLink: "copyLink"
    case .replace: "replace"
    case .keepBoth: "keepBoth"
    case .adopt: "adopt"
    case .compare: "compare"
    case .move: "move"
    case .follow: "follow"
    case .delete: "delete"
    case .skip: "skip"
    }
  }
}

/// Why a step is taken or left out. The raw values are stable words, used in JSON, itemised lists, logs and the
/// journal.
public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
  case new, changed, kindChanged
  case equal, equalByContent, datesDiffer
  /// Equal but for its date as a phone prints it, which moved with the phone's time zone.
  case equalAfterZoneChange
  /// Equal but for its date, which came from a device without a zone, and was read in another one than that which is
  /// known now.
  case zoneLearned
  /// Equal by the record, which does not suffice here: the file was very young at its last scan, or the user wants
  /// contents compared.
  case unproven
  case changedAtDestination, changedOnBoth, differsUnrecorded
  /// Changed here since an earlier run, and gone from the other side: the change counts more than the deletion.
  case changedAndGone
  /// Both versions are to be kept, and neither side can give one of them another name.
  case notRenamable
  /// Another version is there, and nobody allowed to replace it.
  case occupied
  /// The same, where nothing could have it replaced.
  case notReplaced
  /// An earlier run copied it; it is gone from the destination.
  case missingFromCheckpoint
  /// An earlier run copied it, and somebody has renamed or moved the copy within the destination.
  case movedAtDestination
  case changedSincePlan, vanished, folderIncomplete, unreadable
  /// A list of what is meant names it, and it is not there.
  case notAtSource
  case specialFile, linkUnsupported, nameImpossible, nameCollision, tooLarge
  /// An interrupted run left a file there, or a part of it.
  case unfinished
  /// The destination cannot keep the version that would be replaced, and there is no other place for it.
  case noVault
  /// The destination is known to delete nothing, so that nothing there can be replaced.
  case undeletable
  /// All of it was sent, and the run stopped before anybody could look at it.
  case unverified
  /// FileSync's own: a temporary, or a vault in the source.
  case temporary
  /// The destination's version stays, as the policy has it.
  case keptByChoice
  /// Where only dates are mended: the other side has no such file, or something else, so that its date says nothing.
  case onlyAtSource, onlyAtDestination, different
  /// The source has no date that could be given, or that tells whether the file is meant.
  case undated
  /// The same on both sides but for its dates; only of a comparison.
  case otherDates
  /// What phones keep for themselves, and nobody asked for.
  case phonesOwn
  /// Of what a mirror deletes: an earlier run copied it, and the source does not have it any more; or no run did.
  case goneFromSource, neverAtSource
  /// Of what a mirror deletes: an earlier run copied it, and the source has the file under another path.
  case otherPlace
  /// Somebody has renamed or moved it at the destination, and a mirror gives it the place of the source again.
  case movedBack
  /// A mirror takes the destination's file for the copy of one that was renamed or moved at the source.
  case movedAtSource
  /// Nothing is deleted for good while files could not be copied: it may be one of them, under another name.
  case copyFailed
  /// A folder that a mirror would delete is not empty, or cannot be deleted.
  case folderStays
  /// It was removed at the source once it was verified here, so that it is the last copy: a mirror leaves it.
  case freedAtSource
  /// It has the size and date of such a file that is not where it was, as far as the two folders show.
  case likeFreed
  /// Such a file has the name, and the source has another one of that name now.
  case nameOfFreed
  /// It may be such a file, which somebody has moved and changed, and nobody would keep it: so nothing that no run
  /// knows goes for good, and nothing takes its place.
  case maybeFreed
  /// Another file system, or a folder from elsewhere, is mounted there: a mirror deletes nothing in it.
  case mountPoint
}

/// Which end of a run.
public enum Side: String, Hashable, Sendable, Codable { case source, destination }

/// A safety rule that forbids running a plan.
public enum Refusal: Hashable, Sendable {
  /// The destination lost more files than a person is likely to have removed.
  case manyMissing(count: Int, of: Int)
  /// The storage that answers is not the one of the record.
  case storageReplaced(Side)
  /// A mirror would delete files, and the source has none at all; or none of those that earlier runs copied.
  case sourceEmptied(deletions: Int)
  case nothingRecordedAtSource(of: Int)
  /// A mirror would delete or replace files that are copies of what another storage has, as of another phone.
  case copiesFromElsewhere(count: Int)
  /// A mirror would delete more of the destination's files than are allowed.
  case manyDeletions(count: Int, of: Int, allowed: Int)
  /// A mirror that keeps no old versions would delete or replace more of the destination's files than are allowed.
  case manyLost(count: Int, of: Int, allowed: Int)
  /// A folder of the source is one of the destination, by its paths in both, as a bind mount has it.
  case foldersOverlap(RelativePath, RelativePath)
  /// The destination, by its name, cannot be written to.
  case readOnly(String)
  /// The file system that begins in this folder of the destination, the root for its own, has too little room, in
  /// bytes.
  case noSpace(needed: UInt64, free: UInt64, in: RelativePath = .root)
}
