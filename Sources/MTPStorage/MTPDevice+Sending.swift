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
    let source = WatchedSource(source)
    do throws(StorageError) {
      try transport.append(to: object, of: file, order.resumesAt..<order.size, from: source, control)
    } catch {
      // What the device refuses would be refused again, and has the file's name. A source that fails says nothing of it.
      let isRefused = !source.hasFailed && error.recovery == .nextFile && error.reason != .cancelled
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
    var cause = "The device lets nothing be deleted, so nothing on it can be replaced"
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
          cause += ". The empty file that showed it, \(text), stays there; delete it on the device itself"
        }
      }
    }
    guard connection.knowledge.deletes == false else { return }
    throw StorageError(.deletionRefused, .nextFile, cause: cause)
  }
}

/// A source that takes note of whether it has failed.
// @unchecked: created and used within one call, on the device's thread.
private final class WatchedSource: ByteSource, @unchecked Sendable {
  private let source: any ByteSource
  private(set) var hasFailed = false

  init(_ source: any ByteSource) { self.source = source }

  func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    do throws(StorageError) {
      return try source.read(into: &buffer)
    } catch {
      hasFailed = true
      throw error
    }
  }
}
