internal import PTP
internal import Synchronization

/// What a device's thread shares with those who watch and steer the device.
final class DeviceState: Sendable {
  struct State {
    var isLocked: Bool
    var sessionOpen = false
    var script: FaultScript
    var statistics = DeviceStatistics()
    /// Of earlier cables.
    var earlierPorts = PortStatistics()
    /// See ``Profile/Rules/answersLate``.
    var lateResponse: Response?
  }

  let profile: Profile
  /// How long each transaction takes besides its work.
  let pace: Duration
  private let state: Mutex<State>
  /// Held by the thread that serves the cable, for as long as the cable is in.
  let responder: Mutex<Responder>

  init(_ configuration: VirtualDevice.Configuration) {
    profile = configuration.profile
    pace = configuration.isSlow ? configuration.profile.pace : .zero
    let first = configuration.folders.first ?? ""
    let names = configuration.names.map { (first + "/" + $0.key, PTPString(units: $0.value)) }
    responder = Mutex(
      Responder(
        profile: configuration.profile,
        clock: DeviceClock(zone: configuration.zone),
        serial: configuration.serial,
        folders: configuration.folders,
        names: Dictionary(names) { first, _ in first },
        space: configuration.space,
        nestedFolders: configuration.nestedFolders
      )
    )
    state = Mutex(State(isLocked: configuration.isLocked, script: FaultScript(configuration.faults)))
  }

  var isLocked: Bool { state.withLock(\.isLocked) }
  var isSessionOpen: Bool { state.withLock(\.sessionOpen) }

  func update(_ change: (inout sending State) -> Void) { state.withLock { change(&$0) } }

  /// What is counted, this cable included.
  func statistics(with port: any ResponderPort) -> DeviceStatistics {
    state.withLock {
      var statistics = $0.statistics
      statistics.port = $0.earlierPorts + port.statistics
      return statistics
    }
  }

  /// Counts a command, and returns what goes wrong with it.
  func begin(_ command: Command) -> [DueFault] {
    state.withLock {
      $0.statistics.operations[command.code, default: 0] += 1
      if $0.statistics.commands.count < DeviceStatistics.mostCommands { $0.statistics.commands.append(command.code) }
      let faults = $0.script.faults(in: command)
      $0.statistics.faults += faults.count
      return faults
    }
  }

  /// What is still to be said of a transaction that an unplugging ended; once.
  func takeLateResponse() -> Response? {
    state.withLock { state in
      defer { state.lateResponse = nil }
      return state.lateResponse
    }
  }

  func sent(_ bytes: UInt64) {
    state.withLock {
      $0.statistics.dataSent += bytes
      $0.script.count(bytes)
    }
  }

  func received(_ bytes: UInt64) {
    state.withLock {
      $0.statistics.dataReceived += bytes
      $0.script.count(bytes)
    }
  }

  func responded(_ code: ResponseCode) { state.withLock { $0.statistics.responses[code, default: 0] += 1 } }
}
