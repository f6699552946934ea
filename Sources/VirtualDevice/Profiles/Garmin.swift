internal import PTP

extension Profile {
  /// A sports watch by Garmin, whose storage is full of small files, and which deletes nothing. What it announces was read
  /// in mtp-detect's output of a dozen of them (libmtp#146, #206, #245, #263, #302, #305, #350): the storage, the
  /// settable ObjectFileName and DateModified, and DeleteObject, too.
  ///
  /// Where those tell nothing, this one does the worst that was reported:
  ///
  /// - No deletion: what an interrupted copy left cannot be deleted (forums.garmin.com, »Internen Speicher löschen
  ///   fehlerhafte MP3«), nor what is lost (below). Tracks could be deleted from a GPSMAP (qmapshack PR 736).
  /// - A name that is sent again is taken, and then the file is gone: both objects are listed, and can be neither described
  ///   nor deleted until the cable is pulled (libmtp#307).
  /// - GetObjectPropList fails for all objects, as in each of these outputs; here it always does.
  /// - Setting DateModified is answered with OK and has no effect: nobody told of one.
  ///
  /// libmtp's table has these numbers, with Android's flags, so it resets the watch when it closes it.
  public static let garmin = Profile(
    name: "garmin",
    usb: USBDescription(
      vendorID: 0x091E,
      productID: 0x4C29,
      release: 0x0001,
      manufacturer: "",
      product: "",
      serial: "",
      interfaceName: "MTP"
    ),
    info: garminInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: ["Internal Storage"],
      volumePrefix: nil,
      freeObjects: 0xFFFF_FFFF
    ),
    dates: .creationAndModification,
    rules: garminRules,
    objectProperties: [
      .storageID, .parentObject, .objectSize, .objectFormat, .persistentUniqueObjectIdentifier, .objectFileName, .name,
      .dateCreated, .dateModified, .protectionStatus, .nonConsumable, .hidden,
    ]
  )

  private static var garminInfo: DeviceInfo {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "microsoft.com: 1.0; "
    // In the order of these outputs, by the operations' names.
    info.operations = [
      .closeSession, .deleteObject, .getDeviceInfo, .getDevicePropDesc, .getDevicePropValue, .getObject,
      .getObjectHandles, .getObjectInfo, .getObjectPropDesc, .getObjectPropList, .getObjectPropValue,
      .getObjectPropsSupported, .getPartialObject, .getStorageIDs, .getStorageInfo, .openSession, .sendObject,
      .sendObjectInfo, .setObjectPropValue,
    ]
    info.deviceProperties = [.batteryLevel, .deviceFriendlyName]
    info.playbackFormats = [.undefined, .association, .mp3]
    info.manufacturer = "Garmin"
    info.model = "Forerunner 945"
    info.deviceVersion = "1468"
    return info
  }

  private static var garminRules: Rules {
    var rules = Rules()
    rules.handles = .untilReset
    rules.propertyList = .refused
    rules.sending = .garmin
    rules.settableDates = [.dateModified]
    rules.keepsSetDates = false
    rules.refusesToDelete = .accessDenied
    return rules
  }
}
