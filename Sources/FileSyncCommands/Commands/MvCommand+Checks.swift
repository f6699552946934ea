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

  /// Throws if what is at the destination is the source itself, seen in another way, such as a mount of the same phone:
  /// then a file that is made at the one shows at the other. It is made on this computer, or else at the source, which has
  /// to be able to delete in any case.
  func checkApart(_ plan: Plan, _ found: Found, _ route: Errands.Route, _ flow: RunFlow) async throws(Failure) {
    let there = Dictionary(found.entries(.destination).map { ($0.path, $0) }) { first, _ in first }
    let places = found.entries(.source).compactMap { entry in plan.places[entry.path].map { (entry.path, $0) } }
      .filter { there[$0.1] != nil }
    let folders = Dictionary(places.map { ($0.1.parent, $0.0.parent) }) { first, _ in first }
    let here = Dictionary(found.entries(.source).map { ($0.path, $0) }) { first, _ in first }
    for (folder, source) in folders {
      let isSeen: Bool
      do throws(StorageError) {
        if route.destination.traits.identity.device == nil {
          isSeen = try await shows(markIn: folder, of: route.destination, in: source, of: route.source, flow)
          try await restore(there[folder], in: route.destination)
        } else {
          isSeen = try await shows(markIn: source, of: route.source, in: folder, of: route.destination, flow)
          try await restore(here[source], in: route.source)
        }
      } catch {
        throw Failure(error)
      }
      guard isSeen else { continue }
      throw Failure(
        .notPossible,
        "What is in \(route.ends.destination) already may be the source itself, so nothing was moved",
        cure: "Name the destination by another way, or another folder."
      )
    }
  }

  /// Gives a folder its date again.
  private func restore(_ folder: Entry?, in storage: any Storage) async throws(StorageError) {
    guard let folder, let date = folder.times.modified, storage.traits.capabilities.contains(.setTimes) else { return }
    let now = Entry(path: folder.path, kind: .directory)
    _ = try await storage.setTimes(FileTimes(modified: date), of: now)
  }

  /// Whether a temporary file, which is there for a moment, shows in another folder.
  private func shows(
    markIn folder: RelativePath,
    of storage: any Storage,
    in other: RelativePath,
    of otherStorage: any Storage,
    _ flow: RunFlow
  ) async throws(StorageError) -> Bool {
    let name = TemporaryName.make(journal: flow.journal.id, number: 0)
    guard let path = folder.appending(name), let twin = other.appending(name) else { return true }
    let nothing = BytePipe(control: TransferControl())
    nothing.finish()
    let order = WriteOrder(path: path, size: 0, times: FileTimes(), temporaryName: name)
    let mark = try await storage.write(nothing, order, TransferControl())
    // Where nobody can tell, it may.
    let seen = (try? await otherStorage.refresh([Entry(path: twin, kind: .file)])) ?? [mark.temporary]
    try await storage.discard(mark)
    return seen.contains { $0 != nil }
  }

  /// Throws if the source could not be removed afterwards, as far as can be told.
  func checkRemovable(_ rest: [Errands.Errand]) async throws(Failure) {
    for errand in rest {
      let source = errand.source
      do throws(StorageError) {
        let folder = try await source.volume.folder(at: source.path.parent)
        let cause = "Nothing was copied, since it could not be removed here afterwards"
        guard folder.traits.capabilities.contains(.write) else {
          throw StorageError(.readOnly, .stop, path: source.path, cause: cause)
        }
        guard !folder.traits.deletesNothing else {
          throw StorageError(.deletionRefused, .stop, path: source.path, cause: "\(cause): the device deletes nothing")
        }
      } catch {
        var failure = source.failure(error)
        // Who deletes it by hand now has lost it.
        if error.recovery == .stop { failure.cure = "Leave it where it is, and have a copy of it by `filesync copy`." }
        throw failure
      }
    }
  }
}

extension Change {
  /// Whether the step copies something to where nothing was.
  fileprivate var makesCopy: Bool {
    switch self {
    case .copy, .makeFolder, .copyLink: true
    case .replace, .keepBoth, .adopt, .compare, .skip: false
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
