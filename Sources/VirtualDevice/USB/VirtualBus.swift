internal import Foundation

/// A directory that stands for a USB bus. Programs that run with the stand-in for libusb in front of them, and
/// ``environment(standIn:)``, see the devices attached here, and no others.
public final class VirtualBus: Sendable {
  /// Absolute path of the directory.
  public let directory: String

  /// Makes the directory, with an empty bus in it. A directory that exists must be empty or an old bus.
  public init(directory: String) throws(USBPortError) {
    self.directory = directory
    throw .system("not yet")
  }

  /// The bus of this process, in a new temporary directory. The first use sets `VIRTUAL_USB_BUS` in the process's own
  /// environment, so it has to come before `libusb_init` (or `LIBMTP_Init`). All tests of a bundle share it: find a
  /// device by ``USBPort/busNumber`` and ``USBPort/address``, or by a serial number of its own.
  public static let ofThisProcess: VirtualBus? = nil

  /// The variables that make a child process see this bus.
  /// - Parameter standIn: path of `libusb-stand-in.so`, which is preloaded.
  /// - Returns: variables to add to the child's environment.
  public func environment(standIn: String) -> [String: String] {
    ["VIRTUAL_USB_BUS": directory, "LD_PRELOAD": standIn]
  }

  /// Plugs a device in. It appears in the directory, with a new address, before this returns.
  public func attach(_ description: USBDescription) throws(USBPortError) -> USBPort { throw .system("not yet") }
}
