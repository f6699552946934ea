internal import MTPStorage
internal import Storage

/// Looks for a device until it can be used: plugged in, free, unlocked. It follows the serial number, since a phone
/// that is unlocked often comes back with another address and product id.
struct DeviceSearch: Sendable {
  var selector: DeviceSelector
  let takeover: Takeover
  let context: CommandContext
  let say: @Sendable (String) -> Void

  /// Finds and opens the device, with its storages. The deadline is by ``CommandContext/uptime``.
  mutating func find(until deadline: Double) async throws(Failure) -> (any OpenDevice, USBDevice, [Store]) {
    try await context.waiting(until: deadline, say: say) { () async throws(Failure) in
      try await attempt(until: deadline)
    }
  }

  private mutating func attempt(until deadline: Double) async throws(Failure) -> (any OpenDevice, USBDevice, [Store]) {
    let devices = try context.connectedDevices()
    var usb = try selector.choose(from: devices)
    if !usb.serial.isEmpty, devices.count(where: { $0.serial == usb.serial }) == 1 { selector = .named(usb.serial) }
    do throws(StorageError) {
      if case .busy = usb.state, let freed = try await takeover.take(usb, say: say) { usb = freed }
      if usb.state == .ready { return try await open(usb, until: deadline) }
    } catch {
      // Somebody was quicker.
      if error.reason == .deviceBusy, let now = try context.connectedDevices().first(where: { $0.port == usb.port }),
        case .busy = now.state
      {
        throw now.obstacle
      }
      guard error.reason == .deviceLost else { throw Failure(error) }
      throw Failure(
        .notReady,
        "\(shown(usb.name)) went away",
        cure: "Plug it in again, then run the same command again."
      )
    }
    throw usb.obstacle
  }

  /// Opens a device that is ready. A locked one stays open while it is waited for: opening it again and again would
  /// trouble it.
  private func open(
    _ usb: USBDevice,
    until deadline: Double
  ) async throws(StorageError) -> (any OpenDevice, USBDevice, [Store]) {
    let device = try await context.devices.open(usb, log: say)
    var hasTold = false
    do throws(StorageError) {
      while true {
        do throws(StorageError) {
          return (device, usb, try await device.stores())
        } catch {
          let isOver = context.uptime() >= deadline || context.interrupt.signal != nil
          guard error.reason == .deviceLocked, !isOver else { throw error }
          if !hasTold { say("\(Failure(error).text)\nWaiting for it.") }
          hasTold = true
        }
        await context.pause(CommandContext.waitingPeriod)
      }
    } catch {
      await device.close()
      throw error
    }
  }
}
