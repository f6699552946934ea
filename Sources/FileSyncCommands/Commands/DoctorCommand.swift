internal import ArgumentParser
internal import MTPStorage
internal import Storage

/// `filesync doctor`
struct DoctorCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Finds out what a device keeps, or what keeps it from being used.",
    discussion: """
      With a device: sends up to fourteen tiny files to its storage, looks at what became of their dates and names, and \
      removes them again. What was found out is remembered, and used from then on. Without one: tells what is known of \
      each connected device, and sends nothing; also what is missing for profiles that are to run when it is plugged in. \
      (Whether it takes files beyond 4 GiB is what a device says of itself. The \
      first run that writes to a device does the same.)
      """
  )

  @Argument(help: "A device's name or serial number, or mtp:DEVICE/STORAGE.") var device: String?
  @Flag(help: "Do not ask before anything is sent.") var yes = false
  @Flag(name: .customLong("no-probe"), help: "Send nothing: tell what is known.") var noProbe = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    guard let device else {
      let status: Result<CommandStatus, Failure>
      do throws(Failure) { status = .success(try await all(context)) } catch { status = .failure(error) }
      for check in AutorunCheck.all(context) {
        if json { context.output.line(check.json.text) } else { check.lines.forEach { context.output.line($0) } }
      }
      return try status.get()
    }
    guard case .device(let asked, let kio) = try Location(device.hasPrefix("mtp:") ? device : "mtp:\(device)") else {
      throw Failure(.usage, "\(shown(device)) names no device", cure: "`filesync devices` lists them.")
    }
    guard noProbe || yes || context.canAsk else {
      throw Failure.nobodyToAsk("Add --yes to send files without a question, or --no-probe to send none.")
    }
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      let location = try context.reading(asked, kio: kio)
      let session = try await places.session(of: location.device)
      let (store, path) = try session.resolve(location)
      guard path.isRoot else {
        throw Failure(.usage, "\(shown(device)) is a folder", cure: "Name the device, or one of its storages.")
      }
      let place = session.usb.location(among: try context.connectedDevices())
      let words = "\(place)/\(store.place(among: session.stores))"
      let before = try? await session.device.knowledge()
      let result = try await examine(session, store, words, context)
      // Interrupted while the last of it was removed.
      try context.checkInterrupt()
      let known = result.knowledge
      var report = KnowledgeReport(device: session.usb, location: place, knowledge: known)
      report.staying = result.staying
      if let zone = known.zone, zone != before?.zone ?? "host" { report.misread = words }
      show(report, context)
      report.left.map { context.errors.line($0) }
      return .done
    }
  }

  /// Tells what is known of every device. One that is not ready is described, with its cure.
  private func all(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let devices = try context.devicesOrFailure()
    for device in devices {
      try context.checkInterrupt()
      let location = device.location(among: devices)
      switch await DeviceReport.look(device, context) {
      case .ready:
        do throws(StorageError) {
          let open = try await context.devices.open(device) { context.errors.line($0) }
          let known = try? await open.knowledge()
          await open.close()
          show(KnowledgeReport(device: device, location: location, knowledge: known), context)
        } catch {
          show(DeviceReport(device: device, location: location, state: .failed(error)), context)
        }
      case let state: show(DeviceReport(device: device, location: location, state: state), context)
      }
    }
    return .done
  }

  private func examine(
    _ session: DeviceSession,
    _ store: Store,
    _ words: String,
    _ context: CommandContext
  ) async throws(Failure) -> ProbeResult {
    guard !noProbe, !store.isReadOnly else {
      do throws(StorageError) {
        return ProbeResult(knowledge: try await session.device.knowledge())
      } catch {
        throw Failure(error)
      }
    }
    if !yes {
      context.errors.line("Up to fourteen tiny files will be sent to \(words), and removed again.")
      guard try await Question.begin.ask(context) else { throw Failure(.declined, "Nothing was sent") }
    }
    let name = shown(session.usb.name)
    return try await context.stoppable({ context.errors.line($0) }) { control throws(Failure) in
      do throws(StorageError) {
        return try await telling({ context.errors.line($0) }, name) { () async throws(StorageError) in
          try await session.device.probe(store, control)
        }
      } catch {
        throw Failure(error)
      }
    }
  }

  private func show(_ report: KnowledgeReport, _ context: CommandContext) {
    if json { context.output.line(report.json.text) } else { report.lines(context).forEach { context.output.line($0) } }
  }

  private func show(_ report: DeviceReport, _ context: CommandContext) {
    if json { context.output.line(report.json.text) } else { report.lines.forEach { context.output.line($0) } }
  }
}
