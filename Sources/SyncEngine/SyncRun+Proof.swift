public import Journal
public import Storage

extension SyncRun {
  /// How a proof looks at what is not known.
  public enum ProofReading: Sendable {
    case nothing
    /// Copies are read where a digest of theirs is on record, and both sides elsewhere.
    case copies
    /// Both sides are read and compared.
    case both
  }

  /// Finds out what of the source the destination has, verified. Writes nothing, to neither side nor the journal.
  /// - Parameters:
  ///   - plan: of this run, whose policy has it ``SyncPolicy/proves``.
  ///   - known: files of the source that were read just now, and need not be read again where their digests are on record.
  /// - Throws: what keeps a whole side from being read, or `cancelled`; what concerns a file is its verdict.
  public func prove(
    _ plan: Plan,
    reading: ProofReading,
    besides known: Set<RelativePath> = [],
    control: TransferControl,
    report: @escaping @Sendable (Event) -> Void
  ) async throws(StorageError) -> Proof {
    var proof = plan.proof
    guard reading != .nothing else { return proof }
    let report = inTurn(report)
    let progress = Progress()
    let ticking = progress.start(control, report)
    defer { ticking.cancel() }
    for index in proof.files.indices {
      try control.check()
      let file = proof.files[index]
      guard file.entry.kind == .file, let copy = file.copy, file.verdict != .differs else { continue }
      if file.isVerified, known.contains(file.entry.path) { continue }
      report(.verifying(nil, file.entry.path, bytes: 0))
      let own = TransferControl()
      progress.verify(nil, file.entry.path, own)
      defer { progress.end() }
      do throws(StorageError) {
        let digest = try await insisting(control, report) { () async throws(StorageError) in
          try await commonDigest(file, copy, reading, control, own)
        }
        let now = Timestamp(self.now()).seconds
        proof.files[index].verdict = digest == nil ? .differs : file.asSame(at: now)
        guard let digest, var record = file.record else { continue }
        record.verification = Verification(digest: digest, at: now)
        proof.files[index].readBack = record
      } catch {
        guard error.recovery == .nextFile || error.recovery == .retry else { throw error.about(file.entry.path) }
        proof.files[index].verdict = error.reason == .changed ? .changed : .failed(error)
      }
    }
    if reading == .both { await keepNames(in: &proof) }
    return proof
  }

  /// Gives copies the access rights and attributes of their originals, as a run does that sends a file, before these go.
  /// - Parameter known: Files that a run has sent just now, and so has given these.
  public func giveAttributes(_ proof: inout Proof, besides known: Set<RelativePath>) async {
    func both(_ capability: Capabilities) -> Bool {
      [source, destination].allSatisfy { $0.traits.capabilities.contains(capability) }
    }
    var hasGiven = false
    for index in proof.files.indices {
      let (file, path) = (proof.files[index], proof.files[index].entry.path)
      guard file.isVerified && !known.contains(path) || file.verdict == .otherRights, let copy = file.copy else {
        continue
      }
      do throws(StorageError) {
        if both(.attributes) {
          let there = try await destination.extendedAttributes(of: copy)
          let missing = try await source.extendedAttributes(of: file.entry).filter { !there.contains($0) }
          if !missing.isEmpty {
            try await destination.setAttributes(missing, permissions: nil, of: copy)
            hasGiven = true
          }
        }
        guard file.verdict == .otherRights, let permissions = file.entry.permissions else { continue }
        try await destination.setPermissions(permissions, of: copy)
        hasGiven = true
        proof.files[index].verdict = .verified(at: Timestamp(now()).seconds)
      } catch { proof.files[index].verdict = .failed(error) }
    }
    if hasGiven { await keepNames(in: &proof) }
  }

  /// Drops what is on record of files that differ all the same, so that no later run goes by it. What is on record of one that
  /// has changed since is true.
  public func forgetDiffering(_ proof: Proof) async throws(JournalError) {
    let paths = proof.files.filter { $0.isOnRecord && $0.verdict == .differs }.map(\.entry.path)
    try await journal.dropRecords(of: paths, from: source.traits.identity, to: destination.traits.identity)
  }

  /// Puts on record what the proof has read, for what a run has put on record before: later ones go by it.
  public func recordReadBack(_ proof: Proof) async throws(JournalError) {
    let records = proof.files.compactMap(\.readBack)
    try await journal.verify(records, from: source.traits.identity, to: destination.traits.identity)
  }

  /// Nothing is safe that is there under a name which only this computer's memory has, or in a folder of which that is so.
  private func keepNames(in proof: inout Proof) async {
    let failures = await destination.keepNames(of: proof.files.filter(\.isVerified).compactMap(\.copy?.path))
    guard !failures.isEmpty else { return }
    for index in proof.files.indices where proof.files[index].isVerified {
      var folder = proof.files[index].copy?.path.parent ?? .root
      while failures[folder] == nil, !folder.isRoot { folder = folder.parent }
      if let error = failures[folder] { proof.files[index].verdict = .failed(error) }
    }
  }

  /// The digest of what both sides have; `nil` if they differ.
  private func commonDigest(
    _ file: Proof.File,
    _ copy: Entry,
    _ reading: ProofReading,
    _ control: TransferControl,
    _ own: TransferControl
  ) async throws(StorageError) -> ContentDigest? {
    if reading == .copies, let known = file.verification {
      return try await destination.digest(of: copy, control, countingIn: own) == known.digest ? known.digest : nil
    }
    guard copy.size != nil, copy.size == file.entry.size else { return nil }
    return try await destination.digest(of: copy, like: file.entry, in: source, control, countingIn: own)
  }

  /// Calls `body` until it works or nothing helps: in new sessions of both sides where one is dead.
  private func insisting<Value>(
    _ control: TransferControl,
    _ report: @escaping @Sendable (Event) -> Void,
    _ body: () async throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    let persistence = Persistence(control: control, report: report, pause: pause)
    return try await persistence.persist(on: destination) { () async throws(StorageError) in
      do throws(StorageError) { return try await body() } catch {
        // Which side it is an error does not say; the destination is opened again by who calls this.
        let session = source.traits.session
        if error.recovery == .reopen, session == nil || session != destination.traits.session {
          try await source.reopen()
        }
        throw error
      }
    }
  }
}
