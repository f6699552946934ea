internal import Logging
internal import MTPStorage
internal import Storage
internal import SyncEngine

/// A run as it is planned, and may be planned anew. `Opened` is what the command has opened for it.
struct Draft<Opened: Sendable>: Sendable {
  var run: SyncRun
  var plan: Plan
  var ends: RunFlow.Ends
  var opened: Opened
  /// Where it writes; `nil` for this computer.
  var volume: PlaceVolume?
  /// What else to tell with the plan.
  var note: String?
  /// Whether it is to be confirmed also if the plan is idle.
  var asksIfIdle = false
  /// What to tell where it is not.
  var declined = "Nothing was copied"
  /// Throws what keeps it from being carried out, once it was confirmed, and before anything is written.
  var check: @Sendable () async throws(Failure) -> Void = {}
}

/// The first files that go to a device: before them it is tried out what the device can do.
extension RunFlow {
  /// Plans a run and has it confirmed. If it writes to a device that nobody has tried yet, that is done then; where it shows
  /// something that plans go by, the run is planned anew, and confirmed again if it would do something else.
  /// - Parameter draft: opens and plans; `true` the second time.
  /// - Returns: what is to be carried out; `nil` in a dry run.
  func settle<Opened>(
    _ control: TransferControl,
    _ draft: (_ isAgain: Bool) async throws(Failure) -> Draft<Opened>
  ) async throws(Failure) -> Draft<Opened>? {
    let first = try await draft(false)
    let device = await untried(first)
    guard try await confirm(first, announcing: device?.name) else { return nil }
    try await first.check()
    guard let device else {
      await removeLeftovers(first)
      return first
    }
    let before = try await device.facts()
    try await tryOut(device, control)
    let isAssumed = first.plan.assumedZones.contains { $0.device == first.run.destination.traits.identity.device }
    guard try await device.facts() != before || isAssumed else { return first }
    let second = try await draft(true)
    guard second.plan.refusals.isEmpty, second.plan.doesTheSame(as: first.plan) else {
      report.human.say(["What \(device.name) can do changes the plan:"])
      guard try await confirm(second) else { return nil }
      try await second.check()
      return second
    }
    tell(second.plan, second.ends)
    try await second.check()
    return second
  }

  private func confirm<Opened>(_ draft: Draft<Opened>, announcing device: String? = nil) async throws(Failure) -> Bool {
    let probe = device.map {
      "  Note: Before the first file, it is tried out once what \($0) can do, with a few small files that are removed "
        + "again."
    }
    let notes = [draft.note, probe].compactMap(\.self)
    return try await confirm(
      draft.plan,
      draft.ends,
      note: notes.isEmpty ? nil : notes.joined(separator: "\n"),
      asksIfIdle: draft.asksIfIdle,
      declined: draft.declined
    )
  }

  /// The device that the run would send the first file to; `nil` where it need not, or may not, be tried out.
  private func untried<Opened>(_ draft: Draft<Opened>) async -> UntriedDevice? {
    guard !options.dryRun, context.environment["FILESYNC_PROBE"] != "no", let device = draft.volume?.device,
      draft.plan.refusals.isEmpty, draft.plan.actions.contains(where: \.movesFile),
      (try? await device.session.device.isUntried(device.store)) == true
    else { return nil }
    let untried = UntriedDevice(session: device.session, store: device.store)
    guard let space = try? await draft.run.destination.space(), space.free < UntriedDevice.room else { return untried }
    return nil
  }

  /// Removes what a probe of an earlier run left where this one is to write. Whatever keeps it from that does not keep the
  /// run from its files; a session that died is opened again for the first of them.
  private func removeLeftovers<Opened>(_ draft: Draft<Opened>) async {
    guard let device = draft.volume?.device else { return }
    do throws(StorageError) {
      try await device.session.device.removeProbeLeftovers(device.store)
    } catch {
      report.logs.main.warning("what an earlier probe left was not removed: \(shown(error.cause))")
    }
  }

  private func tryOut(_ device: UntriedDevice, _ control: TransferControl) async throws(Failure) {
    report.logs.main.info("trying out what \(device.name) can do")
    report.write(JSONLine("probing", ["name": .text(device.session.usb.name), "location": .text(device.location)]))
    let result: ProbeResult
    let zone: String?
    do throws(StorageError) {
      let open = device.session.device
      zone = try await open.knowledge().zone
      result = try await telling({ options.quiet ? () : say($0) }, device.name) { () async throws(StorageError) in
        try await open.probeOnce(device.store, control)
      }
    } catch {
      throw Failure(error)
    }
    if var error = result.failure {
      error.path = nil
      error.cause = "Not all was found out that \(device.session.usb.name) can do: \(error.cause)"
      report.take(.warning(error))
    }
    var findings = KnowledgeReport(device: device.session.usb, location: device.location, knowledge: result.knowledge)
    findings.staying = result.staying
    if let now = result.knowledge.zone, now != zone ?? "host" {
      findings.misread = "\(device.location)/\(device.store.place(among: device.session.stores))"
    }
    report.write(findings.json)
    findings.mending.map { say("\(device.name): \($0)") }
    findings.left.map(say)
  }
}

/// A device to which no file was ever sent, as far as is known, and the storage that is to get one.
private struct UntriedDevice {
  /// What the files of a probe need at the most, in bytes: each takes a cluster, of 256 KiB on the largest cards.
  static let room: UInt64 = 4 << 20

  let session: DeviceSession
  let store: Store

  var name: String { shown(session.usb.name) }
  var location: String { session.usb.location(among: [session.usb]) }

  /// What plans go by.
  struct Facts: Equatable {
    var names: NameRules
    var capabilities: Capabilities
    var times: TimeSupport
    var maximumFileSize: UInt64?
    var deletesNothing: Bool
    /// Where none is known, this computer's is assumed.
    var zone: String
  }

  func facts() async throws(Failure) -> Facts {
    do throws(StorageError) {
      let traits = try await session.device.storage(of: store, at: .root).traits
      return Facts(
        names: traits.names,
        capabilities: traits.capabilities,
        times: traits.times,
        maximumFileSize: traits.maximumFileSize,
        deletesNothing: traits.deletesNothing,
        zone: try await session.device.knowledge().zone ?? "host"
      )
    } catch {
      throw Failure(error)
    }
  }
}

extension Plan {
  /// Whether both do the same, file by file.
  fileprivate func doesTheSame(as other: Plan) -> Bool {
    actions.elementsEqual(other.actions) { one, other in
      one.change == other.change && one.path == other.path && one.source?.path == other.source?.path
        && one.bytes == other.bytes
    }
  }
}
