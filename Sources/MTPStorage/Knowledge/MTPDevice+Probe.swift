internal import Glibc
internal import PTP
public import Storage

extension MTPDevice {
  /// What is known of the device now; only of one that is connected.
  public func knowledge() throws(StorageError) -> DeviceKnowledge { try connected().knowledge }

  /// Whether a storage takes files, and nobody has tried yet what it keeps: then ``probeOnce(_:_:)`` is due before the
  /// first file. Not of a device that deletes nothing, as far as that is known: of a probe something would stay there.
  public func isUntried(_ store: Store) throws(StorageError) -> Bool {
    let connection = try connected()
    guard !store.isReadOnly, connection.transport.sendsDates else { return false }
    return try connection.abilities().sends && connection.knowledge.isUntried(store)
  }

  /// Finds out what a storage keeps, by sending up to fourteen tiny files in a folder of their own and removing them again,
  /// and what a killed probe left. What was found out is remembered, see ``MTPOptions/memory``. On a device that deletes
  /// nothing one file shows it, and stays.
  /// - Parameter control: Stops between two trials, after which all is removed, within the session; in a transaction only a
  ///   device that is silent.
  /// - Throws: `readOnly` for a storage that takes nothing; `unsupported` over libmtp's calls alone; `cancelled`; what ended
  ///   the session, or kept the first file from being sent. What is refused later is an answer.
  public func probe(_ store: Store, _ control: TransferControl) async throws(StorageError) -> ProbeResult {
    // What an earlier probe found is no limit of this one.
    try learn { known in
      (known.probed, known.storages[store.nameSpace]) = (nil, nil)
      (known.readsPartially, known.settableDates, known.renames, known.edits) = (nil, nil, nil, nil)
    }
    do throws(StorageError) {
      return try await probe(store, control, onlyStore: false)
    } catch {
      var error = error
      let isClean = (try? hasProbeLeftovers(store)) == false
      if !isClean, error.reason != .cancelled {
        error.cause += ". What was sent before stays on it until the next run that writes to it"
      }
      throw error
    }
  }

  /// ``probe(_:_:)`` as it precedes the first file that a run sends to a storage, and ends no run: what goes wrong is not
  /// tried again with this firmware, unless it may pass by itself. A session that dies of it is followed by another. Of a
  /// device of which another storage was tried, only what may be otherwise here is found out.
  /// - Throws: what ends a run in any case: `cancelled`, or what keeps the device from coming back.
  public func probeOnce(_ store: Store, _ control: TransferControl) async throws(StorageError) -> ProbeResult {
    let isKnown = try connected().knowledge.probed != nil
    var failure: StorageError?
    // A cable that was loose is put right by then; a device that cannot bear some part of it dies of it again.
    for _ in 0..<2 {
      do throws(StorageError) {
        return try await probe(store, control, onlyStore: isKnown)
      } catch {
        failure = error
        if error.reason == .cancelled { throw error }
        guard error.recovery == .reopen else { break }
        try await reopen(unless: control)
        // To wait for a silent one once is enough.
        if error.reason == .deviceTimedOut { break }
      }
    }
    var staying: RelativePath?
    if let failure {
      if failure.recovery == .nextFile || failure.recovery == .reopen { try note(probeOf: store) }
      staying = try await whatStays(in: store, mayReset: failure.recovery == .reopen, control)
    }
    return ProbeResult(knowledge: try connected().knowledge, staying: staying, failure: failure)
  }

  /// Removes what a probe of an earlier run left, which was killed, or whose device was unplugged. Costs nothing where
  /// there is nothing, and its folder was listed already.
  /// - Throws: what ended the session.
  public func removeProbeLeftovers(_ store: Store) async throws(StorageError) {
    guard try connected().transport.sendsDates, try hasProbeLeftovers(store) else { return }
    let home = try connected().placeForProbes(in: currentID(of: store))
    let removal = ProbeLeftovers(storage: try await storage(of: store, at: .root))
    for entry in try await removal.find(in: home) { _ = try await removal.remove(entry) }
  }

