internal import Foundation
internal import Journal
internal import Storage
internal import SyncEngine

/// Puts what a command does without a plan on record, as a run of its own: folders that are made, and what moves within
/// its storage. It is done by then, so that a journal which does not take it is told of, and stops nothing.
actor Unplanned {
  private let context: CommandContext
  private let command: String
  /// The folders that paths are given from.
  private let ends: @Sendable () async throws(StorageError) -> (source: StorageIdentity, destination: StorageIdentity)
  private var run: RunTicket?
  private var steps: UInt32 = 0
  private var counts = Counts()

  init(
    _ command: String,
    _ context: CommandContext,
    ends: @escaping @Sendable () async throws(StorageError) -> (source: StorageIdentity, destination: StorageIdentity)
  ) {
    self.command = command
    self.context = context
    self.ends = ends
  }

  /// What was at `path` of the one folder is at `target` of the other now. `follow` has what is on record of the two paths
  /// follow; `name` is what is truly called otherwise than it could be.
  func moved(
    _ path: RelativePath,
    to target: RelativePath,
    _ name: TrueName?,
    follow: @escaping @Sendable (Journal) async throws -> Void
  ) async {
    await context.keepRecord(creating: true) { journal in
      let run = try await self.record("move", path, target, nil, journal)
      try await follow(journal)
      if let name { try await journal.record([name], in: run) }
      await self.count { $0.moved = ($0.moved ?? 0) + 1 }
    }
  }

  /// A folder was made at `name`'s path, whose true name is another one.
  func madeFolder(_ name: TrueName) async {
    await context.keepRecord(creating: true) { journal in
      _ = try await self.record(Change.makeFolder.word, name.path, name.path, name.name, journal)
      await self.count { counts in
        counts.foldersMade += 1
        counts.namesMapped += 1
      }
    }
  }

  /// Ends the run, if there was anything to record.
  func end(_ ending: Ending = .done) async {
    guard let run else { return }
    let counts = counts
    await context.keepRecord(creating: true) { journal in
      let text = String(decoding: try JSONEncoder().encode(counts), as: UTF8.self)
      try await journal.end(run, ending: ending.word, counts: text)
    }
  }

  private func count(_ change: @Sendable (inout Counts) -> Void) { change(&counts) }

  private func record(
    _ change: String,
    _ path: RelativePath,
    _ target: RelativePath,
    _ name: [UInt8]?,
    _ journal: Journal
  ) async throws -> RunTicket {
    let run = try await run(in: journal)
    steps += 1
    let intent = Intent(
      sequence: steps,
      change: change,
      reason: Reason.new.rawValue,
      path: path,
      target: target,
      trueName: name
    )
    try await journal.record([StepEnd(intent: intent, phase: .done)], in: run)
    return run
  }

  private func run(in journal: Journal) async throws -> RunTicket {
    if let run { return run }
    var policy = SyncPolicy()
    policy.keepsRecord = false
    policy.command = command
    let text = String(decoding: try JSONEncoder().encode(policy), as: UTF8.self)
    let ends = try await ends()
    let ticket = try await journal.begin(from: ends.source, to: ends.destination, policy: text)
    run = ticket
    return ticket
  }
}

extension Place {
  /// Makes this folder, or, on a device that cannot hold its name, one of the nearest name that it can; with the folders
  /// above it, if `parents` are to be made. The true names go on record.
  func makeFolder(parents: Bool = false, _ context: CommandContext) async throws(StorageError) {
    let (path, names) = try await volume.fitted(self.path)
    let record = Unplanned("mkdir", context) { [volume] () async throws(StorageError) in
      let root = volume.storage.traits.identity
      return (root, root)
    }
    let result: Result<Void, StorageError>
    do throws(StorageError) {
      result = .success(try await make(path, parents: parents, names, record))
    } catch { result = .failure(error) }
    await record.end()
    try result.get()
  }

  private func make(
    _ path: RelativePath,
    parents: Bool,
    _ names: [TrueName],
    _ record: Unplanned
  ) async throws(StorageError) {
    if !path.parent.isRoot {
      let above = try await volume.entry(at: path.parent)
      if above == nil, parents { try await make(path.parent, parents: parents, names, record) }
      if above == nil, !parents {
        throw StorageError(.notFound, .nextFile, path: self.path, cause: "The folder above it does not exist")
      }
      // Of a link the system itself says what it leads to.
      if let above, above.kind == .file {
        throw StorageError(.notADirectory, .nextFile, path: self.path, cause: "What is above it is no folder")
      }
    }
    _ = try await volume.storage.createDirectory(path)
    if let name = names.first(where: { $0.path == path }) { await record.madeFolder(name) }
  }
}
