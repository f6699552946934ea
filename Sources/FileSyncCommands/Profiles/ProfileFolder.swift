internal import CLinux
internal import Foundation
internal import SystemPackage

/// The folder that has the user's profiles, one file each.
struct ProfileFolder: Sendable {
  /// Absolute.
  let path: String

  /// A longer one is something else by mistake.
  private static let limit = 1 << 20

  /// The names of all profiles, sorted. Files that no profile can be called like, such as an editor's, are none.
  var names: [ProfileName] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return files.compactMap { try? ProfileName($0) }.filter { Self.isFile(file($0)) }.sorted()
  }

  /// Where a profile is kept.
  func file(_ name: ProfileName) -> String { "\(path)/\(name)" }

  /// - Throws: not possible if there is none of this name; usage if it is no profile.
  func read(_ name: ProfileName) throws(Failure) -> Profile {
    try Profile(name: name, file: file(name), text: try text(name))
  }

  /// What a profile's file has.
  func text(_ name: ProfileName) throws(Failure) -> String {
    let file = file(name)
    guard FileManager.default.fileExists(atPath: file) else { throw absent(name) }
    guard Self.isFile(file) else { throw Failure(.notPossible, "\(shown(file)) is no file", cure: "Move it away.") }
    let data: Data
    do {
      data = try FileHandle(forReadingFrom: URL(filePath: file)).read(upToCount: Self.limit + 1) ?? Data()
    } catch {
      throw Failure(.notPossible, "\(shown(file)) cannot be read", cure: "Check who owns it and who may read it.")
    }
    guard data.count <= Self.limit, let text = String(validating: data, as: UTF8.self) else {
      throw Failure(
        .usage,
        "\(shown(file)) is no profile: \(data.count <= Self.limit ? "it is no UTF-8 text" : "it is too large")",
        cure: "A profile is a text with one argument a line."
      )
    }
    return text
  }

  /// Writes a profile whole or not at all. With `replacing`, one of this name is replaced; a link stays one.
  func write(_ text: String, to name: ProfileName, replacing: Bool) throws(Failure) {
    let linked = try? realPath(file(name)).get()
    let target = FilePath(linked ?? file(name))
    let draft = target.removingLastComponent().appending(".\(name).\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        atPath: path,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
      defer { try? FileManager.default.removeItem(atPath: draft.string) }
      let options: FileDescriptor.OpenOptions = [.create, .exclusiveCreate, .closeOnExec]
      let rights: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
      let descriptor = try FileDescriptor.open(draft, .writeOnly, options: options, permissions: rights)
      try descriptor.closeAfter {
        try descriptor.writeAll(text.utf8)
        guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
      let result =
        replacing
        ? unsafe (rename(draft.string, target.string) == 0 ? 0 : -errno)
        : unsafe linux_rename_new(AT_FDCWD, draft.string, AT_FDCWD, target.string)
      guard result == 0 else { throw Errno(rawValue: -result) }
    } catch Errno.fileExists where !replacing {
      throw Failure(
        .notPossible,
        "The profile \(name) exists already: \(shown(file(name)))",
        cure: "Add --replace to have it replaced, or edit that file."
      )
    } catch {
      let cause = (error as? Errno)?.description ?? error.localizedDescription
      throw Failure(.notPossible, "\(shown(file(name))) cannot be written: \(shown(cause))")
    }
  }

  func remove(_ name: ProfileName) throws(Failure) {
    guard unsafe unlink(file(name)) != 0 else { return }
    if errno == ENOENT { throw absent(name) }
    throw Failure(.notPossible, "\(shown(file(name))) cannot be removed: \(Errno(rawValue: errno).description)")
  }

  private func absent(_ name: ProfileName) -> Failure {
    let names = names.map { "  \($0)" }
    return Failure(
      .notPossible,
      "There is no profile \(name)",
      cure: names.isEmpty
        ? "There are none: `filesync profile add \(name) SOURCE DESTINATION` makes this one."
        : "There are:\n\(names.joined(separator: "\n"))"
    )
  }

  private static func isFile(_ path: String) -> Bool {
    (try? URL(filePath: path).resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile
      == true
  }
}

extension CommandContext {
  var profiles: ProfileFolder { ProfileFolder(path: configDirectory + "/profiles") }
}
