internal import PTP

/// Reads one file's data phase from the port and writes it to disk, in pieces.
final class UploadReader {
  private let server: PortServer
  private let upload: Upload
  private let command: Command
  /// The first thing that goes wrong on purpose, and after how many bytes of the file.
  private var fault: DueFault?
  /// After how many bytes the device is full.
  private let roomEnds: UInt64?
  /// Whether it is.
  var hasFilledDevice: Bool { roomEnds.map { $0 < received } ?? false }
  private var buffer: [UInt8]
  /// Bytes of the file so far, and those of them that did not come with the header.
  private(set) var received: UInt64 = 0
  private(set) var receivedAfterHeader: UInt64 = 0

  /// What the header is read with, on Android (MTP_BUFFER_SIZE) as on uMTP.
  private static let firstRead = 16_384
  /// Android's MAX_FILE_CHUNK_SIZE. Like the above, a multiple of every packet size.
  private static let pieceSize = 2 << 20

  init(server: PortServer, upload: Upload, command: Command, faults: [DueFault]) {
    self.server = server
    self.upload = upload
    self.command = command
    fault = faults.filter { $0.effect.replacesAnswer || $0.effect == .kill && $0.offset > 0 }
      .min { $0.offset < $1.offset }
    // Nothing can be written either once the storage is gone, or hidden.
    roomEnds = faults.first { [.fillDevice, .loseStorage, .lock].contains($0.effect) }?.offset
    let announced = upload.size == Upload.unknownSize ? Self.pieceSize : Int(upload.size)
    buffer = [UInt8](repeating: 0, count: min(max(announced, Self.firstRead), Self.pieceSize))
  }

  /// As Android's server does (MtpServer::doSendObject, MtpFfsHandle::receiveFile of Android 9 to 14): reads the
  /// header and what comes with it, then as much as was announced, whatever the container says. So a short packet
  /// before that is an error, and so are more bytes; nothing but a short packet ends a file of unknown size.
  func readAsAndroid(_ responder: borrowing Responder) throws(PortServer.Interruption) -> Upload.Ending {
    let first = try read(Self.firstRead, withHeader: true)
    guard !server.control.swallowsData() else { throw .dropped }
    guard first >= ContainerHeader.size else { return .failed }
    guard var file = responder.open(upload) else { return .failed }
    let initial = first - ContainerHeader.size
    if initial > 0, try take(initial, from: ContainerHeader.size, to: &file) == 0 { return .failed }
    try checkFault()

    var remaining = upload.size == Upload.unknownSize ? upload.size : upload.size &- UInt32(initial)
    let cameWithTheHeader = remaining == 0 && first == Self.firstRead
    var last = (count: 1, isShort: false)
    var isFull = false
    while remaining > 0 {
      let wanted = min(buffer.count, Int(remaining))
      let count = try read(wanted)
      // Whether a piece could be written is looked at only when the next one has come.
      if isFull { try cancelByStalling() }
      isFull = try take(count, from: 0, to: &file) < count
      receivedAfterHeader += UInt64(count)
      // A packet that is larger than what was asked for is an error of the endpoint.
      guard !server.port.dropOverflow() else { return .failed }
      last = (count, count < wanted)
      if remaining != Upload.unknownSize {
        guard !last.isShort else { return .failed }
        remaining -= UInt32(count)
      } else if last.isShort {
        remaining = 0
      }
    }
    let packetSize = server.port.packetSize
    if cameWithTheHeader || last.count.isMultiple(of: packetSize) && !last.isShort {
      guard try read(packetSize) == 0 else { return .failed }
    }
    try checkFault()
    if let modified = upload.modified { file.setModified(modified) }
    return .complete
  }

  /// As Android up to 8.0 does (MtpServer::doSendObject of Android 7.1, MTP_RECEIVE_FILE in the kernel's f_mtp.c; both
  /// read, not run): reads the header and what comes with it, then as much as was announced, in pieces of 16 KiB. A
  /// short packet ends the file at any place, and nobody compares the sizes. A zero-length packet that is due at the end
  /// is thrown back by the driver's next read; here it is waited for at once, as the host waits for it to be taken. Where
  /// the disk is full, the response does not wait for the rest, which then comes as a command.
  func readAsOldAndroid(_ responder: borrowing Responder) throws(PortServer.Interruption) -> Upload.Ending {
    let first = try read(Self.firstRead, withHeader: true)
    guard first >= ContainerHeader.size, var file = responder.open(upload) else { return .failed }
    let initial = first - ContainerHeader.size
    if initial > 0, try take(initial, from: ContainerHeader.size, to: &file) == 0 { return .failed }
    try checkFault()

    var remaining = upload.size == Upload.unknownSize ? upload.size : upload.size &- UInt32(initial)
    var isEnded = first < Self.firstRead
    while remaining > 0 {
      let wanted = min(Self.firstRead, Int(remaining))
      let count = try read(wanted)
      guard try take(count, from: 0, to: &file) == count, !server.port.dropOverflow() else { return .failed }
      receivedAfterHeader += UInt64(count)
      if remaining != Upload.unknownSize { remaining -= UInt32(count) }
      isEnded = count < wanted
      if isEnded { remaining = 0 }
    }
    let packetSize = server.port.packetSize
    if !isEnded, (UInt64(ContainerHeader.size) + received).isMultiple(of: UInt64(packetSize)) {
      guard try read(packetSize) == 0 else { return .failed }
    }
    try checkFault()
    return .complete
  }

