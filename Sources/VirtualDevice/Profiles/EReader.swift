internal import PTP

extension Profile {
  /// An e-reader, slow and with few operations. Numbers, names and oddities are those of a Kindle of 2024, as told in
  /// libmtp#217, libmtp#385, libmtp#436 and mtp-rs#8. Its vendor extension is, letter for letter, that of Tizen's
  /// mtp-responder, so what those tell nothing of was read there, and the operations are those of cmtp-responder, which
  /// Collabora made of it for small devices: no properties, thus no other name for an object, and no date that could be
  /// set. (A Kindle itself also describes object properties; whether setting them works is not told.)
  ///
  /// - Its root holds two folders without a name. ObjectInfo of one makes libmtp take sizes for 64 bits wide, for the whole
  ///   session, and then every SendObjectInfo of libmtp is refused with 0xA806 (libmtp#436).
  /// - GetObjectHandles for the parent 0 lists all there is (mtp-rs#8).
  /// - After a bus reset it stays away until it is plugged in again (libmtp#436).
  /// - A transaction takes some 15 ms: 2,541 of them took 30 to 60 s (mtp-rs#8).
  ///
  /// libmtp 1.1.20 has no entry for it, and finds it by the interface's name. That a date which is sent has an effect is
  /// not told, so it has none.
  public static let ereader = Profile(
    name: "ereader",
    usb: USBDescription(
      vendorID: 0x1949,
      productID: 0x9981,
      release: 0x0223,
      manufacturer: "Amazon",
      product: "Kindle Paperwhite",
      serial: "",
      interfaceName: "MTP"
    ),
    info: ereaderInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: ["Internal Storage"],
      volumePrefix: nil,
      freeObjects: 0xFFFF_FFFF
    ),
    dates: .modificationTwice,
    rules: ereaderRules,
    objectProperties: [],
    pace: .milliseconds(15)
  )

  private static var ereaderInfo: DeviceInfo {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "microsoft.com/WMDRMPD:10.1;microsoft.com/playready:1.10; "
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getObjectHandles, .getObjectInfo,
      .getObject, .deleteObject, .sendObjectInfo, .sendObject, .getPartialObject,
    ]
    info.events = [.objectAdded, .objectRemoved]
    info.playbackFormats = [.undefined, .association]
    info.manufacturer = "Amazon"
    info.model = "Kindle Paperwhite"
    // Empty in mtp-detect's output, too.
    info.deviceVersion = ""
    return info
  }

  private static var ereaderRules: Rules {
    var rules = Rules()
    rules.handles = .untilReset
    rules.namelessFolders = 2
    rules.unreadableInfo = .invalidDataset
    // mtp_cmd_handler.c, __send_object_info
    rules.rootInResponse = 0xFFFF_FFFF
    rules.leavesAtReset = true
    rules.guessesFormats = false
    return rules
  }
}
