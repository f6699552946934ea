internal import Journal
internal import Storage
internal import Synchronization
internal import SyncEngine

/// What has to be sure before `mv` copies something, and then removes it at the source.
extension MvCommand {
  /// Throws unless all is copied, or there already: of the same size and date, so that the run compares the contents.
  func check(_ plan: Plan, _ found: Found, _ route: Errands.Route) throws(Failure) {
    let folding = NameFolding(isCaseSensitive: route.destination.traits.names.isCaseSensitive)
    let selection = Selection(route.places)
    let places = found.entries(.source).compactMap { plan.places[$0.path] }
    let there = found.entries(.destination).map(\.path)
    let taken = Set(there)
    let respelled = found.entries(.source).lazy.compactMap { entry -> RelativePath? in
      guard let place = plan.places[entry.path], taken.contains(place),
        let wish = place.parent.appending(selection.place(entry.path).name), wish != place
      else { return nil }
      return folding.key(wish) == folding.key(place) ? place : nil
    }
    if let other = respelled.first {
      throw Failure(
        .someFailed,
        "\(other.shown) is at the destination already, so nothing was moved",
        cure: "Upper and lower case may be one there. Rename or remove one of the two, then run again."
      )
    }
    if let action = plan.actions.first(where: { !$0.change.makesCopy && !$0.isOfWhatIsThere }) {
      guard let old = action.destination else {
        throw Failure(
          .someFailed,
          "Not all of it can be copied, so nothing was moved",
          cure: "Take what can be copied: filesync mv --dry-run lists the rest. Or use `filesync copy`."
        )
      }
      throw Failure.existsAlready("\(route.ends.destination)/\(old.path.shown)")
    }
    // A run that was interrupted leaves less there than the source has, or, while it removes that, more; not both.
    let own = Set(places)
    if let strange = there.first(where: { !own.contains($0) }), plan.actions.contains(where: \.change.makesCopy) {
      throw Failure.existsAlready("\(route.ends.destination)/\(strange.shown)")
    }
  }

  /// Throws if the source could not be removed afterwards, as far as can be told.
  func checkRemovable(_ rest: [Errands.Errand]) async throws(Failure) {
    for errand in rest {
      let source = errand.source
      do throws(StorageError) {
        let folder = try await source.volume.folder(at: source.path.parent)
        try folder.traits.checkRemoves(source.path)
      } catch {
        var failure = source.failure(error)
        // Who deletes it by hand now has lost it.
        if error.recovery == .stop { failure.cure = "Leave it where it is, and have a copy of it by `filesync copy`." }
        throw failure
      }
    }
  }
}

extension StorageTraits {
  /// Throws if nothing could be removed there after it was copied, as far as that is known.
  func checkRemoves(_ path: RelativePath? = nil) throws(StorageError) {
    let cause = "Nothing was copied, since it could not be removed here afterwards"
    guard capabilities.contains(.write) else { throw StorageError(.readOnly, .stop, path: path, cause: cause) }
    guard !deletesNothing else {
      throw StorageError(.deletionRefused, .stop, path: path, cause: "\(cause): the device deletes nothing")
    }
  }
}

extension Change {
  /// Whether the step copies something to where nothing was.
  fileprivate var makesCopy: Bool {
    switch self {
    case .copy, .makeFolder, .copyLink: true
    case .replace, .keepBoth, .adopt, .compare, .move, .follow, .delete, .skip: false
    }
  }
}

extension Action {
  /// Whether the step only looks whether what is there is the same, or what a run that died left of it.
  fileprivate var isOfWhatIsThere: Bool {
    guard case .compare = change else { return false }
    return reason == .equal || reason == .unfinished
  }
}

/// What the scans of a plan found.
final class Found: Sendable {
  private let sides = Mutex<[Side: [Entry]]>([:])

  func take(_ event: Event) {
    if case .scanned(let side, let entries, _) = event { sides.withLock { $0[side] = entries } }
  }

  func entries(_ side: Side) -> [Entry] { sides.withLock { $0[side] ?? [] } }
}

extension Failure {
  /// Something is where something else was to go.
  static func existsAlready(_ location: String) -> Failure {
    Failure(
      .notPossible,
      "\(location) exists already",
      cure: "Nothing is replaced. Move or rename what is there, then run again."
    )
  }
}
