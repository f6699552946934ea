/// What a storage is and what it can do. Ask before calling: an operation whose capability is missing throws
/// `unsupported`, and a caller that gets there has a bug.
public struct StorageTraits: Sendable {
  public var identity: StorageIdentity
  /// For people: `Pixel 7, Internal storage`, or a path.
  public var name: String
  public var capabilities: Capabilities
  public var times: TimeSupport
  public var names: NameRules
  /// In bytes; `nil` if there is no limit to speak of.
  public var maximumFileSize: UInt64?
  /// What does one thing at a time for this storage: an MTP session. Between two storages of the same one nothing can
  /// be streamed. `nil` if there is no such limit.
  public var session: ObjectIdentifier?
  /// Tells the disk it is on from all that this computer has had since it was started, and from the same one before it was
  /// pulled out; `nil` where nothing does.
  public var disk: String?
  /// Which folder of this computer its root is; `nil` where it is none, or not there yet.
  package var folder: FolderIdentity?
  /// Whether it is known to delete nothing, whatever it says: then nothing there can be replaced either.
  public var deletesNothing = false
  /// Whether files that are sent to it would show in which time zone its dates are, as far as that is not known.
  public var showsZone = false
  /// How much later than read a date may be that was read in an assumed zone, in seconds; `nil` where none is.
  public var doubt: (@Sendable (Timestamp) -> ClosedRange<Int64>)?
  /// Whether the time zone of its dates was shown since it was plugged in.
  public var isZoneOfNow = false

  public init(
    identity: StorageIdentity,
    name: String,
    capabilities: Capabilities,
    times: TimeSupport,
    names: NameRules,
    maximumFileSize: UInt64? = nil,
    session: ObjectIdentifier? = nil
  ) {
    self.identity = identity
    self.name = name
    self.capabilities = capabilities
    self.times = times
    self.names = names
    self.maximumFileSize = maximumFileSize
    self.session = session
  }
}

/// The optional operations of a storage.
public struct Capabilities: OptionSet, Hashable, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// ``Storage/write(_:_:_:)``, ``Storage/createDirectory(_:)`` and ``Storage/remove(_:)``.
  public static let write = Capabilities(rawValue: 1 << 0)
  /// ``Storage/move(_:to:)`` into any folder, and ``WriteOrder/keepOldAs``.
  public static let move = Capabilities(rawValue: 1 << 1)
  /// ``Storage/setTimes(_:of:)``.
  public static let setTimes = Capabilities(rawValue: 1 << 2)
  /// ``Storage/read(_:from:into:_:)`` from an offset other than 0 moves only the bytes after it.
  public static let partialRead = Capabilities(rawValue: 1 << 3)
  /// ``Storage/createSymbolicLink(_:target:)``.
  public static let symbolicLinks = Capabilities(rawValue: 1 << 4)
  /// ``Storage/move(_:to:)`` within the folder.
  public static let rename = Capabilities(rawValue: 1 << 5)
  /// ``Storage/write(_:_:_:)`` makes a temporary, and the real name appears at ``Storage/commit(_:)``. A storage without
  /// it gives a new file its real name from the first byte, so that a run that dies may leave a part of a file there;
  /// what replaces another is a temporary nevertheless where ``rename`` is there too. Without both, `write` removes
  /// what it replaces before it sends the first byte: have a verified copy of it elsewhere.
  public static let staging = Capabilities(rawValue: 1 << 6)
  /// ``Storage/write(_:_:_:)`` takes no room for long runs of zeros.
  public static let holes = Capabilities(rawValue: 1 << 7)
  /// ``Storage/extendedAttributes(of:)`` and ``Storage/setAttributes(_:permissions:of:)``.
  public static let attributes = Capabilities(rawValue: 1 << 8)
  /// ``WriteOrder/keepsPart`` and ``WriteOrder/resumesAt``.
  public static let resume = Capabilities(rawValue: 1 << 9)
  /// ``Storage/setPermissions(_:of:)``: what ``Entry/permissions`` tells is what was set.
  public static let permissions = Capabilities(rawValue: 1 << 10)
}

/// Which dates a storage keeps, and how exactly.
public struct TimeSupport: Hashable, Sendable {
  /// How far a storage keeps one kind of date.
  public enum Support: Hashable, Sendable {
    case none
    /// Reported, not settable. Precision in nanoseconds.
    case readOnly(precision: UInt64)
    /// Reported as it was set. Precision in nanoseconds.
    case readWrite(precision: UInt64)

