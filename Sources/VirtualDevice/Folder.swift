internal import CLinux
internal import Glibc

/// What a file on disk is, as far as a device tells.
struct FileStatus {
  var isFolder: Bool
  /// In bytes.
  var size: UInt64
  /// Unix times in seconds.
  var modified: Int64
  var created: Int64
  /// When it came to this device, whatever its other dates say.
  var added: Int64

  /// Of a file that is not there yet.
  static let reserved = FileStatus(isFolder: false, date: 0)
  /// Of a folder that only the device knows of, dated 2024-10-16T12:00:00Z.
  static let nameless = FileStatus(isFolder: true, date: 1_729_080_000)

  /// What a device has noted of something that is not on disk.
  init(isFolder: Bool = false, size: UInt64 = 0, date: Int64) {
    self.isFolder = isFolder
    self.size = size
    (modified, created, added) = (date, date, date)
  }

  /// `nil` if there is no file or folder at `path`: nothing, a link, or something special.
  init?(path: String) {
    var status = linux_status()
    guard unsafe linux_status_at(AT_FDCWD, path, &status) >= 0 else { return nil }
    switch status.mode & S_IFMT {
    case S_IFDIR: isFolder = true
    case S_IFREG: isFolder = false
    default: return nil
    }
    size = status.size
    modified = status.modified.seconds
    // A file can be dated back, but was not made after it was last changed.
    added = status.has_created ? status.created.seconds : modified
    created = min(added, modified)
  }
}

/// Reading the folder that stands for a device's storage.
enum Folder {
  /// The names in a folder that a device can show: valid UTF-8 of at most 254 UTF-16 units. In order of their bytes;
  /// `nil` if the folder cannot be read.
  static func names(in path: String) -> [String]? {
    guard let stream = unsafe opendir(path) else { return nil }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(validatingCString: $0) }
      }
      if let name, name != ".", name != "..", name.utf16.count <= 254 { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What names have in common that a phone's shared storage takes for one: letters in any case, composed or not, `ß` and
  /// `ss`, and without characters that are not seen (Linux, `fs/unicode`: NFDICF).
  static func folded(_ name: String) -> String {
    let visible = name.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }
    return String(String.UnicodeScalarView(visible)).uppercased().lowercased()
  }

  /// Where a device that lets creation dates be set keeps them: Linux lets nobody set those of files.
  private static let creationDate = "user.virtual-mtp.created"

  /// The Unix time that was set; `nil` if none was, or the file system keeps no attributes.
  static func creationDate(of path: String) -> Int64? {
    var text = [UInt8](repeating: 0, count: 24)
    let count = unsafe text.withUnsafeMutableBytes { bytes in
      unsafe linux_get_attribute(path, creationDate, bytes.baseAddress, bytes.count)
    }
    return count > 0 ? Int64(String(decoding: text[..<Int(count)], as: UTF8.self)) : nil
  }

  /// Keeps a date for later sessions, if the file system keeps attributes.
  static func setCreationDate(of path: String, to unixTime: Int64) {
    let text = Array("\(unixTime)".utf8)
    _ = unsafe text.withUnsafeBytes { unsafe linux_set_attribute(path, creationDate, $0.baseAddress, $0.count) }
  }

  /// Size and free space of the file system, in bytes; zeros if they cannot be had.
  static func space(of path: String) -> (capacity: UInt64, free: UInt64) {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return (0, 0) }
    return (UInt64(status.f_blocks) * UInt64(status.f_frsize), UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  /// Removes a file, or a folder with all that is in it. Returns whether nothing is left.
  static func remove(_ path: String) -> Bool {
    guard let status = FileStatus(path: path), status.isFolder else { return unsafe unlink(path) == 0 }
    for name in names(in: path) ?? [] { _ = remove(path + "/" + name) }
    return unsafe rmdir(path) == 0
  }

  /// Bytes of all files in a folder.
  static func used(by path: String) -> UInt64 {
    (names(in: path) ?? []).reduce(0) { sum, name in
      guard let status = FileStatus(path: path + "/" + name) else { return sum }
      return sum + (status.isFolder ? used(by: path + "/" + name) : status.size)
    }
  }

  /// Copies a file, or a folder with all that is in it, to a name that is free. The copy is dated now.
  static func copy(_ path: String, to newPath: String) -> Bool {
    guard let status = FileStatus(path: path) else { return false }
    if status.isFolder {
      guard unsafe mkdir(newPath, 0o755) == 0 else { return false }
      return (names(in: path) ?? []).reduce(true) { copy(path + "/" + $1, to: newPath + "/" + $1) && $0 }
    }
    guard let source = OpenFile(path: path), var target = IncomingFile(replacing: newPath, room: .max) else {
      return false
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var done: UInt64 = 0
    while done < status.size {
      let got = source.read(buffer.count, at: done, into: &buffer, from: 0)
      guard got > 0, target.write(got, of: buffer) == got else { return false }
      done += UInt64(got)
    }
    return true
  }

  /// Renames as rename(2) does: a file that has the new name already is replaced.
  static func replace(_ path: String, with oldPath: String) -> Bool { unsafe Glibc.rename(oldPath, path) == 0 }

  /// Renames, never onto something that exists.
  static func rename(_ path: String, to newPath: String) -> Bool {
    unsafe linux_rename_new(AT_FDCWD, path, AT_FDCWD, newPath) >= 0
  }
}

/// An open file.
struct OpenFile: ~Copyable {
  private let descriptor: CInt

  /// `nil` if the file cannot be opened.
  init?(path: String) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  /// Fills `buffer` from `start` on with at most `count` bytes of the file from `offset` on.
  /// - Returns: how many bytes were read; fewer than `count` at the file's end, or on an error.
  func read(_ count: Int, at offset: UInt64, into buffer: inout [UInt8], from start: Int) -> Int {
    var done = 0
    while done < count {
      let got = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe pread(
          descriptor,
          bytes.baseAddress.map { unsafe $0 + start + done },
          count - done,
          off_t(clamping: offset) + off_t(done)
        )
      }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { break }
      done += got
    }
    return done
  }
}
