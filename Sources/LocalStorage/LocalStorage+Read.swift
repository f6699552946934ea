internal import CLinux
internal import Glibc
public import Storage
internal import SystemPackage

extension LocalStorage {
  public func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    do throws(StorageError) {
      return try readFile(file, from: offset, into: sink, control)
    } catch { throw judged(error) }
  }

  public func readBack(
    _ file: Entry,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    do throws(StorageError) {
      return try readFile(file, from: 0, into: sink, control, isFromDisk: true)
    } catch { throw judged(error) }
  }

  public func keepNames(in folder: RelativePath) async throws(StorageError) {
    do throws(StorageError) {
      try sync(folder)
      // The folders above it, which are none of this storage, on the same file system.
      guard folder.isRoot else { return }
      try attempt(.sync, folder) { () throws(Errno) in
        let root = try root.folder(.root, readable: true)
        do throws(Errno) {
          _ = try checked(linux_sync_volume(root.raw))
        } catch  where [.invalidArgument, .readOnlyFileSystem, .noFunction].contains(error) {
          // Nothing to bring there.
        }
      }
    } catch { throw judged(error) }
  }

  /// - Parameter isFromDisk: Whether to have the system forget what it holds of the file; else a disk that has lost or
  ///   changed it would not be asked. That the file was read then shows in no date of it.
  private func readFile(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl,
    isFromDisk: Bool = false
  ) throws(StorageError) -> UInt64 {
    let path = file.path
    guard file.kind == .file else { throw Self.notAFile(path) }
    let descriptor = try attempt(.open, path) { () throws(Errno) in
      let folder = try root.folder(path.parent)
      // A pipe that took the file's place must not block the storage.
      let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
      var result = unsafe linux_open_at(folder.raw, cString(path.name), flags | (isFromDisk ? linux_no_atime : 0), 0)
      // Of somebody else's file.
      if isFromDisk, result == -EPERM { result = unsafe linux_open_at(folder.raw, cString(path.name), flags, 0) }
      // A link that took the file's place, which O_NOFOLLOW answers with ELOOP.
      if result == -ELOOP { throw .isDirectory }
      return try Descriptor(result)
    }
    if isFromDisk { try attempt(.sync, path) { () throws(Errno) in try dropCache(of: descriptor) } }
    let before = try attempt(.look, path) { () throws(Errno) in try status(descriptor) }
    guard before.isFile else { throw Self.notAFile(path) }
    if let token = file.token, token != self.token(before) { throw Self.changed(path, "since it was listed") }

    _ = posix_fadvise(descriptor.raw, 0, 0, POSIX_FADV_SEQUENTIAL)
    let delivered = try deliver(descriptor, before, from: offset, path, into: sink, control)

    let after = try attempt(.look, path) { () throws(Errno) in try status(descriptor) }
    guard token(after) == token(before) else { throw Self.changed(path, "while it was read") }
    return delivered
  }

  /// Only pages that are on the disk are given up.
  private func dropCache(of file: borrowing Descriptor) throws(Errno) {
    do throws(Errno) {
      try retrying { fsync(file.raw) }
    } catch  where [.invalidArgument, .readOnlyFileSystem].contains(error) {
      // Nothing to bring there.
    }
    _ = posix_fadvise(file.raw, 0, 0, POSIX_FADV_DONTNEED)
  }

  private static func notAFile(_ path: RelativePath) -> StorageError {
    StorageError(.notAFile, .nextFile, path: path, cause: "It is not a file")
  }

  private static func changed(_ path: RelativePath, _ when: String) -> StorageError {
    StorageError(.changed, .nextFile, path: path, cause: "It changed \(when)")
  }

  /// Pushes the bytes from `offset` to the end; holes are known and not read.
  private func deliver(
    _ file: borrowing Descriptor,
    _ status: linux_status,
    from offset: UInt64,
    _ path: RelativePath,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) -> UInt64 {
    let isSparse = status.blocks < status.size / 512
    var position = offset
    while position < status.size {
      let data = isSparse ? nextData(file, from: position, size: status.size) : position..<status.size
      try deliverZeros(data.lowerBound - position, into: sink, control)
      position = data.lowerBound
      while position < data.upperBound {
        try control.check()
        let wanted = Int(min(data.upperBound - position, UInt64(buffer.count)))
        let count = try attempt(.read, path) { () throws(Errno) in
          try retrying { unsafe pread(file.raw, &buffer, wanted, off_t(position)) }
        }
        // The file was cut meanwhile; the caller finds that it changed.
        if count == 0 { return position - offset }
        unsafe try sink.write(buffer.span.bytes.extracting(..<count))
        position += UInt64(count)
      }
    }
    return position - min(offset, position)
  }

  /// The next run of data, empty at the end of the file where only a hole follows.
  private func nextData(_ file: borrowing Descriptor, from position: UInt64, size: UInt64) -> Range<UInt64> {
    let start = lseek(file.raw, off_t(position), linux_seek_data)
    if start < 0 { return errno == ENXIO ? size..<size : position..<size }
    let end = lseek(file.raw, start, linux_seek_hole)
    let lower = min(max(UInt64(start), position), size)
    return lower..<(end < 0 ? size : min(max(UInt64(end), lower), size))
  }

  private func deliverZeros(
    _ count: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) throws(StorageError) {
    let zeros = Self.zeros
    var left = count
    while left > 0 {
      try control.check()
      let piece = Int(min(left, UInt64(zeros.count)))
      unsafe try sink.write(zeros.span.bytes.extracting(..<piece))
      left -= UInt64(piece)
    }
  }
}
