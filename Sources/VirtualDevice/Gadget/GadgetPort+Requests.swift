internal import CFunctionFS
internal import Foundation

/// Endpoint 0: what the kernel tells of the host.
extension GadgetPort {
  /// Hears the host, for good. Runs on a thread of its own.
  func hearHost() {
    var event = usb_functionfs_event()
    while true {
      let status = unsafe functionfs_next_event(ep0, &event)
      // The host has given up a request.
      if status == -EIDRM { continue }
      guard status == 0 else { return }
      let kind = usb_functionfs_event_type(UInt32(event.type))
      if kind == FUNCTIONFS_SETUP { unsafe answer(event.u.setup) } else { note(kind) }
      condition.broadcast()
    }
  }

  private func note(_ event: usb_functionfs_event_type) {
    withState { state in
      switch event {
      case FUNCTIONFS_ENABLE:
        // An event that was not read yet is dropped by the kernel for the next one, so this one may be all that tells of
        // a reset.
        if state.wasConfigured {
          state.resetIsPending = true
          state.statistics.resets += 1
          endTransfers(&state)
        }
        (state.isConfigured, state.wasConfigured) = (true, true)
        let size = functionfs_packet_size(bulkOut)
        if size > 0 { state.packetSize = Int(size) }
        state.changes += 1
      case FUNCTIONFS_DISABLE:
        // A reset is over when the host has configured the device again. Until then it may be the cable.
        state.isConfigured = false
        state.changes += 1
      case FUNCTIONFS_UNBIND:
        if state.wasConfigured {
          state.isUnplugged = true
          endTransfers(&state)
        }
        (state.isConfigured, state.wasConfigured) = (false, false)
        state.changes += 1
      default: break
      }
    }
  }

  private func endTransfers(_ state: inout State) {
    state.rest = []
    state.restIsShort = false
    state.events = []
  }

  private func answer(_ setup: usb_ctrlrequest) {
    // What comes with a request is read only if it is accepted, and nobody asks what it is.
    let request = ControlRequest(
      requestType: setup.bRequestType,
      request: setup.bRequest,
      value: UInt16(littleEndian: setup.wValue),
      index: UInt16(littleEndian: setup.wIndex),
      length: UInt16(littleEndian: setup.wLength),
      data: []
    )
    let handler = withState { state in
      state.statistics.controlRequests[request.request, default: 0] += 1
      return state.controlHandler
    }
    // A host that has gone, or given up, gets no answer; that is no matter.
    switch handler?(request) ?? .stall {
    case .accept(let bytes) where request.asksForData:
      let count = min(bytes.count, Int(request.length))
      _ = unsafe functionfs_send_answer(ep0, bytes, count)
    case .accept: _ = functionfs_accept(ep0, request.length)
    // The kernel tells of nothing more while a request waits for its answer, so silence is not possible.
    case .stall, .silence: _ = functionfs_refuse(ep0, request.asksForData)
    }
  }
}
