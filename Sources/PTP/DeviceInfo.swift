/// What a device is and can do (MTP 1.1 section 5.1.1).
public struct DeviceInfo: Hashable, Sendable {
  /// 100 is version 1.00.
  public var standardVersion: UInt16 = 100
  /// 6 is Microsoft's, and means MTP.
  public var vendorExtensionID: UInt32 = 0
  public var vendorExtensionVersion: UInt16 = 0
  /// Lists extension sets: `microsoft.com: 1.0; android.com: 1.0;`.
  public var vendorExtensionDescription = ""
  public var functionalMode: UInt16 = 0
  public var operations: [OperationCode] = []
  public var events: [EventCode] = []
  public var deviceProperties: [DevicePropertyCode] = []
  public var captureFormats: [ObjectFormat] = []
  public var playbackFormats: [ObjectFormat] = []
  public var manufacturer = ""
  public var model = ""
  public var deviceVersion = ""
  public var serialNumber = ""

  public init() {}

  /// Reads the dataset. What follows it is ignored: vendors append fields. Throws `truncated`.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    var reader = ByteReader(bytes)
    standardVersion = try reader.integer("StandardVersion")
    vendorExtensionID = try reader.integer("VendorExtensionID")
    vendorExtensionVersion = try reader.integer("VendorExtensionVersion")
    vendorExtensionDescription = try reader.string("VendorExtensionDesc").lossy
    functionalMode = try reader.integer("FunctionalMode")
    operations = try reader.codes("OperationsSupported")
    events = try reader.codes("EventsSupported")
    deviceProperties = try reader.codes("DevicePropertiesSupported")
    captureFormats = try reader.codes("CaptureFormats")
    playbackFormats = try reader.codes("PlaybackFormats")
    manufacturer = try reader.string("Manufacturer").lossy
    model = try reader.string("Model").lossy
    deviceVersion = try reader.string("DeviceVersion").lossy
    serialNumber = try reader.string("SerialNumber").lossy
  }

  /// The dataset. Throws `stringTooLong`.
  public func encoded() throws(PTPError) -> [UInt8] {
    var writer = ByteWriter()
    writer.integer(standardVersion)
    writer.integer(vendorExtensionID)
    writer.integer(vendorExtensionVersion)
    try writer.string(PTPString(vendorExtensionDescription), "VendorExtensionDesc")
    writer.integer(functionalMode)
    writer.codes(operations)
    writer.codes(events)
    writer.codes(deviceProperties)
    writer.codes(captureFormats)
    writer.codes(playbackFormats)
    try writer.string(PTPString(manufacturer), "Manufacturer")
    try writer.string(PTPString(model), "Model")
    try writer.string(PTPString(deviceVersion), "DeviceVersion")
    try writer.string(PTPString(serialNumber), "SerialNumber")
    return writer.bytes
  }
}
