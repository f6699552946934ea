internal import CUSBStandIn
internal import Foundation

/// The port's own thread, which hears what the hosts ask.
extension USBPort {
  /// Starts to answer hosts. `ended` runs once, when the device is unplugged.
  func start(_ ended: @escaping @Sendable () -> Void) {
    withState { $0.onUnplug = ended }
    let thread = Thread { [self] in serve() }
    thread.name = "USB port \(tree.portName)"
    thread.start()
  }

  /// Pulls the cable. Blocked calls throw `unplugged`, the host's transfers end with "no device".
  public func unplug() {
    let (connections, ended) = withState { state in
      let first = !state.isUnplugged
      state.isUnplugged = true
      // Wakes the port's thread, which closes the socket once it has seen the flag, and not before.
      if first { shutdown(listener, Int32(SHUT_RDWR)) }
      return (state.connections, first ? state.onUnplug : nil)
    }
    guard let ended else { return }
    tree.remove()
    for connection in connections { connection.hangUp() }
    condition.broadcast()
    ended()
  }

  private func serve() {
    while true {
      let (connections, isUnplugged) = withState { ($0.connections, $0.isUnplugged) }
      if isUnplugged { break }
      let sockets = [listener] + connections.map(\.socket)
      var polled = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard unsafe poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
      if polled[0].revents != 0 { accept() }
      for (connection, polled) in zip(connections, polled.dropFirst()) where polled.revents != 0 {
        // Another host's claim may have looked after it in the meantime.
        if withState({ state in state.connections.contains { $0 === connection } }) && connection.hasInput {
          hear(connection)
        }
      }
    }
    withState { state in
      state.connections = []
      state.transfers = [:]
      state.claimant = nil
    }
    close(listener)
    condition.broadcast()
  }

  private func accept() {
    let socket = virtual_usb_accept(listener)
    guard socket >= 0 else { return }
    let connection = HostConnection(socket: socket)
    withState { state in
      // Else it is dropped, which hangs up.
      guard !state.isUnplugged else { return }
      state.connections.append(connection)
      state.statistics.opens += 1
    }
  }

  /// Receives one frame and does what it says.
  private func hear(_ connection: HostConnection) {
    guard let (frame, payload) = connection.receive() else { return drop(connection) }
    switch virtual_usb_kind(UInt32(frame.kind)) {
    case VIRTUAL_USB_SUBMIT:
      submit(HostTransfer(connection, frame, data: payload), to: frame.endpoint)
    case VIRTUAL_USB_CANCEL:
      cancel { $0.connection === connection && $0.id == frame.id }
    case VIRTUAL_USB_CLAIM:
      connection.done(frame.id, frame.endpoint == 0 ? claim(connection) : VIRTUAL_USB_ABSENT)
    case VIRTUAL_USB_RELEASE:
      release(connection)
      connection.done(frame.id)
    case VIRTUAL_USB_CLEAR_HALT:
      clearHalt(frame.endpoint)
      connection.done(frame.id)
    case VIRTUAL_USB_RESET:
      reset()
      connection.done(frame.id)
    default:
      drop(connection)
    }
  }

  /// Forgets a host that hung up, and gives back what it had claimed.
  private func drop(_ connection: HostConnection) {
    release(connection)
    withState { state in
      state.connections.removeAll { $0 === connection }
      for endpoint in state.transfers.keys { state.transfers[endpoint]?.removeAll { $0.connection === connection } }
      state.statistics.closes += 1
    }
    connection.hangUp()
    condition.broadcast()
  }

  private func submit(_ transfer: HostTransfer, to endpoint: UInt8) {
    if endpoint == 0 { return answer(transfer) }
    guard [description.bulkIn, description.bulkOut, description.interruptIn].contains(endpoint) else {
      return transfer.connection.done(transfer.id, VIRTUAL_USB_ABSENT)
    }
    // As usbfs does, a transfer claims the interface if nobody has.
    let status = claim(transfer.connection)
    guard status == VIRTUAL_USB_COMPLETED else { return transfer.connection.done(transfer.id, status) }
    let isHalted = withState { state in
      if state.halted.contains(endpoint) { return true }
      state.transfers[endpoint, default: []].append(transfer)
      if endpoint == description.interruptIn { deliverEvents() }
      return false
    }
    if isHalted { transfer.connection.done(transfer.id, VIRTUAL_USB_STALLED) }
    condition.broadcast()
  }

  private func cancel(where condition: (HostTransfer) -> Bool) {
    let ended = withState { state in
      let ended = state.transfers.keys.flatMap { state.end(on: $0, VIRTUAL_USB_CANCELLED, where: condition) }
      state.statistics.transfersCancelled += ended.count
      return ended
    }
    report(ended, VIRTUAL_USB_CANCELLED)
  }

  private func claim(_ connection: HostConnection) -> virtual_usb_status {
    while true {
      let claimant = withState { state in
        if state.claimant == nil {
          state.claimant = connection
          state.statistics.claims += 1
          if !state.isUnplugged { tree.setClaimed(true) }
        }
        return state.claimant
      }
      if claimant === connection { return VIRTUAL_USB_COMPLETED }
      // The other may have hung up already, unheard.
      guard let claimant, claimant.hasInput else { return VIRTUAL_USB_BUSY }
      hear(claimant)
    }
  }

  private func release(_ connection: HostConnection) {
    withState { state in
      guard state.claimant === connection else { return }
      state.claimant = nil
      // Another device may be on this port of the bus by now.
      if !state.isUnplugged { tree.setClaimed(false) }
    }
  }

  func clearHalt(_ endpoint: UInt8) {
    withState { state in
      state.halted.remove(endpoint)
      state.statistics.haltsCleared += 1
      if endpoint == description.interruptIn { deliverEvents() }
    }
    condition.broadcast()
  }

  /// What a reset of the bus does to this device, whichever program asks for it.
  func reset() {
    let ended = withState { state in
      state.halted = []
      state.resetIsPending = true
      state.isInterrupted = false
      state.packetRest = []
      state.event = nil
      state.waitingEvents = []
      state.eventsGone = state.eventsOffered
      state.statistics.resets += 1
      return state.transfers.keys.flatMap { state.end(on: $0, VIRTUAL_USB_CANCELLED) { _ in true } }
    }
    report(ended, VIRTUAL_USB_CANCELLED)
    condition.broadcast()
  }
}