    /// The coarsest step, in nanoseconds; `nil` where there is no such date.
    public var precision: UInt64? {
      switch self {
      case .none: nil
      case .readOnly(let precision), .readWrite(let precision): precision
      }
    }
  }

  public var modified: Support
  public var created: Support

  public init(modified: Support, created: Support) {
    self.modified = modified
    self.created = created
  }
}

/// Which names a storage can hold.
public struct NameRules: Hashable, Sendable {
  public var isCaseSensitive: Bool
  /// In UTF-8 bytes; `nil` if unlimited.
  public var maximumBytes: Int?
  /// In UTF-16 units (MTP strings: 254, MTP 1.1 section 3.2.3); `nil` if unlimited.
  public var maximumUTF16: Int?
  /// Whether names must be valid UTF-8.
  public var mustBeUnicode: Bool
  /// Bytes that no name may hold, besides `/` and NUL.
  public var forbidden: Set<UInt8>
  /// Whether a name may not end in a dot or a space (FAT drops them, so another file would be meant).
  public var forbidsTrailingDotOrSpace: Bool
  /// Whether a name may not begin with white space (Android drops it on removable storages).
  public var forbidsLeadingSpace: Bool
  /// Whether a name may not be that of a device of DOS, such as `CON` or `aux.txt`.
  public var forbidsDeviceNames: Bool

  public init(
    isCaseSensitive: Bool,
    maximumBytes: Int? = nil,
    maximumUTF16: Int? = nil,
    mustBeUnicode: Bool = false,
    forbidden: Set<UInt8> = [],
    forbidsTrailingDotOrSpace: Bool = false,
    forbidsLeadingSpace: Bool = false,
    forbidsDeviceNames: Bool = false
  ) {
    self.isCaseSensitive = isCaseSensitive
    self.maximumBytes = maximumBytes
    self.maximumUTF16 = maximumUTF16
    self.mustBeUnicode = mustBeUnicode
    self.forbidden = forbidden
    self.forbidsTrailingDotOrSpace = forbidsTrailingDotOrSpace
    self.forbidsLeadingSpace = forbidsLeadingSpace
    self.forbidsDeviceNames = forbidsDeviceNames
  }

  /// Whether `name` can be held.
  public func allow(_ name: some Collection<UInt8>) -> Bool {
    guard RelativePath.isLegal(name: name), !name.contains(where: forbidden.contains) else { return false }
    if forbidsTrailingDotOrSpace, let last = Array(name).last, last == UInt8(ascii: ".") || last == UInt8(ascii: " ") {
      return false
    }
    if forbidsLeadingSpace, let first = name.first, Self.isSpace(first) { return false }
    if forbidsDeviceNames, Self.isDevice(name) { return false }
    if let maximumBytes, name.count > maximumBytes { return false }
    guard mustBeUnicode || maximumUTF16 != nil else { return true }
    guard let text = String(validating: name, as: UTF8.self) else { return !mustBeUnicode }
    return maximumUTF16.map { text.utf16.count <= $0 } ?? true
  }

  /// Whether DOS has a device of this name, whatever follows its first dot (Microsoft, "Naming Files, Paths, and
  /// Namespaces").
  private static func isDevice(_ name: some Collection<UInt8>) -> Bool {
    let stem = name.prefix { $0 != UInt8(ascii: ".") }
    let text = String(decoding: stem, as: UTF8.self).uppercased()
    if ["CON", "PRN", "AUX", "NUL"].contains(text) { return true }
    guard let number = text.dropFirst(3).first, text.count == 4 else { return false }
    return (text.hasPrefix("COM") || text.hasPrefix("LPT")) && ("1"..."9").contains(number)
  }

  /// White space as C's `isspace` has it.
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Free and whole size of a storage, in bytes.
public struct StorageSpace: Hashable, Sendable {
  /// What anyone may fill.
  public var free: UInt64
  public var capacity: UInt64
  /// What nothing is in, and only the system may fill, as on ext4.
  public var reserved: UInt64

  public init(free: UInt64, capacity: UInt64, reserved: UInt64 = 0) {
    self.free = free
    self.capacity = capacity
    self.reserved = reserved
  }

  /// What something is in. What a device says of itself need not add up.
  public var used: UInt64 {
    let notFree = capacity - min(capacity, free)
    return notFree - min(notFree, reserved)
  }
}
