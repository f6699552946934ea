public import Storage

/// How ``MTPDevice/open(_:on:options:)`` goes about it.
public struct MTPOptions: Sendable {
  /// Which way transactions take.
  public enum Transport: String, Sendable {
    /// Our own transactions in libmtp's session where its handle can be proven, else libmtp's calls.
    case automatic
    /// libmtp's calls only.
    case libmtp
  }

  public var transport = Transport.automatic
  /// Longest silence inside a data phase, in seconds.
  public var silence: Double = 20
  /// Longest wait for the first byte of an answer, in seconds. A folder of thousands takes a phone minutes.
  public var firstByte: Double = 180
  /// How long ``MTPDevice/reopen()`` waits for a device to come back, in seconds.
  public var comeback: Double = 15

  public init() {}
}

/// An MTP device with an open session.
public actor MTPDevice {
  public nonisolated let identity: DeviceIdentity
  /// For people: as ``USBDevice/name``, or the model of the DeviceInfo dataset.
  public nonisolated let name: String

  /// Opens a device that is ready.
  /// - Throws: `deviceBusy`, `deviceForbidden`, `deviceCharging`, `deviceLost`, or what else kept it from opening.
  public static func open(
    _ device: USBDevice, on bus: USBBus, options: MTPOptions = MTPOptions()
  ) async throws(StorageError) -> MTPDevice { fatalError("skeleton") }

  /// The storages. A locked phone has none: `deviceLocked`.
  public func stores() throws(StorageError) -> [Store] { fatalError("skeleton") }

  /// A folder of one storage as a ``Storage``.
  /// - Throws: `notFound` or `notADirectory` for `root`.
  public func storage(of store: Store, at root: RelativePath) throws(StorageError) -> any Storage {
    fatalError("skeleton")
  }

  /// Ends the session and gives the device back, without a bus reset. Every later call throws `deviceLost`.
  public func close() { fatalError("skeleton") }

  private init(identity: DeviceIdentity, name: String) {
    self.identity = identity
    self.name = name
  }
}
