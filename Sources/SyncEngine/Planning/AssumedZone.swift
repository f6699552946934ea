internal import Journal
public import Storage

/// A device whose dates a plan passes on, though nothing has told in which time zone they are: they were taken to be in
/// this computer's, or in one of several that its clock may be in, and may be hours off.
public struct AssumedZone: Hashable, Sendable {
  /// Of the storage, for people.
  public var name: String
  /// `nil` if it is not here: an earlier run took the dates from it.
  public var device: DeviceIdentity?
  /// Whether files that it is sent would show the zone.
  public var canBeFoundOut: Bool
  /// How many files go by such dates; 0 if only folders do.
  public var files: Int
}

extension AssumedZone {
  /// That of a source which is here.
  init(of traits: StorageTraits, files: Int) {
    self.init(name: traits.name, device: traits.identity.device, canBeFoundOut: traits.showsZone, files: files)
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
    case .makeFolder, .copyLink, .move, .follow, .delete, .skip: return false
    }
  }
}

extension Planner {
  /// The devices by whose dates a plan goes without knowing their zones, the source itself first.
  func assumedZones(of plan: Plan) -> [AssumedZone] {
    var recorded: [String: Int] = [:]
    var files = 0
    for action in plan.actions where action.goesByAssumedZone {
      if let name = action.source.flatMap({ input.source.assumedFrom[$0.path] }) {
        recorded[name, default: 0] += 1
      } else {
        files += 1
      }
    }
    // Of a folder that is made, or into which something is put, nobody has a date that could be missed, and each sync
    // compares it anew.
    files += unchangedSince(plan)
    let origins = Dictionary(
      input.source.assumedFrom.compactMap { path, name in names.places[path].map { ($0.path, name) } }
    ) { first, _ in first }
    var datesFolder = false
    for folder in plan.folderDates
    where folder.hasAssumedZone && !touched.contains(folder.path) && destination[folder.path] != nil {
      // No file of theirs.
      if let name = origins[folder.path] { recorded[name] = recorded[name] ?? 0 } else { datesFolder = true }
    }
    var zones = recorded.sorted { $0.key < $1.key }.map { name, files in
      AssumedZone(name: name, device: nil, canBeFoundOut: false, files: files)
    }
    if files > 0 || datesFolder {
      zones.insert(AssumedZone(of: input.sourceTraits, files: files), at: 0)
    }
    return zones
  }

  /// How many files have such dates at the destination by an earlier run, where nothing has shown the zone since; or other dates
  /// there, which only the zone may be the reason of.
  private func unchangedSince(_ plan: Plan) -> Int {
    let differing = plan.actions.count { $0.reason == .otherDates && $0.source?.hasAssumedZone == true }
    guard !input.destination.assumedFrom.isEmpty else { return differing }
    let planned = Set(plan.actions.compactMap(\.source?.path))
    return input.source.entries.count { file in
      guard file.kind == .file, file.hasAssumedZone, input.source.assumedFrom[file.path] == nil,
        !planned.contains(file.path), let place = names.places[file.path]?.path
      else { return false }
      return input.destination.assumedFrom[place] != nil
    } + differing
  }

  /// Whether the destination's file has a date that an earlier run took from an assumed zone, where now the source's is
  /// known. Nobody has changed it since: what is on record of it holds for its size and token.
  func isDoubtful(_ old: Entry, besides file: Entry) -> Bool {
    input.destination.assumedFrom[old.path] != nil && !file.hasAssumedZone && file.times.modified != nil
  }

  /// Whether all that changed of a file is its date, by a whole distance of zones, after its copy got the old one from an
  /// assumed zone: then an earlier run has given it the right one, and its contents tell whether that is so.
  func isRedated(_ file: Entry, since record: Record, _ old: Entry) -> Bool {
    isMisdated(old, besides: file) && file.size == old.size
      && ZoneChange.isOne(ZoneChange.Pair(path: file.path, recorded: record.source, now: file))
  }

  /// Whether one of such dates is another than the source's. The creation date may be of another season, and wrong where
  /// the modification date is right.
  func isMisdated(_ old: Entry, besides file: Entry) -> Bool {
    isDoubtful(old, besides: file) && precision.missing(file.times, in: old.times) != FileTimes()
  }
}

extension Executor {
  /// The device whose assumed zone the destination's file has its date from, after a step; `nil` if there is no doubt.
  /// - Parameter isOurs: Whether the file was sent just now.
  func assumedOrigin(_ action: Action, _ file: Entry, from source: Entry, isOurs: Bool) -> String? {
    guard source.hasAssumedZone, source.kind == .file else { return nil }
    guard isOurs || action.goesByAssumedZone else { return plan.assumedFrom.destination[file.path] }
    return plan.assumedFrom.source[source.path] ?? run.source.traits.name
  }
}
