internal import Foundation
internal import Synchronization

/// A directory that stands for a USB bus. Programs that run with the stand-in for libusb in front of them, and
/// ``environment(standIn:)``, see the devices attached here, and no others.
public final class VirtualBus: Sendable {
  private struct State {
    var lastAddress: UInt8 = 0
    var ports: [Int: USBPort] = [:]
  }

  /// Absolute path of the directory.
  public let directory: String
  /// Number of the one bus there is.
  public let number: UInt8 = 1
  private let state = Mutex(State())

  /// Makes the directory, with an empty bus in it, and its parents as needed.
  public init(directory: String) throws(USBPortError) {
    self.directory = URL(fileURLWithPath: directory).path
    do {
      try SysfsTree.makeBus(self.directory, busNumber: number)
    } catch {
      throw .system("\(directory): \(error.localizedDescription)")
    }
  }

  /// The bus of this process, in a new temporary directory that goes with the process. The first use sets
  /// `VIRTUAL_USB_BUS` in the process's own environment, so it has to come before `libusb_init` (or `LIBMTP_Init`).
  /// All tests of a bundle share it: find a device by ``USBPort/busNumber`` and ``USBPort/address``, or by a serial
  /// number of its own.
  public static let ofThisProcess: Result<VirtualBus, USBPortError> = Result(catching: makeForThisProcess)

  private static func makeForThisProcess() throws(USBPortError) -> VirtualBus {
    let directory = FileManager.default.temporaryDirectory.appending(path: "virtual-usb-\(UUID().uuidString)").path
    let bus = try VirtualBus(directory: directory)
    unsafe setenv("VIRTUAL_USB_BUS", directory, 1)
    atexit { try? VirtualBus.ofThisProcess.get().remove() }
    return bus
  }

  /// The variables that make a child process see this bus.
  /// - Parameter standIn: path of `libusb-stand-in.so`, which is preloaded.
  /// - Returns: variables to add to the child's environment.
  public func environment(standIn: String) -> [String: String] {
    ["VIRTUAL_USB_BUS": directory, "FILESYNC_USB_ROOT": directory, "LD_PRELOAD": standIn]
  }

  /// Plugs a device in. It appears in the directory, at the lowest free port and with a new address, before this
  /// returns. It stays until ``USBPort/unplug()``, also if nothing refers to the port.
  /// - Parameter address: one that is free, in place of a new one: for hosts that give a device its old one again.
  public func attach(_ description: USBDescription, at address: UInt8? = nil) throws(USBPortError) -> USBPort {
    let (port, portNumber) = try state.withLock { state throws(USBPortError) in
      guard let portNumber = (1...127).first(where: { state.ports[$0] == nil }) else {
        throw .system("Every port of the bus is in use")
      }
      let taken = Set(state.ports.values.map(\.address))
      if address.map(taken.contains) ?? true {
        repeat { state.lastAddress = state.lastAddress % 127 + 1 } while taken.contains(state.lastAddress)
      }
      let given = address.flatMap { taken.contains($0) ? nil : $0 } ?? state.lastAddress
      let tree = SysfsTree(
        directory: directory,
        description: description,
        busNumber: number,
        address: given,
        portNumber: portNumber
      )
      let port = try USBPort(tree)
      state.ports[portNumber] = port
      return (port, portNumber)
    }
    port.start { [weak self] in
      self?.state.withLock { state in state.ports[portNumber] = nil }
    }
    return port
  }

  /// Unplugs every device and removes the directory.
  public func remove() {
    let ports = state.withLock { state in Array(state.ports.values) }
    for port in ports { port.unplug() }
    try? FileManager.default.removeItem(atPath: directory)
  }
}
