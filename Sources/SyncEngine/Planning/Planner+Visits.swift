internal import Journal
internal import Storage

/// What becomes of each entry of the source, in the order of paths.
extension Planner {
  mutating func visit(_ entry: Entry) {
    while let folder = deferred.last, !entry.path.isBelow(folder.path) { deferred.removeLast() }
    if let blocked {
      guard !entry.path.isBelow(blocked.folder) else { return skip(blocked.reason, entry) }
      self.blocked = nil
    }
    switch entry.kind {
    case .special: return skip(.specialFile, entry)
    case .symbolicLink where !input.destinationTraits.capabilities.contains(.symbolicLinks):
      return skip(.linkUnsupported, entry)
    case .file, .directory, .symbolicLink: break
    }
    guard let place = names.places[entry.path]?.path else { return leaveOut(entry, .nameImpossible) }
    if ambiguousAtDestination.contains(folding.key(place)) { return leaveOut(entry, .nameCollision) }
    if let shared, entry.path.isBelow(shared) { return visitShared(entry, place) }
    switch entry.kind {
    case .directory: visitFolder(entry, place)
    case .file: visitFile(entry, place)
    case .symbolicLink(let target): visitLink(entry, target, place)
    case .special: break
    }
  }

  /// Skips an entry, and all below it if it is a folder.
  mutating func leaveOut(_ entry: Entry, _ reason: Reason, _ old: Entry? = nil) {
    skip(reason, entry, old)
    if entry.isDirectory { blocked = (entry.path, reason) }
  }

  private mutating func visitFolder(_ folder: Entry, _ place: RelativePath) {
    if let old = destination[place], !makesRoom(old) {
      guard old.isDirectory else { return leaveOut(folder, otherKind, old) }
      guard !old.isNameShared else { return shared = folder.path }
      noteName(of: folder, at: old)
      folders.append(folder.at(old.path))
    } else if sortedAway.contains(folder.path) || input.policy.onlyDates && input.source.leading.contains(folder.path) {
      return
    } else if input.policy.onlyDates {
      leaveOut(folder, reasonOfAbsence(folder))
    } else if !input.destinationTraits.names.allow(place.name) {
      leaveOut(folder, .nameImpossible)
    } else if isGoneWithFiles(folder) || holdingLeftOut.contains(folder.path) || holdingFreed.contains(folder.path)
      || input.source.leading.contains(folder.path)
      || recordedFolders.contains(folder.path) && input.policy.restoreMissing == .never
    {
      deferred.append(folder)
    } else {
      make(.makeFolder, .new, at: place, folder)
      folders.append(folder.at(place))
    }
  }

  /// Has the true name of what is there already put on record, where it is not, or not with the file's size.
  mutating func noteName(of entry: Entry, at old: Entry) {
    guard case .mapped(let name) = naming(of: entry, at: old.path) else { return }
    let size = old.kind == .file ? old.size : nil
    let lacksSize = size != nil && input.history.destinationNameSizes[old.path] == nil
    guard lacksSize || input.history.destinationNames[old.path] != name else { return }
    lostNames.append(TrueName(path: old.path, name: name, size: size))
  }

  private mutating func visitLink(_ link: Entry, _ target: [UInt8], _ place: RelativePath) {
    if let old = destination[place], !makesRoom(old) {
      switch old.kind {
      case .symbolicLink(let other): compare(link: link, old, areEqual: target == other)
      case .file, .directory, .special: skip(otherKind, link, old)
      }
    } else if input.policy.onlyDates {
      skip(reasonOfAbsence(link), link)
    } else if !input.destinationTraits.names.allow(place.name) {
      skip(.nameImpossible, link)
    } else if let reason = reasonToMake(link) {
      make(.copyLink, reason, at: place, link)
    }
  }
}
