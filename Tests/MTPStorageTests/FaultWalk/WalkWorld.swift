import Foundation
import Journal
import LocalStorage
import PTP
import Storage
import StorageContract
import SystemPackage

@testable import MTPStorage
@testable import SyncEngine
@testable import VirtualDevice

/// Two places with a history: a first sync has been, and the source has changed since. Put back as it was before each
/// fault.
final class WalkWorld {
  /// The two places and what the program keeps of them.
  struct Images {
    var source: FolderImage
    var destination: FolderImage
    var state: FolderImage

    subscript(_ side: Side) -> FolderImage { side == .source ? source : destination }
  }

  let route: WalkRoute
  /// Before the second sync, and after one without faults.
  private(set) var before: Images
  private(set) var after: Images
  /// What a second sync without faults asks of the device that is to be disturbed.
  private(set) var commands: [OperationCode] = []
  private let base: FolderStore
  /// Files whose dates need not be right.
  var undated: Set<String> = []
  /// Whether both sides of a two-way run can rename files, as it is without faults.
  private(set) var bothRename = false
  /// Whether one of them seemed not to, so that of two versions the other one got another name than without faults.
  var renamesElsewhere = false

  init(_ route: WalkRoute) async throws {
    self.route = route
    base = try FolderStore(
      holding: ["source", "source/Tree", "destination", "destination/Tree", "state"].map { .directory($0) }
        + Self.firstTree(route.mode).map { $0.within("source/Tree") }
        + (route.mode == .twoWay ? [Self.sent.within("destination/Tree")] : [])
    )
    before = try Self.images(base.path)
    after = before
    func sync(_ mode: WalkRoute.Mode, filesMoved: Int = 0) async throws -> [OperationCode] {
      let devices = try Devices(self, fault: nil)
      let end = await run(devices, mode)
      bothRename = end.bothRename
      guard end.ending == .done, end.filesMoved == (end.canRename ? filesMoved : 0) else {
        throw ContractViolation("\(route) does not work without faults: \(end)")
      }
      return try devices.disturbed.statistics.commands
    }
    if route.mode == .twoWay {
      // What a device is sent shows its zone; in the next run the dates follow that it had told before.
      for _ in 1...2 { _ = try await sync(.twoWay) }
    } else {
      _ = try await sync(.plain)
    }
    try change()
    before = try Self.images(base.path)
    commands = try await sync(route.mode, filesMoved: route.mode.renames ? 1 : 0)
    after = try images()
  }

  /// What the users of both places do after the first sync.
  private func change() throws {
    try base.remove(.of("source/Tree/replaced.jpg"))
    for item in Self.laterTree { try base.put(item.within("source/Tree")) }
    try base.put(TreeItem.file("mine.txt", someBytes(33, seed: 77)).within("destination/Tree"))
    guard route.mode.renames else { return }
    try base.remove(.of("source/Tree/sub/kept.bin"))
    try FileManager.default.moveItem(
      atPath: path + "/source/Tree/kept.txt",
      toPath: path + "/source/Tree/renamed.txt"
    )
    guard route.mode == .twoWay else { return }
    try base.remove(.of("destination/Tree/gone.txt"))
    try rewrite("source/Tree/both.txt", 210, at: 1_600_000_500)
    try rewrite("destination/Tree/both.txt", 220, at: 1_600_000_600)
    try rewrite("destination/Tree/theirs.txt", 230, at: 1_600_000_700)
  }

  private func rewrite(_ name: String, _ size: Int, at seconds: Int64) throws {
    try base.remove(.of(name))
    try base.put(.file(.of(name), someBytes(size, seed: UInt64(size)), modified: Timestamp(seconds: seconds)))
  }

  // MARK: Trees

  private static func firstTree(_ mode: WalkRoute.Mode) -> [TreeItem] {
    mode == .twoWay ? shared + twoWayTree : shared
  }

  private static let shared: [TreeItem] = [
    .file("replaced.jpg", someBytes(700, seed: 1), modified: Timestamp(seconds: 1_500_000_000)),
    .file("kept.txt", someBytes(90, seed: 2), modified: Timestamp(seconds: 1_500_000_100)),
    .directory("sub"),
    .file("sub/kept.bin", someBytes(600, seed: 3), modified: Timestamp(seconds: 1_500_000_200)),
  ]

  /// What changes on the other side, or on both.
  private static let twoWayTree: [TreeItem] = [
    .file("gone.txt", someBytes(110, seed: 4), modified: Timestamp(seconds: 1_500_000_300)),
    .file("both.txt", someBytes(120, seed: 5), modified: Timestamp(seconds: 1_500_000_400)),
    .file("theirs.txt", someBytes(130, seed: 6), modified: Timestamp(seconds: 1_500_000_500)),
  ]

  private static let sent = TreeItem.file(
    "sent.txt",
    someBytes(140, seed: 7),
    modified: Timestamp(seconds: 1_500_000_600)
  )

