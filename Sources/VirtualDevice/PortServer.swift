internal import Glibc
internal import PTP

/// Serves one cable: reads commands from the port, lets the responder answer them, and does what the fault script
/// wants. Runs on one thread of its own.
struct PortServer {
  let port: USBPort
  let shared: DeviceState
  let control: ControlState

  /// How serving a cable ended.
  enum Ending { case unplugged, reconnect }

  /// Why a transaction ends without a response of its own.
  enum Interruption: Error {
    case port(USBPortError)
    /// The transaction is over; the next command may come.
    case dropped
    case wedged
    case ended(Ending)

    var isUnplugging: Bool {
      switch self {
      case .ended, .port(.unplugged): true
      case .dropped, .wedged, .port: false
      }
    }
  }

  init(port: USBPort, shared: DeviceState) {
    self.port = port
    self.shared = shared
    control = ControlState(isFragile: shared.profile.rules.isFragile)
    let control = control
    port.onControlRequest { control.answer($0, on: port) }
  }

  /// Serves until the cable is pulled, by either side.
  func run(_ responder: inout Responder) -> Ending {
    while true {
      do throws(Interruption) {
        try serveTransaction(&responder)
      } catch {
        switch error {
        case .dropped, .port(.cancelled), .port(.system): break
        case .wedged: control.kill()
        case .ended(let ending):
          port.unplug()
          return ending
        case .port(.unplugged): return .unplugged
        case .port(.stalled):
          // By the host itself; it clears the halt before it goes on, or pulls the cable, which the next call tells.
          for endpoint in [port.description.bulkIn, port.description.bulkOut] { try? port.waitUntilCleared(endpoint) }
        case .port(.hostReset):
          if shared.profile.rules.leavesAtReset {
            port.unplug()
            return .unplugged
          }
          control.revive()
          responder.reset()
          shared.update { $0.sessionOpen = false }
        }
      }
      control.endTransaction(on: port)
      shared.update { $0.sessionOpen = responder.hasSession }
    }
  }

  private func serveTransaction(_ responder: inout Responder) throws(Interruption) {
    let bytes = try usb { () throws(USBPortError) in try port.readOut(atMost: 16_384) }
    // A dead server takes nothing and answers nothing; the host learns it by its time-outs.
    guard !control.isDead else { return }
    guard let command = try? Command(bytes) else {
      // The driver of older Androids (f_mtp.c, mtp_read) throws empty packets back: read, not run.
      if bytes.isEmpty, shared.profile.rules.sending == .androidLegacy { return }
      if shared.profile.rules.endsAtNonsense { control.kill() }
      return
    }
    if let late = shared.takeLateResponse() { try usb { () throws(USBPortError) in try port.writeIn(late.encoded) } }
    control.beginTransaction()
    if shared.pace > .zero { usleep(UInt32(shared.pace / .microseconds(1))) }
    let faults = shared.begin(command)
    responder.isLocked = shared.isLocked
    if Responder.takesFile(command.code) { return try receiveFile(&responder, command, faults) }
    if let fault = faults.first(where: { $0.offset == 0 && $0.effect.replacesAnswer }) {
      if responder.takesDataset(command.code) { _ = try readData() }
      return try apply(fault.effect, to: command)
    }
    var data: [UInt8] = []
    if responder.takesDataset(command.code) {
      data = try readData()
      if control.swallowsData() { return }
      if let fault = faults.first(where: { $0.effect.replacesAnswer && $0.offset <= UInt64(data.count) }) {
        return try apply(fault.effect, to: command)
      }
    }
    responder.sizeLie = faults.reduce(0) { if case .lieAboutSize(let off) = $1.effect { $0 + off } else { $0 } }
    var reply = responder.answer(command, data: data)
    do throws(Interruption) {
      try sendData(&reply, command, faults)
    } catch {
      if error.isUnplugging, shared.profile.rules.answersLate {
        shared.update { $0.lateResponse = Response(.generalError, transactionID: command.transactionID) }
      }
      throw error
    }
    try respond(reply, command, faults)
  }

  // MARK: Data

