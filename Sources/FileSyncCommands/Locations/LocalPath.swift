internal import Foundation
internal import Storage
internal import SystemPackage

/// A path of this machine as a user typed it, from `/` and without links; but the last component may be one.
struct LocalPath: Hashable, Sendable {
  let path: RelativePath
  let isDotted: Bool

  /// Resolves links on the way. What does not exist stays as it is. With `following`, the last component is resolved,
  /// too; so it is where it has a slash behind it.
  /// - Throws: not possible, if the way there is closed, or leads through `..` of a folder that does not exist.
  init(_ typed: String, from workingDirectory: String, following: Bool) throws(Failure) {
    let asked = typed.hasPrefix("/") ? typed : "\(workingDirectory)/\(typed)"
    var known = asked.split(separator: "/")[...]
    isDotted = known.last == "." || known.last == ".."
    var unknown: [Substring] = []
    if !following, !typed.hasSuffix("/"), !isDotted, let last = known.popLast() { unknown = [last] }
    while true {
      switch realPath("/" + known.joined(separator: "/")) {
      case .success(let real):
        guard !unknown.contains(".."), let path = RelativePath(real + "/" + unknown.joined(separator: "/")) else {
          throw Failure(.notPossible, "\(shown(typed)): a folder on the way does not exist", cure: "Make it first.")
        }
        self.path = path
        return
      case .failure(.noSuchFileOrDirectory):
        guard let last = known.popLast() else { throw Failure(.notPossible, "\(shown(typed)) does not exist") }
        if last != "." { unknown.insert(last, at: 0) }
      case .failure(let error):
        let cure = StorageError.Reason.permissionDenied.advice.cure
        throw Failure(.notPossible, "\(shown(typed)) is out of reach: \(error.description)", cure: cure)
      }
    }
  }
}

/// As realpath(3).
func realPath(_ path: String) -> Result<String, Errno> {
  guard let real = unsafe realpath(path, nil) else { return .failure(Errno(rawValue: errno)) }
  defer { unsafe free(real) }
  return .success(unsafe String(cString: real))
}
