internal import Foundation
internal import MTPStorage

/// KDE's process that holds MTP devices: `kiod5`, or `kiod6` in Plasma 6. Its module kmtpd opens every device when it
/// is loaded or one is plugged in, and keeps it open; no module can be unloaded alone (kio-extras,
/// `mtp/kiod_module/kmtpd.cpp`; kio, `src/kiod/kiod_main.cpp`). So the process is asked to quit, over the session's
/// bus, and started again by the first call to it.
///
/// The bus is reached with `busctl`. It comes with systemd, which nearly every machine with KDE runs; `gdbus` is
/// GNOME's, and on Debian in a package that KDE does without. Where there is no `busctl`, or no session, nothing is
/// asked.
struct KIODaemon: Sendable {
  /// The process, as the bus knows it.
  struct Connection: Hashable, Sendable {
    /// The bus gives this name once only, so that nothing else is ever asked to quit.
    var name: String
    var pid: Int32
  }

  /// Its name on the bus, the same in Plasma 5 and 6.
  private static let name = "org.kde.kmtpd5"
  private static let bus = ["org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"]
  private static let listDevices = ["/modules/kmtpd", "org.kde.kmtp.Daemon", "listDevices"]
  /// Seconds that it may take to leave the bus after it was asked to quit, and between two looks.
  private static let patience = (whole: 10.0, step: 0.1)

  private let busctl: DesktopProgram
  private let pause: @Sendable (Double) async -> Void

  /// `limit` is the longest that one call may take, in seconds. `pause` waits for so many seconds.
  init(environment: [String: String], limit: Double = 20, pause: @escaping @Sendable (Double) async -> Void) {
    busctl = DesktopProgram("busctl", environment: environment, limit: limit)
    self.pause = pause
  }

  /// The daemon, if it is what holds this device. Throws while it copies a file for KDE, since it answers nothing then:
  /// asked to quit all the same, it would do so after the file, when nobody waits for it any more.
  func holder(of device: USBDevice) async throws(DesktopProgram.Stuck) -> Connection? {
    guard case .busy(let holders) = device.state, holders.contains(where: { $0.name.hasPrefix("kiod") }),
      let daemon = try await running(), holders.contains(where: { $0.pid == daemon.pid })
    else { return nil }
    _ = try await call([daemon.name] + Self.listDevices)
    return daemon
  }

  /// Asks the daemon to quit; at its end it closes its devices. - Returns: whether it will, or is gone already.
  func quit(_ daemon: Connection) async throws(DesktopProgram.Stuck) -> Bool {
    if try await call([daemon.name, "/MainApplication", "org.qtproject.Qt.QCoreApplication", "quit"]) != nil {
      return true
    }
    return try await running() != daemon
  }

  /// Starts the daemon, which takes the devices that are free then. One that was started meanwhile looked for devices
  /// while ours was not free, and does not look again, so that one quits first. - Returns: whether it was started.
  func start() async throws(DesktopProgram.Stuck) -> Bool {
    if let idle = try await running() {
      guard try await quit(idle) else { return false }
      for _ in 0..<Int(Self.patience.whole / Self.patience.step) {
        guard try await running() == idle else { break }
        await pause(Self.patience.step)
      }
    }
    return try await call([Self.name] + Self.listDevices) != nil
  }

  /// Has the daemon started, and does not wait for it.
  func beginStarting() { busctl.begin(["--user", "call", Self.name] + Self.listDevices) }

  private func running() async throws(DesktopProgram.Stuck) -> Connection? {
    guard let name = try await call(Self.bus + ["GetNameOwner", "s", Self.name]),
      let pid = try await call(Self.bus + ["GetConnectionUnixProcessID", "s", name]).flatMap(Int32.init)
    else { return nil }
    return Connection(name: name, pid: pid)
  }

  /// The one value that a method answers with, without its type: `s ":1.4"`, `u 4711`, nothing at all. `nil` if the
  /// call failed.
  private func call(_ arguments: [String]) async throws(DesktopProgram.Stuck) -> String? {
    guard let result = try await busctl.run(["--user", "call"] + arguments), result.status == 0 else { return nil }
    return result.output.split(separator: " ", maxSplits: 1).last?
      .trimmingCharacters(in: ["\"", "\n"]) ?? ""
  }
}
