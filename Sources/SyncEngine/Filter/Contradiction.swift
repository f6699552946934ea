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
        // The first that is about the folder decides about it.
        let decides = rules.firstIndex { $0.pattern.matches(path, isFolder: true) }
        if let decides, decides > index, case .exclude(let exclude) = rules[decides] {
          return Contradiction(include: include, exclude: exclude)
        }
        folder = folder.parent
      }
    }
    return nil
  }
}
