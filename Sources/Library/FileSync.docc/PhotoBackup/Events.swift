import FileSync

/// Carries a plan out, and prints what comes of it.
func carryOut(_ plan: Plan, of run: SyncRun) async -> Ending? {
  for await event in run.events(of: plan) {
    switch event {
    case .ended(let id, .failed(let error)):
      print("\(plan.action(id)?.path ?? .root) failed: \(error.cause)")
    case .warning(let error), .waiting(let error):
      print(error.cause)
    case .finished(let ending, let counts):
      print("\(ending.word): \(counts.filesCopied) copied, \(counts.modified[.verified, default: 0]) dates verified")
      return ending
    default:
      break
    }
  }
  return nil
}
