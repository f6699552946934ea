internal import Storage

extension Filter {
  /// A pattern that can be about nothing, since what it is about lies in a folder that is left out.
  public struct Contradiction: Hashable, Sendable {
    public let include: Pattern
    public let exclude: Pattern
    /// The pattern that leaves out the folder's contents instead.
    public var insideExclude: String {
      (exclude.text.hasSuffix("/") ? String(exclude.text.dropLast()) : exclude.text) + "/*"
    }
  }

  /// The first pattern that names something in a folder which a later one leaves out.
  public var contradiction: Contradiction? {
    for (index, rule) in rules.enumerated() {
      guard case .include(let include) = rule else { continue }
      var folder = include.folder
      while !folder.isRoot {
        let path = PatternPath(folder)
        for later in rules[(index + 1)...] {
          if case .exclude(let exclude) = later, exclude.matches(path, isFolder: true) {
            return Contradiction(include: include, exclude: exclude)
          }
          if case .include(let other) = later, other.matches(path, isFolder: true) { break }
        }
        folder = folder.parent
      }
    }
    return nil
  }
}
