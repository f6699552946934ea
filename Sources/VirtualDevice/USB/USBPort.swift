internal import CUSBStandIn
internal import Foundation

/// The device's end of a USB cable: what a function driver sees, much like Linux's FunctionFS, blocking.
///
/// One thread of the device reads and writes; any thread may call the rest. Packets are modelled: what the host sent is
/// taken only as far as it is read here, and what is written here stays here until the host asks for it. Hosts may
/// come and go, one after another or several at once (of whom one can claim the interface), without any notice here,
/// as on a real device: unread and unwritten bytes wait for the next one.
public final class USBPort: Sendable {
  /// What is attached.
  public let description: USBDescription
  public let busNumber: UInt8
  /// From 1 to 127, another one after every attach.
  public let address: UInt8

  let tree: SysfsTree
  let listener: Int32
  /// Guards `state`; signalled whenever something in it changed that a blocked call may wait for.
  let condition = NSCondition()
  // Unsafe because nothing checks that `condition` is held wherever it is used.
  nonisolated(unsafe) let state = PortState()

  /// Makes the entries in the bus's directory; nobody answers there before ``start(_:)``.
  init(_ tree: SysfsTree) throws(USBPortError) {
    self.tree = tree
    description = tree.description
    busNumber = tree.busNumber
    address = tree.address
    listener = unsafe virtual_usb_listen(tree.ports, tree.socketName)
    guard listener >= 0 else { throw .system("\(tree.ports)/\(tree.socketName): errno \(errno)") }
    do {
      try tree.add()
    } catch {
      close(listener)
      tree.remove()
      throw .system("\(tree.directory): \(error.localizedDescription)")
    }
  }

  /// Runs the part of `body` that looks at the state.
  func withState<Result, Failure>(_ body: (PortState) throws(Failure) -> Result) throws(Failure) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return try unsafe body(state)
  }

  // MARK: State

  /// Answers class and vendor requests, on a thread of the port (so briefly, without reading or writing); without a
  /// handler they are stalled.
  public func onControlRequest(_ handler: @escaping @Sendable (ControlRequest) -> ControlAnswer) {
    withState { $0.controlHandler = handler }
  }

  /// Makes a ``readOut(into:)`` or ``writeIn(_:)-(RawSpan)`` that is blocked, or the next one, throw `cancelled`: for
  /// the control handler, which cannot reach the blocked thread otherwise.
  public func interrupt() {
    withState { $0.isInterrupted = true }
    condition.broadcast()
  }

  /// Takes back an ``interrupt()`` that no call has seen yet.
  public func clearInterrupt() { withState { $0.isInterrupted = false } }

  /// Blocks until ``interrupt()``, and then throws `cancelled`, or what else ends a call.
  public func waitUntilInterrupted() throws(USBPortError) {
    condition.lock()
    defer { condition.unlock() }
    while true {
      try check(description.bulkOut)
      condition.wait()
    }
  }

  /// Halts an endpoint: the host's transfers on it fail until it clears the halt.
  public func stall(_ endpoint: UInt8) {
    let ended = withState { state in
      state.halted.insert(endpoint)
      return state.end(on: endpoint, VIRTUAL_USB_STALLED) { _ in true }
    }
    report(ended, VIRTUAL_USB_STALLED)
  }

  /// Whether an endpoint is halted.
  public func isStalled(_ endpoint: UInt8) -> Bool { withState { $0.halted.contains(endpoint) } }

  /// Blocks until an endpoint is not halted.
  public func waitUntilCleared(_ endpoint: UInt8) throws(USBPortError) {
    condition.lock()
    defer { condition.unlock() }
    while unsafe state.halted.contains(endpoint) {
      if unsafe state.isUnplugged { throw .unplugged }
      condition.wait()
    }
  }

  /// Gives or takes the right to open the device (the mode of its node): `false` is what a user without a udev rule
  /// sees. Handles that are open stay so.
  public func setAccessible(_ accessible: Bool) throws(USBPortError) {
    guard unsafe chmod(tree.node, accessible ? 0o664 : 0) == 0 else { throw .system("\(tree.node): errno \(errno)") }
  }

  /// Whether the cable is in.
  public var isOnBus: Bool { withState { !$0.isUnplugged } }

  /// Whether any handle is open on the device.
  public var isOpen: Bool { withState { !$0.connections.isEmpty } }

  /// Blocks until no handle is open on the device, or it is unplugged.
  public func waitUntilClosed() {
    condition.lock()
    defer { condition.unlock() }
    while unsafe !state.connections.isEmpty && !state.isUnplugged { condition.wait() }
  }

  /// Kills the program that has claimed the interface (SIGKILL), and blocks until it is gone. One in this process lives.
  func killProgram() {
    condition.lock()
    defer { condition.unlock() }
    guard let connection = unsafe state.claimant, connection.killProgram() else { return }
    // The next program may be there before this thread looks again.
    while unsafe state.connections.contains(where: { $0 === connection }) && !state.isUnplugged { condition.wait() }
  }

  /// Interrupts the program that has claimed the interface (SIGINT), as Ctrl-C does. One in this process is not.
  func interruptProgram() {
    condition.lock()
    defer { condition.unlock() }
    unsafe state.claimant?.interruptProgram()
  }

  /// Numbers so far.
  public var statistics: PortStatistics { withState { $0.statistics } }

  /// Tells the hosts that transfers are over, which are no longer in the state.
  func report(_ ended: [HostTransfer], _ status: virtual_usb_status) {
    for transfer in ended {
      let moved = transfer.data.isEmpty ? 0 : transfer.moved
      transfer.connection.done(transfer.id, status, length: moved)
    }
  }

  /// Ends a blocking call that cannot go on. The lock is held.
  func check(_ endpoint: UInt8) throws(USBPortError) {
    if unsafe state.isUnplugged { throw .unplugged }
    if unsafe state.resetIsPending {
      unsafe state.resetIsPending = false
      throw .hostReset
    }
    if unsafe state.isInterrupted {
      unsafe state.isInterrupted = false
      throw .cancelled
    }
    if unsafe state.halted.contains(endpoint) { throw .stalled }
  }
}
