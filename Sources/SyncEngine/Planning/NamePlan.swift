internal import Journal
internal import Storage

/// Where at the destination everything of a source goes, found folder by folder before anything else is decided: one
/// place for each, whatever names the destination can hold or takes for the same.
///
/// In this order a name goes to: what the record of the pair has there; what it was given before, by the record of true
/// names; what the destination has by exactly this name; what can be called so, those first whose own name it is; and
/// with a number what is left. A number that comes from a conflict, whose two versions each side calls otherwise, is no
/// mapping, and is not undone (``Naming/beside``). So the same source comes to the same names again, also without a record.
struct NamePlan {
  struct Place: Hashable {
    var path: RelativePath
    var naming: Naming
  }

  /// By source path; what is missing here has no name that the destination can hold.
  private(set) var places: [RelativePath: Place] = [:]
  /// Folded paths that something of the source has, or would get.
  private(set) var keys: Set<[UInt8]> = []

  /// Something of the source, and what it should be called at the destination if that were possible.
  private struct Wish {
    var entry: Entry
    var folder: RelativePath
    var name: [UInt8]
    /// Whether the user gave that name.
    var isTyped = false
  }

  private let rules: NameRules
  private let history: History
  private let destination: DestinationIndex
  /// Which paths of a folder are on record for a true name.
  private let known: [RelativePath: [[UInt8]: [RelativePath]]]
  /// What is in each folder of the source.
  private let children: [RelativePath: [Entry]]
  private var taken: Set<RelativePath> = []
  /// Folded paths of files that are called otherwise at the source, and not since a name could not be held: after a
  /// conflict, each side calls one of the two versions so.
  private var ofConflicts: Set<[UInt8]> = []

  init(_ input: Planner.Input, _ destination: DestinationIndex, records: [RelativePath: Record]) {
    rules = input.destinationTraits.names
    history = input.history
    self.destination = destination
    var known: [RelativePath: [[UInt8]: [RelativePath]]] = [:]
    for (path, name) in input.history.destinationNames.sorted(by: { $0.key < $1.key }) {
      known[path.parent, default: [:]][name, default: []].append(path)
    }
    self.known = known
    let hasLinks = input.destinationTraits.capabilities.contains(.symbolicLinks)
    let entries = input.source.entries.filter { $0.canBeCopied(withLinks: hasLinks) }
    children = Dictionary(grouping: entries, by: \.path.parent)
    if input.selection == nil, let vault = RelativePath(Vault.name) { keys.insert(destination.folding.key(vault)) }
    let folders = Set(entries.filter(\.isDirectory).map { destination.folding.key($0.path) })
    var areFolders: [RelativePath: Bool] = [:]
    for entry in entries {
      guard let record = records[entry.path] else { continue }
      let folder = record.destinationPath.parent
      // One that is nowhere any more is made again only as a folder of the source's.
      let isThere = folder.isRoot || destination[folder] != nil || folders.contains(destination.folding.key(folder))
      let isFolder = areFolders[folder] ?? (isThere && canBeFolder(folder))
      areFolders[folder] = isFolder
      // Else it goes where its folder does.
      if isFolder { place(entry, asRecorded: record) }
    }
    // What a filter leaves out keeps its place.
    for (path, record) in records where input.source.isFiltered(path) {
      keys.insert(destination.folding.key(record.destinationPath))
    }
    placeAll(entries, input.selection)
  }

  private mutating func placeAll(_ entries: [Entry], _ selection: Selection?) {
    let folders = Set(entries.filter(\.isDirectory).map(\.path))
    var level: [Wish] = []
    for entry in entries where selection?.places[entry.path] != nil || !folders.contains(entry.path.parent) {
      let path = selection?.place(entry.path) ?? entry.path
      let isTyped = selection?.typed.contains(entry.path) ?? false
      let name = isTyped ? Array(path.name) : trueName(of: entry)
      level.append(Wish(entry: entry, folder: destination.spelled(path.parent), name: name, isTyped: isTyped))
    }
    while !level.isEmpty {
      let wishes = level.filter { places[$0.entry.path] == nil }
      for (_, group) in Dictionary(grouping: wishes, by: \.folder) { place(group) }
      level = level.flatMap { wish -> [Wish] in
        guard wish.entry.isDirectory, let folder = places[wish.entry.path]?.path else { return [] }
        return (children[wish.entry.path] ?? []).map { Wish(entry: $0, folder: folder, name: trueName(of: $0)) }
      }
    }
  }

  private func trueName(of entry: Entry) -> [UInt8] { history.sourceNames[entry.path] ?? Array(entry.path.name) }

  // MARK: One folder

  private mutating func place(_ group: [Wish]) {
    let group = group.sorted { one, other in
      one.name == other.name ? one.entry.path < other.entry.path : one.name.lexicographicallyPrecedes(other.name)
    }
    let unknown = group.filter { !placeAsBefore($0) }.filter { !placeExactly($0) }
    let fitting = unknown.compactMap { wish in rules.fitted(wish.name).map { (wish: wish, name: $0) } }
    let (own, other) = (fitting.filter { $0.name == $0.wish.name }, fitting.filter { $0.name != $0.wish.name })
    var numbers: [[UInt8]: Int] = [:]
    for (wish, name) in (own + other).filter({ !place($0.wish, as: $0.name) }) {
      // Where thousands have one name, none begins to count anew.
      let key = wish.folder.appending(name).map(destination.folding.key) ?? name
      numbers[key] = placeNumbered(wish, name, after: numbers[key] ?? 1)
    }
  }

  /// Whether the destination has no file there, nor where a folder above would be.
  private func canBeFolder(_ path: RelativePath) -> Bool {
    var path = path
    while !path.isRoot {
      if let there = destination[path] { return there.isDirectory }
      path = path.parent
    }
    return true
  }

