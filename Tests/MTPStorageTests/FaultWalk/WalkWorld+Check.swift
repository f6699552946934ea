import PTP
import Storage
import VirtualDevice

@testable import SyncEngine

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
    renamesElsewhere = route.mode == .twoWay && bothRename && !first.bothRename && first.failure == nil
    if fault.effect.meddles, route.mode != .twoWay { try restoreSource() }
    let now = try images()
    wrong += lost(now, fault).map { "after the fault: \($0)" }
    wrong += claims(first, fault, now) + falselyVerified(first, now, fault)

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
    // What somebody took away at the device is not sent again unasked, and so stays at the source.
    let staysHere = route.mode == .move && isTheirs(fault) && last.ending == .someFailed
    if last.ending != .done, !staysHere { wrong.append("the next run: \(last)") }
    let end = try images()
    wrong += (lost(end, fault) + missing(end, fault) + falselyVerified(last, end, fault))
      .map { "after the next run: \($0)" }
    wrong += (end.source.temporaries + end.destination.temporaries).map { "left behind: \($0)" }
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

  /// Whether dates on a side are those of the other.
  private func keepsDates(_ side: Side) -> Bool {
    let (here, there) = side == .destination ? (route.destination, route.source) : (route.source, route.destination)
    guard there?.dates != Profile.Dates.none else { return false }
    return here.map { [Profile.android.name, Profile.player.name].contains($0.name) } ?? true
  }

  /// The sides on which a run of this mode writes or removes.
  private var changed: [Side] { route.mode.removesAtSource ? [.source, .destination] : [.destination] }

  /// Whether what is missing may have been taken away by somebody at the device.
  private func isTheirs(_ fault: Fault) -> Bool {
    fault.effect.meddles && (!route.disturbsSource || route.mode == .twoWay)
  }

  /// Whether the two sides may come to hold the versions under other names than without faults.
  private func mayBeOtherwise(_ fault: Fault) -> Bool { fault.effect.isBeyondKnowing || renamesElsewhere }

  /// What was there before and is not any more.
  private func lost(_ now: Images, _ fault: Fault) -> [String] {
    var lost: [String] = []
    let everywhere = Set([now.source, now.destination, now.state].flatMap { $0.files.values.map(\.bytes) })
    for side in [Side.source, .destination] {
      let isChanged = changed.contains(side)
      // What somebody took away at the device is not lost by us.
      if isChanged, isTheirs(fault) { continue }
      for (path, file) in before[side].own where now[side].files[path] != file {
        if !everywhere.contains(file.bytes) { lost.append("\(path) of the \(side) is lost") }
        let goes = after[side].files[path] != file
        if !goes, !isChanged || !mayBeOtherwise(fault) {
          lost.append("\(path) of the \(side) is not what it was")
        }
      }
    }
    if route.mode != .twoWay {
      for path in now.source.files.keys where before.source.files[path] == nil {
        lost.append("\(path) is new at the source")
      }
    }
    // A folder of this computer never has a part under a real name. Which name a whole file has nobody can know who is
    // told that of another one, or what makes a change of an old version.
    guard !fault.effect.meddles else { return lost }
    let all = Set([before, after].flatMap { [$0.source, $0.destination] }.flatMap { $0.own.values.map(\.bytes) })
    for side in changed where (side == .source ? route.source : route.destination) == nil {
      for (path, file) in now[side].own {
        let own = Set([before[side].files[path], after[side].files[path]].compactMap { $0?.bytes })
        let versions = mayBeOtherwise(fault) ? all : own
        if !versions.contains(file.bytes) { lost.append("\(path) of the \(side) is no whole file") }
      }
    }
    return lost
  }

  /// How both sides differ from what a run without faults leaves.
  private func missing(_ now: Images, _ fault: Fault) -> [String] {
    changed.flatMap { missing(now, fault, $0) }
  }

  private func missing(_ now: Images, _ fault: Fault, _ side: Side) -> [String] {
    var wrong: [String] = []
    let (wanted, got) = (after[side].own, now[side].own)
    if mayBeOtherwise(fault) {
      // What looks changed is replaced, or kept under two names.
      let all = Set((Array(now[side].files.values) + Array(now.state.files.values)).map(\.bytes))
      // What somebody took away at the device is not brought back unasked.
      let theirs = isTheirs(fault) ? Set(before.source.own.keys).union(before.destination.own.keys) : []
      return wanted.filter { !theirs.contains($0.key) && !all.contains($0.value.bytes) }
        .map { "\($0.key) is nowhere at the \(side)" }
    }
    for path in Set(wanted.keys).symmetricDifference(got.keys).sorted() {
      wrong.append("\(path) of the \(side) is " + (wanted[path] == nil ? "one too many" : "missing"))
    }
    for (path, file) in wanted {
      guard let other = got[path] else { continue }
      if other.bytes != file.bytes { wrong.append("bytes of \(path) of the \(side)") }
      let isOld = before[side].files[path] == file
      if isOld || keepsDates(side) && !undated.contains(path), other.modified.seconds != file.modified.seconds {
        wrong.append("date of \(path) of the \(side): \(other.modified) for \(file.modified)")
      }
    }
    return wrong
  }

  /// What is on record as read back, and is not so.
  private func falselyVerified(_ end: End, _ now: Images, _ fault: Fault) -> [String] {
    // What somebody did to a file afterwards shows in its date.
    guard !fault.effect.meddles else { return [] }
    return end.verified.compactMap { path, digest in
      guard let file = now.destination.files[path] else { return nil }
      let sink = DigestSink()
      unsafe try? sink.write(file.bytes.span.bytes)
      return sink.digest == digest ? nil : "\(path) is on record as verified"
    }
  }

  /// What a run says and is not so.
  private func claims(_ end: End, _ fault: Fault, _ now: Images) -> [String] {
    var wrong: [String] = []
    if end.errors.contains(where: \.cause.isEmpty) { wrong.append("an error without a cause") }
    switch end.ending {
    case .done where !mayBeOtherwise(fault):
      wrong += missing(now, fault).map { "claims to be done: \($0)" }
    case .someFailed where !end.outcomes.contains(where: \.isToldOf) && end.warnings.isEmpty && end.keptTold.isEmpty:
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
