internal import PTP

extension Profile {
  /// A phone with Android 9 to 14, as its own MTP server behaves: AOSP's `frameworks/av/media/mtp` of
  /// android-14.0.0_r67, run on Linux as a USB gadget and measured, and MtpDatabase.java, read. USB numbers are those
  /// of Google's phones, which libmtp's table knows.
  public static let android = Profile(
    name: "android",
    usb: USBDescription(
      vendorID: 0x18D1,
      productID: 0x4EE1,
      release: 0x0440,
      manufacturer: "Google",
      product: "Pixel 7",
      serial: "",
      interfaceName: "MTP"
    ),
    info: androidInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: ["Internal shared storage", "SD card"],
      // MtpServer::doGetStorageInfo
      volumePrefix: nil,
      freeObjects: 1 << 30
    ),
    dates: .modificationTwice,
    rules: androidRules,
    // MtpDatabase.FILE_PROPERTIES, in its order.
    objectProperties: [
      .storageID, .objectFormat, .protectionStatus, .objectSize, .objectFileName, .dateModified,
      .persistentUniqueObjectIdentifier, .parentObject, .name, .displayName, .dateAdded,
    ]
  )

  private static var androidInfo: DeviceInfo {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "microsoft.com: 1.0; android.com: 1.0;"
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getNumObjects, .getObjectHandles,
      .getObjectInfo, .getObject, .deleteObject, .sendObjectInfo, .sendObject, .resetDevice, .getDevicePropDesc,
      .getDevicePropValue, .moveObject, .copyObject, .getPartialObject, .getObjectPropsSupported, .getObjectPropDesc,
      .getObjectPropValue, .setObjectPropValue, .getObjectPropList, .getPartialObject64, .sendPartialObject,
      .truncateObject, .beginEditObject, .endEditObject,
    ]
    info.events = [.objectAdded, .objectRemoved, .storeAdded, .storeRemoved, .devicePropChanged, .objectInfoChanged]
    info.deviceProperties = [
      .synchronizationPartner, .deviceFriendlyName, .imageSize, .batteryLevel, .perceivedDeviceType,
    ]
    // MtpDatabase.PLAYBACK_FORMATS: libmtp asks for one property description of each when it opens the device.
    info.playbackFormats = [
      .undefined, .association, .text, .html, .wav, .mp3, .mpeg, .exifJPEG, .tiffEP, .bmp, .gif, .jfif, .png, .tiff,
      .wma, .ogg, .aac, .mp4Container, .mp2, .threeGPContainer, .abstractAudioVideoPlaylist, .wplPlaylist,
      .m3uPlaylist, .plsPlaylist, .xmlDocument, .flac, .dng, .heif,
    ]
    info.manufacturer = "Google"
    info.model = "Pixel 7"
    info.deviceVersion = "1.0"
    return info
  }

  private static var androidRules: Rules {
    var rules = Rules()
    rules.handles = .untilReset
    rules.propertyList = .android
    rules.sending = .android
    // Shared storage folds case. That a name which differs in case is refused was not run: what was read of
    // MtpStorageManager.addObjectToCache compares exactly, and might let SendObject empty the other file. Initiators
    // must not try.
    rules.foldsNames = true
    rules.announcesFiles = true
    // MtpServer checks the session in few operations only.
    rules.needsSession = false
    rules.beyondTheEnd = .generalError
    rules.unknownProperty = .objectPropNotSupported
    rules.endsAtNonsense = true
    rules.isFragile = true
    // Measured: unplugged in the middle of a download and plugged in again, OpenSession got the old GeneralError.
    rules.answersLate = true
    return rules
  }
}
