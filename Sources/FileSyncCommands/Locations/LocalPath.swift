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
    let slash = UInt8(ascii: "/")
    var known = absolutePath(typed, from: workingDirectory).pathBytes.split(separator: slash).map { Array($0) }[...]
    let (here, above) = (Array(".".utf8), Array("..".utf8))
    isDotted = known.last == here || known.last == above
    var unknown: [[UInt8]] = []
    if !following, typed.utf8.last != slash, !isDotted, let last = known.popLast() { unknown = [last] }
    while true {
      switch realPath("/" + String(pathBytes: known.joined(separator: [slash]))) {
      case .success(let real):
        guard !unknown.contains(above),
          let path = RelativePath(real.pathBytes + [slash] + unknown.joined(separator: [slash]))
        else {
          throw Failure(.notPossible, "\(shown(typed)): a folder on the way does not exist", cure: "Make it first.")
        }
        self.path = path
        return
      case .failure(.noSuchFileOrDirectory):
        guard let last = known.popLast() else { throw Failure(.notPossible, "\(shown(typed)) does not exist") }
        if last != here { unknown.insert(last, at: 0) }
      case .failure(let error):
        let cure = StorageError.Reason.readingDenied.advice.cure
        throw Failure(.notPossible, "\(shown(typed)) is out of reach: \(error.description)", cure: cure)
      }
    }
  }
}
