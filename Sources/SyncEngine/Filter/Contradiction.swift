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
        if let decides, decides > index, case .exclude(let exclude) = rules[decides], rules[decides] != theRest {
          return Contradiction(include: include, exclude: exclude)
        }
        folder = folder.parent
      }
    }
    return nil
  }
}

extension Filter {
  /// A pattern about names anywhere, and one that leaves out all folders in which they could be, and is not the last: in
  /// rsync, a run of such patterns means something else.
  public struct ClosedFolders: Hashable, Sendable {
    public let include: Pattern
    public let exclude: Pattern
    /// The pattern that is about what lies at the top, if that is all that the first one is about; `nil` if it is about nothing.
    public let atTop: String?
  }

  /// The first such pair.
  public var closedFolders: ClosedFolders? {
    let all = rules.firstIndex { rule in
      guard case .exclude(let pattern) = rule else { return false }
      return pattern.isAboutEverything && !pattern.isAboutFolders
    }
    guard let all, all < rules.count - 1 else { return nil }
    for (index, rule) in rules.enumerated() {
      guard case .include(let include) = rule, !include.isAnchored, !include.isAboutEverything else { continue }
      let isAtTop = index < all && !include.text.dropLast(include.isAboutFolders ? 1 : 0).contains("/")
      return ClosedFolders(
        include: include,
        exclude: rules[all].pattern,
        atTop: isAtTop ? "/" + include.text : nil
      )
    }
    return nil
  }
}
