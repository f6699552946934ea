internal import Storage

/// Where one batch of a plan ends and the next begins: few enough steps that little is done twice after a crash, enough
/// that the journal and the disk are not asked to be sure after each small file.
struct Batching {
  private static let steps = 256
  private static let bytes: UInt64 = 64 << 20
  // A device verifies a folder by listing it, so that a folder is cut only where it is very large.
  private static let stepsInFolder = 10_000
  private static let bytesInFolder: UInt64 = 256 << 20

  /// Whether folders are kept whole, for a destination with a session.
  private let keepsFolders: Bool
  /// Whether what a file replaces has to be gone before the next one comes.
  private let isTight: Bool
  private var steps = 0
  private var bytes: UInt64 = 0
  private var folder: RelativePath?
  /// Whether there is anything to verify.
  private var sends = false
  private var deletes = false
  /// Whether something makes room once it is settled.
  private var replaces = false

  init(for destination: StorageTraits, isTight: Bool) {
    keepsFolders = destination.session != nil
    self.isTight = isTight
  }

  /// Counts a step in.
  /// - Returns: whether it is the first of a new batch.
  mutating func begins(with action: Action) -> Bool {
    let isCut = steps >= Self.steps || bytes >= Self.bytes
    let isLarge = steps >= Self.stepsInFolder || bytes >= Self.bytesInFolder
    // Before anything is deleted, what was written is in place; and the other way round.
    let turns = steps > 0 && deletes != (action.change == .delete)
    let begins =
      turns || isTight && replaces || isCut && (!keepsFolders || isLarge || !sends || folder != action.path.parent)
    deletes = action.change == .delete
    if begins { (steps, bytes, sends) = (0, 0, false) }
    replaces = action.mayReplace
    steps += 1
    if action.fileToSend != nil { sends = true }
    bytes = bytes.addingSaturated(action.bytes)
    folder = action.path.parent
    return begins
  }
}

extension Action {
  /// Whether another version may go when the step is settled.
  fileprivate var mayReplace: Bool {
    switch change {
    case .replace, .compare: true
    case .makeFolder, .copy, .copyLink, .keepBoth, .adopt, .move, .follow, .delete, .skip: false
    }
  }
}
