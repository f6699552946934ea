internal import Foundation
internal import MTPStorage
internal import Storage
internal import Synchronization

/// Takes a device from the desktop for the time of a run, and gives it back: from gvfs, which has it mounted, or from
/// KDE's daemon, which has it open. Also when the run is interrupted: at a second Ctrl-C the giving back is at least
/// begun.
final class Takeover: Sendable {
  private struct Taken {
    /// What gvfs had mounted.
    var urls: [String] = []
    /// Whether KDE's daemon was asked to quit.
    var hasQuitDaemon = false
  }

  private let context: CommandContext
  private let mounts: GioMounts
  private let daemon: KIODaemon
  private let taken = Mutex(Taken())

  /// Seconds that a device may take to become free.
  private static let patience = 5.0

  /// The desktop is asked through the programs in the context's `PATH`, if not given.
  init(_ context: CommandContext, mounts: GioMounts? = nil, daemon: KIODaemon? = nil) {
    self.context = context
    self.mounts = mounts ?? GioMounts(environment: context.environment)
    self.daemon = daemon ?? KIODaemon(environment: context.environment, pause: context.pause)
  }

  /// Takes the device from the desktop, tells the user so, and waits until it is free. Gives the device as it is then,
  /// which need not be free; `nil` if it is not the desktop that holds it.
  func take(_ device: USBDevice, say: @Sendable (String) -> Void) async throws(StorageError) -> USBDevice? {
    let wasMounted = await unmount(device, say: say)
    let wasOpen = await quitDaemon(device, say: say)
    guard wasMounted || wasOpen else { return nil }
    var current = device
    for _ in 0..<Int(Self.patience / 0.1) {
      if let found = try context.devices.devices().first(where: { $0.port == device.port }) { current = found }
      guard case .busy = current.state else { break }
      await context.pause(0.1)
    }
    return current
  }

  /// - Returns: whether gvfs had it mounted.
  private func unmount(_ device: USBDevice, say: @Sendable (String) -> Void) async -> Bool {
    do throws(DesktopProgram.Stuck) {
      let urls = try await mounts.urls(of: device)
      for url in urls where try await mounts.unmount(url) {
        taken.withLock { if !$0.urls.contains(url) { $0.urls.append(url) } }
        say("The desktop (gvfs) had \(shown(device.name)) mounted; it is unmounted until the run ends.")
      }
      return !urls.isEmpty
    } catch {
      say("The desktop (gvfs) does not answer, so \(shown(device.name)) cannot be taken from it.")
      return false
    }
  }

  /// - Returns: whether KDE's daemon lets go of it.
  private func quitDaemon(_ device: USBDevice, say: @Sendable (String) -> Void) async -> Bool {
    do throws(DesktopProgram.Stuck) {
      guard let holder = try await daemon.holder(of: device) else { return false }
      // Before it is asked, since an interruption can come before the answer.
      let before = taken.withLock { taken in
        defer { taken.hasQuitDaemon = true }
        return taken.hasQuitDaemon
      }
      guard try await daemon.quit(holder) else {
        taken.withLock { $0.hasQuitDaemon = before }
        return false
      }
      say("The desktop (KDE) had \(shown(device.name)) open; it is released until the run ends.")
      return true
    } catch {
      let cause = "The desktop (KDE) does not answer; it may be copying files"
      say("\(cause). So \(shown(device.name)) cannot be taken from it.")
      return false
    }
  }

  /// Gives back what was taken, and tells the user what could not be. The session must have ended.
  func giveBack(say: @Sendable (String) -> Void) async {
    let given = taken.withLock { taken in
      defer { taken = Taken() }
      return taken
    }
    let cure = "Unplug it and plug it in again to see it there."
    for url in given.urls where (try? await mounts.mount(url)) != true {
      say("The desktop (gvfs) could not mount the device again. \(cure)")
    }
    if given.hasQuitDaemon, (try? await daemon.start()) != true {
      say("The desktop (KDE) could not take the device back. \(cure)")
    }
  }

  /// Begins to give back what was taken, without waiting: the program is about to end.
  func giveBackAtOnce() {
    let given = taken.withLock(\.self)
    for url in given.urls { mounts.beginMounting(url) }
    if given.hasQuitDaemon { daemon.beginStarting() }
  }
}
