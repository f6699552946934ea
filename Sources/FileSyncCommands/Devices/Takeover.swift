internal import MTPStorage
internal import Storage
internal import Synchronization

/// Takes a device from gvfs for the time of a run, and gives it back. Also when the run is interrupted: at a second
/// Ctrl-C the mounting is at least begun.
final class Takeover: Sendable {
  private let context: CommandContext
  private let mounts: GioMounts
  private let unmounted = Mutex<[String]>([])

  /// Seconds that a device may take to become free after it was unmounted.
  private static let patience = 5.0

  /// `mounts` are those of the `gio` in the context's `PATH`, if not given.
  init(_ context: CommandContext, mounts: GioMounts? = nil) {
    self.context = context
    self.mounts = mounts ?? GioMounts(environment: context.environment)
  }

  /// Unmounts the device, tells the user so, and waits until it is free. Gives the device as it is then, which need
  /// not be free; `nil` if gvfs has not mounted it.
  func take(_ device: USBDevice, say: @Sendable (String) -> Void) async throws(StorageError) -> USBDevice? {
    do throws(GioMounts.Stuck) {
      let urls = try await mounts.urls(of: device)
      guard !urls.isEmpty else { return nil }
      for url in urls where try await mounts.unmount(url) {
        unmounted.withLock { if !$0.contains(url) { $0.append(url) } }
        say("The desktop (gvfs) had \(shown(device.name)) mounted; it is unmounted until the run ends.")
      }
    } catch {
      say("The desktop (gvfs) does not answer, so \(shown(device.name)) cannot be taken from it.")
      return nil
    }
    var current = device
    for _ in 0..<Int(Self.patience / 0.1) {
      if let found = try context.devices.devices().first(where: { $0.port == device.port }) { current = found }
      guard case .busy = current.state else { break }
      await context.pause(0.1)
    }
    return current
  }

  /// Mounts again what was unmounted, and tells the user what could not be. The session must have ended.
  func giveBack(say: @Sendable (String) -> Void) async {
    for url in unmounted.withLock({ urls in
      defer { urls = [] }
      return urls
    }) where (try? await mounts.mount(url)) != true {
      say("The desktop (gvfs) could not mount the device again. Unplug it and plug it in again to see it there.")
    }
  }

  /// Begins to mount again what was unmounted, without waiting: the program is about to end.
  func giveBackAtOnce() {
    for url in unmounted.withLock(\.self) { mounts.beginMounting(url) }
  }
}
