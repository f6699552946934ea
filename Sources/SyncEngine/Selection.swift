public import Storage

/// The part of a source that a run is about: some files and folders, with all that is in them, and where each goes.
/// Nothing else is looked at, on either side.
public struct Selection: Hashable, Sendable {
  /// The places at the destination, by those at the source.
  let places: [RelativePath: RelativePath]

  /// - Parameter places: at the destination, by those at the source. None lies in another, on either side; what is above
  ///   them at the destination exists.
  public init(_ places: [RelativePath: RelativePath]) { self.places = places }

  /// Where something of the source goes.
  package func place(_ path: RelativePath) -> RelativePath {
    var chosen = path
    while places[chosen] == nil, !chosen.isRoot { chosen = chosen.parent }
    guard let place = places[chosen] else { return path }
    return RelativePath(place.bytes + path.bytes.dropFirst(chosen.bytes.count)) ?? path
  }

  /// What a scan of the source looks at.
  var atSource: ScanScope { ScanScope(places.keys, NameFolding(isCaseSensitive: true)) }

  /// What a scan of the destination looks at.
  func atDestination(_ folding: NameFolding) -> ScanScope { ScanScope(places.values, folding) }
}

/// The part of a tree that a scan looks at.
struct ScanScope: Sendable {
  enum Part { case inside, above, outside }

  private let folding: NameFolding
  private let chosen: Set<[UInt8]>
  private let above: Set<[UInt8]>

  init(_ paths: some Sequence<RelativePath>, _ folding: NameFolding) {
    self.folding = folding
    var above: Set<[UInt8]> = []
    chosen = Set(
      paths.map { path in
        var folder = path.parent
        while above.insert(folding.key(folder)).inserted, !folder.isRoot { folder = folder.parent }
        return folding.key(path)
      }
    )
    self.above = above
  }

  /// Whether a path is one of those chosen, or lies in one; or whether one of them lies in it.
  func part(_ path: RelativePath) -> Part {
    if above.contains(folding.key(path)) { return .above }
    var path = path
    while !path.isRoot {
      if chosen.contains(folding.key(path)) { return .inside }
      path = path.parent
    }
    return .outside
  }
}
