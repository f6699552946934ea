internal import Glibc
internal import PTP
public import Storage

extension MTPDevice {
  /// What is known of the device now; only of one that is connected.
  public func knowledge() throws(StorageError) -> DeviceKnowledge { try connected().knowledge }

  /// Whether a storage takes files, and nobody has tried yet what the device keeps: then ``probeOnce(_:_:)`` is due before
  /// the first file. Not of a device that deletes nothing, as far as that is known: of a probe something would stay there.
  public func isUntried(_ store: Store) throws(StorageError) -> Bool {
    let connection = try connected()
    guard !store.isReadOnly, connection.transport.sendsDates else { return false }
    return try connection.abilities().sends && connection.knowledge.isUntried
  }

  /// Finds out what a storage keeps, by sending up to fourteen tiny files in a folder of their own and removing them again,
  /// and what a killed probe left. What was found out is remembered, see ``MTPOptions/memory``. On a device that deletes
  /// nothing one file shows it, and stays.
  /// - Throws: `readOnly` for a storage that takes nothing; `unsupported` over libmtp's calls alone; what ended the
  ///   session, or kept the first file from being sent. What is refused later is an answer.
  public func probe(_ store: Store, _ control: TransferControl) async throws(StorageError) -> DeviceKnowledge {
    // What an earlier probe found is no limit of this one.
    try learn { known in
      (known.probed, known.namesOf, known.longestName, known.isCaseSensitive) = (nil, nil, nil, nil)
      (known.readsPartially, known.settableDates, known.renames, known.edits) = (nil, nil, nil, nil)
    }
    let storage = try await storage(of: store, at: .root)
    guard try connected().transport.sendsDates else {
      throw StorageError(.unsupported, .stop, cause: "libmtp's calls alone do not tell what \(name) keeps")
    }
    guard storage.traits.capabilities.contains(.write) else {
      throw StorageError(.readOnly, .stop, cause: "\(storage.traits.name) takes no files, so there is nothing to try")
    }
    var probe = try await DeviceProbe(storage: storage, control: control)
    do throws(StorageError) {
      if try await probe.removesLeftovers() {
        try await find(with: &probe, in: store)
        _ = try await probe.removesOwn()
      }
    } catch {
      // Where the session has ended, the next probe does it.
      _ = try? await probe.removesOwn()
      throw error
    }
    // Not before nothing is left: who is killed until then tries again.
    try learn { $0.probed = Int64(time(nil)) }
    return try connected().knowledge
  }

  /// ``probe(_:_:)`` as it precedes the first file that a run sends to a device, and ends no run: what goes wrong is not
  /// tried again with this firmware, unless it may pass by itself. A session that dies of it is followed by another.
  /// - Returns: what kept it from finding out all; `nil` if nothing did.
  /// - Throws: what ends a run in any case: `cancelled`, or what keeps the device from coming back.
  public func probeOnce(_ store: Store, _ control: TransferControl) async throws(StorageError) -> StorageError? {
    var failure: StorageError?
    // A cable that was loose is put right by then; a device that cannot bear some part of it dies of it again.
    for _ in 0..<2 {
      do throws(StorageError) {
        _ = try await probe(store, control)
        return nil
      } catch {
        failure = error
        if error.reason == .cancelled { throw error }
        guard error.recovery == .reopen else { break }
        try await reopen()
      }
    }
    guard let failure else { return nil }
    if failure.recovery == .reopen {
      let storage = try await storage(of: store, at: .root)
      _ = try? await DeviceProbe(storage: storage, control: control).removesLeftovers()
    }
    if failure.recovery == .nextFile || failure.recovery == .reopen { try learn { $0.probed = Int64(time(nil)) } }
    return failure
  }

  private func learn(_ change: (inout DeviceKnowledge) -> Void) throws(StorageError) {
    var known = try connected().knowledge
    change(&known)
    try connected().learn(known)
  }

  /// Each finding is remembered at once: the next may end the session. What a device may take worst comes last.
  private func find(with probe: inout DeviceProbe, in store: Store) async throws(StorageError) {
    let says = try connected().transport.deviceInfo.operations
    let abilities = try connected().transport.abilities()
    try await probe.sendFirst()
    if let received = probe.received { try connected().learn(received: received) }
    // Whether it deletes is remembered with this attempt.
    let isRemoved = try await probe.removesFirst()
    if isRemoved {
      try await probe.sendRest()
      try await probe.sendDeciding(connected().zone.deciding(before: Int64(time(nil))))
    }
    // Verifying them has taught the zone and the dates, which the rest goes by.
    let (keepsModified, keepsCreated) = (probe.keepsModified, probe.keepsCreated)
    try learn { ($0.keepsModified, $0.keepsCreated) = (keepsModified, keepsCreated) }
    guard isRemoved else { return }
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
    let isCaseSensitive = try await isCaseSensitive(probe.capitals(), at: probe.folder, in: store)
    let longestName = try await probe.longestName()
    try learn { known in
      (known.isCaseSensitive, known.longestName) = (isCaseSensitive, longestName)
      known.namesOf = store.nameSpace
    }
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

  /// Whether it was never probed, nor is known to delete nothing.
  fileprivate var isUntried: Bool {
    probed == nil && deletes != false && (deletes == true || device.vendorID != Self.undeleting)
  }
}
