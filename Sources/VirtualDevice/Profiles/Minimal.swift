internal import PTP

extension Profile {
  /// The least that ISO 15740 lets a device get away with: whole objects, no properties, no partial reads, no
  /// dates. Files can be sent and deleted, but not renamed.
  public static let minimal = Profile(
    name: "minimal",
    usb: USBDescription(
      vendorID: 0x1209,
      productID: 0x2302,
      manufacturer: "",
      product: "Virtual PTP device",
      serial: "",
      interfaceName: ""
    ),
    info: minimalInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.fixedRAM,
      fileSystem: StorageInfo.FileSystem.hierarchical,
      access: StorageInfo.Access.readWrite,
      descriptions: [""],
      volumePrefix: nil,
      freeObjects: 0xFFFF_FFFF
    ),
    dates: .none,
    rules: minimalRules,
    objectProperties: []
  )

  private static var minimalInfo: DeviceInfo {
    var info = DeviceInfo()
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getNumObjects, .getObjectHandles,
      .getObjectInfo, .getObject, .deleteObject, .sendObjectInfo, .sendObject,
    ]
    info.playbackFormats = [.undefined, .association]
    info.model = "Virtual PTP device"
    return info
  }

  private static var minimalRules: Rules {
    var rules = Rules()
    rules.guessesFormats = false
    return rules
  }
}
