internal import Storage
internal import SyncEngine

/// The texts before and after a run that mends dates only.
enum DatesSummary {
  /// What a plan would do. The locations are escaped already.
  static func plan(_ plan: Plan, from source: String, to destination: String, _ date: DateText) -> [String] {
    var lines = ["Files in \(destination) that equal those in \(source) get their dates"]
    if let example = plan.actions.first(where: { $0.change != .skip }), let dates = dates(example, date) {
      lines.append("For example: \(Summary.joined(destination, example.path)): \(dates)")
    }
    let kinds: [(String, (Action) -> Bool)] = [
      ("To date if their contents are equal", { $0.isComparison }),
      ("Empty, to date", { $0.change == .adopt(setTimes: true) && $0.reason == .equalByContent }),
      ("Links to date", { $0.change == .adopt(setTimes: true) && $0.isLink }),
      ("Without their creation dates", { $0.change == .adopt(setTimes: true) && $0.reason == .equal && !$0.isLink }),
    ]
    for (name, matches) in kinds {
      let count = plan.actions.count(where: matches)
      if count > 0 { lines.append("  \(name): \(count)") }
    }
    if !plan.folderDates.isEmpty {
      let place = plan.remembersFolderDates ? ", in the journal" : ""
      lines.append("  Folders to date\(place): \(plan.folderDates.count)")
    }
    if plan.unchanged > 0 { lines.append("  With the right dates: \(plan.unchanged)") }
    lines += FilterSummary.lines(plan)
    var leftOut = LeftOut()
    for action in plan.actions where action.change == .skip { leftOut.add(action.path, action.reason) }
    lines += leftOut.lines("  Left alone")
    if plan.isIdle, plan.refusals.isEmpty { lines.append("Nothing to do.") }
    return lines
  }

  /// One line of an itemised list, with the date that a file has and the one that it gets.
  static func line(_ action: Action, _ date: DateText) -> String {
    guard action.change != .skip, let dates = dates(action, date) else { return action.line }
    return "date  \(action.path.shown)  \(dates)" + (action.isComparison ? "  (if equal)" : "")
  }

  /// What a run did.
  static func first(_ counts: Counts) -> String {
    let dated = counts.adopted > 0 ? "\(counted(counts.adopted, "file")) dated" : "No file dated"
    return counts.unchanged > 0 ? "\(dated); \(counts.unchanged) had the right dates." : "\(dated)."
  }

  private static func dates(_ action: Action, _ date: DateText) -> String? {
    guard let wanted = action.source?.times, let found = action.destination?.times else { return nil }
    func text(_ found: Timestamp?, _ wanted: Timestamp) -> String {
      "\(found.map { date.full($0) } ?? "no date") \u{2192} \(date.full(wanted))"
    }
    if action.reason == .equal, !action.isLink {
      return wanted.created.map { "created \(text(found.created, $0))" }
    }
    return wanted.modified.map { text(found.modified, $0) }
  }
}

extension Action {
  fileprivate var isComparison: Bool { if case .compare = change { true } else { false } }
  fileprivate var isLink: Bool { if case .symbolicLink? = source?.kind { true } else { false } }
}
