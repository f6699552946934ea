/// The evidence by which the journal recognises a storage. No field identifies one alone: labels are translated,
/// Android's volume identifier is empty and its storage ids are a counter.
public struct StorageIdentity: Hashable, Sendable, Codable {
  /// `nil` for the local file system.
  public var device: DeviceIdentity?
  /// Local: the file system's UUID or device number. MTP: the storage id, eight hexadecimal digits.
  public var volume: String
  public var label: String?
  /// Whole size in bytes.
  public var capacity: UInt64?
  /// The root of this ``Storage`` on the volume, as raw bytes; local: the absolute path.
  public var root: [UInt8]

  public init(device: DeviceIdentity?, volume: String, label: String? = nil, capacity: UInt64? = nil, root: [UInt8]) {
    self.device = device
    self.volume = volume
    self.label = label
    self.capacity = capacity
    self.root = root
  }
}

/// The evidence by which a device is recognised.
public struct DeviceIdentity: Hashable, Sendable, Codable {
  /// As in the MTP DeviceInfo dataset.
  public var mtpSerial: String?
  /// As in the USB string descriptor.
  public var usbSerial: String?
  public var vendorID: UInt16
  public var productID: UInt16
  public var manufacturer: String
  public var model: String
  /// The DeviceVersion of the DeviceInfo dataset.
  public var firmware: String

  public init(
    mtpSerial: String?,
    usbSerial: String?,
    vendorID: UInt16,
    productID: UInt16,
    manufacturer: String,
    model: String,
    firmware: String
  ) {
    self.mtpSerial = mtpSerial
    self.usbSerial = usbSerial
    self.vendorID = vendorID
    self.productID = productID
    self.manufacturer = manufacturer
    self.model = model
    self.firmware = firmware
  }

  /// The serial numbers that can tell this device from another of its model: present, and none of the dummies that
  /// manufacturers ship (`0123456789ABCDEF`, all zeros, one repeated character).
  public var trustworthySerials: Set<String> {
    Set(
      [usbSerial, mtpSerial].compactMap { serial in
        guard let serial, serial.count >= 4, serial.uppercased() != "0123456789ABCDEF" else { return nil }
        return Set(serial).count > 1 ? serial : nil
      }
    )
  }

  /// Whether a serial number can tell this device from another of its model.
  public var hasTrustworthySerial: Bool { !trustworthySerials.isEmpty }
}
