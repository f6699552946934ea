internal import Glibc
internal import PTP

/// Serves one cable: reads commands from the port, lets the responder answer them, and does what the fault script
/// wants. Runs on one thread of its own.
struct PortServer {
  let port: any ResponderPort
  let shared: DeviceState
  let control: ControlState
  private let early = EarlyCommand()

  /// How serving a cable ended.
  enum Ending: Hashable {
    case unplugged
    case reconnect(Fault.Replug)
  }

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

  init(port: any ResponderPort, shared: DeviceState) {
    self.port = port
    self.shared = shared
    control = ControlState(isFragile: shared.profile.rules.isFragile)
    let control = control
    // Weak, as the port keeps it.
    port.onControlRequest { [weak port] request in
      guard let port else { return .stall }
      return control.answer(request, on: port)
    }
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
    let bytes: [UInt8]
    if let read = early.take() { bytes = read } else { bytes = try readCommand() }
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
    for fault in faults where fault.offset == 0 { happen(fault.effect, &responder, command) }
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
    responder.lies = Lies(faults.filter { $0.offset == 0 })
    var reply = responder.answer(command, data: data)
    responder.lies = Lies()
    let reached = faults.reached(by: reply.payload?.length ?? UInt64(data.count))
    if reached.contains(where: { $0.effect == .late }) { try waitForNextCommand() }
    do throws(Interruption) {
      try sendData(&reply, &responder, command, reached)
    } catch {
      if error.isUnplugging, shared.profile.rules.answersLate {
        shared.update { $0.lateResponse = Response(.generalError, transactionID: command.transactionID) }
      }
      throw error
    }
    let length = reply.payload?.length ?? 0
    try respond(reply, command, reached.filter { $0.effect != .kill || $0.offset == 0 || $0.offset >= length })
  }

  /// Has an answer come when nobody waits for it any more.
  func waitForNextCommand() throws(Interruption) { early.bytes = try readCommand() }

  private func readCommand() throws(Interruption) -> [UInt8] {
    try usb { () throws(USBPortError) in try port.readOut(atMost: 16_384) }
  }

  // MARK: Data

  private func sendData(
    _ reply: inout Reply,
    _ responder: inout Responder,
    _ command: Command,
    _ faults: [DueFault]
  ) throws(Interruption) {
    guard let payload = reply.payload else { return }
    let length = payload.length
    let phase = DataPhase(payload, of: command, to: port, Flaws(faults, length: length))
    // The first fault that this much data reaches.
    let fault = faults.filter { $0.effect.replacesAnswer && $0.offset <= length }.min { $0.offset < $1.offset }
    var limit = fault?.offset
    for case .truncate(let missing) in faults.map(\.effect) { limit = length - min(length, missing) }
    var counted: UInt64 = 0
    let sent = try usb { () throws(USBPortError) in
      try phase.send(upTo: limit) {
        for fault in faults where fault.offset > 0 && fault.offset < length {
          // At once, since the rest of the data may not be taken: by this count a fault knows that it has been.
          shared.sent(fault.offset - min(counted, fault.offset))
          counted = max(counted, fault.offset)
          if fault.effect == .kill { port.killProgram() } else { happen(fault.effect, &responder, command) }
        }
      }
    }
    shared.sent(sent - min(counted, sent))
    if let fault {
      try apply(fault.effect, to: command)
      throw .dropped
    }
    if limit != nil, (12 + sent).isMultiple(of: UInt64(port.packetSize)) {
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
    _ faults: [DueFault] = []
  ) throws(Interruption) {
    let wrongID = faults.contains { $0.effect == .wrongTransactionID }
    var response = Response(
      reply.response,
      transactionID: command.transactionID &+ (wrongID ? 1 : 0),
      parameters: reply.parameters
    )
    for case .respondAfterAll(let code) in faults.map(\.effect) { response.code = code }
    shared.responded(response.code)
    // As soon as the host has the response, what it sends belongs to no transaction.
    control.endTransaction(on: port)
    if faults.contains(where: { $0.effect == .kill }) { port.killProgram() }
    let flaws = reply.payload == nil ? Flaws(faults, length: 0) : Flaws()
    let bytes = flaws.apply(toResponse: response.encoded)
    try usb { () throws(USBPortError) in try port.writeIn(bytes) }
    if faults.contains(where: { $0.effect == .reset }) { port.reset() }
  }

  /// Halts an endpoint until the host clears that.
  func stall(_ endpoint: UInt8) throws(Interruption) {
    port.stall(endpoint)
    try usb { () throws(USBPortError) in try port.waitUntilCleared(endpoint) }
  }

  func apply(_ effect: Fault.Effect, to command: Command) throws(Interruption) {
    switch effect {
    case .unplug: throw .ended(.unplugged)
    case .reconnect(let manner): throw .ended(.reconnect(manner))
    case .stall: try stall(port.description.bulkIn)
    case .silence: break
    case .wedge: throw .wedged
    case .garbage:
      try usb { () throws(USBPortError) in try port.writeIn([UInt8](repeating: 0xA5, count: 40)) }
    case .runt(let count):
      let bytes = Response(.ok, transactionID: command.transactionID).encoded
      try usb { () throws(USBPortError) in try port.writeIn(Array(bytes.prefix(Int(count)))) }
    case .respond(let code):
      try respond(.code(code), command)
    default: break
    }
  }

  /// Does what befalls the device itself.
  func happen(_ effect: Fault.Effect, _ responder: inout Responder, _ command: Command) {
    switch effect {
    case .lock:
      shared.update { $0.isLocked = true }
      responder.isLocked = true
    case .loseStorage: responder.hasLostStorage = true
    case .renumber: responder.renewHandles()
    case .vanish: responder.meddle(with: command, removing: true)
    case .change: responder.meddle(with: command, removing: false)
    case .interrupt: port.interruptProgram()
    default: break
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

/// A command that was read before the one in front of it was answered.
private final class EarlyCommand {
  var bytes: [UInt8]?

  func take() -> [UInt8]? {
    defer { bytes = nil }
    return bytes
  }
}
