internal import MTPStorage
internal import Storage

/// The devices that a command can reach. Tests put phones here that unlock when they are told.
protocol DeviceBus: Sendable {
  /// All of them, none opened.
  func devices() throws(StorageError) -> [USBDevice]
  /// `log` takes what the user should know of the session, such as a bus reset.
  func open(_ device: USBDevice, log: @escaping @Sendable (String) -> Void) async throws(StorageError) -> any OpenDevice
}

/// A device with an open session, as ``MTPDevice`` has it.
protocol OpenDevice: Sendable {
  /// For people.
  var name: String { get }
  /// Throws `deviceLocked` while the phone is locked.
  func stores() async throws(StorageError) -> [Store]
  func storage(of store: Store, at root: RelativePath) async throws(StorageError) -> any Storage
  /// What is known of it, see ``MTPDevice/knowledge()``.
  func knowledge() async throws(StorageError) -> DeviceKnowledge
  /// Finds out more, see ``MTPDevice/probe(_:_:)``.
  func probe(_ store: Store, _ control: TransferControl) async throws(StorageError) -> ProbeResult
  /// Whether that is due before the first file, see ``MTPDevice/isUntried(_:)``.
  func isUntried(_ store: Store) async throws(StorageError) -> Bool
  /// Finds out more, in a run, see ``MTPDevice/probeOnce(_:_:)``.
  func probeOnce(_ store: Store, _ control: TransferControl) async throws(StorageError) -> ProbeResult
  /// Removes what an earlier one left, see ``MTPDevice/removeProbeLeftovers(_:)``.
  func removeProbeLeftovers(_ store: Store) async throws(StorageError)
  func close() async
}

extension MTPDevice: OpenDevice {}

/// The devices on this machine's USB, or below `$FILESYNC_USB_ROOT` in place of `/`. `$FILESYNC_TRANSPORT=libmtp`
/// leaves every transaction to libmtp;
/// `$FILESYNC_TIMEOUT` is the longest silence of a device, in seconds, and how long one is waited for that has gone.
struct ConnectedDevices: DeviceBus {
  private let bus: USBBus
  private let options: MTPOptions

  /// - Parameter patience: Cancelled when the user interrupts.
  init(environment: [String: String], memory: DeviceMemory, patience: TransferControl) {
    bus = USBBus(root: environment["FILESYNC_USB_ROOT"] ?? "/")
    var options = MTPOptions()
    options.memory = memory
    options.patience = patience
    options.transport = environment["FILESYNC_TRANSPORT"].flatMap(MTPOptions.Transport.init) ?? .automatic
    if let seconds = environment["FILESYNC_TIMEOUT"].flatMap(Double.init), seconds > 0 {
      options.silence = seconds
      options.firstByte = seconds
      options.comeback = min(options.comeback, seconds)
    }
    self.options = options
  }

  func devices() throws(StorageError) -> [USBDevice] { try bus.devices() }

  func open(
    _ device: USBDevice,
    log: @escaping @Sendable (String) -> Void
  ) async throws(StorageError) -> any OpenDevice {
    var options = options
    options.log = { log(shown($0)) }
    return try await MTPDevice.open(device, on: bus, options: options)
  }
}
