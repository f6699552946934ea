internal import Foundation
public import Storage

/// What is known of one device beyond what it says of itself: from files that were sent to it, and from a probe.
/// `nil` stands for what nobody has tried.
public struct DeviceKnowledge: Hashable, Sendable, Codable {
  /// Of this format; a file of another is not read.
  public static let version = 2
  public private(set) var version = Self.version
  /// Whose it is. Another firmware is another device, except for the zone of its dates.
  public var device: DeviceIdentity
  /// Of the last change, in Unix time.
  public var learned: Int64
  /// Of the last probe, in Unix time.
  public var probed: Int64?
  /// The zone of dates without one: `host` for that of this computer, a name of the tz database, or what it is ahead of
  /// UTC in seconds. `nil` if nothing told it.
  public var zone: String?
  /// What told the zone: instants (Unix time) of files that were sent, and what the device's clock was ahead of UTC for
  /// each, in seconds. The newest first.
  public var offsets: [Offset] = []
  /// During which stay on the bus that was; see `USBBus.stay(of:)`. `nil` where nobody knows.
  public var zoneShownIn: String?
  /// Whether a folder keeps the modification date with which it was made.
  public var keepsFolderDates: Bool?
  /// Which dates can be set as object properties, with effect, by their names in MTP 1.1 appendix B.
  public var settableDates: [String]?
  /// Whether a file that was sent can be deleted again.
  public var deletes: Bool?
  /// Whether a file can be given another name.
  public var renames: Bool?
  /// Whether a file can be read from an offset.
  public var readsPartially: Bool?
  /// Whether files can be changed in place (Android's extension of MTP).
  public var edits: Bool?
  /// Whether sizes beyond 4 GiB can be told.
  public var tellsLargeSizes: Bool?
  /// What may be otherwise on each of its storages, by what tells them apart from session to session.
  public var storages: [String: StoreKnowledge] = [:]

  public struct Offset: Hashable, Sendable, Codable {
    public var instant: Int64
    public var seconds: Int
  }

  public init(device: DeviceIdentity, learned: Int64) {
    self.device = device
    self.learned = learned
  }
}

extension DeviceKnowledge {
  /// What is known of one storage.
  subscript(store: Store) -> StoreKnowledge {
    get { storages[store.nameSpace] ?? StoreKnowledge(label: store.label) }
    set { storages[store.nameSpace] = newValue }
  }

  /// Whether a file keeps the modification date with which it was sent, on some storage at least.
  public var keepsModified: Bool? { some(\.keepsModified) }

  /// Whether a file keeps the creation date with which it was sent, on some storage at least.
  public var keepsCreated: Bool? { some(\.keepsCreated) }

  private func some(_ finding: (StoreKnowledge) -> Bool?) -> Bool? {
    let known = storages.values.compactMap(finding)
    return known.isEmpty ? nil : known.contains(true)
  }

  /// How many offsets are kept.
  static let most = 24

  /// Takes note of how the device dated files that were sent to it: whether it keeps dates, and what its clock is ahead
  /// of UTC.
  /// - Parameters:
  ///   - store: where they are.
  ///   - now: Unix time.
  mutating func learn(from observations: [DateObservation], on store: Store, now: Int64) {
    let telling = observations.filter { $0.tells(now: now) }
    guard !telling.isEmpty else { return }
    let kept = telling.compactMap { seen in seen.offset.map { Offset(instant: seen.sent, seconds: $0) } }
    // Of many, someone else may have touched a few.
    if kept.count * 20 >= telling.count * 19 {
      self[store].keepsModified = true
    } else if kept.isEmpty {
      self[store].keepsModified = false
    }
    guard self[store].keepsModified == true else { return }
    for new in kept.prefix(500) {
      // One for each month and offset.
      offsets.removeAll { $0.seconds == new.seconds && abs($0.instant - new.instant) < 15 * 86_400 }
      offsets.insert(new, at: 0)
    }
  }

  /// Zones, as ``zone`` has them, that explain what was seen as well, and tell another time for some dates: these dates
  /// count as read in an assumed one.
  public var otherZones: [String] {
    guard case .guess(_, let others) = DeviceZone(self) else { return [] }
    return others.compactMap(\.text)
  }
}
