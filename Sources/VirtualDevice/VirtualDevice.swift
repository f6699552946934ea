internal import Foundation
internal import PTP
internal import Synchronization

/// An MTP or PTP device made of folders, plugged into a virtual bus. It has a thread of its own, and lives until it is
/// unplugged.
public final class VirtualDevice: Sendable {
  private struct Cable {
    var port: USBPort
    var description: USBDescription
    /// Left by the thread that serves the port.
    var finished = DispatchGroup()
    var isOut = false
  }

  private let bus: VirtualBus
  private let state: DeviceState
  private let productIDUnlocked: UInt16?
  private let cable: Mutex<Cable>

  /// Makes a device and plugs it in. Throws what ``VirtualBus/attach(_:)`` throws.
  public init(_ configuration: Configuration, on bus: VirtualBus) throws(USBPortError) {
    self.bus = bus
    state = DeviceState(configuration)
    productIDUnlocked = configuration.productIDUnlocked
    let description = configuration.usb
    let port = try bus.attach(description)
    cable = Mutex(Cable(port: port, description: description))
    serve(port)
  }

  deinit { unplug() }

  /// The cable that is in, or was in last.
  public var port: USBPort { cable.withLock(\.port) }

  /// Numbers so far.
  public var statistics: DeviceStatistics { state.statistics(with: port) }

  /// Pulls the cable, and waits until the device's thread has noticed.
  public func unplug() {
    let (port, finished) = cable.withLock {
      $0.isOut = true
      return ($0.port, $0.finished)
    }
    port.unplug()
    finished.wait()
  }

  /// Pulls the cable and puts it in again, under another address: sessions are gone, and handles where the profile
  /// says so.
  public func replug() throws(USBPortError) {
    unplug()
    try plugIn { _ in }
  }

  /// Shows the storages: at once and with an event, or by coming back under another product id.
  public func unlock() throws(USBPortError) {
    state.update { $0.isLocked = false }
    if let productIDUnlocked {
      unplug()
      try plugIn { $0.productID = productIDUnlocked }
    } else if state.isSessionOpen {
      let event = Event(.storeAdded, transactionID: 0xFFFF_FFFF, parameters: [0x0001_0001])
      _ = try port.offerEvent(event.encoded)
    }
  }

  /// Hides the storages.
  public func lock() { state.update { $0.isLocked = true } }

  /// - Parameter unlessOut: whether somebody may have pulled the cable meanwhile, who means it.
  private func plugIn(
    at address: UInt8? = nil,
    unlessOut: Bool = false,
    _ change: (inout USBDescription) -> Void
  ) throws(USBPortError) {
    state.responder.withLock { $0.unplugged() }
    var description = cable.withLock(\.description)
    change(&description)
    let port = try bus.attach(description, at: address)
    let old: USBPort? = cable.withLock {
      if unlessOut, $0.isOut { return nil }
      let old = $0.port
      $0 = Cable(port: port, description: description)
      return old
    }
    guard let old else { return port.unplug() }
    state.update { $0.earlierPorts = $0.earlierPorts + old.statistics }
    serve(port)
  }

  private func serve(_ port: USBPort) {
    let finished = cable.withLock(\.finished)
    finished.enter()
    let thread = Thread { [weak self, state] in
      let server = PortServer(port: port, shared: state)
      let ending = state.responder.withLock { server.run(&$0) }
      finished.leave()
      guard case .reconnect(let manner) = ending, let self, !self.cable.withLock(\.isOut) else { return }
      // Fails only if the bus is gone, and with it everyone who could be told.
      try? self.plugIn(at: manner == .sameAddress ? port.address : nil, unlessOut: true) {
        if case .productID(let id) = manner { $0.productID = id }
      }
    }
    thread.name = "device \(port.description.serial)"
    thread.start()
  }
}
