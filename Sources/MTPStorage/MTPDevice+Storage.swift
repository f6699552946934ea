internal import PTP
internal import Storage

/// What ``MTPStorage`` does, on the device's thread.
extension MTPDevice {
  func list(
    _ directory: RelativePath,
    in place: Place,
    page: @Sendable ([Entry]) -> Void
  ) throws(StorageError) -> Completeness {
    let (entries, unlisted) = try entries(of: directory, in: place)
    page(entries)
    let isSure = try connected().transport.listsSurely
    return isSure && unlisted.isEmpty ? .complete : .partial(unlisted)
  }

  func refresh(
    _ entries: [Entry],
    in place: Place
  ) throws(StorageError) -> [Entry?] {
    // One listing for each folder, however many entries of it are asked for.
    var found: [RelativePath: [RelativePath: Entry]] = [:]
    for folder in Set(entries.map(\.path.parent)) {
      do throws(StorageError) {
        let listed = try self.entries(of: folder, in: place).entries
        found[folder] = Dictionary(listed.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
      } catch  where error.reason == .notFound || error.reason == .notADirectory {
        found[folder] = [:]
      }
    }
    return entries.map { entry in
      let now = found[entry.path.parent]?[entry.path]
      // Of two that have one name nobody knows in another session which is which.
      if let now, now.isNameShared, let old = entry.handle, old != now.handle { return nil }
      return now
    }
  }

  func space(of store: Store) throws(StorageError) -> StorageSpace? {
    let id = currentID(of: store)
    return try connected().transport.stores().first { $0.id == id }?.space
  }

  func read(
    _ file: Entry,
    from offset: UInt64,
    to end: UInt64?,
    into sink: any ByteSink,
    _ control: TransferControl,
    in place: Place
  ) throws(StorageError) -> UInt64 {
    guard file.kind == .file else {
      throw StorageError(.notAFile, .nextFile, path: file.path, cause: "This is no file")
    }
    var current = file
    if file.handle?.generation != generation {
      guard let found = try refresh([file], in: place)[0] else {
        throw StorageError(.notFound, .nextFile, path: file.path, cause: "The file is no longer on the device")
      }
      guard found.kind == .file, found.token == file.token else {
        throw StorageError(.changed, .nextFile, path: file.path, cause: "The file has changed on the device")
      }
      current = found
    }
    let handle = ObjectHandle(rawValue: UInt32(truncatingIfNeeded: current.handle?.value ?? 0))
    do throws(StorageError) {
      return try connected().transport.read(handle, size: current.size, from: offset, to: end, into: sink, control)
    } catch { throw error.about(file.path) }
  }

  private func entries(
    of directory: RelativePath,
    in place: Place
  ) throws(StorageError) -> (entries: [Entry], unlisted: [Unlisted]) {
    let connection = try connected()
    let id = currentID(of: place.store)
    let path = place.path(directory)
    var listing: ObjectListing
    do throws(StorageError) {
      listing = try connection.children(of: try connection.folder(path, in: id), at: path, in: id)
    } catch { throw error.about(directory) }
    var entries: [Entry] = []
    entries.reserveCapacity(listing.records.count)
    for (record, name) in zip(listing.records, listing.names) {
      guard let path = directory.appending(name.bytes) else {
        listing.unlisted.append(Unlisted(name: record.name.lossy, reason: .nameNotAllowed))
        continue
      }
      entries.append(entry(record, at: path, connection.zone, ownName: name.ownName))
    }
    return (entries, listing.unlisted)
  }
}
