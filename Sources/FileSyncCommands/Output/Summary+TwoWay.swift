internal import Storage
internal import SyncEngine

/// A two-way run, in words: what it does at each of the two folders, under a line of its own.
extension Summary {
  /// What a plan of one direction would do.
  static func plan(bothWays part: RunFlow.Part) -> [String] {
    var (plan, ends) = (part.plan, part.ends)
    // They are told of both together.
    plan.unusedRules = []
    var lines = Self.plan(
      plan,
      from: ends.source,
      to: ends.destination,
      makesDestination: ends.makesDestination,
      headline: heading(ends)
    )
    // That is said of both together.
    lines.removeAll { $0 == nothing([part.plan]) }
    if !plan.setAside.isEmpty {
      let names = LeftOut.names(plan.setAside.map(\.path), of: plan.setAside.count)
      lines.insert("  Files of which both versions are kept: \(plan.setAside.count): \(names)", at: 1)
    }
    if lines.count == 1 { lines[0] += " nothing" }
    return lines
  }

  /// The line above all that is told of one direction.
  static func heading(_ ends: RunFlow.Ends) -> String { "To \(ends.destination), from \(ends.source):" }
}

extension Plan {
  /// One line for each step, in their order.
  var itemised: [String] { setAside.map(\.line) + actions.map(\.line) + Summary.permissions(self) }
}

extension SetAside {
  /// One line of an itemised list, of the log and of the screen: it is done where the version is.
  var line: String { "rename  \(path.shown) as \(target.shown)  at the source  (\(reason.words))" }

  var fields: [String: JSONValue] {
    ["reason": .text(reason.rawValue), "as": .text(target.text)].with(path)
  }
}

extension TwoWayPlan.Direction {
  /// Where its run writes, as the user named the two.
  var word: String {
    switch self {
    case .forth: Side.destination.rawValue
    case .back: Side.source.rawValue
    }
  }
}

extension RunFlow.Ends {
  /// The two ends of one direction of a two-way run.
  func toward(_ direction: TwoWayPlan.Direction) -> RunFlow.Ends {
    direction == .forth ? self : RunFlow.Ends(source: destination, destination: source)
  }
}

extension Refusal {
  /// What stopped a two-way run, and what to do: by the names of the folders, since each is a source once.
  func failure(between ends: RunFlow.Ends, isDryRun: Bool = false) -> Failure {
    let (source, destination) = (ends.source, ends.destination)
    switch self {
    case .storageReplaced(let side):
      return Failure(
        .refused,
        "\(side == .source ? source : destination) is not the one of the earlier runs: another file system or storage is there",
        cure:
          "Nothing was done. Mount the right one; or, if this is meant, add --new-destination, which deletes nothing."
      )
    case .sourceEmptied(let deletions):
      return Failure(
        .refused,
        "\(source) has no files, and \(counted(deletions, "file")) of \(destination) would be deleted",
        cure: "Nothing was done. Check that the right folder is there; or, if this is meant, add --allow-empty."
      )
    case .nothingRecordedAtSource(let all):
      return Failure(
        .refused,
        "\(source) has none of the \(counted(all, "file")) that earlier runs left on both sides",
        cure: "Nothing was done. Check that the right folder is there; or, if this is meant, add --allow-empty."
      )
    case .manyDeletions(let count, let all, let allowed):
      return Failure(
        .refused,
        "\(count) of \(counted(all, "file")) of \(destination) would be deleted, and \(allowed) may be",
        cure: Self.cure(ofDeleting: count, isDryRun)
      )
    case .manyLost, .foldersOverlap, .manyMissing, .copiesFromElsewhere: return failure(isDryRun: isDryRun)
    case .readOnly(let name):
      return Failure(
        .notPossible,
        "\(shown(name)) cannot be written to",
        cure: "Nothing was done. Leave out --two-way to copy from it only, or allow writing there."
      )
    case .noSpace(let needed, let free, let folder):
      return Failure(
        .notPossible,
        (folder.isRoot ? destination : "The disk at \(folder.shown) in \(destination)")
          + Self.fullness(needed, free),
        cure: "Nothing was done. Free some space there, then run the same command again."
      )
    }
  }
}
