/// A file, a folder or something else in a storage, as one listing saw it.
public struct Entry: Hashable, Sendable {
  /// What an entry is.
  public enum Kind: Hashable, Sendable {
    case file
    case directory
    /// A symbolic link and the bytes it points to, which need not exist.
    case symbolicLink(target: [UInt8])
    /// A socket, pipe, device node or the like: reported, never copied.
    case special
  }

  /// Where it is, from the storage's root.
  public var path: RelativePath {
    get { box.facts.path }
    set { facts.path = newValue }
  }
  public var kind: Kind {
    get { box.facts.kind }
    set { facts.kind = newValue }
  }
  /// Length in bytes; `nil` where the device does not know it, and for what is no file.
  public var size: UInt64? {
    get { box.facts.size }
    set { facts.size = newValue }
  }
  /// What a file with holes takes of its storage, in bytes; `nil` for one without, and where that is not told.
  public var allocated: UInt64? {
    get { box.facts.allocated }
    set { facts.allocated = newValue }
  }
  public var times: FileTimes {
    get { box.facts.times }
    set { facts.times = newValue }
  }
  /// Changes when the contents do; `nil` where the storage has nothing to tell by.
  public var token: ChangeToken? {
    get { box.facts.token }
    set { facts.token = newValue }
  }
  /// When it was last read; `nil` on a device.
  public var accessed: Timestamp? {
    get { box.facts.accessed }
    set { facts.accessed = newValue }
  }
  /// The access bits (0 to 0o777) where the storage has such, of a folder also the sticky one (0o1000), without which its
  /// users could remove each other's files; `nil` on a device. Who may act as a file's owner or group is not told: a copy
  /// may have others.
  public var permissions: UInt16? {
    get { box.facts.permissions }
    set { facts.permissions = newValue }
  }
  /// Finds the entry again in this session of its storage; never stored.
  public var handle: Handle? {
    get { box.facts.handle }
    set { facts.handle = newValue }
  }
  /// What its storage calls it, where no path can say that, or where something else in the folder has that name as well.
  public var ownName: OwnName? {
    get { box.facts.ownName }
    set { facts.ownName = newValue }
  }
  /// Whether its dates came without a time zone, and were taken to be in this computer's, or in one of several that fit,
  /// since nothing has told which they are in: they may be hours off.
  public var hasAssumedZone: Bool {
    get { box.facts.hasAssumedZone }
    set { facts.hasAssumedZone = newValue }
  }
  /// Whether something else is mounted there: another file system, or a folder from elsewhere.
  public var isMountPoint: Bool {
    get { box.facts.isMountPoint }
    set { facts.isMountPoint = newValue }
  }
  /// Which folder of this computer it is, whatever mount leads there; `nil` for what is none.
  package var folder: FolderIdentity? {
    get { box.facts.folder }
    set { facts.folder = newValue }
  }
  /// The dates as the storage tells them, where ``times`` has truer ones from elsewhere.
  package var told: FileTimes? {
    get { box.facts.told }
    set { facts.told = newValue }
  }

  /// What it is made of. A run holds each entry in trees, plans and reports, hundreds of thousands of them, and so all
  /// copies share one box: who changes an entry makes another.
  private final class Box: Sendable {
    let facts: Facts

    init(_ facts: Facts) { self.facts = facts }
  }

  private struct Facts: Hashable, Sendable {
    var path: RelativePath
    var kind: Kind
    var size: UInt64?
    var allocated: UInt64?
    var times: FileTimes
    var token: ChangeToken?
    var accessed: Timestamp?
    var permissions: UInt16?
    var handle: Handle?
    var ownName: OwnName?
    var hasAssumedZone: Bool
    var isMountPoint = false
    var folder: FolderIdentity?
    var told: FileTimes?
  }

  private var box: Box

  private var facts: Facts {
    get { box.facts }
    set { box = Box(newValue) }
  }

  public init(
    path: RelativePath,
    kind: Kind,
    size: UInt64? = nil,
    allocated: UInt64? = nil,
    times: FileTimes = FileTimes(),
    token: ChangeToken? = nil,
    accessed: Timestamp? = nil,
    permissions: UInt16? = nil,
    handle: Handle? = nil,
    ownName: OwnName? = nil,
    hasAssumedZone: Bool = false
  ) {
    box = Box(
      Facts(
        path: path,
        kind: kind,
        size: size,
        allocated: allocated,
        times: times,
        token: token,
        accessed: accessed,
        permissions: permissions,
        handle: handle,
        ownName: ownName,
        hasAssumedZone: hasAssumedZone
      )
    )
  }

  public static func == (left: Entry, right: Entry) -> Bool { left.box === right.box || left.facts == right.facts }

  public func hash(into hasher: inout Hasher) { hasher.combine(facts) }

  /// Whether this is a folder.
  public var isDirectory: Bool { kind == .directory }

  /// Whether its storage has something else of the same name in the same folder. Its path tells the two apart for as
  /// long as nothing else is put there; nothing may be replaced or removed that is known by such a path alone.
  public var isNameShared: Bool { ownName?.isShared ?? false }

  /// A name that is no part of a path: no legal one, or not that of one thing only.
  public struct OwnName: Hashable, Sendable {
    /// For people: what cannot be said in text is replaced in it.
    public var text: String
    public var isShared: Bool

    public init(text: String, isShared: Bool) {
      self.text = text
      self.isShared = isShared
    }
  }

  /// Whether this may be no more than a name that a device keeps for a file that never came (Android, measured): empty,
  /// without a date or from the beginning of 1970, give or take the day that zones make of it.
  package var mayBeReservedName: Bool {
    kind == .file && size == 0 && times.modified.map { abs($0.seconds) <= 86_400 } ?? true
  }

  /// A storage's own number for an entry, void once the storage's generation is another.
  public struct Handle: Hashable, Sendable {
    public let value: UInt64
    public let generation: UInt32

    public init(value: UInt64, generation: UInt32) {
      self.value = value
      self.generation = generation
    }
  }
}

/// Opaque bytes that differ when a file's contents changed. Two are comparable only if `version` is the same:
/// another version means "unknown", not "different".
public struct ChangeToken: Hashable, Sendable {
  public let bytes: [UInt8]
  public let version: Int

  public init(bytes: [UInt8], version: Int) {
    self.bytes = bytes
    self.version = version
  }
}

/// What a listing could tell of a folder. Only ``complete`` may justify a delete.
public enum Completeness: Hashable, Sendable {
  case complete
  /// These are in the folder, or may be, and could not be listed. None of them: all that was found is here, and nothing
  /// assures that it is all there is.
  case partial([Unlisted])
}

/// Something a listing had to leave out.
public struct Unlisted: Hashable, Sendable {
  /// Its name as far as it is known, for people.
  public var name: String
  public var reason: StorageError.Reason

  public init(name: String, reason: StorageError.Reason) {
    self.name = name
    self.reason = reason
  }
}
