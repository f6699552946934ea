import FileSync
import Foundation

/// Opens the first device that is ready, hands `body` a folder of its first storage, and closes it again.
func withPhone<Result: Sendable>(
  at folder: RelativePath,
  _ body: @Sendable (any Storage) async throws -> Result
) async throws -> Result {
  let root = ProcessInfo.processInfo.environment["FILESYNC_USB_ROOT"] ?? "/"
  let bus = USBBus(root: root)
  guard let found = try bus.devices().first(where: { $0.state == .ready }) else {
    throw StorageError(.deviceAbsent, .waitForUser(.plugIn), cause: "No phone is ready")
  }

  let phone = try await MTPDevice.open(found, on: bus)
  do {
    let stores = try await phone.stores()
    let result = try await body(phone.storage(of: stores[0], at: folder))
    await phone.close()
    return result
  } catch {
    await phone.close()
    throw error
  }
}
