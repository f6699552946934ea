public import Glibc
public import Storage

/// A new folder of this machine as a backing store, removed with all it holds when nobody uses it any more. Behind a
/// ``LocalStorage``, or behind a virtual device.
public final class FolderStore: BackingStore {
  /// Absolute, without a slash at the end.
  public let path: String

  /// - Parameters:
  ///   - tree: what it holds, folders before what is in them.
  ///   - parent: where the folder is made; by default in `$TMPDIR`, else `/tmp`.
  /// - Throws: ``ContractViolation`` where it cannot be made.
  public init(holding tree: [TreeItem] = [], in parent: String? = nil) throws {
    let usual = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let parent = parent ?? usual
    var template = Array("\(parent)/filesync-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw ContractViolation("no folder in \(parent): \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for item in tree { try put(item) }
  }

  deinit { Self.removeAll(Array(path.utf8)) }

  /// The absolute path of something in the folder, as C wants it.
  public func absolute(_ relative: RelativePath) -> [CChar] {
    (Array("\(path)/".utf8) + relative.bytes).map { CChar(bitPattern: $0) } + [0]
  }

  /// What lstat(2) tells.
  public func status(of relative: RelativePath) throws -> stat {
    var status = stat()
    guard unsafe lstat(absolute(relative), &status) == 0 else { throw Self.failure(relative) }
    return status
  }

  public func contents(of relative: RelativePath) throws -> [UInt8]? {
    let file = unsafe Glibc.open(absolute(relative), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(file, &buffer, buffer.count)
      guard count >= 0 else { throw Self.failure(relative) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  public func names(in directory: RelativePath) throws -> Set<[UInt8]> {
    Set(try Self.names(absolute(directory)))
  }

  public func put(_ item: TreeItem) throws {
    switch item {
    case .directory(let relative):
      guard unsafe mkdir(absolute(relative), 0o777) == 0 else { throw Self.failure(relative) }
    case .file(let relative, let bytes, let modified):
      let file = unsafe Glibc.open(absolute(relative), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard file >= 0 else { throw Self.failure(relative) }
      defer { close(file) }
      guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count else { throw Self.failure(relative) }
      let time = timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.nanoseconds))
      guard unsafe futimens(file, [time, time]) == 0 else { throw Self.failure(relative) }
    }
  }

  public func remove(_ relative: RelativePath) throws {
    guard unsafe Glibc.remove(absolute(relative)) == 0 else { throw Self.failure(relative) }
  }

  private static func failure(_ relative: RelativePath) -> ContractViolation {
    ContractViolation("\(relative) in the backing store: \(unsafe String(cString: strerror(errno)))")
  }

  private static func names(_ path: [CChar]) throws -> [[UInt8]] {
    guard let folder = unsafe opendir(path) else { throw ContractViolation("no folder in the backing store") }
    defer { unsafe closedir(folder) }
    var names: [[UInt8]] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
    }
    return names
  }

  private static func removeAll(_ path: [UInt8]) {
    let cPath = path.map { CChar(bitPattern: $0) } + [0]
    if unsafe Glibc.remove(cPath) == 0 { return }
    // A test may have taken away its own right to look in.
    unsafe chmod(cPath, 0o700)
    for name in (try? names(cPath)) ?? [] { removeAll(path + [UInt8(ascii: "/")] + name) }
    unsafe rmdir(cPath)
  }
}
