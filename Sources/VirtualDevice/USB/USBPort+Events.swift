internal import CUSBStandIn
internal import Foundation

extension USBPort {
  /// Puts an event on the interrupt endpoint and blocks until the host took it, after those of other callers. Not for
  /// the thread that must answer the host; ``interrupt()`` does not end it, a reset and an unplug do.
  public func sendEvent(_ bytes: [UInt8]) throws(USBPortError) {
    condition.lock()
    defer { condition.unlock() }
    let state = unsafe state
    let resets = state.statistics.resets
    func waitForHost() throws(USBPortError) {
      if state.isUnplugged { throw .unplugged }
      if state.statistics.resets != resets { throw .hostReset }
      condition.wait()
    }
    while state.event != nil || state.isUnplugged { try waitForHost() }
    let ticket = offer(bytes)
    while state.eventsGone < ticket || state.statistics.resets != resets { try waitForHost() }
  }

  /// Puts an event into the endpoint's one slot, and does not wait for the host to take it.
  /// - Returns: `false`, and the event is dropped, if one is still in the slot.
  public func offerEvent(_ bytes: [UInt8]) throws(USBPortError) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    if unsafe state.isUnplugged { throw .unplugged }
    guard unsafe state.event == nil else { return false }
    _ = offer(bytes)
    return true
  }

  /// Puts an event behind those that the host has not taken yet, and does not wait.
  public func queueEvent(_ bytes: [UInt8]) {
    withState { state in
      if state.event == nil { _ = offer(bytes) } else { state.waitingEvents.append(bytes) }
      state.statistics.mostEventsWaiting = max(state.statistics.mostEventsWaiting, state.waitingEvents.count)
    }
  }

  /// Fills the slot. The lock is held, and let go if a host waits for the event.
  /// - Returns: what `eventsGone` reaches when the event has left the slot.
  private func offer(_ bytes: [UInt8]) -> Int {
    let state = unsafe state
    state.event = bytes
    state.eventsOffered += 1
    let ticket = state.eventsOffered
    deliverEvents()
    return ticket
  }

  /// Gives the event in the slot to a transfer that waits for one. The lock is held, and let go in between.
  func deliverEvents() {
    let state = unsafe state
    let endpoint = description.interruptIn
    while !state.halted.contains(endpoint), let event = state.event, let transfer = state.transfers[endpoint]?.first {
      state.event = nil
      state.remove(transfer, from: endpoint)
      condition.unlock()
      if event.count > transfer.length {
        report([transfer], VIRTUAL_USB_OVERFLOWED)
      } else {
        transfer.connection.done(transfer.id, payload: event)
      }
      condition.lock()
      state.statistics.bytesIn += UInt64(min(event.count, transfer.length))
      state.eventsGone += 1
      if state.event == nil, !state.waitingEvents.isEmpty {
        state.event = state.waitingEvents.removeFirst()
        state.eventsOffered += 1
      }
      condition.broadcast()
    }
  }
}
