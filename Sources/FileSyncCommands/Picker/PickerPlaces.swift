internal import Foundation
internal import MTPStorage
internal import Storage

/// Lists what the picker shows. A device is opened when it is entered, and changes nothing.
struct PickerPlaces: Sendable {
  /// What the choice is for.
  enum End: Sendable { case source, destination }

  let end: End
  /// Whether folders of this computer are offered.
  let hasLocal: Bool
  let places: Places

  private var context: CommandContext { places.context }

  /// Throws what keeps a place from being listed.
  func screen(_ spot: PickerScreen.Spot) async throws(Failure) -> PickerScreen {
    switch spot {
    case .start: start()
    case .local(let path): try await local(path)
    case .device(let location): try await device(location)
    case .folder(let storage, let path): try await folder(storage, path)
    }
  }

  /// Where everything begins. Opens nothing.
  func start() -> PickerScreen {
    var rows: [PickerScreen.Row] = []
    var note: String?
    if hasLocal {
      let folders = [("Home", context.home), ("This folder", context.workingDirectory), ("This computer", "/")]
      for (index, (label, path)) in folders.enumerated()
      where !folders.prefix(index).contains(where: { $0.1 == path }) {
        rows.append(.init(act: .open(.local(path)), label: label, detail: shown(path), name: label))
      }
    }
    do throws(Failure) {
      let devices = try context.connectedDevices()
      rows += devices.map { device in
        let location = device.location(among: devices)
        return .init(act: .open(.device(location)), label: shown(device.name), detail: tell(device), name: device.name)
      }
      if devices.isEmpty {
        note = "No MTP device is connected. \(StorageError.Reason.deviceAbsent.advice.cure ?? "")"
      }
    } catch { note = "\(error.cause)." }
    return PickerScreen(spot: .start, title: "", rows: rows, note: note)
  }

  /// What tells a device from others, or what is to be done with it first.
  private func tell(_ device: USBDevice) -> String {
    let serial = device.serial.isEmpty ? "USB \(device.place)" : "serial \(shown(device.serial))"
    if device.state == .ready { return serial }
    // The picker keeps open what it has opened.
    if case .busy(let holders) = device.state, !holders.isEmpty, holders.allSatisfy({ $0.pid == getpid() }) {
      return serial
    }
    let obstacle = device.obstacle
    if case .chargingOnly = device.state { return "\(serial). \(obstacle.cure ?? obstacle.cause)" }
    return "\(serial). \(obstacle.cause)"
  }

  private func local(_ path: String) async throws(Failure) -> PickerScreen {
    let folder = try LocalFolder(path, from: context.workingDirectory, mayBeMissing: false)
    let prefix = path.hasSuffix("/") ? path : path + "/"
    return try await screen(
      .local(path),
      title: shown(path),
      location: path,
      of: try folder.open(),
      at: .root,
      canWrite: unsafe access(folder.path, W_OK) == 0
    ) { name in
      .local(prefix + name)
    }
  }

  private func device(_ location: String) async throws(Failure) -> PickerScreen {
    guard case .device(let asked, _) = try Location(location) else {
      throw Failure(.notPossible, "\(shown(location)) is no device")
    }
    let session = try await places.session(of: asked.device)
    let stores = session.stores
    func root(_ store: Store) -> String { "\(location)/\(store.place(among: stores))" }
    if stores.count == 1 { return try await folder(root(stores[0]), .root) }
    let rows = stores.map { store in
      PickerScreen.Row(
        act: .open(.folder(root(store), .root)),
        label: shown(store.label.isEmpty ? store.kind.rawValue : store.label),
        detail: "\(formatted(bytes: store.space.free)) of \(formatted(bytes: store.space.capacity)) free",
        name: store.place(among: stores)
      )
    }
    let note = stores.isEmpty ? "The device has no storage. Look whether its card is in place." : nil
    return PickerScreen(spot: .device(location), title: shown(session.usb.name), rows: rows, note: note)
  }

  private func folder(_ storage: String, _ path: RelativePath) async throws(Failure) -> PickerScreen {
    let location = path.isRoot ? storage : "\(storage)/\(path.text)"
    let place = try await places.find(try Location(location), typed: location)
    return try await screen(
      .folder(storage, path),
      title: shown(location),
      location: location,
      of: place.volume.storage,
      at: place.path,
      canWrite: place.volume.storage.traits.capabilities.contains(.write)
    ) { name in
      path.appending(name).map { .folder(storage, $0) }
    }
  }

  /// The folders in a folder. `spot` makes one of a name.
  private func screen(
    _ here: PickerScreen.Spot,
    title: String,
    location: String,
    of storage: any Storage,
    at path: RelativePath,
    canWrite: Bool,
    spot: (String) -> PickerScreen.Spot?
  ) async throws(Failure) -> PickerScreen {
    let listing: Listing
    do throws(StorageError) {
      listing = try await Listing(of: path, in: storage)
    } catch { throw Failure(error, at: title) }
    var rows = [PickerScreen.Row(act: .use, label: "[use this folder]")]
    if end == .destination {
      if canWrite {
        rows.append(.init(act: .makeFolder, label: "[new folder]"))
      } else {
        rows[0] = .init(act: .nothing("\(title) cannot be written to."), label: "[cannot be written to]")
      }
    }
    var files = 0
    var folders: [PickerScreen.Row] = []
    for entry in listing.entries {
      guard isFolder(entry, here) else {
        files += 1
        continue
      }
      folders.append(row(entry, spot))
    }
    rows += folders.sorted { $0.label.lowercased() < $1.label.lowercased() }
    var notes = files > 0 ? ["\(counted(files, "file")) here, too."] : []
    if !listing.isComplete { notes.append("Not all of this folder could be listed.") }
    return PickerScreen(
      spot: here,
      title: title,
      rows: rows,
      note: notes.isEmpty ? nil : notes.joined(separator: " "),
      location: end == .destination && !canWrite ? nil : location
    )
  }

  private func row(_ entry: Entry, _ spot: (String) -> PickerScreen.Spot?) -> PickerScreen.Row {
    let label = shown(entry.path.name) + "/"
    guard !entry.isNameShared else {
      return .init(act: .nothing("The device has several folders called \(label)"), label: label)
    }
    guard let name = String(validating: entry.path.name, as: UTF8.self), let next = spot(name) else {
      return .init(act: .nothing("\(label) has a name that is no text, and cannot be chosen here."), label: label)
    }
    return .init(act: .open(next), label: label, name: name)
  }

  /// Whether it can be entered: on this computer, a link to a folder can.
  private func isFolder(_ entry: Entry, _ here: PickerScreen.Spot) -> Bool {
    if entry.isDirectory { return true }
    guard case .symbolicLink = entry.kind, case .local(let path) = here else { return false }
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: "\(path)/\(entry.path.text)", isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
