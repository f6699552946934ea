internal import CLinux
internal import Glibc
public import Storage
public import SystemPackage

/// A folder of this machine as a storage.
///
/// Everything lies beneath the root and no symbolic link is followed on the way, so that nothing planted in the tree
/// can lead a run elsewhere. The root itself may be reached through links.
///
/// The operations are `async` though they never suspend: else a caller that holds the concrete type would get the
/// protocol's own `unsupported` defaults, which Swift prefers in asynchronous code.
public actor LocalStorage: Storage {
  public nonisolated let traits: StorageTraits
  let root: Root
  /// How the file system keeps creation dates; `nil` if it has no place for them.
  nonisolated let creationDates: CreationDate?
  /// By how much the dates on the disk are ahead of those that the system tells; 0 where they name an instant.
  let secondsAhead: Int64
  /// Of the root's file system, as st_dev.
  let device: UInt64
  /// Where /sys has the disk for as long as it is there; `nil` where it tells of none.
  private let disk: [CChar]?
  /// One piece of a file on its way.
  var buffer = [UInt8](repeating: 0, count: LocalStorage.pieceSize)
  /// Folders that got new subfolders which are not yet known to be on the disk.
  var unsyncedFolders: Set<RelativePath> = []
  /// Folders of the vault whose own names are on the disk.
  var durableFolders: Set<RelativePath> = []

  /// In bytes. Larger ones are not faster on ext4 and tmpfs.
  static let pieceSize = 1 << 20
  /// A piece of a hole.
  static let zeros = [UInt8](repeating: 0, count: pieceSize)

  private nonisolated let thread: StorageThread
  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

  private init(root: consuming Root, traits: StorageTraits, volume: Volume) {
    self.root = root
    self.traits = traits
    creationDates = volume.creationDates
    secondsAhead = volume.secondsAhead
    device = volume.device
    disk = volume.disk
    thread = StorageThread(label: "filesync.local.\(traits.name)")
  }

  /// Opens a folder.
  /// - Parameters:
  ///   - path: of the folder, absolute or from the working folder.
  ///   - creating: whether a missing folder is made, with all that is missing above it.
  /// - Throws: `notFound` (it does not exist), `notADirectory`, `readingDenied` (it may not be listed), and what
  ///   making a folder can throw; all with the recovery `stop`.
  /// - Returns: the storage; whether it can be written to is in its traits.
  public static func open(_ path: FilePath, creating: Bool = false) throws(StorageError) -> LocalStorage {
    try open(path, creating: creating, plainly: false)
  }

  /// As ``open(_:creating:)``; `plainly` does without the calls that not every kernel has.
  static func open(_ path: FilePath, creating: Bool = false, plainly: Bool) throws(StorageError) -> LocalStorage {
    do throws(Errno) {
      if creating { try make(path) }
      let descriptor = try retrying {
        // Unlike anything below it, the root may be a link.
        unsafe path.withPlatformString { unsafe Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
      }
      let root = Root(descriptor: try Descriptor(Int32(descriptor)), isPlain: plainly)
      let volume = try Volume(root.descriptor)
      var traits = StorageTraits(
        identity: StorageIdentity(
          device: nil,
          volume: volume.identifier,
          capacity: volume.space.capacity,
          root: absolutePath(of: root.descriptor) ?? Array(path.string.utf8)
        ),
        name: path.string,
        capabilities: capabilities(of: root.descriptor, volume),
        times: volume.times,
        names: volume.names,
        maximumFileSize: volume.maximumFileSize
      )
      traits.disk = volume.diskSequence()
      let status = try status(root.descriptor, [UInt8(ascii: ".")])
      traits.folder = FolderIdentity(device: status.device, inode: status.inode)
      return LocalStorage(root: root, traits: traits, volume: volume)
    } catch {
      throw rootError(error, path)
    }
  }

  private static func rootError(_ errno: Errno, _ path: FilePath) -> StorageError {
    var error = StorageError(errno, .open, nil)
    error.recovery = .stop
    switch error.reason {
    case .notFound: error.cause = "\(path) does not exist"
    case .notADirectory: error.cause = "\(path) is not a folder"
    case .readingDenied: error.cause = "\(path) may not be opened by you (\(errno))"
    default: error.cause = "\(path) cannot be opened: \(errno)"
    }
    return error
  }

  /// Makes a folder and what is missing above it.
  private static func make(_ path: FilePath) throws(Errno) {
    let result = unsafe path.withPlatformString { path in unsafe mkdir(path, 0o777) == 0 ? 0 : errno }
    switch result {
    case 0, EEXIST: return
    case ENOENT where !path.removingLastComponent().isEmpty && path.removingLastComponent() != path:
      try make(path.removingLastComponent())
      try make(path)
    default: throw Errno(rawValue: result)
    }
  }

  private static func absolutePath(of folder: borrowing Descriptor) -> [UInt8]? {
    try? linkTarget(AT_FDCWD, "/proc/self/fd/\(folder.raw)".utf8)
  }

  private static func capabilities(of root: borrowing Descriptor, _ volume: Volume) -> Capabilities {
    var capabilities: Capabilities = [.partialRead, .attributes]
    if volume.keepsPermissions { capabilities.insert(.permissions) }
    guard !volume.isReadOnly, unsafe faccessat(root.raw, ".", W_OK | X_OK, AT_EACCESS) == 0 else { return capabilities }
    capabilities.formUnion([.write, .staging, .move, .rename, .setTimes, .resume])
    if volume.keepsHoles { capabilities.insert(.holes) }
    if volume.supportsLinks { capabilities.insert(.symbolicLinks) }
    return capabilities
  }

  /// The same error, or, where the disk was pulled out, that one: for what is not in memory Linux says "input/output
  /// error" then, as for a bad block.
  func judged(_ error: StorageError) -> StorageError {
    guard error.reason == .inputOutput, let disk, unsafe access(disk, F_OK) != 0 else { return error }
    let cause = "The disk of \(traits.name) was pulled out"
    return StorageError(.deviceLost, .stop, path: error.path, cause: cause, code: error.code)
  }

  public func space() async throws(StorageError) -> StorageSpace? {
    try attempt(.look, .root) { () throws(Errno) in try Volume(root.descriptor) }.space
  }

  public func space(in folder: RelativePath) async throws(StorageError) -> StorageSpace? {
    try attempt(.look, folder) { () throws(Errno) in try Volume(try root.folder(folder)) }.space
  }
}

/// What a symbolic link points to.
func linkTarget(_ folder: Int32, _ name: some Collection<UInt8>) throws(Errno) -> [UInt8] {
  // A target is at most PATH_MAX bytes long.
  var target = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = try retrying { unsafe readlinkat(folder, cString(name), &target, target.count) }
  return target[..<count].map { UInt8(bitPattern: $0) }
}
