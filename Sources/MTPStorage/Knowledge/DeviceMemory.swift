internal import Foundation
internal import PTP
public import Storage

/// Keeps what is known of devices from session to session: one file of JSON for each, in a folder. A file that is
/// missing, damaged or of another format is no knowledge, and no error.
public struct DeviceMemory: Sendable {
  private let folder: String

  /// - Parameter folder: An absolute path; made with the first file.
  public init(folder: String) { self.folder = folder }

  /// What is known of a device: of its zone alone, if its firmware is another now.
  public func recall(_ device: DeviceIdentity) -> DeviceKnowledge? {
    guard let data = try? Data(contentsOf: file(of: device)),
      var known = try? JSONDecoder().decode(DeviceKnowledge.self, from: data),
      known.version == DeviceKnowledge.version, known.device.isSame(as: device)
    else { return nil }
    if known.device.firmware != device.firmware {
      let zone = (known.zone, known.offsets)
      known = DeviceKnowledge(device: device, learned: known.learned)
      (known.zone, known.offsets) = zone
    }
    known.device = device
    return known
  }

  /// Saves what is known of a device. Where that is not possible it is found out again the next time.
  func keep(_ knowledge: DeviceKnowledge) {
    let file = file(of: knowledge.device)
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try? knowledge.json.write(to: file, options: .atomic)
  }

  private func file(of device: DeviceIdentity) -> URL {
    let serial = device.usbSerial ?? device.mtpSerial ?? device.model
    let safe = serial.unicodeScalars.prefix(100).map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? Character(scalar) : "_"
    }
    let name = "\(padded(String(device.vendorID, radix: 16), to: 4))-\(String(safe)).json"
    return URL(filePath: folder).appending(path: name)
  }
}

extension DeviceKnowledge {
  /// As it is kept: for people too.
  fileprivate var json: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Nothing in it can fail to be encoded.
    return (try? encoder.encode(self)) ?? Data()
  }
}

extension DeviceIdentity {
  init(_ usb: USBDevice, _ info: DeviceInfo) {
    self.init(
      mtpSerial: info.serialNumber.isEmpty ? nil : info.serialNumber,
      usbSerial: usb.serial.isEmpty ? nil : usb.serial,
      vendorID: usb.vendorID,
      productID: usb.productID,
      manufacturer: info.manufacturer.isEmpty ? usb.manufacturer : info.manufacturer,
      model: info.model.isEmpty ? usb.product : info.model,
      firmware: info.deviceVersion
    )
  }

  /// Whether both are one device, as far as a device tells. Unlocking can change its product id.
  fileprivate func isSame(as other: DeviceIdentity) -> Bool {
    vendorID == other.vendorID && usbSerial == other.usbSerial && mtpSerial == other.mtpSerial && model == other.model
  }
}
