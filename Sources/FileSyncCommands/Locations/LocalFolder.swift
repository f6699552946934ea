internal import Foundation
internal import LocalStorage
internal import Storage
internal import SystemPackage

/// A folder of this machine that a user named, looked at before anything is done.
struct LocalFolder: Hashable, Sendable {
  /// Absolute, without links. The last component may be missing.
  let path: String
  /// Whether it is there.
  let exists: Bool
  /// Device and inode of the folder, and of each folder above it up to `/`; the nearest first.
  private let chain: [Identity]

  private struct Identity: Hashable, Sendable {
    var device: dev_t
    var inode: ino_t
  }

  /// Looks at a folder. Not possible if it is no folder, out of reach, or missing; unless it may be missing, and the
  /// folder it would be in is there.
  init(_ typed: String, from workingDirectory: String, mayBeMissing: Bool) throws(Failure) {
    let asked = absolutePath(typed, from: workingDirectory)
    switch realPath(asked) {
    case .success(let real):
      path = real
      exists = true
    case .failure(.noSuchFileOrDirectory) where mayBeMissing:
      var asked = FilePath(pathText: asked)
      // A dangling link has a name, but no folder can be made there.
      guard let name = asked.lastComponent?.pathText, !Self.isLink(asked), asked.removeLastComponent() else {
        throw Failure(.notPossible, "\(shown(typed)) is a link to nothing", cure: "Name a folder.")
      }
      guard case .success(let parent) = realPath(asked.pathText) else {
        throw Failure(
          .notPossible,
          "The folder above \(shown(typed)) does not exist",
          cure: "Make it first: mkdir -p \(shellWord(asked.pathText))"
        )
      }
      path = (parent == "/" ? "" : parent) + "/" + name
      exists = false
    case .failure(.noSuchFileOrDirectory):
      throw Failure(.notPossible, "\(shown(typed)) does not exist", cure: StorageError.Reason.notFound.advice.cure)
    case .failure(.notDirectory): throw Self.noFolder(typed)
    case .failure(let error):
      throw Failure(
        .notPossible,
        "\(shown(typed)) is out of reach: \(error.description)",
        cure: StorageError.Reason.readingDenied.advice.cure
      )
    }
    let whole = FilePath(pathText: path)
    let nearest = exists ? whole : whole.removingLastComponent()
    guard Self.status(nearest)?.isFolder ?? false else { throw Self.noFolder(typed) }
    chain = Self.chain(nearest)
  }

  private static func noFolder(_ typed: String) -> Failure {
    Failure(.notPossible, "\(shown(typed)) is not a folder", cure: StorageError.Reason.notADirectory.advice.cure)
  }

  /// Opens the folder, or makes ready to make it, see ``FutureFolder``.
  func open() throws(Failure) -> any Storage {
    do throws(StorageError) {
      if exists { return try LocalStorage.open(FilePath(pathText: path)) }
      let parent = try LocalStorage.open(FilePath(pathText: path).removingLastComponent())
      return FutureFolder(root: path.pathBytes, name: path, parent: parent)
    } catch {
      throw Failure(error)
    }
  }

  /// Opens the folder, and makes it if it is missing.
  func make() throws(Failure) -> any Storage {
    do throws(StorageError) {
      return try LocalStorage.open(FilePath(pathText: path), creating: true)
    } catch {
      throw Failure(error)
    }
  }

  /// Checks that neither folder is, or lies in, the other; whatever links or bind mounts lead there.
  /// - Throws: usage.
  static func checkApart(source: LocalFolder, destination: LocalFolder) throws(Failure) {
    let contains = { (outer: LocalFolder, inner: LocalFolder) in
      outer.exists && outer.chain.first.map(inner.chain.contains) == true
    }
    let isIn = contains(source, destination)
    let holds = contains(destination, source)
    guard isIn || holds else { return }
    let cause =
      switch (isIn, holds) {
      case (true, true): "Source and destination are the same folder"
      case (true, false): "The destination lies in the source"
      default: "The source lies in the destination"
      }
    throw Failure(
      .usage,
      "\(cause): \(shown(source.path)) and \(shown(destination.path))",
      cure: "Name two folders apart."
    )
  }

  /// What is at a path itself; `nil` if nothing is, or nobody may look.
  private static func status(_ path: FilePath) -> stat? {
    var status = stat()
    return unsafe path.withPlatformString { unsafe lstat($0, &status) } == 0 ? status : nil
  }

  private static func isLink(_ path: FilePath) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFLNK } ?? false }

  private static func chain(_ path: FilePath) -> [Identity] {
    var path = path
    var chain: [Identity] = []
    repeat {
      if let status = status(path) { chain.append(Identity(device: status.st_dev, inode: status.st_ino)) }
    } while path.removeLastComponent()
    return chain
  }
}

extension stat {
  fileprivate var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
}
