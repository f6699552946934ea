internal import CFunctionFS
internal import Foundation

/// The data endpoints.
extension GadgetPort {
  /// What the kernel moves at once: it needs that much memory in one piece. A multiple of every packet size.
  private static let mostAtOnce = 1 << 16

  func readOut(into bytes: inout [UInt8], from start: Int, atMost wanted: Int) throws(USBPortError) -> Int {
    condition.lock()
    defer { condition.unlock() }
    var filled = 0
    while true {
      try check()
      let rest = unsafe state.rest.prefix(wanted - filled)
      bytes.replaceSubrange(start + filled..<start + filled + rest.count, with: rest)
      filled += rest.count
      unsafe state.rest.removeFirst(rest.count)
      if unsafe state.rest.isEmpty && state.restIsShort {
        unsafe state.restIsShort = false
        return filled
      }
      if filled == wanted { return filled }
      // Whole packets: one that is larger than what was asked for is an error to the controller, and lost.
      let size = unsafe state.packetSize
      let room = min((wanted - filled + size - 1) / size * size, Self.mostAtOnce)
      var packets = [UInt8](repeating: 0, count: room)
      let count = try move { [transfers, bulkOut, wake] in
        unsafe functionfs_read([transfers], bulkOut, &packets, room, wake)
      }
      unsafe state.rest = packets[0..<count]
      unsafe state.restIsShort = count < room
      unsafe state.statistics.bytesOut += UInt64(count)
    }
  }

  func dropPacketRest() { withState { $0.rest = [] } }

  func dropOverflow() -> Bool {
    withState { state in
      defer { state.rest = [] }
      return !state.rest.isEmpty
    }
  }

  func writeIn(_ bytes: RawSpan) throws(USBPortError) {
    condition.lock()
    defer { condition.unlock() }
    var written = 0
    repeat {
      let size = min(bytes.byteCount - written, Self.mostAtOnce)
      let piece = bytes.extracting(written..<written + size)
      written += try move { [transfers, bulkIn, wake] in
        unsafe piece.withUnsafeBytes { bytes in
          unsafe functionfs_write([transfers], bulkIn, bytes.baseAddress, size, wake)
        }
      }
      unsafe state.statistics.bytesIn += UInt64(size)
    } while written < bytes.byteCount
  }

  /// Runs a transfer of the device's thread until the host has taken its part, in this configuration or in the next. The
  /// lock is held, and let go meanwhile.
  private func move(_ transfer: () -> Int) throws(USBPortError) -> Int {
    while true {
      try check()
      guard unsafe state.isConfigured else {
        condition.wait()
        continue
      }
      let changes = unsafe state.changes
      condition.unlock()
      let result = transfer()
      condition.lock()
      if result >= 0 { return result }
      switch Int32(-result) {
      case ECANCELED: break
      case EAGAIN, ESHUTDOWN, ENODEV:
        // The event that tells why is on its way.
        while unsafe state.changes == changes { condition.wait() }
      default: throw .system("transfer: errno \(-result)")
      }
    }
  }

  // MARK: Events

  func queueEvent(_ bytes: [UInt8]) {
    withState { state in
      state.events.append(bytes)
      state.statistics.mostEventsWaiting = max(state.statistics.mostEventsWaiting, state.events.count - 1)
    }
    condition.broadcast()
  }

  /// Sends the host what is queued, for good. Runs on a thread of its own, as it takes as long as the host likes.
  func sendEvents() {
    condition.lock()
    while true {
      guard unsafe state.isConfigured, let event = unsafe state.events.first else {
        condition.wait()
        continue
      }
      let changes = unsafe state.changes
      condition.unlock()
      let sent = unsafe functionfs_write([eventTransfers], interruptIn, event, event.count, -1)
      condition.lock()
      if sent >= 0 {
        unsafe state.statistics.bytesIn += UInt64(sent)
        if unsafe state.changes == changes { unsafe state.events.removeFirst() }
      } else {
        while unsafe state.changes == changes { condition.wait() }
      }
    }
  }
}
