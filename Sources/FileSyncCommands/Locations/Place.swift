internal import LocalStorage
internal import MTPStorage
internal import Storage
internal import SyncEngine
internal import SystemPackage

/// A file or folder that a user named. It need not exist.
struct Place: Sendable {
  /// As it was typed, with names in place of patterns.
  var typed: String
  let volume: PlaceVolume
  /// From the volume's root, without links but for the last component, which may be one.
  var path: RelativePath
  /// Whether it was written with a slash at the end.
  let endsInSlash: Bool
  /// Whether its last component was `.` or `..`.
  let isDotted: Bool
  /// What the listing has shown by which a pattern found it; `nil` for what was named itself.
  var listed: Entry?

  /// For people.
  var shown: String { FileSyncCommands.shown(typed) }

  /// A path below this one, or this one, as the user would have typed it.
  func shown(_ other: RelativePath) -> String {
    let rest = other.components.dropFirst(path.components.count).map { FileSyncCommands.shown($0) }
    guard !rest.isEmpty else { return shown }
    return ([typed.hasSuffix("/") ? String(shown.dropLast()) : shown] + rest).joined(separator: "/")
  }

  /// What is there now; `nil` if nothing is.
  /// - Throws: not possible if a device has several files of this name; whatever keeps the folder from being listed.
  func look() async throws(Failure) -> Entry? {
    // One listing for all that fits a pattern.
    if let listed { return listed }
    do throws(StorageError) {
      let entry = try await volume.entry(at: path)
      if endsInSlash, let entry, !entry.isDirectory {
        throw StorageError(.notADirectory, .nextFile, path: path, cause: "It is not a folder")
      }
      return entry
    } catch {
      throw failure(error)
    }
  }

  /// What is there now, or, on a device that cannot hold this name, by the one that it would get.
  func lookFitted() async throws(Failure) -> Entry? {
    if let entry = try await look() { return entry }
    do throws(StorageError) {
      let path = try await volume.fitted(path).path
      return path == self.path ? nil : try await volume.entry(at: path)
    } catch {
      throw failure(error)
    }
  }

  /// As ``look()``, for what must be there.
  func entry() async throws(Failure) -> Entry {
    guard let entry = try await look() else {
      throw failure(StorageError(.notFound, .nextFile, path: path, cause: "It does not exist"))
    }
    return entry
  }

  /// Checks that what is to be removed is the thing that was meant: on a device, several folders on the way there may
  /// have one name.
  func checkWay() async throws(Failure) {
    guard volume.id != .local else { return }
    var folder = path.parent
    while !folder.isRoot {
      _ = try await look(at: folder)
      folder = folder.parent
    }
  }

  /// A storage of its own for the folder that is there.
  func folder() async throws(Failure) -> any Storage {
    do {
      return try await volume.folder(at: path)
    } catch {
      throw failure(error)
    }
  }

  /// Checks that neither of two folders is, or lies in, the other.
  /// - Throws: usage.
  func checkApart(from other: Place) throws(Failure) {
    guard volume.id == other.volume.id else { return }
    let isSame = path == other.path
    guard isSame || path.isBelow(other.path) || other.path.isBelow(path) || path.isRoot || other.path.isRoot else {
      return
    }
    throw Failure(
      .usage,
      isSame
        ? "Source and destination are the same folder: \(shown) and \(other.shown)"
        : "One of \(shown) and \(other.shown) lies in the other",
      cure: "Name two folders apart."
    )
  }

  /// Throws if the volume takes no changes at all. Of a local folder only the system knows, when something is changed.
  func checkWritable() throws(Failure) {
    guard volume.id != .local, !volume.storage.traits.capabilities.contains(.write) else { return }
    throw failure(StorageError(.readOnly, .stop, cause: "\(volume.storage.traits.name) cannot be written to"))
  }

  /// An error about this place or something below it, named as the user named it.
  func failure(_ error: StorageError) -> Failure {
    Failure(error, at: shown(error.path ?? path))
  }
}

/// Where the paths of places begin: `/` on this machine, or the root of a storage on a device.
struct PlaceVolume: Sendable {
  enum ID: Hashable, Sendable {
    case local
    /// The device's bus and address, and its storage.
    case device(String, store: UInt32)
  }

  let id: ID
  /// Rooted there. What it tells of itself holds for a device; on this machine other file systems lie below it.
  let storage: any Storage
  /// The device and the storage on it.
  let device: (session: DeviceSession, store: Store)?

  /// This machine.
  static func local() throws(Failure) -> PlaceVolume {
    do {
      return PlaceVolume(id: .local, storage: try LocalStorage.open("/"), device: nil)
    } catch {
      throw Failure(error)
    }
  }

  /// A path as a location, escaped.
  func location(of path: RelativePath) -> String { shown(typed(path)) }

  /// A path as a location that could be typed.
  func typed(_ path: RelativePath) -> String {
    let text = path.isRoot ? "" : String(pathBytes: path.bytes)
    guard let device else { return "/" + text }
    let usb = device.session.usb
    let store = device.store.place(among: device.session.stores)
    return "\(usb.location(among: [usb]))/\(store)" + (path.isRoot ? "" : "/\(text)")
  }

  /// A storage of its own for a folder, as a run needs it.
  func folder(at path: RelativePath) async throws(StorageError) -> any Storage {
    guard let device else { return try LocalStorage.open(FilePath(bytes: [UInt8(ascii: "/")] + path.bytes)) }
    return try await device.session.device.storage(of: device.store, at: path)
  }

  /// What is at `path` now; `nil` if nothing is.
  func entry(at path: RelativePath) async throws(StorageError) -> Entry? {
    if path.isRoot { return Entry(path: .root, kind: .directory) }
    // On a device looking at one entry takes a listing anyway, which also shows names that are there twice.
    guard id != .local else { return try await storage.refresh([Entry(path: path, kind: .file)])[0] }
    let listing: Listing
    do throws(StorageError) {
      listing = try await Listing(of: path.parent, in: storage)
    } catch  where error.reason == .notFound || error.reason == .notADirectory {
      return nil
    }
    let found = listing.entries.filter { $0.path == path }
    if found.count > 1 || found.contains(where: \.isNameShared) {
      throw StorageError(.ambiguousName, .nextFile, path: path, cause: "The device has several of this name")
    }
    if found.isEmpty, let gap = listing.unlisted.first(where: { $0.name.utf8.elementsEqual(path.name) }) {
      throw StorageError(gap.reason, .nextFile, path: path, cause: "The device did not tell all of it")
    }
    return found.first
  }
}
