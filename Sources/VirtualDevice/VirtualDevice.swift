public import Foundation
internal import PTP
internal import Synchronization

/// An MTP or PTP device made of folders, plugged into a virtual bus. It has a thread of its own, and lives until it is
/// unplugged.
public final class VirtualDevice: Sendable {
  /// What a device is made of.
  public struct Configuration: Sendable {
    public var profile: Profile
    /// One storage each; they must exist.
    public var folders: [String]
    /// In the USB descriptor and in DeviceInfo.
    public var serial: String
    /// Of the device's own clock.
    public var zone: TimeZone
    public var faults: [Fault]
    /// Whether it shows no storage until ``VirtualDevice/unlock()``, as a phone with its screen locked.
    public var isLocked: Bool
    /// Set if unlocking makes the device come back under another product id, as many phones do.
    public var productIDUnlocked: UInt16?
    /// What each storage holds, in bytes, whatever the host's file system does; `nil` for as much as that.
    public var space: UInt64?
    /// Whether transactions take as long as on the real device (``Profile/pace``), instead of no time.
    public var isSlow: Bool
    /// What files are called on the device, by their paths below the first folder, where no file on this computer can be
    /// called so: with a slash, as another one, with half a character. What is sent later under the name that such a
    /// file has on disk meets it, so take one that nobody sends. In UTF-16 units.
    public var names: [String: [UInt16]]
    /// How many folders are in one another, the first at the root of the first storage, besides what is on disk.
    public var nestedFolders: Int
    /// See ``USBDescription/longestWait``.
    public var longestWait: Int?

    public init(
      profile: Profile,
      folders: [String],
      serial: String,
      zone: TimeZone = .current,
      faults: [Fault] = [],
      isLocked: Bool = false,
      productIDUnlocked: UInt16? = nil,
      space: UInt64? = nil,
      isSlow: Bool = false,
      names: [String: [UInt16]] = [:],
      nestedFolders: Int = 0,
      longestWait: Int? = nil
    ) {
      self.profile = profile
      self.folders = folders
      self.serial = serial
      self.zone = zone
      self.faults = faults
      self.isLocked = isLocked
      self.productIDUnlocked = productIDUnlocked
      self.space = space
      self.isSlow = isSlow
      self.names = names
      self.nestedFolders = nestedFolders
      self.longestWait = longestWait
    }
  }

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
    var description = configuration.profile.usb
    description.serial = configuration.serial
    description.longestWait = configuration.longestWait
    self.bus = bus
    let responder = Responder(
      profile: configuration.profile,
      clock: DeviceClock(zone: configuration.zone),
      serial: configuration.serial,
      folders: configuration.folders,
      names: Dictionary(
        configuration.names.map { ((configuration.folders.first ?? "") + "/" + $0.key, PTPString(units: $0.value)) }
      ) { first, _ in first },
      space: configuration.space,
      nestedFolders: configuration.nestedFolders
    )
    state = DeviceState(
      responder,
      faults: configuration.faults,
      isLocked: configuration.isLocked,
      pace: configuration.isSlow ? configuration.profile.pace : .zero
    )
    productIDUnlocked = configuration.productIDUnlocked
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
