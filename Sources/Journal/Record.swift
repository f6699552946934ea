package import Storage

/// What the last run left at one path: a file or link that both sides have, each as its own side reported it.
package struct Record: Hashable, Sendable {
  /// Where it is at the source.
  package var path: RelativePath
  /// Where it is at the destination: elsewhere if both versions of a file were kept, or where case differs.
  package var destinationPath: RelativePath
  package var source: Fingerprint
  package var destination: Fingerprint
  /// What was read back from the destination; `nil` where nobody has.
  package var verification: Verification?
  /// Whether it was so young at its scan that a later change may not show in its date.
  package var isRacy: Bool
  /// Whether the run after which its two paths differed was one in the other direction: it is there that one was moved.
  package var isOfWayBack = false

  package init(
    path: RelativePath,
    destinationPath: RelativePath,
    source: Fingerprint,
    destination: Fingerprint,
    isRacy: Bool
  ) {
    self.path = path
    self.destinationPath = destinationPath
    self.source = source
    self.destination = destination
    self.isRacy = isRacy
  }
}

/// That a file was read back from the destination once, and was what had been read from the source. It holds as long as
/// neither side has changed the file since.
package struct Verification: Hashable, Sendable {
  package var digest: ContentDigest
  /// When, as Unix time in seconds.
  package var at: Int64

  package init(digest: ContentDigest, at: Int64) {
    self.digest = digest
    self.at = at
  }
}

/// By what a side's own later changes are recognised.
package struct Fingerprint: Hashable, Sendable {
  package var size: UInt64?
  package var token: ChangeToken?
  /// As the side reported it: not compared, but it explains a token that changed with a phone's time zone.
  package var modified: Timestamp?

  package init(size: UInt64? = nil, token: ChangeToken? = nil, modified: Timestamp? = nil) {
    self.size = size
    self.token = token
    self.modified = modified
  }

  package init(_ entry: Entry) {
    self.init(size: entry.size, token: entry.token, modified: (entry.told ?? entry.times).modified)
  }
}

/// The true dates of a file or folder, of which its storage holds not all; or what there is to know of those that it does
/// hold. Valid only while size and token are the same, or while a folder is the same (``init(folder:times:isDated:)``).
package struct Truth: Hashable, Sendable {
  package var path: RelativePath
  package var size: UInt64
  package var token: ChangeToken
  /// None of a file whose storage holds them.
  package var times: FileTimes
  /// The device, for people, that told the dates without a zone, where that was only assumed: those that its
  /// storage or ``times`` have may be hours off. `nil` where nothing is doubtful.
  package var assumedFrom: String?

  package init(
    path: RelativePath,
    size: UInt64,
    token: ChangeToken,
    times: FileTimes,
    assumedFrom: String? = nil
  ) {
    self.path = path
    self.size = size
    self.token = token
    self.times = times
    self.assumedFrom = assumedFrom
  }
}

extension Truth {
  /// The dates of a folder, which has neither size nor token.
  /// - Parameter isDated: Whether its storage has taken that modification date, and so shows whether this still is the
  ///   folder as it was left. Else its dates say nothing, since it gives them itself, and the path has to do.
  package init(folder path: RelativePath, times: FileTimes, isDated: Bool) {
    self.init(path: path, size: 0, token: ChangeToken(bytes: [], version: isDated ? 1 : 0), times: times)
  }

  /// No file has an empty token.
  package var isOfFolder: Bool { token.bytes.isEmpty }

  /// Whether it holds only while the folder has its modification date, as exactly as its storage keeps that.
  package var holdsWhileDated: Bool { isOfFolder && token.version != 0 }
}

/// The true name of a file or folder that its storage holds under another one, since it cannot hold this.
package struct TrueName: Hashable, Sendable {
  /// Where it is.
  package var path: RelativePath
  package var name: [UInt8]
  /// Of a file, in bytes, when it got that name; `nil` if that is not known.
  package var size: UInt64?

  package init(path: RelativePath, name: [UInt8], size: UInt64? = nil) {
    self.path = path
    self.name = name
    self.size = size
  }
}

/// What the journal knows of a pair of folders, seen from the side that is the source now.
package struct History: Sendable {
  package var records: [Record] = []
  /// Steps in this direction that were begun and never ended, by source path: such a run died in the middle of them.
  package var unfinished: [RelativePath: Unfinished] = [:]
  /// Where runs in the other direction died while they wrote files, and how large these were to be.
  package var unfinishedAtSource: [RelativePath: UInt64] = [:]
  /// Files in this direction of which ended runs may have left the beginnings, by the numbers of their temporaries.
  package var begun: [UInt64: BegunFile] = [:]
  /// What runs in this direction began to delete at the destination, and did not end with.
  package var leaving: Set<RelativePath> = []
  /// What runs in the other direction began to delete at the source, and to write there, and did not end with.
  package var leavingAtSource: Set<RelativePath> = []
  package var openAtSource: Set<RelativePath> = []
  package var sourceTruths: [Truth] = []
  package var destinationTruths: [Truth] = []
  /// By path, as the one below.
  package var sourceNames: [RelativePath: [UInt8]] = [:]
  package var destinationNames: [RelativePath: [UInt8]] = [:]
  /// Sizes of the files of these names when they got them, where known.
  package var sourceNameSizes: [RelativePath: UInt64] = [:]
  package var destinationNameSizes: [RelativePath: UInt64] = [:]
  /// Files of the destination whose originals were removed at some source, since they are here, with what they were then: the
  /// last copies.
  package var freed: [RelativePath: Fingerprint] = [:]
  /// Of these, the ones that are known to be nowhere at the destination any more, and nothing that is there could be.
  package var missingCopies: Set<RelativePath> = []
  /// Those of its whole storage, wherever they were.
  package var lastCopies: [LastCopy] = []
  /// The same of the source's whole storage.
  package var lastCopiesHere: [LastCopy] = []
  /// Files of the destination that are on record of runs between other folders.
  package var recordedByOthers: Set<RelativePath> = []
  /// The same of the source; not read where it has no last copies.
  package var recordedByOthersHere: Set<RelativePath> = []
  /// Those of the destination's that have their other side on another storage than the source's: on another phone, say.
  package var recordedFromElsewhere: Set<RelativePath> = []
  /// Files of the source whose originals were removed at this very destination, with what they were then.
  package var freedHere: [RelativePath: Fingerprint] = [:]
  /// The folder at the destination's path was on another storage when this source was last copied there.
  package var destinationReplaced = false
  /// The same of the folder at the source's path.
  package var sourceReplaced = false

  package init() {}
}

