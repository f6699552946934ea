public import Storage

extension Plan {
  /// Something that takes no part, and why.
  public struct Filtered: Hashable, Sendable {
    public let path: RelativePath
    public let cause: Filter.Cause
  }

  /// A rule that decided about nothing, as one that is mistyped.
  public struct UnusedRule: Hashable, Sendable {
    public enum Cause: Hashable, Sendable {
      /// It is about nothing that was looked at.
      case matchesNothing
      /// It would be about this, were upper and lower case the same.
      case otherCase(RelativePath)
      /// An earlier rule decides about all that it is about.
      case decidedBefore
    }

    public let rule: Filter.Rule
    public let cause: Cause
  }
}

extension TwoWayPlan {
  /// Leaves the rules that decided about nothing on either side, each once, with what is known best of it: in the plan
  /// for the second folder.
  mutating func joinUnusedRules() {
    let others = Dictionary(back.unusedRules.map { ($0.rule, $0) }) { first, _ in first }
    forth.unusedRules = forth.unusedRules.compactMap { one in others[one.rule].map { one.known(or: $0) } }
    back.unusedRules = []
  }
}

extension Plan.UnusedRule {
  /// The one of two, from two trees, of which more is known.
  fileprivate func known(or other: Plan.UnusedRule) -> Plan.UnusedRule {
    switch (cause, other.cause) {
    case (.matchesNothing, _), (_, .decidedBefore): other
    default: self
    }
  }
}

extension Tree {
  /// The rules that decided about nothing which was looked at, in their order.
  func unusedRules(of filter: Filter) -> [Plan.UnusedRule] {
    let unused = filter.rules.filter { !usedRules.contains($0) }
    guard !unused.isEmpty else { return [] }
    let leftOut = filtered.keys.sorted().map { ($0, foldersLeftOut.contains($0)) }
    let paths = entries.map { ($0.path, $0.isDirectory) } + leftOut
    let spelled = paths.map { (path: PatternPath($0.0), isFolder: $0.1) }
    let lowered = paths.map { PatternPath(lowercasing: $0.0) }
    return unused.map { rule in
      let isAbout = spelled.contains { rule.pattern.matches($0.path, isFolder: $0.isFolder) }
      if isAbout { return Plan.UnusedRule(rule: rule, cause: .decidedBefore) }
      let pattern = try? Pattern(rule.pattern.text.lowercased())
      let other = pattern.flatMap { pattern in
        paths.indices.first { pattern.matches(lowered[$0], isFolder: paths[$0].1) }
      }
      return Plan.UnusedRule(rule: rule, cause: other.map { .otherCase(paths[$0].0) } ?? .matchesNothing)
    }
  }
}
