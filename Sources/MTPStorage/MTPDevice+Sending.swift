internal import PTP
internal import Storage

/// How ``MTPStorage`` sends files, on the device's thread.
extension MTPDevice {
  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl,
    in place: Place
  ) throws(StorageError) -> Written {
    do throws(StorageError) {
      let connection = try connected()
      let id = currentID(of: place.store)
      let folder = place.path(order.path.parent)
      let contents = try connection.contents(of: folder, in: id)
      try place.names.check(order.path.name)
      let abilities = try connection.abilities()
      var name = Array(order.path.name)
      var replaced: ObjectHandle?
      if let old = order.replacing {
        let object = try find(old, in: place).handle
        guard contents.name(of: object)?.isShared != true else {
          throw StorageError(.ambiguousName, .nextFile, cause: "The device has this name twice in one folder")
        }
        if abilities.renames { name = order.temporaryName } else { replaced = object }
        let mustTry = abilities.renames && !abilities.moves && order.resumesAt == 0
        try checkReplacing(mustTry: mustTry, name, folder, place)
      } else if order.resumesAt == 0, try contents.has(name, caseSensitive: place.names.isCaseSensitive) {
        throw StorageError(.alreadyExists, .nextFile, cause: "There is a file of this name on the device already")
      }
      guard let path = order.path.parent.appending(name) else { throw NameRules.refusal }
      var new = NewObject(
        name: String(decoding: name, as: UTF8.self),
        finalName: String(decoding: order.path.name, as: UTF8.self),
        parent: try connection.folder(folder, in: id),
        store: id
      )
      new.replacing = replaced
      new.modified = order.times.modified.flatMap { PTPDate.utc($0.seconds) } ?? ""
      new.created = order.times.created.flatMap { PTPDate.utc($0.seconds) } ?? ""
      let object: ObjectHandle
      do throws(StorageError) {
        if order.resumesAt > 0 {
          let part = try find(Entry(path: path, kind: .file), in: place)
          guard part.size == order.resumesAt else {
            let cause = "The part of it that was there has changed meanwhile"
            throw StorageError(.verificationFailed, .retry, cause: cause)
          }
          object = part.handle
          try append(new, to: object, from: source, order, control)
        } else if order.keepsPart, order.size > Self.wholeSendLimit, replaced == nil, abilities.edits {
          object = try connection.transport.send(new, size: 0, from: BytesInMemory([]), control)
          try connection.checkNew(object)
          try append(new, to: object, from: source, order, control)
        } else {
          object = try connection.transport.send(new, size: order.size, from: source, control)
        }
      } catch {
        connection.forgetContents(of: folder, in: id)
        throw error
      }
      if let replaced { connection.note(folder, in: id) { $0.remove(replaced) } }
      if order.resumesAt == 0 { try connection.noteNew(object, path: place.path(path), in: id) }
      return Written(
        order: order,
        temporary: Entry(path: path, kind: .file, size: order.size, handle: handle(object))
      )
    } catch { throw error.about(order.path) }
  }

  /// Files up to this size are sent whole: to go on with them would save little.
  private static let wholeSendLimit: UInt64 = 32 << 20

  /// Sends what comes behind the part that is there, and leaves a longer part if it is cut off.
  private func append(
    _ file: NewObject,
    to object: ObjectHandle,
    from source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) throws(StorageError) {
    let transport = try connected().transport
    do throws(StorageError) {
      guard order.resumesAt < order.size else { return }
      try transport.append(to: object, of: file, order.resumesAt..<order.size, from: source, control)
    } catch {
      // What is refused would be refused again, and has the file's name.
      let isRefused = error.recovery == .nextFile && error.reason != .cancelled
      guard !transport.isDead, isRefused || !order.keepsPart || !error.leavesFileAsItWas else { throw error }
      try? transport.delete(object)
      guard error.reason == .unsupported else { throw error }
      // It lists these operations and does not do them, so that the file has to be sent whole.
      var known = try connected().knowledge
      known.edits = false
      try connected().learn(known)
      throw StorageError(error.reason, .retry, path: error.path, cause: error.cause, code: error.code)
    }
  }

  /// Makes sure that a file can be replaced. What replaces one that has to be deleted stays under its temporary name for
  /// good where it cannot be: so with `mustTry`, and if nobody knows yet, an empty file of this name is sent first, and
  /// deleted. New files are sent all the same.
  /// - Throws: `deletionRefused`
  private func checkReplacing(
    mustTry: Bool,
    _ name: [UInt8],
    _ folder: RelativePath,
    _ place: Place
  ) throws(StorageError) {
    let connection = try connected()
    if connection.knowledge.deletes == nil, mustTry {
      let id = currentID(of: place.store)
      let text = String(decoding: name, as: UTF8.self)
      let parent = try connection.folder(folder, in: id)
      let new = NewObject(name: text, finalName: text, parent: parent, store: id)
      let nothing = BytePipe(control: TransferControl())
      nothing.finish()
      let object = try connection.transport.send(new, size: 0, from: nothing, TransferControl())
      try connection.checkNew(object)
      connection.forgetContents(of: folder, in: id)
      if let record = try connection.transport.record(of: object), (try? record.name.text()) == text {
        do throws(StorageError) {
          try delete(record, isOurs: true)
        } catch {
          // Any other refusal may pass.
          if connection.knowledge.deletes != false { throw error }
        }
      }
    }
    guard connection.knowledge.deletes == false else { return }
    let cause = "The device lets nothing be deleted, so nothing on it can be replaced"
    throw StorageError(.deletionRefused, .nextFile, cause: cause)
  }

  /// One listing for each folder, however many files of the batch are in it.
  func verify(_ batch: [Written], in place: Place) throws(StorageError) -> [Result<Verified, StorageError>] {
    let connection = try connected()
    let id = currentID(of: place.store)
    var listings: [RelativePath: [ObjectRecord]] = [:]
    for folder in Set(batch.map(\.temporary.path.parent)) {
      let path = place.path(folder)
      listings[folder] = try connection.children(of: try connection.folder(path, in: id), at: path, in: id).records
    }
    let found = records(of: batch, in: listings)
    connection.learn(from: zip(batch, found).compactMap { DateObservation($0, $1) })
    let isShort = zip(batch, found).contains { ($1?.size ?? $0.order.size) < $0.order.size }
    // uMTP says nothing of a full disk: the file is only shorter.
    let free = isShort ? try? space(of: place.store)?.free : nil
    return zip(batch, found).map { written, record in
      do throws(StorageError) {
        let record = try check(record, of: written, free: free)
        var written = written
        written.temporary = entry(record, at: written.temporary.path, connection.zone)
        return .success(Verified(written: written, times: written.temporary.times))
      } catch { return .failure(error.about(written.order.path)) }
    }
  }

  /// Holds what the device lists against what was sent.
  private func check(
    _ record: ObjectRecord?,
    of written: Written,
    free: UInt64?
  ) throws(StorageError) -> ObjectRecord {
    guard let record, !record.isFolder else {
      throw StorageError(.verificationFailed, .nextFile, cause: "The device does not list it")
    }
    let sent = written.order.size
    // A device that knows 32 bits of sizes only says nothing of what is longer.
    if record.size == sent || (record.size == nil && sent >= ObjectInfo.unknownSize) { return record }
    if let size = record.size, size < sent, let free, free < sent - size { throw StorageError.full() }
    let size = record.size.map { "\($0)" } ?? "an unknown number of"
    let cause = "The device has \(size) bytes of the \(sent) that were sent"
    throw StorageError(.verificationFailed, .nextFile, cause: cause)
  }

  /// What a listing has of each file: by its handle in the session that sent it, else by its name, where that is the
  /// name of one object only.
  private func records(of batch: [Written], in listings: [RelativePath: [ObjectRecord]]) -> [ObjectRecord?] {
    let byHandle = listings.mapValues { records in
      Dictionary(records.map { ($0.handle, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let byName = listings.mapValues { records in
      Dictionary(grouping: records) { (try? $0.name.text()) ?? "" }
    }
    return batch.map { written in
      let folder = written.temporary.path.parent
      // Texts are equal also if a device composes letters and accents otherwise than they were sent.
      let name = String(decoding: written.temporary.path.name, as: UTF8.self)
      if let handle = written.temporary.handle, handle.generation == generation {
        let record = byHandle[folder]?[ObjectHandle(rawValue: UInt32(truncatingIfNeeded: handle.value))]
        return (try? record?.name.text()) == name ? record : nil
      }
      let named = byName[folder]?[name] ?? []
      return named.count == 1 ? named[0] : nil
    }
  }

  func commit(_ batch: [Verified], in place: Place) throws(StorageError) -> [Result<Entry, StorageError>] {
    var results: [Result<Entry, StorageError>] = []
    for verified in batch {
      do throws(StorageError) {
        results.append(.success(try commit(verified.written, in: place)))
      } catch {
        results.append(.failure(error.about(verified.written.order.path)))
        // What has its name keeps it, whatever became of the session.
        guard error.recovery != .reopen else { break }
      }
    }
    let lost = StorageError(.deviceLost, .reopen, cause: "The session with \(name) has ended")
    return results + batch.dropFirst(results.count).map { .failure(lost.about($0.written.order.path)) }
  }

  /// Gives a file its name in place of the one that makes room. The new one is whole on the device by then.
  private func commit(_ written: Written, in place: Place) throws(StorageError) -> Entry {
    let order = written.order
    guard written.temporary.path != order.path else { return written.temporary }
    let connection = try connected()
    let id = currentID(of: place.store)
    // It was looked at by the listing that verified it.
    let new = try object(of: written.temporary, in: place)
    let old = try order.replacing.map { old throws(StorageError) in try find(old, in: place) }
    if let old, let kept = order.keepOldAs {
      try makeFolders(to: kept.parent, in: place)
      try move(old.handle, from: order.path, to: kept, in: place)
    } else if let old {
      try delete(old, isOurs: false)
      connection.note(place.path(order.path.parent), in: id) { $0.remove(old.handle) }
    }
    do throws(StorageError) {
      try move(new, from: written.temporary.path, to: order.path, in: place)
    } catch {
      // Its place must not stay empty.
      if let old, let kept = order.keepOldAs, error.recovery != .reopen {
        try? move(old.handle, from: kept, to: order.path, in: place)
      }
      throw error
    }
    var entry = written.temporary
    entry.path = order.path
    entry.handle = handle(new)
    return entry
  }

  /// Only what is still as it was sent, or less of it: what stands there may be somebody else's by now.
  func discard(_ written: Written, in place: Place) throws(StorageError) {
    let connection = try connected()
    let path = written.temporary.path
    do throws(StorageError) {
      let object = try object(of: written.temporary, in: place)
      guard let record = try connection.transport.record(of: object) else { return }
      guard let name = try? record.name.text(), Array(name.utf8) == Array(path.name), !record.isFolder,
        record.size.map({ $0 <= written.order.size }) ?? true
      else {
        throw StorageError(.changed, .nextFile, cause: "What was sent has changed on the device, so it stays")
      }
      try delete(record, isOurs: true)
      connection.note(place.path(path.parent), in: currentID(of: place.store)) { $0.remove(object) }
    } catch {
      if error.reason != .notFound { throw error.about(path) }
    }
  }
}

extension DateObservation {
  /// `nil` where a date is missing or names its own zone, and for dates that cannot be sent, or that stand for "none" on
  /// some devices: those around 1970.
  fileprivate init?(_ written: Written, _ record: ObjectRecord?) {
    guard let sent = written.order.times.modified, sent.seconds > 315_532_800, PTPDate.utc(sent.seconds) != nil,
      let raw = record?.modified, let date = try? PTPDate(raw),
      date.zone == .deviceLocal
    else { return nil }
    self.init(sent: sent.seconds, reported: date.civil.seconds)
  }
}
