internal import PTP

extension Profile {
  /// uMTP-Responder 1.3.10, as Debian ships it (package `umtp-responder`), with the numbers of its sample
  /// configuration. Behaviour read in its source (`src/mtp_datasets.c`, `src/mtp_properties.c`,
  /// `src/mtp_operations/`) and measured in a virtual machine.
  public static let umtp = Profile(
    name: "umtp",
    usb: USBDescription(
      vendorID: 0x1D6B,
      productID: 0x0100,
      release: 0x3008,
      manufacturer: "Viveris Technologies",
      product: "The Viveris Product !",
      serial: "",
      interfaceName: "MTP"
    ),
    info: umtpInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: ["home folder", "opt folder"],
      volumePrefix: "UMTPRD_",
      freeObjects: 0x4000_0000
    ),
    dates: .modificationTwice,
    rules: umtpRules,
    objectProperties: [
      .storageID, .objectFormat, .protectionStatus, .objectSize, .objectFileName, .dateModified, .parentObject,
      .persistentUniqueObjectIdentifier, .name, .displayName, .dateCreated,
    ]
  )

  private static var umtpInfo: DeviceInfo {
    var info = DeviceInfo()
    info.vendorExtensionID = 6
    info.vendorExtensionVersion = 100
    info.vendorExtensionDescription = "microsoft.com: 1.0; android.com: 1.0;"
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getObjectHandles, .getObjectInfo,
      .getObject, .deleteObject, .sendObjectInfo, .sendObject, .getDevicePropDesc, .getDevicePropValue,
      .getPartialObject, .getObjectPropsSupported,
      .getObjectPropDesc, .getObjectPropValue, .setObjectPropValue, .getObjectPropList, .getPartialObject64,
    ]
    info.events = [
      .objectAdded, .objectRemoved, .storeAdded, .storeRemoved, .storageInfoChanged, .objectInfoChanged,
      .devicePropChanged, .objectPropChanged,
    ]
    info.deviceProperties = [.batteryLevel, .deviceFriendlyName]
    info.playbackFormats = [.undefined, .association]
    info.manufacturer = "Viveris Technologies"
    info.model = "The Viveris Product !"
    info.deviceVersion = "Rev A"
    return info
  }

  private static var umtpRules: Rules {
    var rules = Rules()
    // The table of objects is made in OpenSession and freed in CloseSession.
    rules.handles = .whileSessionLasts
    rules.parentZero = .root
    rules.takesAllStorages = false
    rules.propertyList = .objectAlone
    rules.sending = .umtp
    rules.rootInResponse = 0xFFFF_FFFF
    rules.largeSize = .lower32Bits
    rules.guessesFormats = false
    rules.foldersHaveSizes = true
    rules.singleDate = .constant("20100102T101112")
    rules.beyondTheEnd = .ok
    return rules
  }
}
