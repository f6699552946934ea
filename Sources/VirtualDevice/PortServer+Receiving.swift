internal import PTP

// The data phase of SendObject and SendPartialObject, which may have any length.
extension PortServer {
  /// Serves a command whose data is a file's.
  func receiveFile(
    _ responder: inout Responder,
    _ command: Command,
    _ faults: [DueFault]
  ) throws(Interruption) {
    let rules = shared.profile.rules
    let upload: Upload
    switch responder.accept(command) {
    case .refused(let code):
      // Android and uMTP answer before they read: the data stays where it is until the host has taken the response.
      if rules.sending == .plain || rules.sending == .garmin { try skipData() }
      return try respond(.code(code), command, faults)
    case .nothing:
      try skipData()
      return try respond(.code(.ok), command, faults)
    case .file(let found): upload = found
    }
    let reader = UploadReader(server: self, upload: upload, command: command, faults: faults)
    let ending: Upload.Ending
    defer { if reader.hasFilledDevice { responder.isFull = true } }
    do throws(Interruption) {
      ending =
        switch rules.sending {
        case .android: try reader.readAsAndroid(responder)
        case .androidLegacy: try reader.readAsOldAndroid(responder)
        case .umtp, .plain, .garmin: try reader.readPlainly(responder)
        }
    } catch {
      responder.finish(upload, .aborted)
      throw error
    }
    for fault in faults where fault.offset > 0 && reader.received >= fault.offset {
      happen(fault.effect, &responder, command)
    }
    // Before the response, so that a host which has that finds the file as it stays.
    responder.finish(upload, ending)
    if faults.contains(where: { $0.effect == .corrupt }) { responder.corrupt(upload.object) }
    if ending == .complete, reader.received > 0, rules.announcesFiles, upload.purpose == .whole {
      let handle = upload.object.handle.rawValue
      port.queueEvent(Event(.objectInfoChanged, transactionID: command.transactionID, parameters: [handle]).encoded)
    }
    let code: ResponseCode =
      switch ending {
      case .complete: .ok
      case .full: .storeFull
      case .failed, .aborted: rules.sending.isAndroid ? .generalError : .incompleteTransfer
      }
    var reply = Reply.code(code)
    if upload.purpose != .whole {
      // Android's response leaves out what came with the header (measured).
      reply.parameters = [ending == .complete ? UInt32(clamping: reader.receivedAfterHeader) : 0]
    }
    // A program that was killed in the middle of the data is killed by now.
    let reached = faults.reached(by: reader.received).filter { $0.effect != .kill || $0.offset == 0 }
    if reached.contains(where: { $0.effect == .late }) { try waitForNextCommand() }
    try respond(reply, command, reached)
  }

  /// Reads data that nobody wants, up to its end.
  func skipData() throws(Interruption) {
    while try usb({ () throws(USBPortError) in try port.readOut(atMost: 16_384) }).count == 16_384 {}
  }
}
