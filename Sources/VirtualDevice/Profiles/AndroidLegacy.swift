internal import PTP

extension Profile {
  /// A phone with Android up to 8.0, as Android 7.1 has it. **Read, not run**: `MtpServer.cpp` (frameworks/av/media/mtp),
  /// `MtpDatabase.java` and `MtpPropertyGroup.java` (frameworks/base), the kernel's driver `f_mtp.c`. The media database
  /// is what such a phone shows, so handles are its row numbers, which outlast sessions and cables.
  ///
  /// A date that is sent goes into the row of the new file only, and the scan that ends SendObject overwrites it with the
  /// file's own: now. Where no SendObject comes, the row stays as it was sent: a whole file, it seems, that cannot be read.
  ///
  /// The numbers are those of Google's phones with debugging on, in libmtp's table since Android 4. Its entry has the
  /// flags that nearly all phones of that time have there, so libmtp does not ask for property lists.
  public static let androidLegacy = Profile(
    name: "android-legacy",
    usb: USBDescription(
      vendorID: 0x18D1,
      productID: 0x4EE2,
      release: 0x0310,
      manufacturer: "LGE",
      product: "Nexus 5X",
      serial: "",
      interfaceName: "MTP"
    ),
    info: androidLegacyInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: ["Internal storage", "SD card"],
      volumePrefix: nil,
      freeObjects: 1 << 30
    ),
    // ObjectInfo's first date is the row's DATE_ADDED.
    dates: .additionAndModification,
    rules: androidLegacyRules,
    // MtpDatabase.FILE_PROPERTIES, in its order.
    objectProperties: [
      .storageID, .objectFormat, .protectionStatus, .objectSize, .objectFileName, .dateModified, .parentObject,
      .persistentUniqueObjectIdentifier, .name, .displayName, .dateAdded,
    ]
  )

  private static var androidLegacyInfo: DeviceInfo {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "microsoft.com: 1.0; android.com: 1.0;"
    // Neither MoveObject nor CopyObject, which came with 8.0. Thumbnails, references and settable device properties are
    // left out, as in `android`.
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getNumObjects, .getObjectHandles,
      .getObjectInfo, .getObject, .deleteObject, .sendObjectInfo, .sendObject, .getDevicePropDesc, .getDevicePropValue,
      .getPartialObject, .getObjectPropsSupported, .getObjectPropDesc, .getObjectPropValue, .setObjectPropValue,
      .getObjectPropList, .getPartialObject64, .sendPartialObject, .truncateObject, .beginEditObject, .endEditObject,
    ]
    info.events = [.objectAdded, .objectRemoved, .storeAdded, .storeRemoved, .devicePropChanged, .objectPropChanged]
    info.deviceProperties = [
      .synchronizationPartner, .deviceFriendlyName, .imageSize, .batteryLevel, .perceivedDeviceType,
    ]
    info.playbackFormats = [
      .undefined, .association, .text, .html, .wav, .mp3, .mpeg, .exifJPEG, .tiffEP, .bmp, .gif, .jfif, .png, .tiff,
      .wma, .ogg, .aac, .mp4Container, .mp2, .threeGPContainer, .abstractAudioVideoPlaylist, .wplPlaylist,
      .m3uPlaylist, .plsPlaylist, .xmlDocument, .flac, .dng,
    ]
    info.manufacturer = "LGE"
    info.model = "Nexus 5X"
    info.deviceVersion = "1.0"
    return info
  }

  private static var androidLegacyRules: Rules {
    var rules = Rules()
    rules.handles = .forever
    rules.propertyList = .androidLegacy
    rules.sending = .androidLegacy
    // As on `android`: shared storage folds case, the database compares exactly, and SendObject might empty a file whose
    // name differs in case only. Here that is refused; initiators must not try.
    rules.foldsNames = true
    // MtpDatabase.renameFile calls rename(2), and asks nobody whether the name is free.
    rules.renamesOverFiles = true
    // A query that finds no row is an answer.
    rules.listsWhatIsNoFolder = true
    rules.needsSession = false
    // The JNI code of that time formats a number that was never set.
    rules.singleDate = .epoch
    // The length of a partial read beyond the end wraps round there; what the driver then sends was not found out.
    rules.beyondTheEnd = .generalError
    rules.unknownProperty = .objectPropNotSupported
    // MtpServer::run ends at a request that is none. Class requests are the kernel's, whose driver takes them well.
    rules.endsAtNonsense = true
    return rules
  }
}