  private func hasProbeLeftovers(_ store: Store) throws(StorageError) -> Bool {
    let (connection, id) = (try connected(), currentID(of: store))
    return try connection.contents(of: connection.placeForProbes(in: id), in: id).hasName(TemporaryName.isProbe)
  }

  private func probe(
    _ store: Store,
    _ control: TransferControl,
    onlyStore: Bool
  ) async throws(StorageError) -> ProbeResult {
    patience = control
    defer { patience = options.patience }
    let storage = try await storage(of: store, at: .root)
    guard try connected().transport.sendsDates else {
      throw StorageError(.unsupported, .stop, cause: "libmtp's calls alone do not tell what \(name) keeps")
    }
    guard storage.traits.capabilities.contains(.write) else {
      throw StorageError(.readOnly, .stop, cause: "\(storage.traits.name) takes no files, so there is nothing to try")
    }
    let home = try connected().placeForProbes(in: currentID(of: store))
    var probe = try DeviceProbe(storage: storage, in: home, control: control)
    var isClean = false
    do throws(StorageError) {
      var isFree = try !hasProbeLeftovers(store)
      if !isFree { isFree = try await probe.removesLeftovers() }
      if isFree {
        try await find(with: &probe, in: store, onlyStore: onlyStore)
        isClean = try await probe.removesOwn()
        // A single refusal may pass.
        if !isClean, try connected().knowledge.deletes != false { isClean = try await probe.removesOwn() }
      }
    } catch {
      // Where the session has ended, the next run does it.
      let isClean = (try? await probe.removesOwn()) == true
      guard error.reason == .cancelled else { throw error }
      let rest = "; \(probe.folder) stays on \(name) until the next run that writes to it"
      throw StorageError(.cancelled, .stop, cause: isClean ? "Interrupted" : "Interrupted\(rest)")
    }
    // Not before nothing is left: who is killed until then tries again.
    try note(probeOf: store)
    return ProbeResult(knowledge: try connected().knowledge, staying: isClean ? nil : probe.folder)
  }

  private func reopen(unless control: TransferControl) async throws(StorageError) {
    patience = control
    defer { patience = options.patience }
    try await reopen()
  }

  /// What a probe has left that failed, after one more attempt to remove it.
  private func whatStays(
    in store: Store,
    mayReset: Bool,
    _ control: TransferControl
  ) async throws(StorageError) -> RelativePath? {
    patience = control
    defer { patience = options.patience }
    do throws(StorageError) {
      guard try hasProbeLeftovers(store) else { return nil }
      let home = try connected().placeForProbes(in: currentID(of: store))
      let removal = ProbeLeftovers(storage: try await storage(of: store, at: .root), mayReset: mayReset)
      var staying: RelativePath?
      for entry in try await removal.find(in: home) where try await !removal.remove(entry) { staying = entry.path }
      return staying
    } catch {
      if error.reason == .cancelled { throw error }
      // The run goes on in another session, and the next one removes it.
      if error.recovery == .reopen { try await reopen(unless: control) }
      return nil
    }
  }

  private func note(probeOf store: Store) throws(StorageError) {
    try learn { known in
      let now = Int64(time(nil))
      known.probed = now
      known[store].probed = now
    }
  }

  private func learn(_ change: (inout DeviceKnowledge) -> Void) throws(StorageError) {
    var known = try connected().knowledge
    change(&known)
    try connected().learn(known)
  }

