internal import Foundation

/// A folder of sysfs, whose files each hold one value.
struct Sysfs {
  let path: String

  func child(_ name: String) -> Sysfs { Sysfs(path: path + "/" + name) }

  /// The names in the folder, sorted; `nil` if it cannot be read.
  func children() -> [String]? { try? FileManager.default.contentsOfDirectory(atPath: path).sorted() }

  /// A file as text without the white space around it; empty if there is none. What a device calls itself may be in
  /// any encoding, so bytes that are no UTF-8 are replaced.
  func text(_ name: String) -> String {
    guard let data = FileManager.default.contents(atPath: path + "/" + name) else { return "" }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func decimal(_ name: String) -> Int? { Int(text(name)) }

  func hexadecimal<Value: FixedWidthInteger>(_ name: String) -> Value? { Value(text(name), radix: 16) }

  /// The last component of what a symbolic link points to.
  func link(_ name: String) -> String? {
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path + "/" + name) else { return nil }
    return target.split(separator: "/").last.map(String.init)
  }
}

/// One interface of a USB device, as sysfs describes it.
struct USBInterface {
  var number: Int
  var interfaceClass: UInt8
  var subclass: UInt8
  var `protocol`: UInt8
  var endpoints: Int
  /// The interface's string descriptor; Android says `MTP`.
  var name: String
  /// Bound to it: `usbfs` while a program in user space has claimed it.
  var driver: String?

  init?(_ folder: Sysfs) {
    guard let number: UInt8 = folder.hexadecimal("bInterfaceNumber"),
      let interfaceClass: UInt8 = folder.hexadecimal("bInterfaceClass")
    else { return nil }
    self.number = Int(number)
    self.interfaceClass = interfaceClass
    subclass = folder.hexadecimal("bInterfaceSubClass") ?? 0
    `protocol` = folder.hexadecimal("bInterfaceProtocol") ?? 0
    endpoints = folder.hexadecimal("bNumEndpoints") ?? 0
    name = folder.text("interface")
    driver = folder.link("driver")
  }

  /// Bulk in, bulk out and interrupt in, as MTP wants them (MTP 1.1 appendix C.1, PIMA 15740 over USB).
  var hasThreeEndpoints: Bool { endpoints == 3 }

  /// The still image class of PTP, which also Android's MTP announces.
  var isStillImage: Bool { (interfaceClass, subclass, `protocol`) == (6, 1, 1) }

  var isNamedMTP: Bool { name.range(of: "MTP") != nil && (interfaceClass == 0xFF || interfaceClass == 6) }

  /// Android's debug bridge, vendor-specific like MTP (class ff/42).
  var isDebugBridge: Bool { interfaceClass == 0xFF && subclass == 0x42 }

  /// Whether a phone that only charges may show it. A disk, a keyboard, a hub or a modem of the same maker is none.
  var couldBePhone: Bool { interfaceClass == 0xFF }
}