  /// Whole packets, no bytes, several packets; in folders that are there and that are not.
  private static let laterTree: [TreeItem] = [
    .file("replaced.jpg", someBytes(1900, seed: 11), modified: Timestamp(seconds: 1_600_000_000)),
    .file("empty.txt", [], modified: Timestamp(seconds: 1_600_000_100)),
    .file("sub/whole.bin", someBytes(500, seed: 12), modified: Timestamp(seconds: 1_600_000_200)),
    .directory("new"),
    .directory("new/deep"),
    .file("new/deep/large.bin", someBytes(40_000, seed: 13), modified: Timestamp(seconds: 1_600_000_300)),
    .file("new/Ü 写.txt", someBytes(33, seed: 14), modified: Timestamp(seconds: 1_600_000_400)),
  ]

  var path: String { base.path }

  func images() throws -> Images { try Self.images(base.path) }

  private static func images(_ path: String) throws -> Images {
    Images(
      source: try FolderImage(of: path + "/source"),
      destination: try FolderImage(of: path + "/destination"),
      state: try FolderImage(of: path + "/state")
    )
  }

  /// Puts everything back as it was before the second sync.
  func restore() throws {
    try before.source.restore(path + "/source")
    try before.destination.restore(path + "/destination")
    try before.state.restore(path + "/state")
  }

  func restoreSource() throws { try before.source.restore(path + "/source") }

  // MARK: Devices

  /// What is plugged in for one run or more.
  final class Devices {
    private(set) var source: VirtualDevice?
    private(set) var destination: VirtualDevice?
    private let world: WalkWorld

    init(_ world: WalkWorld, fault: Fault?) throws {
      self.world = world
      try plugIn(fault)
    }

    deinit { unplug() }

    var disturbed: VirtualDevice {
      get throws {
        guard let device = world.route.disturbsSource ? source : destination else {
          throw ContractViolation("\(world.route) has no such device")
        }
        return device
      }
    }

    /// Other devices of the same kind, with the same serial numbers: as after a pull of the cables.
    func replug() throws {
      unplug()
      try plugIn(nil)
    }

    private func plugIn(_ fault: Fault?) throws {
      let bus = try VirtualBus.ofThisProcess.get()
      func device(_ profile: Profile?, _ folder: String, isDisturbed: Bool) throws -> VirtualDevice? {
        guard let profile else { return nil }
        let configuration = VirtualDevice.Configuration(
          profile: profile,
          folders: ["\(world.path)/\(folder)"],
          serial: "WALK\(folder.uppercased())",
          // Not this machine's, so that a zone that was not learned shows.
          zone: TimeZone(identifier: "Asia/Kathmandu") ?? .gmt,
          faults: isDisturbed ? fault.map { [$0] } ?? [] : [],
          longestWait: 250
        )
        return try VirtualDevice(configuration, on: bus)
      }
      source = try device(world.route.source, "source", isDisturbed: world.route.disturbsSource)
      destination = try device(world.route.destination, "destination", isDisturbed: !world.route.disturbsSource)
    }

    func unplug() {
      source?.unplug()
      destination?.unplug()
    }
  }

  // MARK: Runs

  /// How a run ended.
  struct End: CustomStringConvertible {
    var ending: Ending?
    /// What kept it from planning or from opening a device.
    var failure: StorageError?
    var outcomes: [Outcome] = []
    var warnings: [StorageError] = []
    /// What it says that the destination has no date of.
    var undated: Set<String> = []
    var filesMoved = 0
    /// Whether the destination can give a file another name.
    var canRename = false
    /// Whether the source can, too.
    var bothRename = false
    /// What a move says of the files that it keeps at the source.
    var keptTold = ""
    /// What is on record as read back, by its path at the destination.
    var verified: [String: ContentDigest] = [:]

    /// Every error that it told of.
    var errors: [StorageError] {
      var errors = warnings + (failure.map { [$0] } ?? [])
      for case .failed(let error) in outcomes { errors.append(error) }
      switch ending {
      case .notReady(let error), .notPossible(let error): errors.append(error)
      default: break
      }
      return errors
    }

    var description: String {
      let end = ending.map { "\($0)" } ?? "no plan"
      let bad = outcomes.filter { if case .done = $0 { false } else { true } }
      return "\(end), \(bad), \(errors.map { "\($0.reason): \($0.cause)" })"
    }
  }

  /// One sync, from opening the devices to closing them; in the mode of the route, if no other one is given.
  func run(_ devices: Devices, _ mode: WalkRoute.Mode? = nil) async -> End {
    var end = End()
    var opened: [MTPDevice] = []
    do throws(StorageError) {
      let from = try await storage(devices.source, "source", &opened)
      let to = try await storage(devices.destination, "destination", &opened)
      try await sync(from, to, mode ?? route.mode, &end)
    } catch { end.failure = error }
    for device in opened { await device.close() }
    return end
  }