  /// Each finding is remembered at once: the next may end the session. What a device may take worst comes last.
  private func find(
    with probe: inout DeviceProbe,
    in store: Store,
    onlyStore: Bool
  ) async throws(StorageError) {
    try await probe.sendFirst()
    if !onlyStore, let received = probe.received { try connected().learn(received: received) }
    // Whether it deletes is remembered with this attempt.
    let isRemoved = try await probe.removesFirst()
    if isRemoved, !onlyStore {
      try await probe.sendRest()
      try await probe.sendDeciding(connected().zone.deciding(before: Int64(time(nil))))
    }
    // Verifying them has taught the zone and the dates, which the rest goes by.
    let (keepsModified, keepsCreated) = (probe.keepsModified, probe.keepsCreated)
    try learn { ($0[store].keepsModified, $0[store].keepsCreated) = (keepsModified, keepsCreated) }
    guard isRemoved else { return }
    if !onlyStore { try await findAbilities(with: &probe, keepsCreated: keepsCreated) }
    let isCaseSensitive = try await isCaseSensitive(probe.capitals(), at: probe.folder, in: store)
    let longestName = try await probe.longestName()
    try learn { ($0[store].isCaseSensitive, $0[store].longestName) = (isCaseSensitive, longestName) }
  }

  /// What is the same on all storages of a device.
  private func findAbilities(with probe: inout DeviceProbe, keepsCreated: Bool) async throws(StorageError) {
    let says = try connected().transport.deviceInfo.operations
    let abilities = try connected().transport.abilities()
    let readsPartially = try await probe.readsPartially()
    let setsModified = abilities.setsModified ? try await probe.setsModified() : false
    try learn { known in
      // A file of this size would have to be sent: one that is announced and not sent keeps its name on Android, until
      // the phone is unplugged.
      known.tellsLargeSizes = [.getPartialObject64, .getObjectPropList, .getObjectPropValue].contains(
        where: says.contains
      )
      known.readsPartially = readsPartially
      known.settableDates =
        (setsModified ? ["DateModified"] : []) + (abilities.setsCreated && keepsCreated ? ["DateCreated"] : [])
    }
    let keepsFolderDates = setsModified ? try await probe.keepsFolderDates() : false
    let renames = abilities.renames ? try await probe.renames() : false
    try learn { ($0.keepsFolderDates, $0.renames) = (keepsFolderDates, renames) }
    let edits = abilities.edits ? try await probe.edits() : false
    try learn { $0.edits = edits }
  }

  /// Whether a second file can have the name of another in capitals. Both are the probe's own. `nil` on Android, whose
  /// server takes such a name while the file system beneath may take it for the other file (read in AOSP).
  private func isCaseSensitive(
    _ names: (small: [UInt8], capital: [UInt8]),
    at folder: RelativePath,
    in store: Store
  ) async throws(StorageError) -> Bool? {
    let transport = try connected().transport
    if transport.deviceInfo.vendorExtensionDescription.contains("android.com") { return nil }
    let id = currentID(of: store)
    let parent = try connected().folder(folder, in: id)
    for name in [names.small, names.capital] {
      let text = String(decoding: name, as: UTF8.self)
      let new = NewObject(name: text, finalName: text, parent: parent, store: id)
      do throws(StorageError) {
        // Below the rules of this storage, which forbid it.
        _ = try transport.send(new, size: 1, from: BytesInMemory([1]), TransferControl())
      } catch {
        if transport.isDead { throw error }
        return false
      }
    }
    let listed = try transport.children(of: parent, in: id).records.compactMap { try? $0.name.text() }
    try connected().forgetContents(of: folder, in: id)
    return [names.small, names.capital].allSatisfy { listed.contains(String(decoding: $0, as: UTF8.self)) }
  }
}

extension DeviceKnowledge {
  /// Garmin's: their watches refuse to delete, whatever they announce (see README's troubleshooting).
  private static let undeleting: UInt16 = 0x091E

  /// Whether one of its storages was never probed, and the device is not known to delete nothing.
  fileprivate func isUntried(_ store: Store) -> Bool {
    (probed == nil || self[store].probed == nil) && deletes != false
      && (deletes == true || device.vendorID != Self.undeleting)
  }
}
