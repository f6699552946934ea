internal import Journal
internal import Storage
internal import SyncEngine

/// Whether what is at the destination is the source itself, seen in another way, such as a mount of the same phone: then a
/// file that is made at the one shows at the other. Who removes something at a source has to be sure that it is not.
struct Apartness: Sendable {
  let source: any Storage
  let destination: any Storage
  /// The destination, for people.
  let place: String
  let flow: RunFlow

  /// Throws if it may be. A file is made for a moment, on this computer, or else at the source, which has to be able to
  /// delete in any case, in each folder of which the destination has something.
  func check(_ plan: Plan, _ found: Found) async throws(Failure) {
    let there = Dictionary(found.entries(.destination).map { ($0.path, $0) }) { first, _ in first }
    let places = found.entries(.source).compactMap { entry in plan.places[entry.path].map { (entry.path, $0) } }
      .filter { there[$0.1] != nil }
    let folders = Dictionary(places.map { ($0.1.parent, $0.0.parent) }) { first, _ in first }
    let here = Dictionary(found.entries(.source).map { ($0.path, $0) }) { first, _ in first }
    for (folder, origin) in folders {
      let isSeen: Bool
      do throws(StorageError) {
        if destination.traits.identity.device == nil {
          isSeen = try await shows(markIn: folder, of: destination, in: origin, of: source)
          try await restore(there[folder], in: destination)
        } else {
          isSeen = try await shows(markIn: origin, of: source, in: folder, of: destination)
          try await restore(here[origin], in: source)
        }
      } catch {
        throw Failure(error)
      }
      guard isSeen else { continue }
      throw Failure(
        .notPossible,
        "What is in \(place) already may be the source itself, so nothing was moved",
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
    of otherStorage: any Storage
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
}
