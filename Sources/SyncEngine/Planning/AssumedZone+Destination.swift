public import Storage

extension Plan {
  /// The devices whose zones were assumed, and may be why a comparison finds other dates at the destination, which has
  /// these traits. ``assumedZones`` are those of the source's side.
  public func assumedZonesThere(_ traits: StorageTraits) -> [AssumedZone] {
    let differing = actions.lazy.filter { $0.reason == .otherDates }.compactMap(\.destination)
      .filter { $0.kind == .file && $0.hasAssumedZone }
    let files = Dictionary(differing.map { (assumedFrom.destination[$0.path], 1) }, uniquingKeysWith: +)
    let recorded = files.compactMap { name, files in
      name.map { AssumedZone(name: $0, device: nil, canBeFoundOut: false, files: files) }
    }
    return (files[nil].map { [AssumedZone(of: traits, files: $0)] } ?? []) + recorded.sorted { $0.name < $1.name }
  }
}
