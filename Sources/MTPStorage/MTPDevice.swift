public import Storage
internal import PTP

/// How ``MTPDevice/open(_:on:options:)`` goes about it.
public struct MTPOptions: Sendable {
  /// Which way transactions take.
  public enum Transport: String, Sendable, CaseIterable {
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
  /// How long ``Storage/reopen()`` waits for a device to come back, in seconds: once for each time that it is away,
  /// however often it is called meanwhile.
  public var comeback: Double = 15
  /// While this is cancelled, a device that is silent, or away, is waited for only a few seconds: for programs that a user
  /// interrupts. It stops nothing that goes on.
  public var patience: TransferControl?
  /// Keeps what is learned of devices from session to session; `nil` for nothing.
  public var memory: DeviceMemory?
  /// Passes the time between two looks for a device that is away.
  package var pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
  /// Takes lines for the log, such as the announcement of a bus reset.
  public var log: @Sendable (String) -> Void = { _ in }

  public init() {}
}

/// An MTP device with an open session. An actor on a thread of its own: USB blocks.
public actor MTPDevice {
  /// The evidence by which the journal knows the device.
  public nonisolated let identity: DeviceIdentity
  /// For people: manufacturer and product as ``USBDevice/name``.
  public nonisolated let name: String
  private nonisolated let thread: StorageThread
  private let bus: USBBus
  let options: MTPOptions
  /// `nil` after ``close()``, and while the device is away.
  private var connection: Connection?
  private let usbDevice: USBDevice
  /// `nil` while the device is open.
  private var absence: Absence?
  /// One more at each reopening; handles of an earlier one are void.
  private(set) var generation: UInt32 = 1
  /// While this is cancelled, a silent device is waited for only a little, and one that is away, or was silent, not at all.
  var patience: TransferControl? {
    didSet { connection?.transport.shorten(patience) }
  }
  /// The storages as they were first seen, and under which id each is known now: Android counts them anew.
  private var known: [UInt32: Store] = [:]
  private var currentIDs: [UInt32: UInt32] = [:]

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

  /// Opens a device that is ready.
  /// - Throws: `deviceBusy`, `deviceForbidden`, `deviceCharging`, `deviceTimedOut`, or what else kept it from opening.
  public static func open(
    _ device: USBDevice,
    on bus: USBBus,
    options: MTPOptions = MTPOptions()
  ) async throws(StorageError) -> MTPDevice {
    try device.checkReady()
    let thread = StorageThread(label: "mtp-\(device.place)")
    let opener = Opener(thread: thread)
    let connection: Connection
    do throws(StorageError) {
      connection = try await opener.connect(to: device, on: bus, options: options)
    } catch {
      // What an earlier session left, or a device that is slow to begin, is gone by now; one that was unplugged may be
      // back.
      guard error.recovery == .reopen, let now = try bus.devices().first(where: device.isSame) else { throw error }
      try now.checkReady()
      connection = try await opener.connect(to: now, on: bus, options: options)
    }
    return MTPDevice(device, on: bus, options: options, thread: thread, connection: connection)
  }

  private init(
    _ device: USBDevice,
    on bus: USBBus,
    options: MTPOptions,
    thread: StorageThread,
    connection: Connection
  ) {
    identity = connection.knowledge.device
    name = device.name
    usbDevice = device
    self.bus = bus
    self.options = options
    self.thread = thread
    self.connection = connection
    patience = options.patience
  }

  /// Has dates be read in an assumed zone again.
  func forgetZone() throws(StorageError) { try connected().forgetZone() }

  /// The storages.
  /// - Throws: `deviceLocked` if there are none, as on a locked phone.
  public func stores() async throws(StorageError) -> [Store] {
    let stores = try await inLivingSession { () throws(StorageError) in try connected().transport.stores() }
    guard !stores.isEmpty else { throw locked() }
    for store in stores where known[store.id] == nil { known[store.id] = store }
    return stores
  }

  /// A folder of one storage as a ``Storage``.
  /// - Throws: `notFound` or `notADirectory` for `root`.
  public func storage(of store: Store, at root: RelativePath) async throws(StorageError) -> any Storage {
    if known[store.id] == nil { known[store.id] = store }
    let traits = try await inLivingSession { () throws(StorageError) in
      _ = try connected().folder(root, in: currentID(of: store))
      return try self.traits(of: store, at: root)
    }
    return MTPStorage(device: self, place: Place(store: store, root: root, names: traits.names), traits: traits)
  }

  /// Calls `body`, and once more in a new session if the old one died of it: there is no run yet that would.
  private func inLivingSession<Value>(
    _ body: () throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    do throws(StorageError) {
      return try body()
    } catch {
      guard error.recovery == .reopen, connection != nil else { throw error }
      try await reopen()
      return try body()
    }
  }

  /// Ends the session and gives the device back, without a bus reset. Every later call throws `deviceLost`.
  public func close() {
    connection?.transport.close()
    connection = nil
  }

  // MARK: For MTPStorage

  func connected() throws(StorageError) -> Connection {
    guard let connection else { throw StorageError(.deviceLost, .reopen, cause: "\(name) is not connected") }
    guard !connection.transport.isDead else {
      throw StorageError(.deviceLost, .reopen, cause: "The session with \(name) has ended")
    }
    return connection
  }

  /// The id under which a storage is known in this session.
  func currentID(of store: Store) -> UInt32 { currentIDs[store.id] ?? store.id }

  /// A time without a session, which is waited for once.
  private struct Absence {
    let deadline: ContinuousClock.Instant
    /// libmtp says of every failed opening only that it failed, and phones start their MTP server up to seven seconds
    /// after they were plugged in. So a reset has to wait until then.
    let resetTime: ContinuousClock.Instant
    var mayReset: Bool
    /// Whether it was silent when it was to be left.
    var wasGivenUp: Bool
    /// Why it could not be opened at the last attempt.
    var failure: StorageError?

    init(_ comeback: Double, mayReset: Bool, wasGivenUp: Bool) {
      deadline = ContinuousClock.now + .seconds(comeback)
      resetTime = ContinuousClock.now + .seconds(comeback / 2)
      self.mayReset = mayReset
      self.wasGivenUp = wasGivenUp
    }
  }

  /// Starts a new session in place of one that is dead: closes that without a word to the device, waits for the device
  /// to come back, at any address and with any product id, and opens it. Where that was waited for in vain, it is looked
  /// for once more, and not waited for again.
  /// One that is there and does not answer is reset on the bus, once: the last means.
  /// - Throws: `deviceLost` if it stays away, `deviceLocked` if it comes back locked.
  func reopen() async throws(StorageError) {
    guard connection == nil || connection?.transport.isDead == true else { return }
    try await comeBack(mayReset: true)
  }

  /// Begins a new session, which shows what the old one took no note of.
  func renew() async throws(StorageError) { try await comeBack(mayReset: false) }

  /// Resets the device on the bus, and opens it again.
  func reset() async throws(StorageError) {
    let there = try connected().usbDevice
    close()
    USBReset.perform(bus: there.bus, address: there.address)
    try await comeBack(mayReset: false)
  }

  private func comeBack(mayReset: Bool) async throws(StorageError) {
    let isDoubtful = connection?.transport.leavesDoubt == true
    let wasGivenUp = connection?.transport.hasGivenUp == true
    close()
    generation += 1
    var absence = absence ?? Absence(options.comeback, mayReset: mayReset, wasGivenUp: wasGivenUp)
    self.absence = absence
    let away = StorageError(.deviceLost, .waitForUser(.plugIn), cause: "\(name) was unplugged and is still away")
    while true {
      // After each wait the world may be another, also this actor's.
      if connection != nil { return }
      if absence.wasGivenUp || absence.failure != nil { try patience?.check() }
      if let found = try bus.devices().first(where: usbDevice.isSame) {
        do throws(StorageError) {
          try found.checkReady()
          let connection = try Connection(to: found, on: bus, options: options)
          if isDoubtful, absence.mayReset, !connection.transport.takesData() {
            connection.transport.close()
            absence.mayReset = false
            reset(found)
            continue
          }
          try adopt(connection)
          self.absence = nil
          return
        } catch {
          // After some failures libmtp keeps the device open (1.1.20): then it is this program that holds it.
          let isHeldHere = error.reason == .deviceBusy && absence.failure?.reason == .deviceTimedOut
          if !isHeldHere { absence.failure = error }
          if error.reason == .deviceTimedOut, absence.mayReset, ContinuousClock.now > absence.resetTime {
            absence.mayReset = false
            reset(found)
          }
        }
      } else {
        absence.failure = away
      }
      self.absence = absence
      guard ContinuousClock.now < absence.deadline, !Task.isCancelled else { throw absence.failure ?? away }
      await options.pause(.milliseconds(200))
    }
  }

  private func reset(_ found: USBDevice) {
    options.log("\(name) is connected and does not answer: resetting it on the bus")
    USBReset.perform(bus: found.bus, address: found.address)
  }

  private func adopt(_ connection: Connection) throws(StorageError) {
    let stores = try connection.transport.stores()
    guard !stores.isEmpty else {
      connection.transport.close()
      throw locked()
    }
    for (id, old) in known {
      let same = stores.filter { $0.label == old.label && $0.volume == old.volume && $0.kind == old.kind }
      guard let now = same.first(where: { $0.id == id }) ?? (same.count == 1 ? same[0] : nil) else {
        connection.transport.close()
        throw StorageError(
          .deviceLost,
          .waitForUser(.plugIn),
          cause: "\(name) is back, but its storage \u{201C}\(old.label)\u{201D} is not"
        )
      }
      currentIDs[id] = now.id
    }
    connection.transport.shorten(patience)
    self.connection = connection
  }

  private func locked() -> StorageError {
    StorageError(
      .deviceLocked,
      .waitForUser(.unlock),
      cause: "\(name) shows no storage: it is locked, or asks whether to allow access"
    )
  }
}

/// Opens a device on its own thread, before there is an actor for it.
private actor Opener {
  private nonisolated let thread: StorageThread
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

  init(thread: StorageThread) { self.thread = thread }

  func connect(to device: USBDevice, on bus: USBBus, options: MTPOptions) throws(StorageError) -> Connection {
    try Connection(to: device, on: bus, options: options)
  }
}

extension USBDevice {
  /// Throws what keeps the device from being opened, as far as can be told without opening it.
  func checkReady() throws(StorageError) {
    switch state {
    case .ready: return
    case .busy(let holders):
      let who = holders.map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ")
      throw StorageError(
        .deviceBusy,
        .waitForUser(.closeOtherProgram),
        cause: "\(name) is held by \(who.isEmpty ? "another program" : who)"
      )
    case .forbidden(let node):
      throw StorageError(
        .deviceForbidden,
        .waitForUser(.installRule),
        cause: "You may not open \(name) (\(node))"
      )
    case .chargingOnly:
      throw StorageError(
        .deviceCharging,
        .waitForUser(.chooseFileTransfer),
        cause: "\(name) is connected for charging only"
      )
    }
  }

  /// Whether `other` is this device after it was plugged in again: by its serial number, which survives unlocking
  /// and a new product id; a device without one by its ids and its port.
  package func isSame(_ other: USBDevice) -> Bool {
    guard other.vendorID == vendorID else { return false }
    if !serial.isEmpty { return other.serial == serial }
    return other.serial.isEmpty && other.productID == productID && other.port == port
  }
}
