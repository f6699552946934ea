internal import PTP
internal import Storage

/// How ``MTPStorage`` verifies what it has sent, and gives it its name, on the device's thread.
extension MTPDevice {
  /// One listing for each folder, however many files of the batch are in it.
  func verify(_ batch: [Written], in place: Place) async throws(StorageError) -> [Result<Verified, StorageError>] {
    let dates = try datesInSession()
    if dates.areOld { try await renew() }
    let connection = try connected()
    let id = currentID(of: place.store)
    var listings: [RelativePath: [ObjectRecord]] = [:]
    for folder in Set(batch.map(\.temporary.path.parent)) {
      let path = place.path(folder)
      listings[folder] = try connection.children(of: try connection.folder(path, in: id), at: path, in: id).records
    }
    let found = records(of: batch, in: listings)
    if dates.areSent || dates.areOld {
      connection.learn(from: zip(batch, found).compactMap { DateObservation($0, $1) }, on: place.store)
    }
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

  /// Whether files are sent with their dates, and whether this session shows dates as they were before they were set.
  /// Apart, since nothing may hold on to a session that ends.
  private func datesInSession() throws(StorageError) -> (areSent: Bool, areOld: Bool) {
    let transport = try connected().transport
    return (transport.sendsDates, transport.showsOldDates)
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
