import PTP
import StorageContract
import VirtualDevice

/// A sync whose device is disturbed: from where to where, in which mode, and which of two devices it befalls.
struct WalkRoute: Hashable, CustomStringConvertible {
  /// What `sync` is asked for, by its option.
  enum Mode: String {
    case plain
    case mirror, verify, move
    case twoWay = "two-way"

    /// Whether files are removed at the source.
    var removesAtSource: Bool { self == .move || self == .twoWay }
    /// Whether what was written is read back.
    var readsBack: Bool { self == .move || self == .verify }
    /// Whether a rename at the source becomes one at the destination.
    var renames: Bool { self == .mirror || self == .twoWay }
  }

  /// `nil` for a folder of this computer.
  var source: Profile?
  var destination: Profile?
  /// Whether the source is the device that is disturbed.
  var disturbsSource: Bool
  var mode = Mode.plain

  /// `local>android*`, or `local>android*:mirror`: the star marks what is disturbed.
  var description: String {
    let (from, to) = (source?.name ?? "local", destination?.name ?? "local")
    return (disturbsSource ? "\(from)*>\(to)" : "\(from)>\(to)*") + (mode == .plain ? "" : ":\(mode.rawValue)")
  }

  static func == (left: Self, right: Self) -> Bool { left.description == right.description }
  func hash(into hasher: inout Hasher) { hasher.combine(description) }

  private static func to(_ profiles: [Profile], _ mode: Mode = .plain) -> [Self] {
    profiles.map { Self(destination: $0, disturbsSource: false, mode: mode) }
  }

  private static func from(_ profiles: [Profile], _ mode: Mode = .plain) -> [Self] {
    profiles.map { Self(source: $0, disturbsSource: true, mode: mode) }
  }

  /// Every kind of device that behaves in a way of its own, in both directions, and from one to another.
  static let all: [WalkRoute] =
    to([.android, .androidLegacy, .umtp, .player, .minimal])
    + from([.android, .androidLegacy, .umtp, .camera, .minimal])
    + [
      WalkRoute(source: .android, destination: .umtp, disturbsSource: true),
      WalkRoute(source: .umtp, destination: .android, disturbsSource: false),
      WalkRoute(source: .minimal, destination: .player, disturbsSource: false),
    ]
    // Those that move what goes into a vault of their own, and those that do not.
    + to([.android, .umtp, .minimal], .mirror) + from([.android], .mirror)
    + to([.android, .umtp, .minimal], .twoWay) + from([.android], .twoWay)
    + to([.android, .minimal], .move) + from([.android, .umtp], .move)
    + to([.android, .minimal], .verify) + from([.android], .verify)
}

/// One fault in one sync.
struct WalkCase: Hashable, CustomStringConvertible {
  var route: WalkRoute
  var fault: Fault

  /// As `FILESYNC_FAULT_CASE` has it.
  var description: String { "\(route) \(fault)" }

  init(_ route: WalkRoute, _ fault: Fault) {
    self.route = route
    self.fault = fault
  }

