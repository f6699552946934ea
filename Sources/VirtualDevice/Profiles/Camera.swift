internal import PTP

extension Profile {
  /// A PTP camera without MTP's operations, such as libmtp's table does not know and `LIBMTP_Detect_Raw_Devices`
  /// therefore does not find: class 6, subclass 1, protocol 1, no interface name. Pictures can be read and deleted,
  /// not written; dates are the camera's time of day; its clock can be asked for (DateTime 0x5011). What ISO 15740
  /// asks of a camera, not the behaviour of one model; the vendor id is that of pid.codes' test devices.
  public static let camera = Profile(
    name: "camera",
    usb: USBDescription(
      vendorID: 0x1209,
      productID: 0x2301,
      manufacturer: "Example",
      product: "Virtual Camera",
      serial: "",
      interfaceName: ""
    ),
    info: cameraInfo,
    storage: StorageTemplate(
      kind: StorageInfo.Kind.removableRAM,
      fileSystem: StorageInfo.FileSystem.dcf,
      access: StorageInfo.Access.readOnlyWithDelete,
      descriptions: ["SD"],
      volumePrefix: nil,
      freeObjects: 0xFFFF_FFFF
    ),
    dates: .creationAndModification,
    rules: Rules(),
    objectProperties: []
  )

  private static var cameraInfo: DeviceInfo {
    var info = DeviceInfo()
    info.operations = [
      .getDeviceInfo, .openSession, .closeSession, .getStorageIDs, .getStorageInfo, .getNumObjects, .getObjectHandles,
      .getObjectInfo, .getObject, .deleteObject, .getDevicePropDesc, .getDevicePropValue, .getPartialObject,
    ]
    info.events = [.objectAdded, .objectRemoved, .storeAdded, .storeRemoved]
    info.deviceProperties = [.batteryLevel, .dateTime]
    info.captureFormats = [.exifJPEG]
    info.playbackFormats = [.exifJPEG, .association, .undefined]
    info.manufacturer = "Example"
    info.model = "Virtual Camera"
    info.deviceVersion = "1.00"
    return info
  }
}
