public import Storage

/// What of a source takes part in a run. What does not is left as it is, on both sides.
public struct Filter: Hashable, Sendable {
  /// What becomes of the paths that a pattern is about, and of all that is in them.
  public enum Rule: Hashable, Sendable {
    case include(Pattern), exclude(Pattern)

    public var pattern: Pattern {
      switch self {
      case .include(let pattern), .exclude(let pattern): pattern
      }
    }
  }

  /// The first that is about a path, or about a folder that it lies in, decides. What none is about takes part, unless
  /// all of them include, or all but a last one that excludes everything. What is in a folder that is excluded itself, by
  /// another one than that, is never looked at.
  public var rules: [Rule] = []
  /// Only these files and folders, with what is in them; `nil` for all. The rules hold within them.
  public var only: Set<RelativePath>? {
    didSet {
      aboveOnly = []
      for path in only ?? [] {
        var folder = path.parent
        while aboveOnly.insert(folder).inserted, !folder.isRoot { folder = folder.parent }
      }
    }
  }
  /// The folders that hold these.
  private var aboveOnly: Set<RelativePath> = []
  /// In bytes; of files. Where sizes or dates decide, folders are made only for what is in them.
  public var sizes: ClosedRange<UInt64> = 0...UInt64.max
  /// The modification date of a file is this one or a later one; one without a date does not take part.
  public var notBefore: Timestamp?
  /// The modification date of a file is earlier; one without a date does not take part.
  public var before: Timestamp?
  /// Whether what phones keep for themselves takes part only where a rule includes it by its name, or everything
  /// (`**`): who wants all pictures wants no thumbnails.
  public var leavesOutPhonesOwn = false

  public init() {}

  /// Thumbnails, what waits to be deleted for good or is not finished, and the data of apps, which Android 11 and later
  /// show to nobody else.
  private static let phonesOwn = [".thumbnails", ".trashed-", ".pending-", "/Android/data", "/Android/obb"].compactMap {
    name in (try? Pattern(name.hasSuffix("-") ? name + "*" : name + "/")).map { (name: name, pattern: $0) }
  }

  /// Whether phones keep what is at a path for themselves, and no rule names it.
  private func isPhonesOwn(_ path: PatternPath, isFolder: Bool) -> Bool {
    guard leavesOutPhonesOwn else { return false }
    guard let own = Self.phonesOwn.first(where: { $0.pattern.matches(path, isFolder: isFolder) }) else { return false }
    return !includes { rule in
      guard rule.text.contains(own.name) || rule.text == "**" else { return false }
      return rule.matches(path, isFolder: isFolder) || isFolder && rule.isAnchored && rule.mayMatch(inside: path)
    }
  }
}

extension Filter {
  /// Why something takes no part.
  public enum Cause: Hashable, Sendable {
    /// A rule excludes it.
    case rule(Rule)
    /// All rules include, and none is about it.
    case notIncluded
    /// It is none of the paths that alone are meant.
    case notListed
    case size, date
    /// Phones keep it for themselves.
    case phonesOwn
  }

  enum Verdict: Hashable {
    /// `by` this rule; `nil` where none is about it.
    case takesPart(by: Rule? = nil)
    /// A folder that does not take part, but may hold what does.
    case leadsTo(by: Rule? = nil)
    case leftOut(Cause)

    var takesPart: Bool { if case .takesPart = self { true } else { false } }

    var leavesOut: Bool { if case .leftOut = self { true } else { false } }

    /// The rule that decides.
    var rule: Rule? {
      switch self {
      case .takesPart(let rule), .leadsTo(let rule): rule
      case .leftOut(.rule(let rule)): rule
      case .leftOut: nil
      }
    }
  }

  private var onlyIncludes: Bool {
    !rules.isEmpty && rules.allSatisfy { if case .include = $0 { true } else { false } }
  }

  /// The last rule, if it excludes all that none before it is about.
  var theRest: Rule? {
    guard rules.count > 1, case .exclude(let pattern)? = rules.last, pattern.isAboutEverything, !pattern.isAboutFolders
    else { return nil }
    return rules.last
  }

  /// Whether what is at a path takes part, as far as the path tells. The folder it is in is none that is left out.
  func verdict(_ path: RelativePath, isFolder: Bool) -> Verdict {
    var leads = false
    if let only, !isIn(only, path) {
      guard isFolder, aboveOnly.contains(path) else { return .leftOut(.notListed) }
      leads = true
    }
    let units = PatternPath(path)
    // What is named by its path is asked for.
    if only == nil, isPhonesOwn(units, isFolder: isFolder) { return .leftOut(.phonesOwn) }
    for rule in rules where rule.pattern.matches(units, isFolder: isFolder) {
      switch rule {
      case .include: return leads ? .leadsTo(by: rule) : .takesPart(by: rule)
      case .exclude where rule == theRest && isFolder && includes { $0.mayMatch(inside: units) }:
        return .leadsTo(by: rule)
      case .exclude: return .leftOut(.rule(rule))
      }
    }
    guard onlyIncludes else { return leads ? .leadsTo() : .takesPart() }
    return isFolder && includes { $0.mayMatch(inside: units) } ? .leadsTo() : .leftOut(.notIncluded)
  }