/// A file whose original was removed somewhere, since its storage had it, as it was then.
package struct LastCopy: Hashable, Sendable {
  package var copy: Fingerprint
  /// Where it was, if that was in the source.
  package var path: RelativePath?
  /// Where it was, if that was in the destination.
  package var destinationPath: RelativePath?
}

/// What a step that never ended may have left behind.
package struct Unfinished: Hashable, Sendable {
  /// Where at the destination it wrote; `nil` in a journal of the first version.
  package var target: RelativePath?
  /// How many bytes it meant to write; `nil` for what is no file.
  package var size: UInt64?
  /// Of the file that it read; `nil` where there was none.
  package var token: ChangeToken?
  /// Where in the host's vault the version is that it replaced; `nil` if it replaced none, or keeps it elsewhere.
  package var kept: RelativePath?
  /// Whether the destination confirmed that it has all of it.
  package var isSent: Bool
  /// Whether it was to move what the destination had under another path, and so wrote nothing.
  package var isMove: Bool

  package init(
    target: RelativePath? = nil,
    size: UInt64? = nil,
    token: ChangeToken? = nil,
    kept: RelativePath? = nil,
    isSent: Bool = false,
    isMove: Bool = false
  ) {
    self.target = target
    self.size = size
    self.token = token
    self.kept = kept
    self.isSent = isSent
    self.isMove = isMove
  }
}

/// A file that a run was sending when it ended: what it left of it is the beginning of this very version.
package struct BegunFile: Hashable, Sendable {
  /// At the source.
  package var path: RelativePath
  /// In bytes.
  package var size: UInt64
  package var token: ChangeToken

  package init(path: RelativePath, size: UInt64, token: ChangeToken) {
    self.path = path
    self.size = size
    self.token = token
  }
}

/// A step that is about to be taken.
package struct Intent: Sendable {
  package var sequence: UInt32
  package var change: String
  package var reason: String
  /// At the source.
  package var path: RelativePath
  /// At the destination.
  package var target: RelativePath
  /// Of the file that it writes, in bytes; `nil` for what is no file.
  package var size: UInt64?
  /// Of the file that it reads; `nil` where there is none.
  package var token: ChangeToken?
  /// What is at the target is truly called this, once the step is done; `nil` if it has its true name.
  package var trueName: [UInt8]?
  /// Whether the step makes what is at the target, so that its true name has to be on record before.
  package var makesTarget: Bool

  package init(
    sequence: UInt32,
    change: String,
    reason: String,
    path: RelativePath,
    target: RelativePath,
    size: UInt64? = nil,
    token: ChangeToken? = nil,
    trueName: [UInt8]? = nil,
    makesTarget: Bool = false
  ) {
    self.sequence = sequence
    self.change = change
    self.reason = reason
    self.path = path
    self.target = target
    self.size = size
    self.token = token
    self.trueName = trueName
    self.makesTarget = makesTarget
  }
}

/// How a step ended, and what is to be remembered of it.
package struct StepEnd: Sendable {
  /// Where a step can end.
  package enum Phase: String, Sendable { case done, skipped, failed }
  /// How something left its path: for good, or to another place of its storage.
  package enum Removal: Hashable, Sendable {
    case deleted, moved(to: RelativePath)
    /// Moved, and something new has its path.
    case replaced(to: RelativePath)
  }

  package var intent: Intent
  package var phase: Phase
  /// Of the file that is at the target now, in bytes; `nil` for what is no file.
  package var size: UInt64?
  /// The reason of a failure or of a skip.
  package var code: String?
  package var record: Record?
  /// Of the destination.
  package var truth: Truth?
  /// What became of what was at the target; `nil` for a step that does not remove it.
  package var removal: Removal?
  /// Where at the destination the file was that is at the target now; `nil` for what was not moved there.
  package var origin: RelativePath?
  /// Dates that the destination has itself, so that what the journal had of them in their place is void.
  package var kept = FileTimes()

  package init(
    intent: Intent,
    phase: Phase,
    size: UInt64? = nil,
    code: String? = nil,
    record: Record? = nil,
    truth: Truth? = nil
  ) {
    self.intent = intent
    self.phase = phase
    self.size = size
    self.code = code
    self.record = record
    self.truth = truth
  }
}