  private func sync(
    _ from: any Storage,
    _ to: any Storage,
    _ mode: WalkRoute.Mode,
    _ end: inout End
  ) async throws(StorageError) {
    let state = path + "/state"
    let host = try LocalStorage.open(FilePath(state + "/host"), creating: true)
    let journal: Journal
    do throws(JournalError) {
      journal = try Journal.open(at: state + "/journal.sqlite")
    } catch { throw StorageError(.inputOutput, .stop, cause: "\(error)") }
    var policy = mode == .mirror ? SyncPolicy.mirror(Mirror(limit: .percent(100))) : SyncPolicy()
    policy.verifies = mode.readsBack
    policy.frees = mode == .move
    if mode == .twoWay { policy.twoWay = Mirror(limit: .percent(100)) }
    var run = SyncRun(from: from, to: to, journal: journal, policy: policy, host: host)
    run.pause = .zero
    end.canRename = to.traits.capabilities.contains(.rename)
    end.bothRename = end.canRename && from.traits.capabilities.contains(.rename)
    let control = TransferControl()
    let collected = Collector<SyncEngine.Event>()
    do throws(SyncError) {
      switch mode {
      case .twoWay:
        policy.isBack = true
        var back = SyncRun(from: to, to: from, journal: journal, policy: policy, host: host)
        back.pause = .zero
        let both = TwoWaySync(run, back)
        let plan = try await both.plan(control: control) { collected.append([$0]) }
        end.ending = await both.execute(plan, control: control) { collected.append([$1]) }
      case .move:
        let plan = try await run.plan(control: control) { collected.append([$0]) }
        let moving = Moving(run: run, journal: journal, host: host, logs: path + "/logs")
        end.take(await moving.move(plan, control) { collected.append([$0]) })
      case .plain, .mirror, .verify:
        let plan = try await run.plan(control: control) { collected.append([$0]) }
        end.ending = await run.execute(plan, control: control) { collected.append([$0]) }
      }
      for record in try await run.history().records {
        guard let digest = record.verification?.digest else { continue }
        end.verified["Tree/" + String(decoding: record.destinationPath.bytes, as: UTF8.self)] = digest
      }
    } catch {
      guard case .storage(let failure) = error else {
        throw StorageError(.inputOutput, .stop, cause: "\(error)")
      }
      end.failure = failure
    }
    end.take(collected.all)
  }

  private func storage(
    _ device: VirtualDevice?,
    _ folder: String,
    _ opened: inout [MTPDevice]
  ) async throws(StorageError) -> any Storage {
    guard let device else { return try LocalStorage.open(FilePath("\(path)/\(folder)/Tree")) }
    guard let directory = try? VirtualBus.ofThisProcess.get().directory else {
      throw StorageError(.inputOutput, .stop, cause: "no bus")
    }
    let bus = USBBus(root: directory)
    let serial = device.port.description.serial
    guard let found = try bus.devices().first(where: { $0.serial == serial }) else {
      throw StorageError(.deviceAbsent, .waitForUser(.plugIn), cause: "\(serial) is not on the bus")
    }
    var options = MTPOptions()
    options.silence = 0.25
    options.firstByte = 0.25
    options.comeback = 0.4
    options.pause = { _ in try? await Task.sleep(for: .milliseconds(10)) }
    options.memory = DeviceMemory(folder: path + "/state/devices")
    let open = try await MTPDevice.open(found, on: bus, options: options)
    opened.append(open)
    guard let store = try await open.stores().first else {
      throw StorageError(.deviceLocked, .waitForUser(.unlock), cause: "no storage")
    }
    return try await open.storage(of: store, at: .of("Tree"))
  }
}

extension WalkWorld.End {
  fileprivate mutating func take(_ events: [SyncEngine.Event]) {
    var paths: [Action.ID: String] = [:]
    for event in events {
      switch event {
      case .planned(let plan):
        paths = Dictionary(plan.actions.map { ($0.id, "Tree/" + String(decoding: $0.path.bytes, as: UTF8.self)) }) {
          $1
        }
      case .ended(let id, let outcome):
        outcomes.append(outcome)
        if case .done(let modified, _) = outcome, modified != .verified, let path = paths[id] { undated.insert(path) }
      case .warning(let error): warnings.append(error)
      case .finished(_, let counts): filesMoved += counts.filesMoved
      default: break
      }
    }
  }

  fileprivate mutating func take(_ moved: Moving.End) {
    switch moved {
    case .done: ending = .done
    case .someFailed(let told):
      ending = .someFailed
      keptTold = told
    case .failed(let cause):
      failure = StorageError(.inputOutput, .stop, cause: cause)
    }
  }
}

extension TreeItem {
  fileprivate func within(_ folder: String) -> TreeItem {
    func inside(_ path: RelativePath) -> RelativePath {
      RelativePath.of(folder + "/" + String(decoding: path.bytes, as: UTF8.self))
    }
    return switch self {
    case .directory(let path): .directory(inside(path))
    case .file(let path, let bytes, let modified): .file(inside(path), bytes, modified: modified)
    }
  }
}
