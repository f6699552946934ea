internal import Foundation
internal import Journal
internal import MTPStorage
internal import Storage

/// What a location on a device may go on with.
struct LocationCompletion: Sendable {
  let typed: String
  let context: CommandContext

  /// Whole locations that begin with what was typed; none if anything fails. A device is opened only where its storages or
  /// folders are asked for, nobody holds it, and no run is going on that may be between two sessions.
  func found() async -> [String] {
    guard let devices = try? context.devices.devices() else { return [] }
    let parts = typed.dropFirst("mtp:".count).split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard typed.hasPrefix("mtp:"), parts.count > 1 else {
      return devices.map { $0.location(among: devices) + "/" }.filter { $0.hasPrefix(typed) && Self.isPlain($0) }
    }
    guard let device = try? DeviceSelector(typed: parts[0]).choose(from: devices), device.state == .ready,
      await !isAnyRunGoingOn, let open = try? await context.devices.open(device, log: { _ in })
    else { return [] }
    let found = try? await found(on: open, Array(parts.dropFirst()))
    await open.close()
    return (found ?? []).filter { $0.hasPrefix(typed) && Self.isPlain($0) }.sorted()
  }

  private func found(on device: any OpenDevice, _ parts: [Substring]) async throws -> [String] {
    let stores = try await device.stores()
    let base = String(typed.prefix(through: typed.lastIndex(of: "/") ?? typed.startIndex))
    if parts.count == 1 {
      let places = stores.map { "\(base)\($0.place(among: stores))/" }
      if places.contains(where: { $0.hasPrefix(typed) }) { return places }
    }
    // On a device with one storage its name may be left out.
    let named = stores.enumerated().first { StoreSelector(unescaped(parts[0])).fits($0.element, number: $0.offset + 1) }
    let isNamed = parts.count > 1 && (stores.count == 1 || !parts[0].isEmpty) ? named != nil : false
    guard let store = isNamed ? named?.element : stores.count == 1 ? stores[0] : nil else { return [] }
    let path = isNamed ? parts[1...] : parts[...]
    let folder = path.joined(separator: "/").split(separator: "/", omittingEmptySubsequences: false).dropLast()
    guard let folder = RelativePath(folder.joined(separator: "/")) else { return [] }
    let storage = try await device.storage(of: store, at: .root)
    let isHidden = typed.dropFirst(base.count).hasPrefix(".")
    return try await Listing(of: folder, in: storage).entries.compactMap { entry in
      // What is no text cannot be typed.
      guard let name = String(validating: Array(entry.path.name), as: UTF8.self) else { return nil }
      guard isHidden || !name.hasPrefix(".") else { return nil }
      return base + name + (entry.isDirectory ? "/" : "")
    }
  }

  private var isAnyRunGoingOn: Bool {
    get async {
      guard FileManager.default.fileExists(atPath: context.dataDirectory + "/journal.sqlite") else { return false }
      guard let runs = try? await context.openJournal().runs(last: 20) else { return true }
      return runs.contains(where: \.goesOn)
    }
  }

  /// Whether a shell can take it as a line, and show it.
  private static func isPlain(_ text: String) -> Bool { !text.unicodeScalars.contains(where: isHazardous) }
}
