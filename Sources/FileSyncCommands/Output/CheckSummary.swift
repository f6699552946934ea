internal import Storage
internal import SyncEngine

/// The texts of a run that only compares.
enum CheckSummary {
  /// What is about to be compared. The locations are escaped already.
  static func plan(_ plan: Plan, from source: String, to destination: String) -> [String] {
    let files = plan.actions.filter { if case .compare = $0.change { true } else { false } }
    let bytes = files.reduce(UInt64(0)) { $0.addingSaturated($1.source?.size ?? 0) }
    var lines = ["Comparing \(destination) with \(source)"]
    if !files.isEmpty { lines.append("  Contents: \(counted(files.count, "file")), \(formatted(bytes: bytes))") }
    if !plan.sorted.isEmpty {
      let names = LeftOut.names(plan.sorted, of: plan.sorted.count)
      let count = counted(plan.sorted.count, "file")
      lines.append("  Under another path in \(destination), as on record: \(count): \(names)")
    }
    return lines + FilterSummary.lines(plan)
  }

  /// What was found.
  static func run(_ counts: Counts, _ leftOut: LeftOut) -> [String] {
    let isAll = counts.skipped == 0 && counts.failed == 0
    let first = counts.unchanged == 0 ? "No file is the same" : "\(counted(counts.unchanged, "file")) the same"
    let differences = leftOut.lines("Not the same") { $0.isDifference }
    let others = leftOut.lines("Not compared") { !$0.isDifference }
    let failed = counts.failed == 0 ? [] : ["Failed: \(counted(counts.failed, "file"))."]
    return [first + (isAll ? ", and nothing else is there." : ".")] + differences + others + failed
  }
}

extension Reason {
  /// Whether a comparison ends with this where the two sides are known not to be the same.
  var isDifference: Bool {
    switch self {
    case .onlyAtSource, .onlyAtDestination, .different, .otherDates: true
    default: false
    }
  }

  /// Whether nobody expects this to be the same: files that runs are writing, and what phones keep for themselves.
  var isBesideTheQuestion: Bool { self == .temporary || self == .phonesOwn }
}
