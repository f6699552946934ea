internal import Synchronization

/// One folder, listed as a whole.
package struct Listing: Sendable {
  /// In no promised order.
  package var entries: [Entry]
  /// What is there, or may be, and could not be listed.
  package var unlisted: [Unlisted] = []
  /// Whether this is all there is. Even where nothing is known to be missing, it need not be.
  package var isComplete: Bool

  package init(of folder: RelativePath, in storage: any Storage) async throws(StorageError) {
    let found = Mutex<[Entry]>([])
    let completeness: Completeness
    do throws(StorageError) {
      completeness = try await storage.list(folder) { page in found.withLock { $0 += page } }
    } catch {
      // Once more, in a new session where the old one is dead: a device may be slow to begin.
      guard error.recovery == .reopen || error.recovery == .retry else { throw error }
      if error.recovery == .reopen { try await storage.reopen() }
      found.withLock { $0 = [] }
      completeness = try await storage.list(folder) { page in found.withLock { $0 += page } }
    }
    entries = found.withLock(\.self)
    isComplete = completeness == .complete
    if case .partial(let missing) = completeness { unlisted = missing }
  }
}
