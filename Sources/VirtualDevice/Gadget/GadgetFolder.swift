internal import Foundation

/// A USB gadget's folder in configfs, with a function of FunctionFS in it.
struct GadgetFolder: Sendable {
  private let path: String
  /// Where the function is mounted.
  let functionFS: String

  /// Looks for the function `functions/ffs.NAME` and its mount.
  init(_ path: String) throws(USBPortError) {
    self.path = path
    let functions = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/functions")) ?? []
    guard let name = functions.first(where: { $0.hasPrefix("ffs.") })?.dropFirst(4) else {
      throw .system("\(path) is no gadget with a function ffs.NAME")
    }
    let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
    let mount = mounts.split(separator: "\n").map { $0.split(separator: " ") }
      .first { $0.count > 2 && $0[0] == name && $0[2] == "functionfs" }
    guard let mount else { throw .system("FunctionFS '\(name)' is not mounted") }
    functionFS = String(mount[1])
  }

  /// Writes the numbers and names that stand in the device descriptor. A host sees them from the next cable on.
  func describe(_ description: USBDescription) throws(USBPortError) {
    func hex(_ number: UInt16) -> String { "0x" + String(number, radix: 16) }
    try write(hex(description.vendorID), to: "idVendor")
    try write(hex(description.productID), to: "idProduct")
    try write(hex(description.release), to: "bcdDevice")
    // US English.
    let strings = "strings/0x409"
    if unsafe mkdir("\(path)/\(strings)", 0o755) != 0, errno != EEXIST {
      throw .system("\(path)/\(strings): errno \(errno)")
    }
    try write(description.manufacturer, to: "\(strings)/manufacturer")
    try write(description.product, to: "\(strings)/product")
    try write(description.serial, to: "\(strings)/serialnumber")
  }

  /// The controller that the gadget is plugged into; empty if it is not.
  var controller: String {
    let text = (try? String(contentsOfFile: "\(path)/UDC", encoding: .utf8)) ?? ""
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Plugs the gadget into a controller.
  func plugIn(_ controller: String) throws(USBPortError) { try write(controller, to: "UDC") }

  /// Pulls the cable. One that is out stays so.
  func unplug() { try? write("", to: "UDC") }

  /// Writes a line, in one call, as configfs wants it.
  private func write(_ text: String, to name: String) throws(USBPortError) {
    let file = unsafe open("\(path)/\(name)", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system("\(path)/\(name): errno \(errno)") }
    defer { close(file) }
    let line = Array((text + "\n").utf8)
    guard unsafe Glibc.write(file, line, line.count) == line.count else {
      throw .system("\(path)/\(name): errno \(errno)")
    }
  }
}
