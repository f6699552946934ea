public import Storage

/// One rule of the storage contract, to be run over every kind of storage:
///
///     @Test(arguments: ContractCheck.reading) func reading(_ check: ContractCheck) async throws {
///       try await check.run(MyFixture())
///     }
public struct ContractCheck: Sendable, CustomStringConvertible {
  public let name: String
  /// Throws ``ContractViolation`` where the rule is broken.
  public let run: @Sendable (any StorageFixture) async throws -> Void

  public var description: String { name }

  init(_ name: String, run: @escaping @Sendable (any StorageFixture) async throws -> Void) {
    self.name = name
    self.run = run
  }

  /// A check that needs only one storage, with `tree` in it.
  init(
    _ name: String,
    _ tree: [TreeItem] = [],
    _ body: @escaping @Sendable (any Storage, any BackingStore) async throws -> Void
  ) {
    self.init(name) { fixture in try await fixture.withStorage(holding: tree, body) }
  }
}

/// A rule of the contract that a storage broke.
public struct ContractViolation: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Makes storages of one kind, each over a backing store that the checks can look into from the other side.
public protocol StorageFixture: Sendable {
  /// Runs `body` with a new storage that holds exactly `tree`, folders before what is in them.
  func withStorage(
    holding tree: [TreeItem],
    _ body: @Sendable (any Storage, any BackingStore) async throws -> Void
  ) async throws
}

/// Something in the tree of a fixture.
public enum TreeItem: Sendable {
  case directory(RelativePath)
  case file(RelativePath, [UInt8], modified: Timestamp)

  /// A file whose path is legal text.
  public static func file(_ path: String, _ bytes: [UInt8], modified: Timestamp = .someday) -> TreeItem {
    .file(.of(path), bytes, modified: modified)
  }

  /// A folder whose path is legal text.
  public static func directory(_ path: String) -> TreeItem { .directory(.of(path)) }
}

/// What a storage stands on, seen without it: a folder behind a device, or the storage's memory.
public protocol BackingStore: Sendable {
  /// A file's bytes; `nil` if there is no file.
  func contents(of path: RelativePath) throws -> [UInt8]?
  /// What a folder holds.
  func names(in directory: RelativePath) throws -> Set<[UInt8]>
  /// Makes or replaces a file or a folder.
  func put(_ item: TreeItem) throws
  /// Removes a file or an empty folder.
  func remove(_ path: RelativePath) throws
}

extension RelativePath {
  /// A path that is known to be legal.
  public static func of(_ text: String) -> RelativePath {
    guard let path = RelativePath(text) else { preconditionFailure("\(text) is no path") }
    return path
  }
}

extension Timestamp {
  /// 2021-07-03T12:34:56.123456789Z: an even second in summer, late enough for FAT, with every digit in use.
  public static let someday = Timestamp(seconds: 1_625_315_696, nanoseconds: 123_456_789)
}