  private mutating func place(_ entry: Entry, asRecorded record: Record) {
    let path = destination[record.destinationPath]?.path ?? record.destinationPath
    let wish = Wish(entry: entry, folder: path.parent, name: history.destinationNames[path] ?? trueName(of: entry))
    let isOwn = history.destinationNames[path] != nil || isSameText(path.name, wish.name)
    take(wish, path, isOwn ? naming(of: wish, at: path) : .same)
    let key = destination.folding.key(path)
    let ownKey = rules.fitted(wish.name).flatMap { path.parent.appending($0) }.map(destination.folding.key)
    if !isOwn, key != ownKey { ofConflicts.insert(key) }
  }

  private mutating func placeAsBefore(_ wish: Wish) -> Bool {
    guard let path = known[wish.folder]?[wish.name]?.first(where: { !taken.contains($0) && !isKeyTaken($0) }) else {
      return false
    }
    take(wish, destination[path]?.path ?? path, .mapped(trueName: wish.name))
    return true
  }

  /// Two names that differ in case only can both be there, whatever the destination says of itself.
  private mutating func placeExactly(_ wish: Wish) -> Bool {
    guard let path = wish.folder.appending(wish.name), destination.entry(exactlyAt: path) != nil,
      !taken.contains(path), wish.isTyped || history.destinationNames[path] == nil
    else { return false }
    take(wish, path, naming(of: wish, at: path))
    return true
  }

  private mutating func place(_ wish: Wish, as name: [UInt8]) -> Bool {
    guard let path = wish.folder.appending(name), !isKeyTaken(path) else { return false }
    guard let there = destination[path] else {
      take(wish, path, naming(of: wish, at: path))
      return true
    }
    // What has this name truly is something else than what only got it; but who types it means what is there.
    let itsName = history.destinationNames[there.path]
    guard wish.isTyped || itsName == wish.name || itsName == nil && !isSomeoneElses(there, wish, name) else {
      return false
    }
    let isRespelled = name == wish.name && !isSameText(there.path.name, name)
    take(wish, there.path, isRespelled ? .same : naming(of: wish, at: there.path))
    return true
  }

  /// Whether a folder without a record has something else in it than what only would get its name: then it is the user's
  /// own, whose files would come back among the others, as if they were theirs.
  private func isSomeoneElses(_ there: Entry, _ wish: Wish, _ name: [UInt8]) -> Bool {
    name != wish.name && there.isDirectory && !destination.isEmpty(there.path) && !isCopy(there, of: wish.entry)
  }

  /// - Returns: the number that it got.
  private mutating func placeNumbered(_ wish: Wish, _ name: [UInt8], after last: Int) -> Int {
    var number = last
    let parts = NameParts(name)
    let key = wish.folder.appending(name).map(destination.folding.key)
    let isOfConflict = name == wish.name && key.map(ofConflicts.contains) ?? false
    while number < Int.max {
      number += 1
      guard let numbered = parts.numbered(number, allowedBy: rules), let path = wish.folder.appending(numbered) else {
        break
      }
      if isKeyTaken(path) || history.destinationNames[path] != nil { continue }
      let there = destination[path]
      // Without a record, what looks like the copy of an earlier run is compared.
      if let there, history.destinationNames[there.path] != nil || !isCopy(there, of: wish.entry) { continue }
      take(wish, there?.path ?? path, isOfConflict ? .beside : .mapped(trueName: wish.name))
      break
    }
    return number
  }

  /// Whether this may be a copy of something of the source; of a folder, by anything in it.
  private func isCopy(_ there: Entry, of entry: Entry) -> Bool {
    guard there.isAlike(entry) else { return false }
    var folders = entry.isDirectory ? [(entry.path, there.path)] : []
    if folders.isEmpty { return true }
    while let (folder, place) = folders.popLast() {
      let contents = children[folder] ?? []
      if contents.isEmpty, destination.isEmpty(place) { return true }
      for child in contents {
        guard let path = rules.fitted(trueName(of: child)).flatMap({ place.appending($0) }),
          let other = destination[path], other.isAlike(child)
        else { continue }
        guard child.isDirectory else { return true }
        folders.append((child.path, other.path))
      }
    }
    return false
  }

  private func isKeyTaken(_ path: RelativePath) -> Bool { keys.contains(destination.folding.key(path)) }

  private mutating func take(_ wish: Wish, _ path: RelativePath, _ naming: Naming) {
    taken.insert(path)
    keys.insert(destination.folding.key(path))
    places[wish.entry.path] = Place(path: path, naming: naming)
  }

  private func naming(of wish: Wish, at path: RelativePath) -> Naming {
    guard path.name.elementsEqual(wish.name) else { return .mapped(trueName: wish.name) }
    return wish.isTyped || wish.entry.path.name.elementsEqual(wish.name) ? .same : .restored
  }

  /// Whether two names are the same text, though perhaps composed otherwise: some storages normalise names.
  private func isSameText(_ one: some Sequence<UInt8>, _ other: some Sequence<UInt8>) -> Bool {
    let (one, other) = (Array(one), Array(other))
    guard one != other else { return true }
    guard let text = String(validating: one, as: UTF8.self) else { return false }
    return text == String(validating: other, as: UTF8.self)
  }
}

extension Entry {
  fileprivate func canBeCopied(withLinks hasLinks: Bool) -> Bool {
    switch kind {
    case .file, .directory: true
    case .symbolicLink: hasLinks
    case .special: false
    }
  }

  /// Whether this may be a copy of another entry.
  fileprivate func isAlike(_ other: Entry) -> Bool { kind == other.kind && size == other.size && !isNameShared }
}
