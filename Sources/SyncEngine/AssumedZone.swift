public import Storage

/// A device by whose dates a plan goes, though nothing has told in which time zone they are: they were taken to be in this
/// computer's, and may be hours off.
public struct AssumedZone: Hashable, Sendable {
  public var side: Side
  /// Of the storage, for people.
  public var name: String
  public var device: DeviceIdentity?
  /// Whether the storage takes files, whose dates then show the zone.
  public var canBeFoundOut: Bool

  public init(side: Side, name: String, device: DeviceIdentity?, canBeFoundOut: Bool) {
    self.side = side
    self.name = name
    self.device = device
    self.canBeFoundOut = canBeFoundOut
  }

  init(_ side: Side, _ traits: StorageTraits) {
    self.init(
      side: side,
      name: traits.name,
      device: traits.identity.device,
      canBeFoundOut: traits.capabilities.contains(.write)
    )
  }
}

extension Plan {
  /// Finds out on which sides the plan goes by dates in an assumed zone.
  mutating func noteAssumedZones(_ source: StorageTraits, _ destination: StorageTraits) {
    if actions.contains(where: { $0.givesDates(in: \.source) }) { assumedZones.append(AssumedZone(.source, source)) }
    if actions.contains(where: { $0.givesDates(in: \.destination) }) {
      assumedZones.append(AssumedZone(.destination, destination))
    }
  }
}

extension Action {
  /// Whether the step goes by dates that were read in an assumed zone.
  var goesByAssumedZone: Bool { givesDates(in: \.source) || givesDates(in: \.destination) }

  /// Whether the step gives a file the dates of a source in an assumed zone, or takes those of a destination in one for
  /// others than the source's. Dates that agree show that the zone was right.
  fileprivate func givesDates(in side: KeyPath<Action, Entry?>) -> Bool {
    guard self[keyPath: side]?.hasAssumedZone == true else { return false }
    switch change {
    case .copy, .replace, .keepBoth: return side == \.source
    case .adopt(let setTimes): return setTimes && side == \.source
    case .compare: return reason != .unproven
    case .makeFolder, .copyLink, .skip: return false
    }
  }
}
