internal import CUSBStandIn
internal import Foundation

extension USBPort {
  /// Reads from the bulk OUT endpoint; blocks until `buffer` is full or a short packet (also one of zero bytes) came.
  /// If a packet does not fit, its rest is what the next read begins with, as FunctionFS has it.
  /// - Returns: how many bytes were read; 0 for a zero-length packet alone.
  public func readOut(into buffer: inout MutableRawSpan) throws(USBPortError) -> Int {
    try readOut(into: &buffer, from: 0, atMost: buffer.byteCount)
  }

  /// Reads from the bulk OUT endpoint, see ``readOut(into:)``, into the `count` bytes of `buffer` from `start` on.
  func readOut(into buffer: inout MutableRawSpan, from start: Int, atMost wanted: Int) throws(USBPortError) -> Int {
    let endpoint = description.bulkOut
    condition.lock()
    defer { condition.unlock() }
    let state = unsafe state
    var filled = 0
    while true {
      try check(endpoint)
      if !state.packetRest.isEmpty {
        let count = min(state.packetRest.count, wanted - filled)
        buffer.replace(at: start + filled, with: state.packetRest.prefix(count))
        state.packetRest.removeFirst(count)
        filled += count
        if state.packetRest.isEmpty && state.packetWasShort { return filled }
      }
      if filled == wanted { return filled }
      guard let transfer = state.transfers[endpoint]?.first else {
        condition.wait()
        continue
      }
      let count = min(transfer.data.count - transfer.moved, wanted - filled)
      buffer.replace(at: start + filled, with: transfer.data[transfer.moved..<transfer.moved + count])
      filled += count
      if receive(transfer, count) { return filled }
    }
  }

  /// Reads from the bulk OUT endpoint, see ``readOut(into:)``, into the `count` elements of `bytes` from `start` on.
  func readOut(into bytes: inout [UInt8], from start: Int, atMost count: Int) throws(USBPortError) -> Int {
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let filled = try readOut(into: &buffer, from: start, atMost: count)
    return filled
  }

  /// Reads from the bulk OUT endpoint, see ``readOut(into:)``.
  /// - Returns: the bytes; none for a zero-length packet alone.
  public func readOut(atMost count: Int) throws(USBPortError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let filled = try readOut(into: &buffer)
    bytes.removeLast(count - filled)
    return bytes
  }

  /// Drops what is left of a packet that the last read had no room for.
  public func dropPacketRest() { withState { $0.packetRest = [] } }

  /// If the last read had no room for all of a packet: drops the rest of it, and of the host's transfer, as a
  /// controller does for which that is an error.
  /// - Returns: whether it was so.
  public func dropOverflow() -> Bool {
    let (overflowed, ended) = withState { state in
      guard !state.packetRest.isEmpty else { return (false, [] as [HostTransfer]) }
      state.packetRest = []
      guard let transfer = state.transfers[description.bulkOut]?.first, transfer.moved > 0 else { return (true, []) }
      state.statistics.bytesOut += UInt64(transfer.data.count - transfer.moved)
      transfer.moved = transfer.data.count
      state.remove(transfer, from: description.bulkOut)
      return (true, [transfer])
    }
    report(ended, VIRTUAL_USB_COMPLETED)
    return overflowed
  }

  /// Takes the packets of `transfer` that its next `count` bytes are in, and ends it with its last packet.
  /// The lock is held, and let go while the host is told.
  /// - Returns: whether the function's read ends here, with a short packet that was taken whole.
  private func receive(_ transfer: HostTransfer, _ count: Int) -> Bool {
    let state = unsafe state
    let size = description.speed.packetSize
    let total = transfer.data.count
    let isZeroPacket = transfer.moved == total
    let read = transfer.moved + count
    let taken = min(total, (read + size - 1) / size * size)
    let isShort = isZeroPacket || (taken == total && total % size != 0)
    state.packetRest = transfer.data[read..<taken]
    state.packetWasShort = isShort
    state.statistics.bytesOut += UInt64(taken - transfer.moved)
    transfer.moved = taken
    let zeroPacketFollows = transfer.addsZeroPacket && total > 0 && total % size == 0 && !isZeroPacket
    if taken == total && !zeroPacketFollows {
      state.remove(transfer, from: description.bulkOut)
      condition.unlock()
      report([transfer], VIRTUAL_USB_COMPLETED)
      condition.lock()
    }
    return isShort && read == taken
  }

