internal import Foundation
internal import GRDB
package import Storage

/// A file that is removed at the source since the destination has it.
package struct FreedFile: Hashable, Sendable {
  /// At the source.
  package var path: RelativePath
  /// At the destination.
  package var place: RelativePath
  /// What the destination has there.
  package var copy: Fingerprint

  package init(path: RelativePath, place: RelativePath, copy: Fingerprint) {
    self.path = path
    self.place = place
    self.copy = copy
  }
}

/// What was removed at a source, since the destination has it, is known by storage and path, as dates are: so no run from
/// anywhere takes what the destination has of it for something that the source has lost.
extension Journal {
  /// Puts on record that these files are about to be removed at the source, in one transaction. If the run dies before it has
  /// removed them, the next one that finds both unchanged drops the mark (``unfree(_:from:to:)``).
  package func free(_ files: [FreedFile], in run: RunTicket) throws(JournalError) {
    try write { database in
      for file in files {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO freed VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)").execute(
          arguments: [
            run.destinationStorage, Data(StoragePath.below(run.destinationRoot) + file.place.bytes),
            file.copy.size.map { Int64(bitPattern: $0) }, file.copy.token.map { Data($0.bytes) },
            file.copy.token?.version, run.sourceStorage, Data(StoragePath.below(run.sourceRoot) + file.path.bytes),
            run.id,
          ]
        )
      }
    }
  }

  /// Puts on record what has become of them, in one transaction: the pair has no record of what was `removed`, since its
  /// source may have something else of that name one day; and what was `kept` was not freed.
  package func endFreeing(removed: [FreedFile], kept: [FreedFile], in run: RunTicket) throws(JournalError) {
    try write { database in
      let now = Int64(Date().timeIntervalSince1970)
      for (number, file) in removed.enumerated() {
        try database.cachedStatement(
          sql: "DELETE FROM baseline WHERE pair = ? AND \(run.sourceIsA ? "a_path" : "b_path") = ?"
        ).execute(arguments: [run.pair, Data(file.path.bytes)])
        try database.cachedStatement(
          sql: """
            INSERT INTO step(run, seq, change, reason, path, target, at, phase) VALUES (?, ?, 'remove', '', ?, ?, ?, 'done')
            """
        ).execute(arguments: [run.id, number, Data(file.path.bytes), Data(file.path.bytes), now])
      }
      for file in kept {
        let (place, path) = (StoragePath.below(run.destinationRoot), StoragePath.below(run.sourceRoot))
        try dropFreed(
          place + file.place.bytes,
          in: run.destinationStorage,
          of: path + file.path.bytes,
          in: run.sourceStorage,
          database
        )
      }
    }
  }

  /// Tells that these files are at both ends of a pair: a run died before it had removed them.
  /// - Parameter places: Their paths at the destination, by those at the source.
  package func unfree(
    _ places: [RelativePath: RelativePath],
    from source: StorageIdentity,
    to destination: StorageIdentity
  ) throws(JournalError) {
    guard !places.isEmpty else { return }
    try write { database in
      let recognition = Recognition(database: database)
      guard let here = try recognition.find(source).storage, let there = try recognition.find(destination).storage
      else {
        return
      }
      let (below, belowThere) = (StoragePath.below(source.root), StoragePath.below(destination.root))
      for (path, place) in places {
        try dropFreed(belowThere + place.bytes, in: there, of: below + path.bytes, in: here, database)
      }
    }
  }

  /// Puts on record which last copies are nowhere in a folder any more, and that nothing in it could be one of them, changed; and
  /// which are there again. Those that are missing keep their marks: they may be in another folder of the storage, or come
  /// back to their paths.
  package func note(
    missing: [RelativePath],
    found: [RelativePath],
    in folder: StorageIdentity
  ) throws(JournalError) {
    guard !missing.isEmpty || !found.isEmpty else { return }
    try write { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return }
      let below = StoragePath.below(folder.root)
      for (paths, place) in [(missing, Data(folder.root)), (found, nil)] as [([RelativePath], Data?)] {
        for path in paths {
          try database.cachedStatement(sql: "UPDATE freed SET missing_from = ? WHERE storage = ? AND path = ?")
            .execute(arguments: [place, storage, Data(below + path.bytes)])
        }
      }
    }
  }

  /// Tells that last copies have other paths now, by the old ones: somebody has moved them there.
  package func followFreed(
    _ paths: [RelativePath: RelativePath],
    in folder: StorageIdentity
  ) throws(JournalError) {
    guard !paths.isEmpty else { return }
    try write { database in
      guard let storage = try Recognition(database: database).find(folder).storage else { return }
      let below = StoragePath.below(folder.root)
      for (old, new) in paths {
        try database.cachedStatement(
          sql: "UPDATE OR REPLACE freed SET path = ?, missing_from = NULL WHERE storage = ? AND path = ?"
        ).execute(arguments: [Data(below + new.bytes), storage, Data(below + old.bytes)])
      }
    }
  }

  /// Forgets that something was freed: it is where it was once more, and here. A copy somewhere else is none of that, and
  /// what has other originals is the last copy of those.
  nonisolated func dropFreed(_ record: Record, _ database: Database, _ run: RunTicket) throws {
    let (there, here) = (run.destinationStorage, run.sourceStorage)
    let place = StoragePath.below(run.destinationRoot) + record.destinationPath.bytes
    let path = StoragePath.below(run.sourceRoot) + record.path.bytes
    try dropFreed(place, in: there, of: path, in: here, database)
    try dropFreed(path, in: here, of: place, in: there, database)
  }

  private nonisolated func dropFreed(
    _ copy: [UInt8],
    in storage: Int64,
    of original: [UInt8],
    in origin: Int64,
    _ database: Database
  ) throws {
    try database.cachedStatement(
      sql: "DELETE FROM freed WHERE storage = ? AND path = ? AND origin = ? AND origin_path = ?"
    ).execute(arguments: [storage, Data(copy), origin, Data(original)])
  }
}

