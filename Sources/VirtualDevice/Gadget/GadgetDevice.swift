internal import Foundation
internal import PTP
internal import Synchronization

/// An MTP or PTP device made of folders that a real kernel plugs into a real bus: of this computer, where that has a
/// controller that plays the device (or pretends to), as the lab's has. It lives as long as the process.
public final class GadgetDevice: Sendable {
  private let port: GadgetPort
  private let state: DeviceState
  private let productIDUnlocked: UInt16?

  /// Effects that are not in a device's power on a real bus: there the host chooses addresses, and knows which program
  /// uses the device.
  public static func canHappen(_ effect: Fault.Effect) -> Bool {
    ![.reconnect(.sameAddress), .kill, .interrupt].contains(effect)
  }

  /// Makes a device of the gadget at `path` in configfs: one configuration with one function of FunctionFS, which is
  /// mounted. It is described there; whoever made it plugs it in, by the name of a controller in its file `UDC`.
  public init(_ configuration: VirtualDevice.Configuration, gadget path: String) throws(USBPortError) {
    port = try GadgetPort(configuration.usb, in: GadgetFolder(path))
    state = DeviceState(configuration)
    productIDUnlocked = configuration.productIDUnlocked
    port.start()
    let thread = Thread { [self] in serve() }
    thread.name = "device \(configuration.serial)"
    thread.start()
  }

  /// Numbers so far.
  public var statistics: DeviceStatistics { state.statistics(with: port) }

  /// Shows the storages: at once and with an event, or by coming back under another product id.
  public func unlock() throws(USBPortError) {
    state.update { $0.isLocked = false }
    if let productIDUnlocked {
      port.unplug()
      try port.plugIn(productID: productIDUnlocked)
    } else if state.isSessionOpen {
      port.queueEvent(Event(.storeAdded, transactionID: 0xFFFF_FFFF, parameters: [0x0001_0001]).encoded)
    }
  }

  /// Serves one cable after the other.
  private func serve() {
    while true { serveCable() }
  }

  /// Serves until the cable is pulled. Not inlined: Swift 6.3.1 never comes to an end with optimising the loop around it.
  @inline(never) private func serveCable() {
    let server = PortServer(port: port, shared: state)
    let ending = state.responder.withLock { responder in
      defer { responder.unplugged() }
      return server.run(&responder)
    }
    port.beginCable()
    guard case .reconnect(let manner) = ending else { return }
    let productID: UInt16? = if case .productID(let id) = manner { id } else { nil }
    // Fails only if the gadget is gone, and with it everyone who could be told.
    try? port.plugIn(productID: productID)
  }
}
