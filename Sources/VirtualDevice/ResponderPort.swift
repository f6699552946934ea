/// The device's end of a cable, as ``PortServer`` needs it: ``USBPort`` on the virtual bus, ``GadgetPort`` on a real one.
///
/// One thread of the device reads and writes; any thread may call the rest.
protocol ResponderPort: AnyObject, Sendable {
  /// What is attached.
  var description: USBDescription { get }
  /// Largest packet of the bulk endpoints on this cable, in bytes.
  var packetSize: Int { get }
  /// Numbers so far.
  var statistics: PortStatistics { get }

  /// Reads from the bulk OUT endpoint, into the `count` elements of `bytes` from `start` on; blocks until they are full
  /// or a short packet (also one of zero bytes) came. If a packet does not fit, its rest is what the next read begins
  /// with.
  /// - Returns: how many bytes were read; 0 for a zero-length packet alone.
  func readOut(into bytes: inout [UInt8], from start: Int, atMost count: Int) throws(USBPortError) -> Int
  /// Drops what is left of a packet that the last read had no room for.
  func dropPacketRest()
  /// If the last read had no room for all of a packet: drops the rest of it.
  /// - Returns: whether it was so.
  func dropOverflow() -> Bool
  /// Writes to the bulk IN endpoint; blocks until the host took all. No bytes make a zero-length packet. A write that
  /// is a multiple of the packet size does not end the host's transfer, unless that is full.
  func writeIn(_ bytes: RawSpan) throws(USBPortError)

  /// Halts an endpoint: the host's transfers on it fail until it clears the halt.
  func stall(_ endpoint: UInt8)
  /// Blocks until the host has cleared a halt, where the next call would not wait for that by itself.
  func waitUntilCleared(_ endpoint: UInt8) throws(USBPortError)

  /// Answers class and vendor requests, on a thread of the port; so briefly, without reading or writing.
  func onControlRequest(_ handler: @escaping @Sendable (ControlRequest) -> ControlAnswer)
  /// Makes a read or write that is blocked, or the next one, throw `cancelled`.
  func interrupt()
  /// Takes back an ``interrupt()`` that no call has seen yet.
  func clearInterrupt()
  /// Blocks until ``interrupt()``, and then throws `cancelled`, or what else ends a call.
  func waitUntilInterrupted() throws(USBPortError)

  /// Puts an event behind those that the host has not taken yet, and does not wait.
  func queueEvent(_ bytes: [UInt8])

  /// Pulls the cable.
  func unplug()
  /// Resets the device, as a program of the host can, where the port can do so.
  func reset()
  /// Kills the program that has claimed the interface, where the port knows it.
  func killProgram()
  /// Interrupts it, as Ctrl-C does.
  func interruptProgram()
}

extension ResponderPort {
  /// Reads from the bulk OUT endpoint, see ``readOut(into:from:atMost:)``.
  /// - Returns: the bytes; none for a zero-length packet alone.
  func readOut(atMost count: Int) throws(USBPortError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let filled = try readOut(into: &bytes, from: 0, atMost: count)
    bytes.removeLast(count - filled)
    return bytes
  }

  /// Writes to the bulk IN endpoint, see ``writeIn(_:)-(RawSpan)``.
  func writeIn(_ bytes: [UInt8]) throws(USBPortError) { try unsafe writeIn(bytes.span.bytes) }
}

extension USBPort: ResponderPort {
  var packetSize: Int { description.speed.packetSize }
}
