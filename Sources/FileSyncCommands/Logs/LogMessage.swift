internal import Logging
internal import Storage
internal import SyncEngine

/// A line of the main log.
struct LogMessage: Sendable, Hashable {
  var level: Logger.Level
  var text: String

  private init(_ level: Logger.Level, _ text: String) {
    self.level = level
    self.text = text
  }

  /// What an event is worth in the log. Progress is worth nothing.
  static func all(_ event: Event, step: Action?, place: String?) -> [LogMessage] {
    switch event {
    case .started(let run, let resumes):
      return [LogMessage(.info, "run \(run)" + (resumes.map { " goes on where run \($0) stopped" } ?? " started"))]
    case .scanning, .progress, .began, .verifying: return []
    case .verified(let id): return [LogMessage(.info, "verified: \(step?.path.shown ?? "step \(id)")")]
    case .scanned(let side, let entries, let unlisted):
      return [LogMessage(.info, "\(side.rawValue): \(entries.count) entries")]
        + unlisted.sorted { $0.key < $1.key }.flatMap { folder, missing in
          missing.map { LogMessage(.warning, "not listed: \(folder.shown)/\(shown($0.name)): \($0.reason.rawValue)") }
        }
    case .planned(let plan):
      let refusals = plan.refusals.map { LogMessage(.error, "refused: \($0.failure().cause)") }
      let sum = "plan: \(counted(plan.actions.count, "step")), \(plan.bytes) bytes, \(plan.unchanged) unchanged"
      return [LogMessage(.info, sum)] + refusals
    case .setAside(let item): return [LogMessage(.info, "done: \(item.line)")]
    case .resuming(let id, let offset):
      return [LogMessage(.info, "going on: \(step?.line ?? "step \(id)") [from byte \(offset)]")]
    case .ended(let id, let outcome): return [ended(step?.line ?? "step \(id)", outcome)]
    case .retrying(_, let error, let attempt):
      return [
        LogMessage(.warning, "try \(attempt) again: \(step.map { $0.path.shown + ": " } ?? "")\(shown(error.cause))")
      ]
    case .waiting(let error): return [LogMessage(.notice, "waiting: \(error.shownCause)")]
    case .warning(let error): return [LogMessage(.warning, error.shownCause)]
    case .keptVersions(let count, _, _):
      return [LogMessage(.info, "\(counted(count, "old version")) kept in \(place ?? "the vault")")]
    case .finished(let ending, let counts):
      let made = "\(counts.filesCopied) copied, \(counts.filesReplaced) replaced, \(counts.filesDeleted) deleted"
      let sum = "\(made), \(counts.failed) failed"
      return [LogMessage(ending == .done ? .info : .error, "finished: \(ending.word): \(sum)")]
    }
  }

  private static func ended(_ line: String, _ outcome: Outcome) -> LogMessage {
    switch outcome {
    case .done(let modified, let created):
      LogMessage(.info, "done: \(line) (date: \(modified.rawValue), creation date: \(created.rawValue))")
    case .skipped(let reason): LogMessage(.warning, "skipped: \(line) [\(reason.rawValue)]")
    case .failed(let error): LogMessage(.error, "failed: \(line): \(shown(error.cause)) [\(error.reason.rawValue)]")
    }
  }
}
