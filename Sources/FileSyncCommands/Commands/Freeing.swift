internal import Foundation
internal import Journal
internal import Logging
internal import Storage
internal import Synchronization
internal import SyncEngine

/// `sync --move`: copies and verifies, as `sync --verify` does, then looks at both sides once more, and removes at the
/// source what is at the destination, verified.
struct Freeing: Sendable {
  let run: SyncRun
  let origin: RunFolders.Origin
  /// The destination, for people.
  let place: String
  let flow: RunFlow

  /// - Parameter watch: takes the events of the copying as well.
  func move(
    _ plan: Plan,
    _ control: TransferControl,
    watch: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws(Failure) -> CommandStatus {
    let verified = VerifiedFiles(plan)
    let status = try await flow.execute(run, plan, control) { event in
      verified.take(event)
      watch(event)
    }
    guard status == .done || status == .someFailed else { return status }
    let now = try await flow.plan(run, control)
    var proof: Proof
    do throws(StorageError) {
      proof = try await run.prove(now, reading: .both, besides: verified.paths, control: control) { [flow] event in
        flow.report.take(event)
      }
    } catch {
      try flow.context.checkInterrupt()
      throw Failure(error)
    }
    // Folders and links stay.
    proof.files.removeAll { $0.entry.kind != .file }
    await run.giveAttributes(&proof, besides: verified.paths)
    do throws(JournalError) { try await run.forgetDiffering(proof) } catch { throw Failure(error) }
    let files = try await lookedAtAgain(proof.files)
    let freed = try await free(files.filter(\.isVerified))
    let kept = files.filter { !$0.isVerified }
    flow.report.human.say(ProofSummary.kept(kept))
    for file in kept { flow.report.write(JSONLine(file)) }
    return freed && kept.isEmpty && proof.unlisted == 0 ? status : .someFailed
  }

  /// Looks at the verified copies once more, since reading them all may have taken long. Of one that is not what it was
  /// then, its original is kept, and told of.
  private func lookedAtAgain(_ files: [Proof.File]) async throws(Failure) -> [Proof.File] {
    let verified = files.indices.filter { files[$0].isVerified && files[$0].copy != nil }
    guard !verified.isEmpty else { return files }
    do throws(StorageError) {
      var files = files
      let now = try await run.destination.refresh(verified.compactMap { files[$0].copy })
      for (index, entry) in zip(verified, now) {
        let copy = files[index].copy
        guard entry == nil || entry?.size != copy?.size || entry?.token != copy?.token else { continue }
        files[index].verdict = entry == nil ? .notThere : .changed
      }
      return files
    } catch {
      throw Failure(error)
    }
  }

  /// Removes files at the source, each only if it still is what was verified. What is about to go is on record before.
  /// - Returns: whether all of them could be removed.
  private func free(_ files: [Proof.File]) async throws(Failure) -> Bool {
    guard !files.isEmpty else {
      tell(Removed())
      return true
    }
    let all = files.compactMap { file in
      file.copy.map { FreedFile(path: file.entry.path, place: $0.path, copy: Fingerprint($0)) }
    }
    let ticket: RunTicket
    do throws(JournalError) {
      ticket = try await flow.journal.begin(
        from: run.source.traits.identity,
        to: run.destination.traits.identity,
        policy: policy
      )
      try await flow.journal.free(all, in: ticket)
    } catch {
      throw Failure(error)
    }
    let tally = Tally(flow.context, json: flow.options.json)
    let removed = Removed()
    let end: Result<Void, Failure>
    do throws(Failure) {
      let tree = RemovableTree(files.map(\.entry).sorted { $0.path < $1.path })
      _ = try await tree.remove(from: run.source, flow.context, tally, shown: shownAtSource) { entry in
        removed.add(entry)
        flow.report.logs.main.info("removed at the source: \(entry.path.shown)")
        if flow.options.verbose {
          flow.report.human.say(["remove  \(entry.path.shown)  \(formatted(bytes: entry.size ?? 0))  (at the source)"])
        }
        return JSONLine("removed", ["bytes": .size(entry.size ?? 0)].with(entry.path))
      }
      end = .success(())
    } catch { end = .failure(error) }
    try await record(all, removed.paths, ticket, isWhole: tally.isClean && (try? end.get()) != nil)
    tell(removed)
    try end.get()
    return tally.isClean
  }

  private func tell(_ removed: Removed) {
    let count = removed.paths.count
    let what = count == 0 ? "nothing" : "\(counted(count, "file")), \(formatted(bytes: removed.bytes))"
    flow.report.human.say(["Removed at the source: \(what)."])
  }

  private func record(
    _ all: [FreedFile],
    _ removed: Set<RelativePath>,
    _ ticket: RunTicket,
    isWhole: Bool
  ) async throws(Failure) {
    var counts = Counts()
    counts.removed = removed.count
    let text = (try? JSONEncoder().encode(counts)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    let (gone, kept) = await found(all.filter { !removed.contains($0.path) })
    do throws(JournalError) {
      try await flow.journal.endFreeing(
        removed: all.filter { removed.contains($0.path) } + gone,
        kept: kept,
        in: ticket
      )
      try await flow.journal.forget(Array(removed), in: run.source.traits.identity)
      let ending: Ending = isWhole ? .done : .someFailed
      try await flow.journal.end(ticket, ending: ending.word, counts: text)
    } catch {
      throw Failure(error)
    }
  }

  /// Which of the files that could not be removed are gone all the same, as devices do it, and which are there. The
  /// others stay on record as about to be removed: what the destination has of them may be the last copy.
  private func found(_ files: [FreedFile]) async -> (gone: [FreedFile], kept: [FreedFile]) {
    let entries = files.map { Entry(path: $0.path, kind: .file) }
    guard !files.isEmpty, let now = try? await run.source.refresh(entries) else { return ([], []) }
    let pairs = zip(files, now)
    return (pairs.filter { $0.1 == nil }.map(\.0), pairs.filter { $0.1 != nil }.map(\.0))
  }

  private var policy: String {
    var policy = SyncPolicy()
    policy.keepsRecord = false
    policy.command = "move"
    return (try? JSONEncoder().encode(policy)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private func shownAtSource(_ path: RelativePath) -> String { Summary.joined(origin.place, path) }
}

/// The files of the source that a run has read back at the destination.
private final class VerifiedFiles: Sendable {
  private let plan: Plan
  private let found = Mutex<Set<RelativePath>>([])

  init(_ plan: Plan) { self.plan = plan }

  var paths: Set<RelativePath> { found.withLock(\.self) }

  @Sendable func take(_ event: Event) {
    guard case .verified(let id) = event, let path = plan.action(id)?.source?.path else { return }
    found.withLock { _ = $0.insert(path) }
  }
}

/// What was removed so far.
private final class Removed: Sendable {
  private let entries = Mutex<[Entry]>([])

  func add(_ entry: Entry) { entries.withLock { $0.append(entry) } }
  var paths: Set<RelativePath> { entries.withLock { Set($0.map(\.path)) } }
  var bytes: UInt64 { entries.withLock { $0.reduce(0) { $0.addingSaturated($1.size ?? 0) } } }
}