  /// Whether files take part, as far as their paths tell, and those of the folders they are in.
  func part(of files: [RelativePath]) -> [Bool] {
    var folders: [RelativePath: Bool] = [.root: true]
    func takesPart(_ folder: RelativePath) -> Bool {
      if let known = folders[folder] { return known }
      let takesPart = takesPart(folder.parent) && !verdict(folder, isFolder: true).leavesOut
      folders[folder] = takesPart
      return takesPart
    }
    return files.map { takesPart($0.parent) && !verdict($0, isFolder: false).leavesOut }
  }

  private func isIn(_ paths: Set<RelativePath>, _ path: RelativePath) -> Bool {
    var path = path
    while !path.isRoot {
      if paths.contains(path) { return true }
      path = path.parent
    }
    return paths.contains(.root)
  }

  private func includes(_ matches: (Pattern) -> Bool) -> Bool {
    rules.contains { if case .include(let pattern) = $0 { matches(pattern) } else { false } }
  }
}

extension Filter {
  /// Whether sizes or dates decide, so that folders take no part by themselves.
  var goesByFile: Bool { notBefore != nil || before != nil || sizes != 0...UInt64.max }

  /// Whether a file is meant by its own size and date; one without a date is not, where dates decide.
  func takesPart(_ entry: Entry) -> Bool {
    guard entry.kind == .file else { return true }
    guard entry.size.map(sizes.contains) ?? true else { return false }
    guard notBefore != nil || before != nil else { return true }
    guard let date = entry.times.modified else { return false }
    return means(date)
  }

  /// Whether it depends on a zone that was assumed whether a file is meant by its date.
  /// - Parameter doubt: How much later than read the date may be, in seconds.
  func isDoubtful(_ entry: Entry, within doubt: ClosedRange<Int64> = widestDoubt) -> Bool {
    guard entry.kind == .file, entry.hasAssumedZone, entry.size.map(sizes.contains) ?? true else { return false }
    return entry.times.modified.map { isNearLimit($0, doubt) } ?? false
  }
}

extension Tree {
  /// Takes out the folders that a destination has under a name of another case, which a rule excludes there: both are
  /// one folder, and nobody has looked into it.
  mutating func leaveOutFolders(excludedAt destination: Tree, _ folding: NameFolding) {
    guard !folding.isCaseSensitive, !destination.filtered.isEmpty else { return }
    let folders = destination.entries.filter { $0.isDirectory && destination.filtered[$0.path] != nil }
    let excluded = Dictionary(folders.map { (folding.key($0.path), $0.path) }) { first, _ in first }
    guard !excluded.isEmpty else { return }
    var gone: RelativePath?
    entries.removeAll { entry in
      if let gone, entry.path.isBelow(gone) { return true }
      guard entry.isDirectory, let there = excluded[folding.key(entry.path)], let cause = destination.filtered[there]
      else { return false }
      gone = entry.path
      filtered[entry.path] = cause
      foldersLeftOut.insert(entry.path)
      if case .rule(let rule) = cause { usedRules.insert(rule) }
      return true
    }
  }

  /// Takes out the files whose size or date is not meant. Dates are only known once the record was asked for them.
  /// - Parameter doubt: How much later than read the dates may be that the storage tells, where their zone is assumed.
  mutating func leaveOut(by filter: Filter, doubt: ((Timestamp) -> ClosedRange<Int64>)? = nil) {
    guard filter.goesByFile else { return }
    let all = entries
    entries = all.filter(filter.takesPart)
    nearLimit += all.count { entry in
      // Of what an earlier run read, nobody knows in which zone that was.
      let here = assumedFrom[entry.path] == nil ? entry.times.modified.flatMap { doubt?($0) } : nil
      return filter.isDoubtful(entry, within: here ?? Filter.widestDoubt)
    }
    leading.formUnion(entries.lazy.filter(\.isDirectory).map(\.path))
    let staying = Set(entries.map(\.path))
    for entry in all where !staying.contains(entry.path) {
      let isMeantBySize = entry.size.map(filter.sizes.contains) ?? true
      let isUndated = isMeantBySize && entry.times.modified == nil
      left(entry, isMeantBySize ? .date : .size, isUndated ? .undated : nil)
    }
  }
}
