internal import CLinux
internal import Glibc
public import Storage
internal import SystemPackage

extension LocalStorage {
  /// In bytes. A run of zeros of at least one such block, aligned, becomes a hole.
  private static let holeSize = 64 << 10

  public func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    do throws(StorageError) {
      return try writeFile(source, order, control)
    } catch { throw judged(error) }
  }

  private func writeFile(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) throws(StorageError) -> Written {
    let path = order.path
    try check(order)
    guard let temporary = path.parent.appending(order.temporaryName) else {
      throw StorageError(.nameNotAllowed, .nextFile, path: path, cause: "This is no name for a file")
    }
    let folder = try attempt(.create, path) { () throws(Errno) in try root.folder(path.parent) }
    if order.replacing == nil, (try? status(folder, path.name)) != nil {
      throw StorageError(Errno.fileExists, .create, path)
    }
    let file = try open(order, in: folder)
    var position = order.resumesAt
    do throws(StorageError) {
      try fill(file, from: source, order, &position, control)
      try attempt(.date, path) { () throws(Errno) in try setAttributes(of: file, in: folder, order) }
    } catch {
      if !order.keepsPart || !error.leavesFileAsItWas || !isKept(file, upTo: position) {
        unsafe unlinkat(folder.raw, cString(order.temporaryName), 0)
      }
      throw error.about(path)
    }
    // A CIFS share (Linux 6.1 and Samba, tried) tells another date for a second after a file is closed, if it was looked
    // at before.
    _ = consume file
    do throws(StorageError) {
      return Written(order: order, temporary: try entry(temporary, in: folder))
    } catch {
      unsafe unlinkat(folder.raw, cString(order.temporaryName), 0)
      throw error.about(path)
    }
  }

  /// Makes the temporary, or opens the one that the order goes on with.
  private func open(_ order: WriteOrder, in folder: borrowing Descriptor) throws(StorageError) -> Descriptor {
    // Rights of its own are given at the end; until then nobody else looks in.
    let mode: UInt32 = order.permissions == nil ? 0o666 : 0o600
    let flags = order.resumesAt == 0 ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY
    let file = try attempt(.create, order.path) { () throws(Errno) in
      try Descriptor(unsafe linux_open_at(folder.raw, cString(order.temporaryName), flags, mode))
    }
    guard order.resumesAt > 0 else { return file }
    let part = try attempt(.look, order.path) { () throws(Errno) in try status(file) }
    guard part.isFile, part.size == order.resumesAt else {
      let cause = "The part of it that was there has changed meanwhile"
      throw StorageError(.verificationFailed, .retry, path: order.path, cause: cause)
    }
    return file
  }

  /// Brings a part to the disk, as long as it got.
  private func isKept(_ file: borrowing Descriptor, upTo position: UInt64) -> Bool {
    guard position > 0 else { return false }
    do throws(Errno) {
      // A hole at the end is not yet part of the file.
      try retrying { ftruncate(file.raw, off_t(position)) }
      try retrying { fsync(file.raw) }
      return true
    } catch { return false }
  }

  private func check(_ order: WriteOrder) throws(StorageError) {
    try checkName(order.path)
    if let maximum = traits.maximumFileSize, order.size > maximum {
      let cause = "The file system of \(traits.name) holds files up to \(maximum) bytes"
      throw StorageError(.fileTooLarge, .nextFile, path: order.path, cause: cause)
    }
  }

  private func fill(
    _ file: borrowing Descriptor,
    from source: any ByteSource,
    _ order: WriteOrder,
    _ position: inout UInt64,
    _ control: TransferControl
  ) throws(StorageError) {
    while true {
      try control.check()
      var span = buffer.mutableSpan
      var bytes = unsafe span.mutableBytes
      let count = try source.read(into: &bytes)
      if count == 0 { break }
      guard order.size - position >= UInt64(count) else {
        throw StorageError(.wrongLength, .nextFile, cause: "More bytes came than the \(order.size) that were listed")
      }
      try attempt(.write, order.path) { () throws(Errno) in try put(count, at: position, into: file) }
      position += UInt64(count)
    }
    guard position == order.size else {
      let cause = "Only \(position) bytes came of the \(order.size) that were listed"
      throw StorageError(.wrongLength, .nextFile, cause: cause)
    }
    // A hole at the end is not yet part of the file.
    _ = try attempt(.write, order.path) { () throws(Errno) in try retrying { ftruncate(file.raw, off_t(position)) } }
  }

  /// Writes the first `count` bytes of the buffer, except whole blocks of zeros.
  private func put(_ count: Int, at position: UInt64, into file: borrowing Descriptor) throws(Errno) {
    var block = 0
    while block < count {
      var end = block
      while end < count, !isHole(end, count) { end = min(end + Self.holeSize, count) }
      while block < end {
        block += try retrying {
          unsafe withBlock(block, end - block) { unsafe pwrite(file.raw, $0, $1, off_t(position) + off_t(block)) }
        }
      }
      while block < count, isHole(block, count) { block += Self.holeSize }
    }
  }

  private func isHole(_ block: Int, _ count: Int) -> Bool {
    guard count - block >= Self.holeSize else { return false }
    return unsafe withBlock(block, Self.holeSize) { unsafe memcmp($0, Self.zeros, $1) == 0 }
  }

  private func withBlock<R>(_ start: Int, _ count: Int, _ body: (UnsafeRawPointer, Int) -> R) -> R {
    unsafe buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("the buffer is never empty") }
      return unsafe body(base + start, count)
    }
  }

  /// Gives a written temporary its dates and rights, after the last byte, which would change the date again.
  private func setAttributes(
    of file: borrowing Descriptor,
    in folder: borrowing Descriptor,
    _ order: WriteOrder
  ) throws(Errno) {
    if let created = order.times.created {
      try creationDates?.set(created, folder, order.temporaryName)
    } else {
      CreationDate.disown(folder, order.temporaryName)
    }
    for attribute in order.attributes { ExtendedAttributes.set(attribute, folder, order.temporaryName) }
    if let permissions = order.permissions { try file.setPermissions(permissions) }
    if let modified = order.times.modified {
      let accessed = order.accessed ?? modified
      try checked(linux_set_times(file.raw, accessed.linux, modified.linux))
      try creationDates?.keep(modified: modified, accessed: accessed, folder, order.temporaryName)
    }
  }

  public func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    batch.map { written in
      do throws(StorageError) {
        var now = try entry(written.temporary.path)
        if !shows(written.order.times, now) {
          // A CIFS share (Linux 6.1 and Samba, tried) tells the date of the writing until what was written is there.
          try sync(written.temporary.path)
          now = try entry(written.temporary.path)
        }
        guard now.kind == .file, now.size == written.order.size else {
          let cause = "The file system does not hold the bytes that were written"
          throw StorageError(.verificationFailed, .nextFile, path: written.order.path, cause: cause)
        }
        return .success(Verified(written: written, times: now.times))
      } catch {
        return .failure(error)
      }
    }
  }

  private func shows(_ times: FileTimes, _ entry: Entry) -> Bool {
    guard let wanted = times.modified, let found = entry.times.modified else { return true }
    return wanted.matches(found, precision: traits.times.modified.precision ?? 0)
  }

  public func discard(_ written: Written) async throws(StorageError) {
    let path = written.temporary.path
    try attempt(.remove, path) { () throws(Errno) in
      let folder = try root.folder(path.parent)
      do throws(Errno) {
        try retrying { unsafe unlinkat(folder.raw, cString(path.name), 0) }
      } catch .noSuchFileOrDirectory {}
    }
  }
}
