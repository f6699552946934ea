import PTP
import Storage
import SyncEngine
import VirtualDevice

extension WalkWorld {
  /// Disturbs one sync, and syncs again without faults.
  /// - Returns: what is wrong; nothing if all is well. `nil` if the run never came to the fault.
  func findings(_ fault: Fault) async throws -> [String]? {
    try restore()
    let devices = try Devices(self, fault: fault)
    let first = await run(devices)
    let disturbed = try devices.disturbed
    if case .transaction(let number) = fault.trigger, disturbed.statistics.transactions < number { return nil }
    var wrong: [String] = []
    // A device that always refuses dates gets none, as long as that is said.
    let isForGood = if case .operation(_, nil) = fault.trigger { true } else { false }
    undated = isForGood || fault.effect.saysNever ? first.undated : []
    if fault.effect.meddles { try restoreSource() }
    let now = try images()
    wrong += lost(now, fault).map { "after the fault: \($0)" }
    wrong += claims(first, fault, now)

    // libmtp keeps a device open that answers GetDeviceInfo wrongly (1.1.20): here, unlike in the program, the next run is
    // of the same process.
    let isLeaked = disturbed.port.isOpen
    if isForGood || fault.effect.staysUntilReplug || isLeaked || !disturbed.port.isOnBus { try devices.replug() }
    var last = await run(devices)
    // That nothing can be deleted is believed until it is seen to be otherwise.
    if isForGood, last.outcomes.contains(.skipped(.undeletable)) { last = await run(devices) }
    var isMissing = !missing(try images(), fault).isEmpty
    if last.ending != .done || isMissing {
      let plugged = "\(last)"
      let keepsName = keepsName(last)
      try devices.replug()
      last = await run(devices)
      isMissing = !missing(try images(), fault).isEmpty
      if last.ending == .done, !isMissing, !keepsName { wrong.append("needed a replug: \(plugged)") }
    }
    if last.ending != .done { wrong.append("the next run: \(last)") }
    let end = try images()
    wrong += (lost(end, fault) + missing(end, fault)).map { "after the next run: \($0)" }
    wrong += end.destination.temporaries.map { "left behind: \($0)" }
    if !wrong.isEmpty { wrong.append("the first run: \(first)") }
    return wrong
  }

  // MARK: Checks

  /// Whether all that a run failed at is a name that was announced to an older Android and not sent, which it keeps until
  /// it looks through its files again, and lists nothing of.
  private func keepsName(_ end: End) -> Bool {
    guard route.destination?.name == Profile.androidLegacy.name, end.ending == .someFailed else { return false }
    return end.outcomes.allSatisfy { outcome in
      switch outcome {
      case .done: true
      case .failed(let error): error.code == Int32(ResponseCode.generalError.rawValue)
      case .skipped: false
      }
    }
  }

  /// Whether dates at the destination are those of the source.
  private var keepsDates: Bool {
    guard let profile = route.destination else { return route.source?.dates != Profile.Dates.none }
    return [Profile.android.name, Profile.player.name].contains(profile.name)
      && route.source?.dates != Profile.Dates.none
  }

  /// What was there before and is not any more.
  private func lost(_ now: Images, _ fault: Fault) -> [String] {
    var lost: [String] = []
    for (path, file) in before.source.files where now.source.files[path] != file {
      lost.append("\(path) of the source is not what it was")
    }
    for path in now.source.files.keys where before.source.files[path] == nil {
      lost.append("\(path) is new at the source")
    }
    let everywhere = Set(now.destination.files.values.map(\.bytes)).union(now.state.files.values.map(\.bytes))
    // What somebody took away at the device is not lost by us.
    let isTheirs = fault.effect.meddles && !route.disturbsSource
    for (path, file) in before.destination.own where !isTheirs {
      if now.destination.files[path] == file { continue }
      if !everywhere.contains(file.bytes) { lost.append("\(path) of the destination is lost") }
      let isReplaced = after.destination.files[path] != file
      if !isReplaced, !fault.effect.isBeyondKnowing { lost.append("\(path) of the destination is not what it was") }
    }
    // A folder of this computer never has a part under a real name. Which name a whole file has nobody can know who is
    // told that of another one.
    guard route.destination == nil, !fault.effect.meddles else { return lost }
    let all = Set((Array(before.destination.own.values) + Array(after.destination.own.values)).map(\.bytes))
    for (path, file) in now.destination.own {
      let own = Set([before.destination.files[path], after.destination.files[path]].compactMap { $0?.bytes })
      let versions = fault.effect == .otherObject ? all : own
      if !versions.contains(file.bytes) { lost.append("\(path) of the destination is no whole file") }
    }
    return lost
  }

  /// How the destination differs from what a run without faults leaves.
  private func missing(_ now: Images, _ fault: Fault) -> [String] {
    var wrong: [String] = []
    let (wanted, got) = (after.destination.own, now.destination.own)
    if fault.effect.isBeyondKnowing {
      // What looks changed is replaced, or kept under two names.
      let all = Set(now.destination.files.values.map(\.bytes))
      // What somebody took away at the device is not brought back unasked.
      let theirs = fault.effect.meddles && !route.disturbsSource ? Set(before.destination.own.keys) : []
      return wanted.filter { !theirs.contains($0.key) && !all.contains($0.value.bytes) }.map { "\($0.key) is nowhere" }
    }
    for path in Set(wanted.keys).symmetricDifference(got.keys).sorted() {
      wrong.append(wanted[path] == nil ? "\(path) is one too many" : "\(path) is missing")
    }
    for (path, file) in wanted {
      guard let other = got[path] else { continue }
      if other.bytes != file.bytes { wrong.append("bytes of \(path)") }
      let isOld = before.destination.files[path] == file
      if isOld || keepsDates && !undated.contains(path), other.modified.seconds != file.modified.seconds {
        wrong.append("date of \(path): \(other.modified) for \(file.modified)")
      }
    }
    return wrong
  }

  /// What a run says and is not so.
  private func claims(_ end: End, _ fault: Fault, _ now: Images) -> [String] {
    var wrong: [String] = []
    if end.errors.contains(where: \.cause.isEmpty) { wrong.append("an error without a cause") }
    switch end.ending {
    case .done where !fault.effect.isBeyondKnowing:
      wrong += missing(now, fault).map { "claims to be done: \($0)" }
    case .someFailed where !end.outcomes.contains(where: \.isToldOf):
      wrong.append("says that something failed, and not what")
    case nil where end.failure == nil: wrong.append("no plan, and no word why")
    default: break
    }
    return wrong
  }
}

extension Outcome {
  fileprivate var isToldOf: Bool { if case .done = self { false } else { true } }
}

extension Fault.Effect {
  /// Whether the source is another afterwards.
  fileprivate var meddles: Bool { [.change, .vanish].contains(self) }

  /// Whether the device is no good before it was unplugged.
  fileprivate var staysUntilReplug: Bool { [.wedge, .lock, .loseStorage, .fillDevice].contains(self) }

  /// Whether the device says that it cannot do this at all, which is believed.
  fileprivate var saysNever: Bool {
    let never: [ResponseCode] = [
      .operationNotSupported, .parameterNotSupported, .devicePropNotSupported, .objectPropNotSupported,
      .invalidObjectPropCode, .invalidObjectFormatCode,
    ]
    return if case .respond(let code) = self { never.contains(code) } else { false }
  }

  /// Whether nobody can know, from what a device says, that it is not so.
  fileprivate var isBeyondKnowing: Bool {
    switch self {
    case .leaveOut, .vanish, .change, .otherObject, .lieAboutDates, .lieAboutSize: true
    default: false
    }
  }
}
