internal import Foundation
internal import MTPStorage
internal import Storage

/// Looks for a device until it can be used: plugged in, free, unlocked. It follows the serial number, since a phone
/// that is unlocked often comes back with another address and product id.
struct DeviceSearch: Sendable {
  var selector: DeviceSelector
  let takeover: Takeover
  let context: CommandContext
  let say: @Sendable (String) -> Void

  /// Seconds between two looks.
  private static let period = 1.0

  /// Finds and opens the device, with its storages.
  mutating func find(until deadline: Date) async throws(Failure) -> (any OpenDevice, USBDevice, [Store]) {
    var told: Failure?
    while true {
      try context.checkInterrupt()
      let failure: Failure
      do throws(Failure) {
        return try await attempt(until: deadline)
      } catch {
        failure = error
      }
      guard failure.mayPass, context.now() < deadline else { throw failure }
      if told != failure { say("\(failure.text)\nWaiting for it.") }
      told = failure
      await context.pause(Self.period)
    }
  }

  private mutating func attempt(until deadline: Date) async throws(Failure) -> (any OpenDevice, USBDevice, [Store]) {
    let devices = try context.connectedDevices()
    var usb = try selector.choose(from: devices)
    if !usb.serial.isEmpty, devices.count(where: { $0.serial == usb.serial }) == 1 { selector = .named(usb.serial) }
    do throws(StorageError) {
      if case .busy = usb.state, let freed = try await takeover.take(usb, say: say) { usb = freed }
      if usb.state == .ready { return try await open(usb, until: deadline) }
    } catch {
      guard error.reason == .deviceLost else { throw Failure(error) }
      throw Failure(.notReady, "\(shown(usb.name)) went away", cure: "Plug it in again.")
    }
    throw usb.obstacle
  }

  /// Opens a device that is ready. A locked one stays open while it is waited for: opening it again and again would
  /// trouble it.
  private func open(
    _ usb: USBDevice,
    until deadline: Date
  ) async throws(StorageError) -> (any OpenDevice, USBDevice, [Store]) {
    let device = try await context.devices.open(usb, log: say)
    var hasTold = false
    do throws(StorageError) {
      while true {
        do throws(StorageError) {
          return (device, usb, try await device.stores())
        } catch {
          let isOver = context.now() >= deadline || context.interrupt.signal != nil
          guard error.reason == .deviceLocked, !isOver else { throw error }
          if !hasTold { say("\(Failure(error).text)\nWaiting for it.") }
          hasTold = true
        }
        await context.pause(Self.period)
      }
    } catch {
      await device.close()
      throw error
    }
  }
}
