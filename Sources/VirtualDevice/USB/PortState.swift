internal import CUSBStandIn

/// What is going on at a port. Guarded by the port's lock.
final class PortState {
  var isUnplugged = false
  var resetIsPending = false
  var isInterrupted = false
  var halted: Set<UInt8> = []
  var controlHandler: (@Sendable (ControlRequest) -> ControlAnswer)?
  var connections: [HostConnection] = []
  /// Who has claimed the interface.
  var claimant: HostConnection?
  /// Transfers that have not ended, by endpoint, oldest first. Endpoint 0: requests that are met with silence.
  var transfers: [UInt8: [HostTransfer]] = [:]
  /// Rest of a packet from the host that the last read had no room for, and whether that packet was a short one.
  var packetRest: ArraySlice<UInt8> = []
  var packetWasShort = false
  /// The interrupt endpoint's slot, and how many events were put there and left it, however they did.
  var event: [UInt8]?
  var eventsOffered = 0
  /// Events behind the one in the slot: in an Android phone, a blocked thread each.
  var waitingEvents: [[UInt8]] = []
  var eventsGone = 0
  /// Runs once, when the device is unplugged.
  var onUnplug: (@Sendable () -> Void)?
  var statistics = PortStatistics()

  /// Removes a transfer, if it is still there.
  func remove(_ transfer: HostTransfer, from endpoint: UInt8) {
    transfers[endpoint]?.removeAll { $0 === transfer }
  }

  /// Removes the transfers that fulfil `condition` and are not busy; the busy ones will end with `status`.
  /// - Returns: those that were removed, for the caller to report.
  func end(
    on endpoint: UInt8,
    _ status: virtual_usb_status,
    where condition: (HostTransfer) -> Bool
  ) -> [HostTransfer] {
    let ended = (transfers[endpoint] ?? []).filter(condition)
    for transfer in ended {
      if transfer.isBusy { transfer.ending = status } else { remove(transfer, from: endpoint) }
    }
    return ended.filter { !$0.isBusy }
  }
}
