internal import Foundation
internal import GRDB
package import Storage

/// What is on record of single paths of a storage, their true names, dates and freed originals, follows what happens to these.
extension Journal {
  /// The true names on record of what is in a folder, at any depth, by path. What is there now may be something else.
  package func trueNames(in folder: StorageIdentity) throws(JournalError) -> [TrueName] {
    try read { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return [] }
      let (names, sizes) = try names(database, storage: storage, root: folder.root)
      return names.map { TrueName(path: $0.key, name: $0.value, size: sizes[$0.key]) }.sorted { $0.path < $1.path }
    }
  }

  /// Tells that what was at `path` in one folder is at `target` in another one of the same storage now, with all below
  /// it. Its own true name ends where it was given another one.
  package func move(
    _ path: RelativePath,
    in folder: StorageIdentity,
    to target: RelativePath,
    in other: StorageIdentity
  ) throws(JournalError) {
    try write { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return }
      let old = StoragePath.below(folder.root) + path.bytes
      let new = StoragePath.below(other.root) + target.bytes
      for table in ["name", "truth", "freed"] {
        let (rows, first, last) = ("storage = ?1 AND (path = ?2 OR path >= ?3 AND path < ?4)", "/".utf8, "0".utf8)
        try database.execute(
          sql: "DELETE FROM \(table) WHERE \(rows)",
          arguments: [storage, Data(new), Data(new + first), Data(new + last)]
        )
        let paths = try Data.fetchAll(
          database,
          sql: "SELECT path FROM \(table) WHERE \(rows)",
          arguments: [storage, Data(old), Data(old + first), Data(old + last)]
        )
        for path in paths {
          try database.cachedStatement(sql: "UPDATE \(table) SET path = ? WHERE storage = ? AND path = ?")
            .execute(arguments: [Data(new + path.dropFirst(old.count)), storage, path])
        }
      }
      guard !path.name.elementsEqual(target.name) else { return }
      try database.execute(sql: "DELETE FROM name WHERE storage = ? AND path = ?", arguments: [storage, Data(new)])
    }
  }

  /// Tells that what is on record of the dates of these files holds for their new tokens: they are the same files, and
  /// their device prints its dates in another zone now.
  package func follow(_ truths: [Truth], in folder: StorageIdentity) throws(JournalError) {
    guard !truths.isEmpty else { return }
    try write { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return }
      for truth in truths {
        // From the run that found the dates out, as ever: this one has only seen the file again.
        try database.cachedStatement(
          sql: "UPDATE truth SET token = ?, token_version = ? WHERE storage = ? AND path = ? AND size = ?"
        ).execute(
          arguments: [
            Data(truth.token.bytes), truth.token.version, storage,
            Data(StoragePath.below(folder.root) + truth.path.bytes), Int64(bitPattern: truth.size),
          ]
        )
      }
    }
  }

  /// Tells that the dates of these files, which were read in an assumed zone, have turned out right.
  package func confirm(_ paths: [RelativePath], in folder: StorageIdentity) throws(JournalError) {
    guard !paths.isEmpty else { return }
    try write { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return }
      for path in paths {
        try Truth.confirm(database, storage: storage, path: StoragePath.below(folder.root) + path.bytes)
      }
    }
  }

  /// Tells that what was at these paths was removed.
  package func forget(_ paths: [RelativePath], in folder: StorageIdentity) throws(JournalError) {
    try drop(["name", "truth", "freed"], of: paths, in: folder)
  }

  /// Tells that nothing is at these paths any more, as a listing shows. What somebody has moved from there without this
  /// program may still be the last copy of something.
  package func forgetNames(_ paths: [RelativePath], in folder: StorageIdentity) throws(JournalError) {
    try drop(["name", "truth"], of: paths, in: folder)
  }

  private func drop(
    _ tables: [String],
    of paths: [RelativePath],
    in folder: StorageIdentity
  ) throws(JournalError) {
    guard !paths.isEmpty else { return }
    try write { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return }
      for path in paths {
        let path = Data(StoragePath.below(folder.root) + path.bytes)
        for table in tables {
          try database.cachedStatement(sql: "DELETE FROM \(table) WHERE storage = ? AND path = ?")
            .execute(arguments: [storage, path])
        }
      }
    }
  }
}
