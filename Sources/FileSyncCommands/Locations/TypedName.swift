internal import Foundation
internal import Journal
internal import Storage

/// A name that a user types is a true one: a device may have what is called so under another.
extension PlaceVolume {
  /// Where a device has what was typed: by its stored name, else by the true name on record, as long as what is there can
  /// still be that. What is not found stays as it was typed.
  func stored(_ path: RelativePath, _ context: CommandContext) async -> RelativePath {
    guard id != .local, !path.isRoot else { return path }
    let typed = Set(path.components.map { Array($0) })
    let names = await context.trueNames(in: storage.traits.identity).filter { typed.contains($0.name) }
    guard !names.isEmpty else { return path }
    var reached = RelativePath.root
    for component in path.components {
      guard let exact = reached.appending(component) else { return path }
      let folder = reached
      reached = exact
      let named = names.filter { $0.path.parent == folder && $0.name.elementsEqual(component) }
      guard !named.isEmpty, await isFree(exact) else { continue }
      for name in named {
        guard let there = try? await entry(at: name.path) else { continue }
        if let size = name.size, let now = there.size, size != now { continue }
        reached = name.path
        break
      }
    }
    return reached
  }

  /// Whether it is sure that nothing has this path.
  private func isFree(_ path: RelativePath) async -> Bool {
    do throws(StorageError) {
      return try await entry(at: path) == nil
    } catch { return false }
  }

  /// The path for something new, by names that the device can hold, and the true names of what has others then.
  func fitted(_ path: RelativePath) async throws(StorageError) -> (path: RelativePath, names: [TrueName]) {
    let rules = storage.traits.names
    guard id != .local, path.components.contains(where: { !rules.allow($0) }) else { return (path, []) }
    var (reached, names) = (RelativePath.root, [TrueName]())
    for component in path.components {
      guard let exact = reached.appending(component) else { break }
      let folder = reached
      reached = exact
      guard !rules.allow(component), let fitted = rules.fitted(component).flatMap({ folder.appending($0) }) else {
        continue
      }
      // The rules are what is known of the device; what it has all the same is meant.
      guard try await entry(at: exact) == nil else { continue }
      names.append(TrueName(path: fitted, name: Array(component)))
      reached = fitted
    }
    return (reached, names)
  }
}

extension CommandContext {
  /// The true names on record below a folder. Without a journal that can be read there are none, and paths are taken as
  /// they are.
  fileprivate func trueNames(in folder: StorageIdentity) async -> [TrueName] {
    guard FileManager.default.fileExists(atPath: dataDirectory + "/journal.sqlite") else { return [] }
    guard let journal = try? openJournal() else { return [] }
    return (try? await journal.trueNames(in: folder)) ?? []
  }
}
