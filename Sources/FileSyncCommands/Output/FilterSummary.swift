internal import Storage
internal import SyncEngine

/// What filters leave out of a plan, and why.
enum FilterSummary {
  /// How many rules are told of one by one.
  private static let named = 10

  /// What left out how much, the most first.
  static func causes(_ plan: Plan) -> [(cause: Filter.Cause, count: Int)] {
    var counts: [Filter.Cause: Int] = [:]
    for item in plan.filtered { counts[item.cause, default: 0] += 1 }
    return counts.map { (cause: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.cause.words) < ($0.count, $1.cause.words) }
  }

  /// For people, with the plan.
  static func lines(_ plan: Plan) -> [String] {
    var lines: [String] = []
    let causes = causes(plan)
    if causes.map(\.cause) == [.notListed] {
      // Nobody looked into such a folder, so that it counts as one.
      lines.append("  Files and whole folders that are not named: \(plan.filtered.count)")
    } else if !plan.filtered.isEmpty {
      lines.append("  Files and folders left out by the filters: \(plan.filtered.count)")
      lines += causes.prefix(named).map { "    \($0.cause.words): \($0.count)" }
      let rest = causes.dropFirst(named)
      if !rest.isEmpty {
        lines.append("    by \(counted(rest.count, "other pattern")): \(rest.reduce(0) { $0 + $1.count })")
      }
    }
    return lines + unused(plan.unusedRules, "at the source")
  }

  /// `place` is where nothing is that they are about.
  static func unused(_ rules: [Plan.UnusedRule], _ place: String) -> [String] {
    rules.map { "  Note: \($0.words(place))" }
  }

  /// One line of an itemised list.
  static func line(_ item: Plan.Filtered) -> String { "filter  \(item.path.shown)  (\(item.cause.words))" }

  // MARK: For programs

  static func json(_ cause: Filter.Cause, count: Int) -> JSONValue {
    .object(cause.fields.with("count", .count(count)))
  }

  static func json(_ unused: Plan.UnusedRule) -> JSONValue {
    var fields: [String: JSONValue] = [
      "by": .text(unused.rule.word), "pattern": .text(unused.rule.pattern.text), "reason": .text(unused.word),
    ]
    if case .otherCase(let path) = unused.cause { fields = fields.with(path) }
    return .object(fields)
  }

  static func json(_ item: Plan.Filtered) -> JSONLine { JSONLine("filtered", item.cause.fields.with(item.path)) }
}

extension Filter.Rule {
  fileprivate var word: String {
    switch self {
    case .include: "include"
    case .exclude: "exclude"
    }
  }

  /// As on the command line, wherever it stood.
  fileprivate var words: String { "--\(word) \(shown(pattern.text))" }
}

extension Filter.Cause {
  /// Where it is told how much was left out.
  fileprivate var words: String {
    switch self {
    case .rule(let rule): "by \(rule.words)"
    case .notIncluded: "no --include is about it"
    case .notListed: "not named"
    case .size: "by size"
    case .date: "by date"
    case .phonesOwn: Reason.phonesOwn.words
    }
  }

  fileprivate var fields: [String: JSONValue] {
    switch self {
    case .rule(let rule): ["by": .text(rule.word), "pattern": .text(rule.pattern.text)]
    case .notIncluded: ["by": .text("notIncluded")]
    case .notListed: ["by": .text("notListed")]
    case .size: ["by": .text("size")]
    case .date: ["by": .text("date")]
    case .phonesOwn: ["by": .text(Reason.phonesOwn.rawValue)]
    }
  }
}

extension Plan.UnusedRule {
  fileprivate var word: String {
    switch cause {
    case .matchesNothing: "matchesNothing"
    case .otherCase: "otherCase"
    case .decidedBefore: "decidedBefore"
    }
  }

  fileprivate func words(_ place: String) -> String {
    switch cause {
    case .matchesNothing: "\(rule.words) is about nothing that is \(place)."
    case .otherCase(let path):
      "\(rule.words) is about nothing that is \(place). Upper and lower case differ: there is \(path.shown)"
    case .decidedBefore: "\(rule.words) decides nothing: an earlier pattern is about all that it is about."
    }
  }
}
