internal import CUSBStandIn

/// Endpoint 0.
extension USBPort {
  /// Answers a request, which stands at the beginning of the transfer's data.
  func answer(_ transfer: HostTransfer) {
    guard transfer.data.count >= 8 else { return transfer.connection.done(transfer.id, VIRTUAL_USB_STALLED) }
    let setup = transfer.data
    func word(_ offset: Int) -> UInt16 { UInt16(setup[offset]) | UInt16(setup[offset + 1]) << 8 }
    let request = ControlRequest(
      requestType: setup[0],
      request: setup[1],
      value: word(2),
      index: word(4),
      length: word(6),
      data: Array(setup.dropFirst(8))
    )
    let isStandard = request.requestType & 0x60 == 0
    switch isStandard ? standardAnswer(request) : functionAnswer(request) {
    case .accept(let bytes):
      if request.asksForData {
        transfer.connection.done(transfer.id, payload: Array(bytes.prefix(Int(request.length))))
      } else {
        transfer.connection.done(transfer.id, length: request.data.count)
      }
    case .stall:
      transfer.connection.done(transfer.id, VIRTUAL_USB_STALLED)
    case .silence:
      withState { $0.transfers[0, default: []].append(transfer) }
    }
  }

  private func functionAnswer(_ request: ControlRequest) -> ControlAnswer {
    let handler = withState { state in
      state.statistics.controlRequests[request.request, default: 0] += 1
      return state.controlHandler
    }
    return handler?(request) ?? .stall
  }

  /// USB 2.0 section 9.4.
  private func standardAnswer(_ request: ControlRequest) -> ControlAnswer {
    let toEndpoint = request.requestType & 0x1F == 2
    let endpoint = UInt8(request.index & 0xFF)
    switch request.request {
    case 0: return .accept([toEndpoint && isStalled(endpoint) ? 1 : 0, 0])
    case 1 where toEndpoint && request.value == 0:
      clearHalt(endpoint)
      return .accept()
    case 3 where toEndpoint && request.value == 0:
      stall(endpoint)
      return .accept()
    case 6: return descriptorAnswer(request)
    case 8: return .accept([1])
    case 9 where request.value == 1:
      for endpoint in withState({ $0.halted }) { clearHalt(endpoint) }
      return .accept()
    case 10 where request.index == 0: return .accept([0])
    case 11 where request.index == 0 && request.value == 0: return .accept()
    default: return .stall
    }
  }

  private func descriptorAnswer(_ request: ControlRequest) -> ControlAnswer {
    switch request.value >> 8 {
    case 1: .accept(description.deviceDescriptor)
    case 2 where request.value & 0xFF == 0: .accept(description.configurationDescriptor)
    case 3: description.stringDescriptor(UInt8(request.value & 0xFF)).map { .accept($0) } ?? .stall
    default: .stall
    }
  }
}
