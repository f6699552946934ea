internal import Storage

/// What a run keeps on this computer: versions that it replaces on a device, or on another file system within its
/// destination, and files on their way between two places of one device.
struct HostPlace {
  let storage: any Storage
  /// Names the folder of this run, below which old versions are.
  let folder: String
  let control: TransferControl

  /// Copies a version that is about to be replaced to `RUN/PATH`, and verifies it there.
  func keep(_ old: Entry, from device: any Storage, temporaryName: [UInt8]) async throws(StorageError) -> Entry {
    guard old.canBeKeptHere else { throw cannotKeep(old) }
    let path = try place(of: old)
    try await makeFolder(path.parent)
    if case .symbolicLink(let target) = old.kind {
      let link = try await storage.createSymbolicLink(path, target: target)
      return try await storage.setTimes(FileTimes(modified: old.times.modified), of: link)
    }
    let size = old.size ?? 0
    let written = try await take(old, size, from: device, as: path, temporaryName)
    do throws(StorageError) {
      let verified = try single(await storage.verify([written]))
      return try single(await storage.commit([verified]))
    } catch {
      try? await storage.discard(written)
      throw error.about(old.path)
    }
  }

  /// Has a folder that is about to be deleted at `RUN/PATH`, with its dates as far as this computer keeps them.
  func keep(folder: Entry) async throws(StorageError) {
    let path = try place(of: folder)
    try await makeFolder(path)
    _ = try? await storage.setTimes(folder.times, of: Entry(path: path, kind: .directory))
  }

  private func place(of old: Entry) throws(StorageError) -> RelativePath {
    guard let path = RelativePath.root.appending(folder)?.appending(old.path, fittedTo: storage.traits.names) else {
      throw cannotKeep(old)
    }
    return path
  }

  private func cannotKeep(_ old: Entry) -> StorageError {
    StorageError(.nameNotAllowed, .nextFile, path: old.path, cause: "The old version cannot be kept here")
  }

  /// Removes a version that turned out not to be replaced, and the folders that were made for it.
  func forget(_ kept: Entry) async {
    do throws(StorageError) {
      try await storage.remove(kept)
      var folder = kept.path.parent
      while !folder.isRoot {
        try await storage.remove(Entry(path: folder, kind: .directory))
        folder = folder.parent
      }
    } catch {
      // A version too many harms nobody, and a folder that holds something else stays.
    }
  }

  /// Calls `body` with a copy of a file, which is verified before and removed afterwards, whatever happens. `watcher`
  /// is given the bytes as they come from the device.
  func withSpool<Value>(
    of file: Entry,
    from device: any Storage,
    temporaryName: [UInt8],
    watcher: (any ByteSink)? = nil,
    _ body: (Entry) async throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    guard let size = file.size, let path = RelativePath.root.appending("spool-\(folder)") else {
      throw StorageError(.nameNotAllowed, .nextFile, path: file.path, cause: "The file cannot pass through here")
    }
    // A temporary that nobody ever commits: if the run dies, the next one finds it by its name.
    let spool = try await take(file, size, from: device, as: path, temporaryName, watcher)
    do throws(StorageError) {
      _ = try single(await storage.verify([spool]))
      let value = try await body(spool.temporary)
      try? await storage.discard(spool)
      return value
    } catch {
      try? await storage.discard(spool)
      throw error.about(file.path)
    }
  }

  private func take(
    _ file: Entry,
    _ size: UInt64,
    from device: any Storage,
    as path: RelativePath,
    _ temporaryName: [UInt8],
    _ watcher: (any ByteSink)? = nil
  ) async throws(StorageError) -> Written {
    if let space = try await storage.space(), space.free < size {
      let cause = "\(storage.traits.name) has too little room to hold the file for a while: \(size) bytes are needed"
      throw StorageError(.noSpace, .waitForUser(.freeSpace), path: file.path, cause: cause)
    }
    // These bytes do not arrive where they belong, so they count under a control of their own.
    let own = TransferControl()
    let handler = control.onCancel { own.cancel() }
    defer { control.removeHandler(handler) }
    var order = WriteOrder(
      path: path,
      size: size,
      times: file.times,
      accessed: file.accessed,
      permissions: file.permissions,
      temporaryName: temporaryName
    )
    do throws(StorageError) {
      if device.traits.capabilities.contains(.attributes), storage.traits.capabilities.contains(.attributes) {
        order.attributes = try await device.extendedAttributes(of: file)
      }
      let reading = FileReading(file, from: device, watcher: watcher, control: own)
      return try await copy(reading, to: storage, order: order, control: own)
    } catch { throw StorageError(error.reason, error.recovery, path: file.path, cause: error.cause, code: error.code) }
  }

  private func makeFolder(_ path: RelativePath) async throws(StorageError) {
    var folder = RelativePath.root
    for name in path.components {
      guard let next = folder.appending(name) else { continue }
      folder = next
      _ = try await storage.createDirectory(folder)
    }
  }
}

extension RelativePath {
  /// A path below this one, with the names that `rules` allow; `nil` if there are none.
  fileprivate func appending(_ path: RelativePath, fittedTo rules: NameRules) -> RelativePath? {
    var whole = self
    for component in path.components {
      guard let name = rules.fitted(component), let next = whole.appending(name) else { return nil }
      whole = next
    }
    return whole
  }
}

/// The only result of a batch of one.
func single<Value>(_ results: [Result<Value, StorageError>]) throws(StorageError) -> Value {
  guard let result = results.first else {
    throw StorageError(.verificationFailed, .nextFile, cause: "The storage says nothing of the file")
  }
  return try result.get()
}
