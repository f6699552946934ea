package import Foundation
package import Storage

/// Dates and true names that a journal keeps for devices which cannot, on their way to another journal.
package struct Manifest: Sendable {
  /// The storages, each as it is known from its root: what recognises it and its device.
  package var storages: [StorageIdentity] = []
  package var files: [File] = []
  package var names: [Name] = []

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

  /// The true name of one file or folder.
  package struct Name: Sendable {
    /// Its storage, as an index into ``Manifest/storages``.
    package var storage: Int
    /// With its path from the storage's root.
    package var trueName: TrueName
    /// The run that put the name on record, and when it began: Unix time in seconds.
    package var run: UUID
    package var recorded: Int64

    package init(storage: Int, trueName: TrueName, run: UUID, recorded: Int64) {
      self.storage = storage
      self.trueName = trueName
      self.run = run
      self.recorded = recorded
    }
  }

  /// What became of a manifest in the journal that took it.
  package struct Merged: Hashable, Sendable {
    package var dates = Taken()
    package var names = Taken()
  }

  /// What became of records of one kind.
  package struct Taken: Hashable, Sendable {
    /// New to the journal.
    package var added = 0
    /// Newer than what the journal had.
    package var updated = 0
    /// As the journal had them.
    package var known = 0
    /// Not newer than others that the journal has, which stay.
    package var older = 0
  }
}
