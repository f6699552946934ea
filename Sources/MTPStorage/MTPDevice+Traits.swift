internal import PTP
internal import Storage

extension MTPDevice {
  /// What a folder of one storage is and can do.
  func traits(of store: Store, at root: RelativePath) throws(StorageError) -> StorageTraits {
    let connection = try connected()
    let transport = connection.transport
    let known = connection.knowledge
    let (keepsModified, keepsCreated) = (
      known[store].keepsModified ?? known.keepsModified, known[store].keepsCreated ?? known.keepsCreated
    )
    let abilities = store.isReadOnly ? WritingAbilities() : try connection.abilities()
    var capabilities: Capabilities = transport.readsPartially && known.readsPartially != false ? .partialRead : []
    if abilities.sends { capabilities.insert(.write) }
    if abilities.sends, abilities.renames { capabilities.insert(.rename) }
    if abilities.sends, abilities.renames, abilities.moves { capabilities.insert(.move) }
    if abilities.setsModified { capabilities.insert(.setTimes) }
    // A file that was written to in place has the date of that, and no other, where dates only come with whole files.
    if abilities.sends, abilities.edits, abilities.setsModified || keepsModified == false {
      capabilities.insert(.resume)
    }
    // FAT, on cards, counts in steps of 2 s.
    let precision: UInt64 = store.kind == .card ? 2_000_000_000 : 1_000_000_000
    var traits = StorageTraits(
      identity: StorageIdentity(
        device: identity,
        volume: padded(String(store.id, radix: 16), to: 8),
        label: store.label,
        capacity: store.space.capacity,
        root: root.bytes
      ),
      name: store.label.isEmpty ? name : "\(name), \(store.label)",
      capabilities: capabilities,
      times: TimeSupport(
        // Before anything was sent, nobody knows whether it keeps its date.
        modified: abilities.sends && keepsModified != false
          ? .readWrite(precision: precision) : .readOnly(precision: precision),
        created: keepsCreated ?? abilities.setsCreated
          ? .readWrite(precision: precision) : .readOnly(precision: precision)
      ),
      names: names(on: store, of: transport.deviceInfo, known[store]),
      maximumFileSize: maximumFileSize(transport.deviceInfo),
      session: ObjectIdentifier(self)
    )
    traits.deletesNothing = known.deletes == false
    // What dates only what it receives shows its clock of today.
    traits.showsZone = abilities.sends && (keepsModified != false || connection.zone == .assumed)
    traits.doubt = { [zone = connection.zone] in zone.doubt(at: $0.seconds) }
    traits.isZoneOfNow = connection.isZoneOfNow
    return traits
  }

  /// MTP strings have 254 UTF-16 units, file systems 255 bytes (Android refuses more only after it took the
  /// description, and then hangs: measured); shared storage of phones and every card is case-insensitive.
  private func names(on store: Store, of info: DeviceInfo, _ known: StoreKnowledge) -> NameRules {
    let longest = known.longestName ?? PTPString.maximumUnits
    var names = NameRules(
      isCaseSensitive: known.isCaseSensitive == true,
      maximumBytes: 255,
      maximumUTF16: min(longest, PTPString.maximumUnits),
      mustBeUnicode: true
    )
    // uMTP says it is Android, too, but cannot edit objects in place.
    let isAndroid =
      info.vendorExtensionDescription.contains("android.com") && info.operations.contains(.beginEditObject)
    if isAndroid || store.kind == .card {
      names.forbidden = Set(0x01...0x1F).union([0x7F]).union(Array(#""*:<>?\|"#.utf8))
      names.forbidsTrailingDotOrSpace = true
      // MtpServer::doSendObjectInfo trims names on removable storages.
      names.forbidsLeadingSpace = store.kind == .card
    }
    return names
  }

  /// A device that knows sizes of 64 bits nowhere cannot say what it holds beyond 32.
  private func maximumFileSize(_ info: DeviceInfo) -> UInt64? {
    let wide: [OperationCode] = [.getPartialObject64, .getObjectPropList, .getObjectPropValue]
    return info.operations.isEmpty || info.operations.contains(where: wide.contains) ? nil : ObjectInfo.unknownSize - 1
  }
}
