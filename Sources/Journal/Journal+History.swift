internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// What is known of a pair of folders. Writes nothing; a pair that never ran has an empty history.
  /// - Parameter disk: That of the destination, as its traits have it.
  package func history(
    from source: StorageIdentity,
    to destination: StorageIdentity,
    disk: String? = nil
  ) throws(JournalError) -> History {
    let boot = process.boot
    return try read { database in
      var history = History()
      let recognition = Recognition(database: database)
      let from = try recognition.find(source)
      let to = try recognition.find(destination)
      if let storage = from.storage {
        history.sourceTruths = try truths(database, storage: storage, root: source.root)
        (history.sourceNames, history.sourceNameSizes) = try names(database, storage: storage, root: source.root)
      }
      if let storage = to.storage {
        history.destinationTruths = try truths(database, storage: storage, root: destination.root)
        (history.destinationNames, history.destinationNameSizes) =
          try names(database, storage: storage, root: destination.root)
        let freed = try freed(database, storage: storage, root: destination.root)
        for (path, origin) in freed { history.freed[path] = origin.copy }
        // Of several originals, another one may have been removed since.
        history.missingCopies = Set(freed.filter(\.origin.isMissing).map(\.path))
          .subtracting(freed.filter { !$0.origin.isMissing }.map(\.path))
      }
      let ends = (
        source: (from.storage, StoragePath.below(source.root)),
        destination: (to.storage, StoragePath.below(destination.root))
      )
      if let storage = from.storage { history.lastCopiesHere = try lastCopies(database, storage: storage, ends) }
      if let storage = to.storage { history.lastCopies = try lastCopies(database, storage: storage, ends) }
      if let storage = from.storage, let other = to.storage {
        let root = StoragePath.below(destination.root)
        for (path, origin) in try freed(database, storage: storage, root: source.root)
        where origin.storage == other && origin.path.starts(with: root) {
          history.freedHere[path] = origin.copy
        }
      }
      if let root = to.root, from.root != root {
        history.sourceReplaced = try wasElsewhere(database, source: root, destination: source, from)
      }
      func readOthers(_ ends: Set<Int64>?) throws {
        if let storage = from.storage, !history.lastCopiesHere.isEmpty {
          history.recordedByOthersHere =
            try recordedByOthers(
              database,
              storage: storage,
              root: source.root,
              besides: ends,
              source: nil
            ).all
        }
        guard let storage = to.storage else { return }
        (history.recordedByOthers, history.recordedFromElsewhere) = try recordedByOthers(
          database,
          storage: storage,
          root: destination.root,
          besides: ends,
          source: from.storage
        )
      }
      guard var sourceRoot = from.root else {
        try readOthers(nil)
        return history
      }
      let isWithin = sourceRoot == to.root
      if isWithin, let storage = from.storage {
        guard let root = try recognition.findWithin(source, storage: storage) else { return history }
        sourceRoot = root
      }
      history.destinationReplaced = try wasElsewhere(database, source: sourceRoot, destination: destination, to)
      guard let destinationRoot = to.root else {
        try readOthers(nil)
        return history
      }
      try readOthers([sourceRoot, destinationRoot])
      let sourceIsA = sourceRoot < destinationRoot
      let pair = StatementArguments([min(sourceRoot, destinationRoot), max(sourceRoot, destinationRoot)])
      // Row by row: all of them at once take several times what is made of them.
      let records = try Row.fetchCursor(
        database,
        sql: """
          SELECT baseline.*, source_is_a FROM baseline JOIN pair ON pair.id = baseline.pair JOIN run ON run.id = run
          WHERE a = ? AND b = ?
          """,
        arguments: pair
      )
      while let row = try records.next() { history.records.append(decodeRecord(row, sourceIsA: sourceIsA)) }
      // In the order of the runs: of several for one path the last one counts.
      let open = try Row.fetchAll(
        database,
        sql: """
          SELECT run.id AS run, seq, change, path, target, size, step.token, step.token_version, kept, phase, source_is_a,
            ended IS NOT NULL AS has_ended, disk, boot, pid, process_started
          FROM step JOIN run ON run.id = step.run JOIN pair ON pair.id = run.pair
          WHERE phase IN ('intent', 'sent') AND change != 'delete' AND a = ? AND b = ? ORDER BY run.id
          """,
        arguments: pair
      )
      for row in open {
        guard let path = RelativePath(row["path"] as Data) else { continue }
        let step = Unfinished(
          target: (row["target"] as Data?).flatMap { RelativePath($0) },
          size: (row["size"] as Int64?).map { UInt64(bitPattern: $0) },
          token: (row["token"] as Data?).map { ChangeToken(bytes: Array($0), version: row["token_version"]) },
          kept: (row["kept"] as Data?).flatMap { RelativePath($0) },
          isSent: row["phase"] as String == "sent",
          isMove: row["change"] as String == "move"
        )
        let isForth = row["source_is_a"] == sourceIsA
        if isForth {
          history.unfinished[path] = step
          if let (number, file) = begunFile(row, path, step, boot: boot, disk: disk) { history.begun[number] = file }
        }
        if !isForth || isWithin, let target = step.target { history.openAtSource.insert(target) }
        if !isForth || isWithin, let target = step.target, let size = step.size {
          history.unfinishedAtSource[target] = size
        }
      }
      let leaving = try Row.fetchAll(
        database,
        sql: """
          SELECT target, source_is_a FROM step JOIN run ON run.id = step.run JOIN pair ON pair.id = run.pair
          WHERE phase = 'intent' AND change = 'delete' AND a = ? AND b = ?
          """,
        arguments: pair
      )
      for row in leaving {
        guard let path = (row["target"] as Data?).flatMap({ RelativePath($0) }) else { continue }
        if row["source_is_a"] == sourceIsA {
          history.leaving.insert(path)
        } else {
          history.leavingAtSource.insert(path)
        }
      }
      return history
    }
  }
}