  init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let route = WalkRoute.all.first(where: { $0.description == parts[0] }),
      let fault = Fault(String(parts[1]))
    else { return nil }
    self.init(route, fault)
  }

  /// Every fault that means something at one of these commands, which a run without faults takes. In an order that
  /// `numbers` decide, but one of each kind first, which is what befalls which operation: there are many transactions that
  /// only describe a format.
  static func all(
    _ commands: [(route: WalkRoute, operations: [OperationCode])],
    _ numbers: inout SeededNumbers
  ) -> [WalkCase] {
    struct Kind: Hashable {
      var route: WalkRoute
      var operation: OperationCode
      var effect: Fault.Effect
      var offset: UInt64
      var isForGood: Bool
    }
    var cases: [(kind: Kind, WalkCase)] = []
    for (route, operations) in commands {
      for (index, operation) in operations.enumerated() {
        for (effect, offset) in faults(at: operation, route.mode) {
          let fault = Fault(effect, at: .transaction(index + 1), offset: offset)
          let kind = Kind(route: route, operation: operation, effect: effect, offset: offset, isForGood: false)
          cases.append((kind, WalkCase(route, fault)))
        }
      }
      // And what always goes wrong.
      for operation in Set(operations).sorted(by: { $0.rawValue < $1.rawValue }) {
        for (effect, offset) in faults(at: operation, route.mode) {
          let fault = Fault(effect, at: .operation(operation, occurrence: nil), offset: offset)
          let kind = Kind(route: route, operation: operation, effect: effect, offset: offset, isForGood: true)
          cases.append((kind, WalkCase(route, fault)))
        }
      }
    }
    cases.shuffle(using: &numbers)
    var seen: [Kind: Int] = [:]
    let ranked = cases.map { kind, one in
      seen[kind, default: 0] += 1
      return (rank: seen[kind] ?? 0, one)
    }
    // In Swift sorting is stable.
    return ranked.sorted { $0.rank < $1.rank }.map(\.1)
  }

  // MARK: Faults

  private static let always: [Fault.Effect] =
    [
      .unplug, .reconnect(.newAddress), .reconnect(.sameAddress), .reconnect(.productID(0x4F01)), .stall, .silence,
      .wedge, .late, .garbage, .runt(0), .runt(7), .wrongTransactionID, .extend(20), .length(.exactly(0)),
      .length(.exactly(.max)), .length(.off(7)), .length(.off(-1)), .lock, .loseStorage, .reset, .renumber,
      .respond(ResponseCode(rawValue: 0x2FFF)),
    ]
    + ResponseCode.names.keys.sorted().map { .respond(ResponseCode(rawValue: $0)) }
    + [.generalError, .accessDenied, .sessionNotOpen, .storeFull, .invalidObjectHandle, .deviceBusy]
    .map(Fault.Effect.respondAfterAll)

  /// Dates of every wrong form, and some that only look wrong.
  private static let dates = [
    "", "2025", "20250101", "20250101T", "20251301T000000", "20250229T120000", "20250101T250000", "20250101T006000",
    "00000000T000000", "99999999T999999", "20250101T000000.", "20250101T000000.0Z", "20250101T000000+9999",
    "20250101T000000-", "2025-01-01T00:00:00", "20250101 000000", "garbage", "\u{0660}0250101T000000",
    "19691231T235959",
    "21060207T062816",
  ].map(Fault.Effect.lieAboutDates)

  private static let answering: Set<OperationCode> = [
    .getDeviceInfo, .getStorageIDs, .getStorageInfo, .getObjectHandles, .getObjectInfo, .getObject, .getPartialObject,
    .getPartialObject64, .getDevicePropDesc, .getDevicePropValue, .getObjectPropsSupported, .getObjectPropDesc,
    .getObjectPropValue, .getObjectPropList,
  ]

  private static func faults(
    at operation: OperationCode,
    _ mode: WalkRoute.Mode
  ) -> [(Fault.Effect, offset: UInt64)] {
    func at(_ offset: UInt64, _ effects: [Fault.Effect]) -> [(Fault.Effect, offset: UInt64)] {
      effects.map { ($0, offset) }
    }
    var faults = at(0, always)
    if answering.contains(operation) {
      faults += at(0, [.wrongDataID, .truncate(1), .truncate(1 << 20), .noZeroLengthPacket, .extraZeroLengthPacket])
      faults += at(5, [.shortPacket, .unplug, .reconnect(.newAddress), .silence, .garbage, .stall])
    }
    switch operation {
    case .getObject, .getPartialObject, .getPartialObject64:
      for offset in [500, 20_000] as [UInt64] {
        let effects: [Fault.Effect] = [
          .unplug, .reconnect(.newAddress), .stall, .silence, .wedge, .garbage, .shortPacket, .change, .vanish, .lock,
        ]
        faults += at(offset, effects)
      }
      faults += at(0, [.change, .vanish, .otherObject])
    case .getObjectInfo, .getObjectPropValue:
      faults += at(
        0,
        dates + [.lieAboutSize(1), .lieAboutSize(-1), .lieAboutSize(5_000_000_000), .otherObject, .vanish]
      )
    case .getObjectPropList:
      faults += at(0, dates + [.lieAboutSize(1), .lieAboutSize(-1), .lieAboutSize(5_000_000_000)])
      faults += at(0, [.repeatObject, .leaveOut, .cycle])
    case .getObjectHandles: faults += at(0, [.repeatObject, .leaveOut, .cycle])
    case .sendObject:
      for offset in [1, 500, 20_000] as [UInt64] {
        let effects: [Fault.Effect] = [
          .unplug, .reconnect(.newAddress), .stall, .silence, .wedge, .respond(.generalError), .respond(.storeFull),
          .fillDevice, .lock, .loseStorage,
        ]
        faults += at(offset, effects)
      }
      // Nobody can know of a wrong byte who does not read it.
      if mode.readsBack { faults += at(0, [.corrupt]) }
    case .sendObjectInfo:
      faults += at(4, [.unplug, .reconnect(.newAddress), .silence, .stall])
      faults += at(0, [.otherObject])
    case .setObjectPropValue: faults += at(4, [.unplug, .reconnect(.newAddress), .silence, .stall])
    default: break
    }
    return faults
  }
}