  /// Writes to the bulk IN endpoint; blocks until the host took all. No bytes make a zero-length packet. A write that
  /// is a multiple of the packet size does not end the host's transfer, unless that is full.
  public func writeIn(_ bytes: RawSpan) throws(USBPortError) {
    let endpoint = description.bulkIn
    condition.lock()
    defer { condition.unlock() }
    let state = unsafe state
    var offset = 0
    repeat {
      try check(endpoint)
      guard let transfer = state.transfers[endpoint]?.first else {
        condition.wait()
        continue
      }
      let step = InStep(
        room: transfer.length - transfer.moved,
        rest: bytes.byteCount - offset,
        packetSize: description.speed.packetSize
      )
      transfer.isBusy = true
      condition.unlock()
      let kind = step.ending == nil ? VIRTUAL_USB_DATA : VIRTUAL_USB_DONE
      let payload = bytes.extracting(offset..<offset + step.count)
      transfer.connection.send(kind, id: transfer.id, status: step.ending ?? VIRTUAL_USB_COMPLETED, payload: payload)
      condition.lock()
      transfer.isBusy = false
      transfer.moved += step.count
      state.statistics.bytesIn += UInt64(step.count)
      offset += step.count + step.lost
      if step.ending != nil {
        state.remove(transfer, from: endpoint)
      } else if let ending = transfer.ending {
        state.remove(transfer, from: endpoint)
        condition.unlock()
        report([transfer], ending)
        condition.lock()
      }
      if step.endsWrite { return }
    } while offset < bytes.byteCount || bytes.isEmpty
  }

  /// Writes to the bulk IN endpoint, see ``writeIn(_:)-(RawSpan)``.
  public func writeIn(_ bytes: [UInt8]) throws(USBPortError) { try unsafe writeIn(bytes.span.bytes) }
}

/// What a host's transfer takes of a write, at once.
struct InStep: Equatable {
  /// Bytes that go into the transfer.
  var count = 0
  /// Bytes after them that are lost: a packet that has no room.
  var lost = 0
  /// How the transfer ends; `nil` if it goes on.
  var ending: virtual_usb_status?
  /// Whether this was a zero-length packet, which is a write of its own.
  var endsWrite = false

  /// Whole packets travel together, but not more than this at once, so that a cancel is soon seen.
  private static let limit = 1 << 20

  /// - Parameters:
  ///   - room: what is left of the transfer, in bytes.
  ///   - rest: what is left of the write; 0 for a zero-length packet.
  ///   - packetSize: in bytes.
  init(room: Int, rest: Int, packetSize: Int) {
    guard rest > 0 else {
      (ending, endsWrite) = (VIRTUAL_USB_COMPLETED, true)
      return
    }
    count = min(room, rest, Self.limit) / packetSize * packetSize
    if count > 0 && count == room { ending = VIRTUAL_USB_COMPLETED }
    if ending != nil || count == rest || count == Self.limit { return }
    let packet = min(packetSize, rest - count)
    if packet > room - count {
      (lost, ending) = (packet, VIRTUAL_USB_OVERFLOWED)
    } else {
      count += packet
      ending = VIRTUAL_USB_COMPLETED
    }
  }
}

extension MutableRawSpan {
  /// Copies `bytes` to `offset`, where there is room for them.
  fileprivate mutating func replace(at offset: Int, with bytes: ArraySlice<UInt8>) {
    unsafe withUnsafeMutableBytes { destination in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: destination[offset..<offset + source.count])
          .copyMemory(from: source)
      }
    }
  }
}