/// The files below a folder that were removed elsewhere since they are here, with what they were then and where they had
/// been, by their paths from there.
func freed(_ database: Database, storage: Int64, root: [UInt8]) throws -> [(path: RelativePath, origin: FreedOrigin)] {
  try rows(of: "freed", database, storage: storage, root: root) { path, row in
    let token = (row["token"] as Data?).map { ChangeToken(bytes: Array($0), version: row["token_version"]) }
    let missingFrom = (row["missing_from"] as Data?).map { StoragePath.below(Array($0)) }
    let origin = FreedOrigin(
      storage: row["origin"],
      path: Array(row["origin_path"] as Data),
      copy: Fingerprint(size: (row["size"] as Int64?).map { UInt64(bitPattern: $0) }, token: token),
      // That of a smaller folder tells nothing of the rest of this one.
      isMissing: missingFrom.map { StoragePath.below(root).starts(with: $0) } ?? false
    )
    return (path, origin)
  }
}

/// All freed files of a storage: so they are known after somebody has moved them.
/// - Parameter ends: The source and the destination, each by its storage and by what the paths in it begin with there.
func lastCopies(
  _ database: Database,
  storage: Int64,
  _ ends: (source: (storage: Int64?, root: [UInt8]), destination: (storage: Int64?, root: [UInt8]))
) throws -> [LastCopy] {
  let rows = try Row.fetchCursor(
    database,
    sql: "SELECT DISTINCT size, token, token_version, path FROM freed WHERE storage = ? AND token IS NOT NULL",
    arguments: [storage]
  )
  var copies: [LastCopy] = []
  while let row = try rows.next() {
    let (path, token): (Data, Data) = (row["path"], row["token"])
    func below(_ end: (storage: Int64?, root: [UInt8])) -> RelativePath? {
      guard end.storage == storage, path.starts(with: end.root) else { return nil }
      return RelativePath(path.dropFirst(end.root.count))
    }
    let copy = Fingerprint(
      size: (row["size"] as Int64?).map { UInt64(bitPattern: $0) },
      token: ChangeToken(bytes: Array(token), version: row["token_version"])
    )
    copies.append(LastCopy(copy: copy, path: below(ends.source), destinationPath: below(ends.destination)))
  }
  return copies
}

/// Where a freed file was, and what is left of it.
struct FreedOrigin {
  var storage: Int64
  /// From the root of the storage.
  var path: [UInt8]
  var copy: Fingerprint
  /// Whether it is known to be nowhere in the folder that is looked at.
  var isMissing: Bool
}
