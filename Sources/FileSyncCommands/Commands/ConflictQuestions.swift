internal import Storage
internal import SyncEngine

/// `sync --conflict ask`: what the user wants of each conflict.
struct ConflictQuestions: Sendable {
  /// What one line of an answer says.
  struct Answer: Equatable, Sendable {
    var decision: SyncPolicy.Conflict
    /// Whether it is for all conflicts to come as well.
    var isForAll: Bool

    /// Reads an answer. One that asks for the newer version needs to be `knows` which one that is, or for all.
    init?(_ line: String, knowsNewer: Bool) {
      var words = line.lowercased().split(separator: " ").map(String.init)
      isForAll = words.count == 2 && words[1] == "all"
      if isForAll { words.removeLast() }
      guard words.count == 1, let word = words.first else { return nil }
      switch word {
      case "b", "both": decision = .both
      case "s", "source": decision = .replace
      case "d", "destination": decision = .keep
      case "n" where knowsNewer || isForAll, "newer" where knowsNewer || isForAll: decision = .newer
      default: return nil
      }
    }
  }

  let context: CommandContext
  /// Tells the user what is asked about.
  let say: @Sendable ([String]) -> Void

  /// Asks about one after the other, and puts the answers into a policy.
  /// - Throws: declined at the end of the input; interrupted.
  func ask(about conflicts: [OpenConflict], _ policy: SyncPolicy) async throws(Failure) -> SyncPolicy {
    var policy = policy
    for (index, conflict) in conflicts.enumerated() {
      let heading = "Conflict \(index + 1) of \(conflicts.count): "
      say(lines(conflict, heading))
      let answer = try await answer(conflict)
      guard !answer.isForAll else {
        // Also of what turns out to be one only when it is compared.
        policy.conflict = answer.decision
        return policy
      }
      policy.decisions[conflict.source.path] = answer.decision
    }
    return policy
  }

  private func answer(_ conflict: OpenConflict) async throws(Failure) -> Answer {
    let newer = conflict.isSourceNewer == nil ? "" : ", [n]ewer"
    while true {
      let line = try await context.answer(
        to: "Keep [b]oth, [s]ource, [d]estination\(newer)? With \u{201C}all\u{201D} behind it for all the rest, too: "
      )
      guard let line else { throw Failure(.declined, "Nothing was copied") }
      if let answer = Answer(line, knowsNewer: conflict.isSourceNewer != nil) { return answer }
    }
  }

  /// A conflict, and its two versions one below the other.
  private func lines(_ conflict: OpenConflict, _ heading: String) -> [String] {
    let reason: Reason =
      switch conflict.reason {
      case .datesDiffer, .notRenamable: .differsUnrecorded
      default: conflict.reason
      }
    let marks =
      switch conflict.isSourceNewer {
      case true?: ("newer", "")
      case false?: ("", "newer")
      case nil: ("", "")
      }
    let rows = [
      ("source", conflict.source, marks.0), ("destination", conflict.destination, marks.1),
    ]
    .map { name, entry, mark in [name, entry.path.shown, size(entry), date(entry), mark] }
    let widths = (0..<4).map { column in rows.map { columns($0[column]) }.max() ?? 0 }
    return ["\(heading)\(conflict.source.path.shown) (\(reason.words))"]
      + rows.map { row in
        let cells = zip(row, widths + [0]).map { $0 + String(repeating: " ", count: max(0, $1 - columns($0))) }
        return "  " + cells.joined(separator: "  ").trimmingSuffix(while: \.isWhitespace)
      }
  }

  private func size(_ entry: Entry) -> String {
    if case .symbolicLink(let target) = entry.kind { return "link to \(shown(target))" }
    return entry.size.map(formatted(bytes:)) ?? "size not known"
  }

  private func date(_ entry: Entry) -> String {
    guard let date = entry.times.modified else { return "no date" }
    return DateText(context.timeZone).full(date) + (entry.hasAssumedZone ? " (time zone assumed)" : "")
  }
}

extension String {
  fileprivate func trimmingSuffix(while isCut: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, isCut(last) { text.removeLast() }
    return String(text)
  }
}

extension SyncCommand {
  /// Throws if conflicts are to be asked about, and nobody is there to answer.
  func checkConflictsAnswerable(_ context: CommandContext) throws(Failure) {
    guard conflict == .ask, !context.canAsk || filters.readsInput else { return }
    throw Failure(
      .usage,
      "Nobody is there to ask about conflicts, since \(filters.readsInput ? "standard input is the list of files" : "this is no terminal")",
      cure: "Say what becomes of them: --conflict both, newer, larger, source or destination."
    )
  }
}

extension SyncFlow {
  /// The policy with what the user has decided about the conflicts of a plan; `nil` if there is nothing to decide.
  func decisions(
    _ run: SyncRun,
    _ plan: Plan,
    _ control: TransferControl
  ) async throws(Failure) -> SyncPolicy? {
    guard command.conflict == .ask, plan.mayBeDecided else { return nil }
    let conflicts: [OpenConflict]
    do throws(StorageError) {
      conflicts = try await run.openConflicts(in: plan, control)
    } catch { throw Failure(error) }
    return try await flow.decisions(about: conflicts, run.policy)
  }
}

extension TwoWayFlow {
  /// The same for both directions.
  func decisions(_ sync: TwoWaySync, _ plan: TwoWayPlan) async throws(Failure) -> SyncPolicy? {
    guard command.conflict == .ask, plan.forth.mayBeDecided, plan.back.mayBeDecided else { return nil }
    return try await flow.decisions(about: sync.openConflicts(in: plan), command.policy)
  }
}

extension RunFlow {
  fileprivate func decisions(
    about conflicts: [OpenConflict],
    _ policy: SyncPolicy
  ) async throws(Failure) -> SyncPolicy? {
    guard !conflicts.isEmpty else { return nil }
    let human = report.human
    return try await ConflictQuestions(context: context) { human.say($0, always: true) }.ask(about: conflicts, policy)
  }
}

extension Plan {
  /// Whether anything can come of answers: where there is too little room, another answer than both may need less.
  fileprivate var mayBeDecided: Bool { refusals.allSatisfy { if case .noSpace = $0 { true } else { false } } }
}