  /// As uMTP does, and simple devices: up to a short packet, however much that is.
  func readPlainly(_ responder: borrowing Responder) throws(PortServer.Interruption) -> Upload.Ending {
    let isUMTP = server.shared.profile.rules.sending == .umtp
    let first = try read(Self.firstRead, withHeader: true)
    guard first >= ContainerHeader.size, var file = responder.open(upload) else { return .failed }
    let initial = first - ContainerHeader.size
    var isFull = try take(initial, from: ContainerHeader.size, to: &file) < initial
    // A header that comes alone is, to uMTP, the whole of a file without bytes.
    let header = try? ContainerHeader(Array(buffer.prefix(ContainerHeader.size)))
    var goesOn = first == Self.firstRead || !isUMTP && first == ContainerHeader.size && header?.payload != 0
    while goesOn {
      let count = try read(Self.firstRead)
      if try take(count, from: 0, to: &file) < count { isFull = true }
      goesOn = count == Self.firstRead
    }
    try checkFault()
    if let modified = upload.modified { file.setModified(modified) }
    // uMTP looks neither at what write(2) says nor at the size (mtp_op_sendobject.c).
    if isUMTP { return .complete }
    if isFull { return .full }
    return upload.size == Upload.unknownSize || received == UInt64(upload.size) ? .complete : .failed
  }

  // MARK: Pieces

  /// Fills the buffer with up to `wanted` bytes; fewer come only at a short packet.
  private func read(_ wanted: Int, withHeader: Bool = false) throws(PortServer.Interruption) -> Int {
    let headerSize = withHeader ? ContainerHeader.size : 0
    var filled = 0
    while filled < wanted {
      var room = wanted - filled
      if let fault {
        let beforeFault = UInt64(headerSize) + fault.offset - received - UInt64(filled)
        if beforeFault == 0 { break }
        room = Int(min(UInt64(room), beforeFault))
      }
      let count = try server.usb { () throws(USBPortError) in
        try server.port.readOut(into: &buffer, from: filled, atMost: room)
      }
      filled += count
      guard count == room else { break }
    }
    let payload = UInt64(max(0, filled - headerSize))
    received += payload
    server.shared.received(payload)
    return filled
  }

  /// Writes `count` bytes of the buffer, and then does what goes wrong after them.
  /// - Returns: how many could be written.
  private func take(
    _ count: Int,
    from start: Int,
    to file: inout IncomingFile
  ) throws(PortServer.Interruption) -> Int {
    let written = write(count, from: start, to: &file)
    try checkFault()
    return written
  }

  private func write(_ count: Int, from start: Int, to file: inout IncomingFile) -> Int {
    guard let roomEnds, roomEnds < received else { return file.write(count, of: buffer, from: start) }
    let before = received - UInt64(count)
    let written = file.write(Int(roomEnds - min(roomEnds, before)), of: buffer, from: start)
    file.fillDevice()
    return written
  }

  // MARK: Trouble

  /// Does what should go wrong by now.
  private func checkFault() throws(PortServer.Interruption) {
    guard let fault, received >= fault.offset else { return }
    if fault.effect == .kill {
      // The device waits for the rest, whoever sends it.
      self.fault = nil
      return server.port.killProgram()
    }
    server.port.dropPacketRest()
    switch fault.effect {
    case .stall: try server.stall(server.port.description.bulkOut)
    case .silence:
      // It reads nothing more, until the host cancels or resets.
      try server.usb { () throws(USBPortError) in try server.port.waitUntilInterrupted() }
    default: try server.apply(fault.effect, to: command)
    }
    throw .dropped
  }

  /// How Android's server ends a transaction by itself: both endpoints halt, and no response follows (measured).
  private func cancelByStalling() throws(PortServer.Interruption) -> Never {
    server.control.cancelByDevice()
    server.port.stall(server.port.description.bulkIn)
    server.port.stall(server.port.description.bulkOut)
    throw .dropped
  }
}
