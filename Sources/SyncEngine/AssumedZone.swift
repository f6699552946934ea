public import Storage

/// A device whose dates a plan passes on, though nothing has told in which time zone they are: they were taken to be in
/// this computer's, or in one of several that its clock may be in, and may be hours off.
public struct AssumedZone: Hashable, Sendable {
  /// Of the storage, for people.
  public var name: String
  public var device: DeviceIdentity?
  /// Whether files that it is sent would show the zone.
  public var canBeFoundOut: Bool

  init(of traits: StorageTraits) {
    name = traits.name
    device = traits.identity.device
    canBeFoundOut = traits.showsZone
  }
}

extension Action {
  /// Whether the step gives a file a date that was read in an assumed zone. Dates that agree show that the zone was right.
  /// None is ever taken from the destination: where it looks different contents are compared.
  var goesByAssumedZone: Bool {
    guard source?.hasAssumedZone == true else { return false }
    switch change {
    case .copy, .replace, .keepBoth: return true
    case .adopt(let setTimes): return setTimes
    case .compare: return reason != .unproven
    case .makeFolder, .copyLink, .skip: return false
    }
  }
}
