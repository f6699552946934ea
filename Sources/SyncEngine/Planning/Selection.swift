internal import Journal
public import Storage

/// The part of a source that a run is about: some files and folders, with all that is in them, and where each goes.
/// Nothing else is looked at, on either side.
public struct Selection: Hashable, Sendable {
  /// The places at the destination, by those at the source.
  let places: [RelativePath: RelativePath]
  /// Those at the source whose name at the destination the user gave. Others go there by their true names.
  let typed: Set<RelativePath>

  /// - Parameters:
  ///   - places: at the destination, by those at the source. None lies in another, on either side; what is above them at
  ///     the destination exists.
  ///   - typed: those at the source whose name at the destination the user gave, as all have done that get another.
  public init(_ places: [RelativePath: RelativePath], typed: Set<RelativePath> = []) {
    self.places = places
    self.typed = typed.union(places.filter { !$0.key.name.elementsEqual($0.value.name) }.keys)
  }

  /// Where something of the source goes.
  package func place(_ path: RelativePath) -> RelativePath {
    var chosen = path
    while places[chosen] == nil, !chosen.isRoot { chosen = chosen.parent }
    guard let place = places[chosen] else { return path }
    return RelativePath(place.bytes + path.bytes.dropFirst(chosen.bytes.count)) ?? path
  }

  /// What a scan of the source looks at.
  var atSource: ScanScope { ScanScope(places.keys, NameFolding(isCaseSensitive: true)) }

  /// What a scan of the destination looks at: the places by all names that ``NamePlan`` may find for them.
  func atDestination(_ folding: NameFolding, _ rules: NameRules, _ history: History) -> ScanScope {
    var paths: [RelativePath] = []
    for (source, place) in places {
      let name = typed.contains(source) ? nil : history.sourceNames[source]
      paths += history.places(of: name ?? Array(place.name), in: place.parent, rules)
    }
    return ScanScope(paths, folding, withNumbered: true)
  }
}

extension History {
  /// Where the destination may have what is truly called `name` in a folder there: by that name, by what becomes of it,
  /// and by the record of true names.
  package func places(of name: [UInt8], in folder: RelativePath, _ rules: NameRules) -> [RelativePath] {
    let own = [name, rules.fitted(name)].compactMap { $0.flatMap { folder.appending($0) } }
    return own + destinationNames.filter { $0.key.parent == folder && $0.value == name }.keys
  }
}

/// The part of a tree that a scan looks at.
struct ScanScope: Sendable {
  enum Part { case inside, above, outside }

  private let folding: NameFolding
  private let chosen: Set<[UInt8]>
  private let above: Set<[UInt8]>
  private let withNumbered: Bool

  /// `withNumbered` takes what is called as one of the paths, but for a number, for it.
  init(_ paths: some Sequence<RelativePath>, _ folding: NameFolding, withNumbered: Bool = false) {
    self.folding = folding
    self.withNumbered = withNumbered
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
      if chosen.contains(folding.key(path)) || isNumbered(path) { return .inside }
      path = path.parent
    }
    return .outside
  }

  private func isNumbered(_ path: RelativePath) -> Bool {
    guard withNumbered, let name = NameParts(path.name).withoutNumber, let base = path.parent.appending(name) else {
      return false
    }
    return chosen.contains(folding.key(base))
  }
}
