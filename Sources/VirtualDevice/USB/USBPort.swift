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

  init(description: USBDescription, busNumber: UInt8, address: UInt8) {
    self.description = description
    self.busNumber = busNumber
    self.address = address
  }

  // MARK: Bulk endpoints

  /// Reads from the bulk OUT endpoint; blocks until `buffer` is full or a short packet (also one of zero bytes) came.
  /// If a packet does not fit, its rest is what the next read begins with, as FunctionFS has it.
  /// - Returns: how many bytes were read; 0 for a zero-length packet alone.
  public func readOut(into buffer: inout MutableRawSpan) throws(USBPortError) -> Int { throw .unplugged }

  /// Reads from the bulk OUT endpoint, see ``readOut(into:)``.
  public func readOut(atMost count: Int) throws(USBPortError) -> [UInt8] { throw .unplugged }

  /// Writes to the bulk IN endpoint; blocks until the host took all. No bytes make a zero-length packet. A write that
  /// is a multiple of the packet size does not end the host's transfer, unless that is full.
  public func writeIn(_ bytes: RawSpan) throws(USBPortError) { throw .unplugged }

  /// Writes to the bulk IN endpoint, see ``writeIn(_:)-(RawSpan)``.
  public func writeIn(_ bytes: [UInt8]) throws(USBPortError) { try unsafe writeIn(bytes.span.bytes) }

  /// Makes a ``readOut(into:)`` or ``writeIn(_:)-(RawSpan)`` that is blocked, or the next one, throw `cancelled`: for
  /// the control handler, which cannot reach the blocked thread otherwise.
  public func interrupt() {}

  /// Takes back an ``interrupt()`` that no call has seen yet.
  public func clearInterrupt() {}

  // MARK: Interrupt endpoint

  /// Puts an event on the interrupt endpoint and blocks until the host took it, after those of other callers. Not for
  /// the thread that must answer the host; ``interrupt()`` does not end it, a reset and an unplug do.
  public func sendEvent(_ bytes: [UInt8]) throws(USBPortError) {}

  /// Puts an event into the endpoint's one slot, and does not wait for the host to take it.
  /// - Returns: `false`, and the event is dropped, if one is still in the slot.
  public func offerEvent(_ bytes: [UInt8]) throws(USBPortError) -> Bool { false }

  // MARK: Endpoint 0, state

  /// Answers class and vendor requests, on a thread of the port (so briefly, without reading or writing); without a
  /// handler they are stalled.
  public func onControlRequest(_ handler: @escaping @Sendable (ControlRequest) -> ControlAnswer) {}

  /// Halts an endpoint: the host's transfers on it fail until it clears the halt.
  public func stall(_ endpoint: UInt8) {}

  /// Whether an endpoint is halted.
  public func isStalled(_ endpoint: UInt8) -> Bool { false }

  /// Blocks until a halted endpoint is cleared.
  public func waitUntilCleared(_ endpoint: UInt8) throws(USBPortError) {}

  /// Gives or takes the right to open the device (the mode of its node): `false` is what a user without a udev rule
  /// sees. Handles that are open stay so.
  public func setAccessible(_ accessible: Bool) throws(USBPortError) {}

  /// Pulls the cable. Blocked calls throw `unplugged`, the host's transfers end with "no device".
  public func unplug() {}

  /// Whether any handle is open on the device.
  public var isOpen: Bool { false }

  /// Blocks until no handle is open on the device, or it is unplugged.
  public func waitUntilClosed() {}

  /// Numbers so far.
  public var statistics: PortStatistics { PortStatistics() }
}
