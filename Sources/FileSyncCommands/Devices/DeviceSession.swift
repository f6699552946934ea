internal import MTPStorage
internal import Storage

/// A device that a command has opened: waited for, taken from the desktop where that held it, and given back at the
/// end.
struct DeviceSession: Sendable {
  let device: any OpenDevice
  let usb: USBDevice
  let stores: [Store]
  private let takeover: Takeover
  private let lastWords: Int
  private let context: CommandContext

  /// Opens the device that a user means. Waits up to `wait` seconds for one that is absent, locked or busy, and tells
  /// the user what it waits for and what it does.
  static func open(
    _ selector: DeviceSelector,
    wait: Double,
    _ context: CommandContext,
    say: @escaping @Sendable (String) -> Void
  ) async throws(Failure) -> DeviceSession {
    let takeover = Takeover(context)
    let lastWords = context.interrupt.onSecond { takeover.giveBackAtOnce() }
    var search = DeviceSearch(selector: selector, takeover: takeover, context: context, say: say)
    do throws(Failure) {
      let (device, usb, stores) = try await search.find(until: context.uptime() + wait)
      return DeviceSession(
        device: device,
        usb: usb,
        stores: stores,
        takeover: takeover,
        lastWords: lastWords,
        context: context
      )
    } catch {
      await takeover.giveBack(say: say)
      context.interrupt.forget(lastWords)
      throw error.offeringToWait(wait)
    }
  }

  /// The storage and the path that a user means. On a device with one storage its name may be left out together with
  /// its slash: `mtp:/DCIM` is `mtp:/internal/DCIM`.
  func resolve(_ location: DeviceLocation) throws(Failure) -> (store: Store, path: RelativePath) {
    var (selector, path) = (location.store, location.path)
    if case .named(let name) = selector, stores.count == 1, !selector.fits(stores[0], number: 1),
      !["internal", "card"].contains(name.lowercased()),
      let longer = RelativePath([UInt8](name.utf8) + [UInt8(ascii: "/")] + path.bytes),
      longer.components.count == path.components.count + 1
    {
      (selector, path) = (.only, longer)
    }
    return (try selector.choose(from: stores, on: usb.location(among: try context.connectedDevices())), path)
  }

  /// Ends the session, and gives the device back to the desktop.
  func end(say: @Sendable (String) -> Void) async {
    await device.close()
    await takeover.giveBack(say: say)
    context.interrupt.forget(lastWords)
  }
}