/// What a run was sending, with the number of its temporary, if all that is in that is surely the file's: the run has
/// ended, which brought it to the disk, or has died since this computer was started and the disk was put in.
private func begunFile(
  _ row: Row,
  _ path: RelativePath,
  _ begun: Unfinished,
  boot: String,
  disk: String?
) -> (number: UInt64, file: BegunFile)? {
  guard let size = begun.size, let token = begun.token else { return nil }
  let process = RunningProcess(pid: row["pid"], boot: row["boot"], started: row["process_started"])
  let wasPulledOut = (row["disk"] as String?).map { $0 != disk } ?? false
  guard row["has_ended"] || process.boot == boot && !process.isAlive && !wasPulledOut else { return nil }
  let (run, step): (Int64, UInt32) = (row["run"], row["seq"])
  return (TemporaryName.number(run: run, step: step), BegunFile(path: path, size: size, token: token))
}

/// Whether this source has records with a folder of the same path, on the same device (or locally), on another storage,
/// and none with this one.
private func wasElsewhere(
  _ database: Database,
  source: Int64,
  destination: StorageIdentity,
  _ place: Recognition.Place
) throws -> Bool {
  // A device that is not on record cannot have been another one.
  if destination.device != nil, place.device == nil { return false }
  return try Bool.fetchOne(
    database,
    sql: """
      SELECT count(*) > 0 AND NOT max(storage.id IS ?4)
      FROM root JOIN storage ON storage.id = storage JOIN pair ON (a = root.id AND b = ?1) OR (b = root.id AND a = ?1)
      WHERE path = ?2 AND device IS ?3 AND EXISTS(SELECT 1 FROM baseline WHERE baseline.pair = pair.id)
      """,
    arguments: [source, Data(destination.root), place.device, place.storage]
  ) ?? false
}

/// The truths below `root`, with paths from there.
private func truths(_ database: Database, storage: Int64, root: [UInt8]) throws -> [Truth] {
  let first = StoragePath.below(root)
  return try rows(of: "truth", database, storage: storage, root: root) { _, row in Truth(row, below: first) }
    .compactMap(\.self)
}

/// The true names below `root`, and the sizes of files, by paths from there.
func names(_ database: Database, storage: Int64, root: [UInt8]) throws
  -> (names: [RelativePath: [UInt8]], sizes: [RelativePath: UInt64])
{
  var (names, sizes): ([RelativePath: [UInt8]], [RelativePath: UInt64]) = ([:], [:])
  _ = try rows(of: "name", database, storage: storage, root: root) { path, row in
    names[path] = Array(row["true_name"] as Data)
    sizes[path] = (row["size"] as Int64?).map { UInt64(bitPattern: $0) }
  }
  return (names, sizes)
}

/// The rows of a table by storage and path whose path lies below `root`, with paths from there.
func rows<Value>(
  of table: String,
  _ database: Database,
  storage: Int64,
  root: [UInt8],
  _ decode: (RelativePath, Row) -> Value
) throws -> [Value] {
  // Everything that begins with "root/" lies between it and "root0", the byte after the slash.
  let first = Data(StoragePath.below(root))
  var last = first
  if !last.isEmpty { last[last.count - 1] += 1 }
  let rows = try Row.fetchCursor(
    database,
    sql: "SELECT * FROM \(table) WHERE storage = ?1 AND path >= ?2 AND (?3 = x'' OR path < ?3)",
    arguments: [storage, first, last]
  )
  var values: [Value] = []
  while let row = try rows.next() {
    if let path = RelativePath((row["path"] as Data).dropFirst(first.count)) { values.append(decode(path, row)) }
  }
  return values
}

private func decodeRecord(_ row: Row, sourceIsA: Bool) -> Record {
  func path(_ side: String) -> RelativePath { RelativePath(row["\(side)_path"] as Data) ?? .root }
  func fingerprint(_ side: String) -> Fingerprint {
    Fingerprint(
      size: (row["\(side)_size"] as Int64?).map { UInt64(bitPattern: $0) },
      token: (row["\(side)_token"] as Data?).map {
        ChangeToken(bytes: Array($0), version: row["\(side)_token_version"])
      },
      modified: timestamp(row, "\(side)_modified")
    )
  }
  let (source, destination) = sourceIsA ? ("a", "b") : ("b", "a")
  var record = Record(
    path: path(source),
    destinationPath: path(destination),
    source: fingerprint(source),
    destination: fingerprint(destination),
    isRacy: row["racy"]
  )
  record.isOfWayBack = row["source_is_a"] != sourceIsA
  if let bytes = row["digest"] as Data?, let digest = ContentDigest(bytes) {
    record.verification = Verification(digest: digest, at: row["verified"])
  }
  return record
}

/// Paths from the root of a storage, by which truths are kept: they serve every folder that is synced from there.
enum StoragePath {
  /// What the paths below `root` begin with.
  static func below(_ root: [UInt8]) -> [UInt8] {
    root.isEmpty || root.last == UInt8(ascii: "/") ? root : root + [UInt8(ascii: "/")]
  }
}
