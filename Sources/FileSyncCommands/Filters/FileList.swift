internal import Storage

/// The paths that `--files-from` names.
enum FileList {
  static func read(_ path: String, _ context: CommandContext) throws(Failure) -> Set<RelativePath> {
    var paths: Set<RelativePath> = []
    for (number, line) in try TextLines.read(path, option: "--files-from", asPaths: true, context) {
      guard let named = RelativePath(Array(line.pathBytes.droppingDots)) else {
        throw Failure(
          .usage,
          "\(shown(path)), line \(number): \(shown(line)) is no path in the source",
          cure: "Name files by their paths in the source, without . and .. in them."
        )
      }
      paths.insert(named)
    }
    guard !paths.isEmpty else {
      throw Failure(
        .usage,
        "--files-from \(shown(path)) names nothing",
        cure: "Write the paths of files and folders into it, one a line; without --files-from, all are meant."
      )
    }
    return paths
  }
}

extension [UInt8] {
  /// Without the `./` with which `find .` begins each path.
  fileprivate var droppingDots: ArraySlice<UInt8> {
    var rest = self[...]
    while rest.starts(with: "./".utf8) { rest = rest.dropFirst(2).drop { $0 == UInt8(ascii: "/") } }
    return rest
  }
}
