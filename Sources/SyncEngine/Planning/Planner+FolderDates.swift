internal import Journal
internal import Storage

/// Which folders get dates, and which.
extension Planner {
  func folderDates() -> [Entry] {
    let traits = input.destinationTraits
    // On a disk the journal could not tell a folder again that keeps no date.
    guard traits.setsFolderDates || traits.identity.device != nil else { return [] }
    // Those of a phone that moved to another zone look different only.
    if input.policy.onlyDates, !movedInZone.source.isEmpty { return [] }
    let leadingPlaces = Set(input.source.leading.compactMap { names.places[$0]?.path })
    return folders.map { keepingKnownDate(keepingOwnDate($0)) }.filter { folder in
      guard folder.times != FileTimes() else { return false }
      // The way there has given the destination's folders the dates of these.
      if input.policy.isBack, !touched.contains(folder.path), destination[folder.path] != nil { return false }
      if leadingPlaces.contains(folder.path), !touched.contains(folder.path) { return false }
      guard !touched.contains(folder.path), let old = destination[folder.path] else { return true }
      return precision.missing(folder.times, in: old.times) != FileTimes()
    }
  }
  /// A folder of a vault with the dates that the destination has of it; one that it has not, with those from before.
  private func keepingOwnDate(_ folder: Entry) -> Entry {
    guard let since = input.policy.vaultSince else { return folder }
    var folder = folder
    if let old = destination[folder.path] {
      folder.times = old.times
    } else if folder.times.modified.map({ $0.seconds >= since }) ?? true {
      folder.times = FileTimes()
    }
    return folder
  }

  /// A folder with the dates that the destination has of it, where the source's was read in an assumed zone and is the same
  /// in another: an earlier run, before the device travelled, knew better.
  private func keepingKnownDate(_ folder: Entry) -> Entry {
    guard folder.hasAssumedZone, let date = folder.times.modified, let old = destination[folder.path],
      let known = old.times.modified, ZoneChange.areZonesApart(date, known)
    else { return folder }
    var folder = folder
    folder.times = old.times
    folder.hasAssumedZone = old.hasAssumedZone
    return folder
  }
}

extension StorageTraits {
  /// Whether folders can be given dates: nobody writes them with any, so they have to be set.
  var setsFolderDates: Bool {
    guard capabilities.contains(.setTimes), case .readWrite = times.modified else { return false }
    return true
  }
}
