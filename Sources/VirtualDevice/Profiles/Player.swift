internal import PTP

extension Profile {
  /// A music player of the time before Android, whose files are announced by SendObjectPropList and whose dates can be
  /// set. No single model: the operations are those of a Creative ZEN (its mtp-detect output of 2007), the writable
  /// DateModified is SanDisk's (`logs/mtp-detect-sandisk-sansa-clip-v2.txt` in libmtp), a writable DateCreated is what
  /// MTP 1.1 appendix B allows; behaviour is what MTP 1.1 asks. The vendor id is that of pid.codes' test devices;
  /// libmtp finds it by the interface's name.
  public static let player = Profile(
    name: "player",
    usb: USBDescription(
      vendorID: 0x1209,
      productID: 0x2303,
      manufacturer: "Example",
      product: "Virtual Player",
      serial: "",
      interfaceClass: 0xFF,
      interfaceSubclass: 0,
      interfaceProtocol: 0
    ),
    info: playerInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: ["Internal Memory", "Card"],
      volumePrefix: "PLAYER_",
      freeObjects: 0xFFFF_FFFF
    ),
    dates: .creationAndModification,
    rules: playerRules,
    objectProperties: [
      .storageID, .objectFormat, .protectionStatus, .objectSize, .objectFileName, .dateCreated, .dateModified,
      .parentObject, .persistentUniqueObjectIdentifier, .name,
    ]
  )

  private static var playerInfo: DeviceInfo {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "microsoft.com: 1.0; microsoft.com/WMPPD: 11.0;"
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getNumObjects, .getObjectHandles,
      .getObjectInfo, .getObject, .deleteObject, .sendObjectInfo, .sendObject, .getDevicePropDesc, .getDevicePropValue,
      .moveObject, .getPartialObject, .getObjectPropsSupported, .getObjectPropDesc, .getObjectPropValue,
      .setObjectPropValue, .getObjectPropList, .sendObjectPropList,
    ]
    info.deviceProperties = [.batteryLevel, .deviceFriendlyName]
    info.playbackFormats = [.mp3, .wma, .wav, .exifJPEG, .undefined, .association]
    info.manufacturer = "Example"
    info.model = "Virtual Player"
    info.deviceVersion = "1.13"
    return info
  }

  private static var playerRules: Rules {
    var rules = Rules()
    rules.propertyList = .standard
    rules.settableDates = [.dateModified, .dateCreated]
    return rules
  }
}
