internal import Logging
internal import MTPStorage
internal import Storage
internal import SyncEngine

/// A run as it is planned, and may be planned anew. `Opened` is what the command has opened for it.
struct Draft<Opened: Sendable>: Sendable {
  var run: SyncRun
  var plan: Plan
  /// What a two-way run does at the source; `nil` for a run in one direction.
  var back: Plan?
  var ends: RunFlow.Ends
  var opened: Opened
  /// Where it writes, or removes; none for this computer.
  var volumes: [PlaceVolume] = []
  /// What else to tell with the plan.
  var note: String?
  /// Whether it is to be confirmed also if the plan is idle.
  var asksIfIdle = false
  /// Whether the plan tells that not all is done, besides what it leaves behind.
  var isPartial = false
  /// What to tell where it is not.
  var declined = "Nothing was copied"
  /// Throws what keeps it from being carried out, as far as the plan tells; a dry run, too.
  var refuse: @Sendable () throws(Failure) -> Void = {}
  /// Throws what keeps it from being carried out, once it was confirmed, and before a file is written.
  var check: @Sendable () async throws(Failure) -> Void = {}
}

/// The first files that go to a device: before them it is tried out what the device can do.
extension RunFlow {
  /// Plans a run and has it confirmed. If it writes to a device that nobody has tried yet, that is done then; where it shows
  /// something that plans go by, the run is planned anew, and confirmed again if it would do something else.
  /// - Parameter draft: opens and plans; `true` the second time.
  /// - Returns: what is to be carried out, `nil` in a dry run; and what the run ends with as far as the plan tells, with
  ///   which a dry run ends.
  func settle<Opened>(
    _ control: TransferControl,
    _ draft: (_ isAgain: Bool) async throws(Failure) -> Draft<Opened>
  ) async throws(Failure) -> (draft: Draft<Opened>?, foreseen: CommandStatus) {
    let first = try await draft(false)
    let devices = await untried(first)
    let names = devices.map(\.name).joined(separator: ", ")
    let goes = try await confirm(first, announcing: names)
    try first.refuse()
    guard goes else { return (nil, first.foreseen) }
    try await first.check()
    await removeLeftovers(first, but: devices)
    var isOther = false
    for device in devices {
      let before = try await device.facts()
      try await tryOut(device, control)
      let identity = try? await device.session.device.storage(of: device.store, at: .root).traits.identity.device
      let isAssumed = first.plans.flatMap(\.assumedZones).contains { $0.device != nil && $0.device == identity }
      if try await device.facts() != before || isAssumed { isOther = true }
    }
    guard isOther else { return (first, first.foreseen) }
    let second = try await draft(true)
    guard second.plans.allSatisfy(\.refusals.isEmpty), second.doesTheSame(as: first) else {
      report.human.say(["What \(names) can do changes the plan:"])
      guard try await confirm(second) else { return (nil, second.foreseen) }
      try second.refuse()
      try await second.check()
      return (second, second.foreseen)
    }
    for part in second.parts { tell(part) }
    try second.refuse()
    try await second.check()
    return (second, second.foreseen)
  }

  private func confirm<Opened>(_ draft: Draft<Opened>, announcing devices: String = "") async throws(Failure) -> Bool {
    let probe =
      "  Note: Before the first file, it is tried out once what \(devices) can do, with a few small files that are removed "
      + "again."
    let notes = [draft.note, devices.isEmpty ? nil : probe].compactMap(\.self)
    return try await confirm(
      draft.parts,
      note: notes.isEmpty ? nil : notes.joined(separator: "\n"),
      asksIfIdle: draft.asksIfIdle,
      declined: draft.declined
    )
  }

  /// The devices that the run would send the first file to, or remove the first one from, and that may be tried out.
  private func untried<Opened>(_ draft: Draft<Opened>) async -> [UntriedDevice] {
    guard !options.dryRun, context.probes, draft.plans.allSatisfy(\.refusals.isEmpty),
      draft.plans.contains(where: { $0.actions.contains(where: \.movesFile) || $0.losesDates })
    else { return [] }
    var devices: [UntriedDevice] = []
    for device in draft.volumes.compactMap(\.device)
    where (try? await device.session.device.isUntried(device.store)) == true {
      let storage = try? await device.session.device.storage(of: device.store, at: .root)
      if let space = try? await storage?.space(), space.free < UntriedDevice.room { continue }
      devices.append(UntriedDevice(session: device.session, store: device.store))
    }
    return devices
  }

  /// Removes what a probe of an earlier run left where this one is to write. Whatever keeps it from that does not keep the
  /// run from its files; a session that died is opened again for the first of them.
  private func removeLeftovers<Opened>(_ draft: Draft<Opened>, but untried: [UntriedDevice]) async {
    for device in draft.volumes.compactMap(\.device) where !untried.contains(where: { $0.store == device.store }) {
      do throws(StorageError) {
        try await device.session.device.removeProbeLeftovers(device.store)
      } catch {
        report.logs.main.warning("what an earlier probe left was not removed: \(shown(error.cause))")
      }
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

extension Draft {
  fileprivate var plans: [Plan] { [plan] + [back].compactMap(\.self) }

  fileprivate var foreseen: CommandStatus {
    isPartial || plans.contains(where: \.leavesBehind) ? .someFailed : .done
  }

  /// What is shown of it, one after the other.
  fileprivate var parts: [RunFlow.Part] {
    guard let back else { return [RunFlow.Part(plan: plan, ends: ends)] }
    return [
      RunFlow.Part(plan: plan, ends: ends.toward(.forth), direction: .forth),
      RunFlow.Part(plan: back, ends: ends.toward(.back), direction: .back),
    ]
  }

  fileprivate func doesTheSame(as other: Draft) -> Bool {
    zip(plans, other.plans).allSatisfy { $0.doesTheSame(as: $1) }
  }
}

extension Plan {
  /// Whether files go at a source whose dates nobody knows for sure.
  fileprivate var losesDates: Bool { !toFree.isEmpty && !assumedZones.isEmpty }

  /// Whether both do the same, file by file.
  fileprivate func doesTheSame(as other: Plan) -> Bool {
    actions.elementsEqual(other.actions) { one, other in
      one.change == other.change && one.path == other.path && one.source?.path == other.source?.path
        && one.bytes == other.bytes
    }
  }
}
