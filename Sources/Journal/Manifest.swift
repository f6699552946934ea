package import Foundation
package import Storage

/// Dates that a journal keeps for devices which cannot, on their way to another journal.
package struct Manifest: Sendable {
  /// The storages, each as it is known from its root: what recognises it and its device.
  package var storages: [StorageIdentity] = []
  package var files: [File] = []

  package init() {}

  /// The dates of one file.
  package struct File: Sendable {
    /// Its storage, as an index into ``Manifest/storages``.
    package var storage: Int
    /// With its path from the storage's root.
    package var truth: Truth
    /// The run that put the dates on record, and when it began: Unix time in seconds.
    package var run: UUID
    package var recorded: Int64

    package init(storage: Int, truth: Truth, run: UUID, recorded: Int64) {
      self.storage = storage
      self.truth = truth
      self.run = run
      self.recorded = recorded
    }
  }

  /// What became of a manifest's files in the journal that took it.
  package struct Merged: Hashable, Sendable {
    /// New to the journal.
    package var added = 0
    /// Newer than what the journal had.
    package var updated = 0
    /// As the journal had them.
    package var known = 0
    /// Not newer than other dates that the journal has, which stay.
    package var older = 0
  }
}
