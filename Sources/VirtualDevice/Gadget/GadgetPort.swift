internal import CFunctionFS
internal import Foundation

/// The device's end of a real USB cable: a function that the kernel runs in user space (FunctionFS), at a controller
/// that configfs chooses. It outlives cables; see ``beginCable()``.
///
/// What the kernel does by itself: standard requests, halts that the host clears, and data that waits for the host.
final class GadgetPort: ResponderPort {
  /// What is going on at the port.
  struct State {
    /// Whether a host has configured the device, and has since the cable is in.
    var isConfigured = false
    var wasConfigured = false
    /// Counts what ends transfers, so that one which was ended waits for the event that tells why.
    var changes = 0
    /// The controller that the cable was in when it was pulled here.
    var controller = ""
    var isUnplugged = false
    var resetIsPending = false
    var isInterrupted = false
    var packetSize = 512
    /// Rest of what came from the host and was not read, and whether a short packet ends it.
    var rest: ArraySlice<UInt8> = []
    var restIsShort = false
    /// Events that the host has not taken, oldest first.
    var events: [[UInt8]] = []
    var controlHandler: (@Sendable (ControlRequest) -> ControlAnswer)?
    var statistics = PortStatistics()
  }

  /// What is attached; the speed is what the cable has, whatever stands there.
  let description: USBDescription
  let folder: GadgetFolder
  let ep0: CInt
  let bulkIn: CInt
  let bulkOut: CInt
  let interruptIn: CInt
  /// Of the device's thread, and of the one that sends events.
  let transfers: functionfs_queue
  let eventTransfers: functionfs_queue
  /// An eventfd that ends a transfer of the device's thread.
  let wake: CInt
  /// Guards `state`; signalled whenever something in it changed that a blocked call may wait for.
  let condition = NSCondition()
  // Unsafe because nothing checks that `condition` is held wherever it is used.
  nonisolated(unsafe) var state = State()

  /// Describes the device to the kernel. From then on the gadget can be plugged in.
  init(_ description: USBDescription, in folder: GadgetFolder) throws(USBPortError) {
    self.description = description
    self.folder = folder
    func opened(_ name: String, _ flags: CInt) throws(USBPortError) -> CInt {
      let path = "\(folder.functionFS)/\(name)"
      let file = unsafe open(path, O_RDWR | O_CLOEXEC | flags)
      guard file >= 0 else { throw .system("\(path): errno \(errno)") }
      return file
    }
    func queue() throws(USBPortError) -> functionfs_queue {
      var queue = functionfs_queue()
      let status = unsafe functionfs_open_queue(&queue)
      guard status == 0 else { throw .system("asynchronous transfers: errno \(-status)") }
      return queue
    }
    try folder.describe(description)
    let ep0 = try opened("ep0", 0)
    self.ep0 = ep0
    let status = unsafe description.interfaceName.withCString { name in
      var interface = unsafe functionfs_interface(
        class_: description.interfaceClass,
        subclass: description.interfaceSubclass,
        protocol: description.interfaceProtocol,
        bulk_in: description.bulkIn,
        bulk_out: description.bulkOut,
        interrupt_in: description.interruptIn,
        event_packet_size: UInt16(USBDescription.eventPacketSize),
        name: name
      )
      return unsafe functionfs_describe(ep0, &interface)
    }
    guard status == 0 else { throw .system("\(folder.functionFS)/ep0: errno \(-status)") }
    bulkIn = try opened("ep1", O_NONBLOCK)
    bulkOut = try opened("ep2", O_NONBLOCK)
    interruptIn = try opened("ep3", O_NONBLOCK)
    transfers = try queue()
    eventTransfers = try queue()
    wake = functionfs_open_wake()
    guard wake >= 0 else { throw .system("eventfd: errno \(-wake)") }
  }

  /// Starts to hear the host, and to send events; for as long as the process lives.
  func start() {
    for (name, work) in [("requests", hearHost), ("events", sendEvents)] {
      let thread = Thread(block: work)
      thread.name = "gadget \(name)"
      thread.start()
    }
  }

  /// Runs the part of `body` that looks at the state.
  func withState<Result>(_ body: (inout State) -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return unsafe body(&state)
  }

  // MARK: State

  var packetSize: Int { withState { $0.packetSize } }

  var statistics: PortStatistics { withState { $0.statistics } }

  func onControlRequest(_ handler: @escaping @Sendable (ControlRequest) -> ControlAnswer) {
    withState { $0.controlHandler = handler }
  }

  func interrupt() {
    withState { $0.isInterrupted = true }
    functionfs_wake(wake)
    condition.broadcast()
  }

  func clearInterrupt() { withState { clearInterrupt(&$0) } }

  private func clearInterrupt(_ state: inout State) {
    state.isInterrupted = false
    functionfs_clear_wake(wake)
  }

  func waitUntilInterrupted() throws(USBPortError) {
    condition.lock()
    defer { condition.unlock() }
    while true {
      try check()
      condition.wait()
    }
  }

  /// Ends a blocking call that cannot go on. The lock is held.
  func check() throws(USBPortError) {
    if unsafe state.isUnplugged { throw .unplugged }
    if unsafe state.resetIsPending {
      unsafe state.resetIsPending = false
      throw .hostReset
    }
    if unsafe state.isInterrupted {
      unsafe clearInterrupt(&state)
      throw .cancelled
    }
  }

  /// The kernel refuses transfers, and keeps those of the device, until the host has cleared the halt.
  func waitUntilCleared(_ endpoint: UInt8) {}

  func stall(_ endpoint: UInt8) {
    // Fails only where no host is any more, which the next call tells.
    _ =
      endpoint == description.bulkIn ? functionfs_halt(bulkIn, true) : functionfs_halt(bulkOut, false)
  }

  /// Who uses the device is for its host to know; such a fault is not taken.
  func killProgram() {}

  func interruptProgram() {}
  func reset() {}

  // MARK: Cable

  /// Pulls the cable, and blocks until the function knows.
  func unplug() {
    let controller = folder.controller
    guard !controller.isEmpty else { return }
    withState { $0.controller = controller }
    folder.unplug()
    condition.lock()
    defer { condition.unlock() }
    // Or it is in again by another hand, which looks like a reset.
    while unsafe state.wasConfigured && !state.isUnplugged && !state.resetIsPending { condition.wait() }
  }

  /// Puts the cable in again after ``unplug()``, at the same controller.
  /// - Parameter productID: the product id from then on; `nil` for the one it has.
  func plugIn(productID: UInt16? = nil) throws(USBPortError) {
    if let productID {
      var description = description
      description.productID = productID
      try folder.describe(description)
    }
    try folder.plugIn(withState { $0.controller })
  }

  /// Forgets that the cable was pulled, and what was under way on it. Reading then waits for the next one.
  func beginCable() {
    withState { state in
      state.isUnplugged = false
      state.resetIsPending = false
      clearInterrupt(&state)
    }
  }
}
