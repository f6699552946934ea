internal import ArgumentParser
internal import Foundation
internal import Journal
internal import Logging
internal import Storage
internal import SyncEngine

/// Puts what a command does without a plan on record, as a run of its own with its logs: folders that are made, what moves
/// within its storage, and what is removed. It is done by then, so that a journal which does not take it, or a log that
/// cannot be written, is told of, and stops nothing.
actor Unplanned {
  private let context: CommandContext
  private let command: String
  private let logDir: String?
  private let keepLogs: Int
  /// The folders that paths are given from.
  private let ends: @Sendable () async throws(StorageError) -> (source: StorageIdentity, destination: StorageIdentity)
  private var run: RunTicket?
  private var logs: RunLogs?
  private var steps: UInt32 = 0
  private var counts = Counts()

  /// The options are those of runs.
  init(
    _ command: String,
    _ context: CommandContext,
    logDir: String? = nil,
    keepLogs: Int = RunOptions.keptLogs,
    ends: @escaping @Sendable () async throws(StorageError) -> (source: StorageIdentity, destination: StorageIdentity)
  ) {
    self.command = command
    self.context = context
    self.logDir = logDir
    self.keepLogs = keepLogs
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
      let recorded: Result<RunTicket, any Error>
      do { recorded = .success(try await self.record("move", path, target, nil, journal)) } catch {
        recorded = .failure(error)
      }
      // Also while another run has these folders, so that this is none.
      try await follow(journal)
      let run = try recorded.get()
      if let name { try await journal.record([name], in: run) }
      await self.count { $0.moved = ($0.moved ?? 0) + 1 }
    }
  }

  /// A folder was made at `path`; `name` is its true name, if that is another one.
  func madeFolder(_ path: RelativePath, _ name: [UInt8]?) async {
    await context.keepRecord(creating: true) { journal in
      _ = try await self.record(Change.makeFolder.word, path, path, name, journal)
      await self.count { counts in
        counts.foldersMade += 1
        if name != nil { counts.namesMapped += 1 }
      }
    }
  }

  /// What was at these paths is gone.
  func removed(_ paths: [RelativePath]) async {
    guard !paths.isEmpty else { return }
    await context.keepRecord(creating: true) { journal in
      try await self.recordRemoval(of: paths, journal)
      await self.count { $0.removed = ($0.removed ?? 0) + paths.count }
    }
  }

  private func recordRemoval(of paths: [RelativePath], _ journal: Journal) async throws {
    let run = try await run(in: journal)
    var ends: [StepEnd] = []
    for path in paths {
      steps += 1
      let intent = Intent(sequence: steps, change: "remove", reason: "", path: path, target: path)
      ends.append(StepEnd(intent: intent, phase: .done))
      logs?.main.info("remove \(path.shown)")
    }
    try await journal.record(ends, in: run)
  }

  /// Ends the run, if there was anything to record.
  func end(_ ending: Ending = .done) async {
    guard let run else { return }
    logs?.main.info("\(ending.word)")
    for line in logs?.end() ?? [] { context.errors.line("filesync: \(line)") }
    let counts = counts
    await context.keepRecord(creating: true) { journal in
      let text = String(decoding: try JSONEncoder().encode(counts), as: UTF8.self)
      try await journal.end(run, ending: ending.word, counts: text)
    }
  }

  /// Ends it as a command ended that took several things one after the other.
  func end(of tally: Tally, _ result: Result<Void, Failure>) async {
    switch result {
    case .success: await end(tally.isClean ? .done : .someFailed)
    case .failure(let error): await end(error.status == .notReady ? .interrupted : .someFailed)
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
    logs?.main.info("\(change) \(path.shown)\(path == target ? "" : " \u{2192} \(target.shown)")")
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
    do throws(Failure) {
      let folder = logDir ?? context.stateDirectory + "/logs"
      logs = try RunLogs.open(in: folder, keep: keepLogs, isVerbose: false, fileCommand: command, context)
      logs?.main.info("filesync \(FileSyncCommand.configuration.version): \(command), run \(ticket.uuid)")
    } catch { context.errors.line("filesync: \(error.text)") }
    return ticket
  }
}

extension PlaceVolume {
  /// The record of what a command does at one folder of this storage, or anywhere on it.
  func record(_ command: String, in folder: RelativePath? = nil, _ context: CommandContext) -> Unplanned {
    Unplanned(command, context) { () async throws(StorageError) in
      guard let folder else { return (storage.traits.identity, storage.traits.identity) }
      let end = try await self.folder(at: folder).traits.identity
      return (end, end)
    }
  }
}

extension Place {
  /// Makes this folder for a run, which has it on record itself, but for true names.
  func makeFolder(_ context: CommandContext) async throws(StorageError) {
    let record = volume.record("mkdir", context)
    let result: Result<Void, StorageError>
    do throws(StorageError) {
      result = .success(try await makeFolder(record: record, onlyNames: true))
    } catch { result = .failure(error) }
    await record.end()
    try result.get()
  }

  /// Makes this folder, or, on a device that cannot hold its name, one of the nearest name that it can; with the folders
  /// above it, if `parents` are to be made. They go on record with their true names, or `onlyNames` does.
  func makeFolder(parents: Bool = false, record: Unplanned, onlyNames: Bool = false) async throws(StorageError) {
    let (path, names) = try await volume.fitted(self.path)
    try await make(path, parents: parents, names, record, onlyNames: onlyNames)
  }

  private func make(
    _ path: RelativePath,
    parents: Bool,
    _ names: [TrueName],
    _ record: Unplanned,
    onlyNames: Bool
  ) async throws(StorageError) {
    if !path.parent.isRoot {
      let above = try await volume.entry(at: path.parent)
      if above == nil, parents { try await make(path.parent, parents: parents, names, record, onlyNames: onlyNames) }
      if above == nil, !parents {
        throw StorageError(.notFound, .nextFile, path: self.path, cause: "The folder above it does not exist")
      }
      // Of a link the system itself says what it leads to.
      if let above, above.kind == .file {
        throw StorageError(.notADirectory, .nextFile, path: self.path, cause: "What is above it is no folder")
      }
    }
    _ = try await volume.storage.createDirectory(path)
    let name = names.first { $0.path == path }?.name
    if name != nil || !onlyNames { await record.madeFolder(path, name) }
  }
}
