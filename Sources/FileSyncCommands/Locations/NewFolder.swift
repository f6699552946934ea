internal import Glibc
internal import SystemPackage

/// Makes a folder of the program's own, and those above it that are missing, with these rights. One that is there stays
/// as it is.
func makeFolder(_ path: String, rights: mode_t) throws(Errno) {
  guard unsafe mkdir(path, rights) != 0 else { return }
  let error = Errno(rawValue: errno)
  if error == .noSuchFileOrDirectory, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
    try makeFolder(String(path[..<slash]), rights: rights)
    guard unsafe mkdir(path, rights) != 0 else { return }
    throw Errno(rawValue: errno)
  }
  var status = stat()
  guard error == .fileExists else { throw error }
  guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
}