  private func sendData(
    _ reply: inout Reply,
    _ command: Command,
    _ faults: [(effect: Fault.Effect, offset: UInt64)]
  ) throws(Interruption) {
    guard let payload = reply.payload else { return }
    let length = payload.length
    let phase = DataPhase(payload, of: command, to: port)
    // The first fault that this much data reaches.
    let fault = faults.filter { $0.effect.replacesAnswer && $0.offset <= length }.min { $0.offset < $1.offset }
    var limit = fault?.offset
    for case (.truncate(let missing), _) in faults { limit = length - min(length, missing) }
    let endsProperly = !faults.contains { $0.effect == .noZeroLengthPacket }
    let sent = try usb { () throws(USBPortError) in
      try phase.send(upTo: limit, endsWithZeroLengthPacket: endsProperly)
    }
    shared.sent(sent)
    if let fault {
      try apply(fault.effect, to: command)
      throw .dropped
    }
    if limit != nil, (12 + sent).isMultiple(of: UInt64(port.description.speed.packetSize)) {
      try usb { () throws(USBPortError) in try port.writeIn([]) }
    }
    if limit == nil, sent < length { reply.response = .incompleteTransfer }
  }

  /// Reads the data that follows a command, its header alone or together with the rest.
  private func readData() throws(Interruption) -> [UInt8] {
    var bytes = try usb { () throws(USBPortError) in try port.readOut(atMost: 16_384) }
    guard let header = try? ContainerHeader(bytes), header.kind == .data else {
      if shared.profile.rules.endsAtNonsense { throw .wedged }
      throw .dropped
    }
    // Properties and datasets are small; what claims to be more is cut.
    let expected = min(Int(header.payload ?? 0) + ContainerHeader.size, 1 << 20)
    while bytes.count < expected {
      let more = try usb { () throws(USBPortError) in try port.readOut(atMost: 16_384) }
      guard !more.isEmpty else { break }
      bytes += more
    }
    shared.received(UInt64(bytes.count - ContainerHeader.size))
    return Array(bytes.dropFirst(ContainerHeader.size))
  }

  // MARK: Response

  func respond(
    _ reply: Reply,
    _ command: Command,
    _ faults: [(effect: Fault.Effect, offset: UInt64)] = []
  ) throws(Interruption) {
    let wrongID = faults.contains { $0.effect == .wrongTransactionID }
    var response = Response(
      reply.response,
      transactionID: command.transactionID &+ (wrongID ? 1 : 0),
      parameters: reply.parameters
    )
    for case (.respondAfterAll(let code), _) in faults { response.code = code }
    shared.responded(response.code)
    // As soon as the host has the response, what it sends belongs to no transaction.
    control.endTransaction(on: port)
    if faults.contains(where: { $0.effect == .kill }) { port.killProgram() }
    try usb { () throws(USBPortError) in try port.writeIn(response.encoded) }
  }

  /// Halts an endpoint until the host clears that.
  func stall(_ endpoint: UInt8) throws(Interruption) {
    port.stall(endpoint)
    try usb { () throws(USBPortError) in try port.waitUntilCleared(endpoint) }
  }

  func apply(_ effect: Fault.Effect, to command: Command) throws(Interruption) {
    switch effect {
    case .unplug: throw .ended(.unplugged)
    case .reconnect: throw .ended(.reconnect)
    case .stall: try stall(port.description.bulkIn)
    case .silence: break
    case .wedge: throw .wedged
    case .garbage:
      try usb { () throws(USBPortError) in try port.writeIn([UInt8](repeating: 0xA5, count: 40)) }
    case .respond(let code):
      try respond(.code(code), command)
    case .wrongTransactionID, .truncate, .lieAboutSize, .noZeroLengthPacket, .fillDevice, .respondAfterAll, .kill:
      break
    }
  }

  func usb<T>(_ call: () throws(USBPortError) -> T) throws(Interruption) -> T {
    do throws(USBPortError) {
      return try call()
    } catch {
      throw .port(error)
    }
  }
}

extension Fault.Effect {
  /// Whether it takes the place of the answer, or of what is left of it.
  var replacesAnswer: Bool {
    switch self {
    case .unplug, .reconnect, .stall, .silence, .wedge, .garbage, .respond: true
    case .wrongTransactionID, .truncate, .lieAboutSize, .noZeroLengthPacket, .fillDevice, .respondAfterAll, .kill: false
    }
  }
}
