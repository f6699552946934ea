import FileSync

/// A run that brings the pictures of a camera folder to a place of their own.
func pictureRun(from camera: any Storage, to album: any Storage, journal: Journal) throws -> SyncRun {
  var policy = SyncPolicy()
  policy.conflict = .newer

  var run = SyncRun(from: camera, to: album, journal: journal, policy: policy)
  run.filter.rules = [.exclude(try Pattern("*.mp4"))]
  run.filter.leavesOutPhonesOwn = true
  return run
}

/// What a plan would do, a line for each step, or why it may not run.
func lines(of plan: Plan) -> [String] {
  plan.actions.map { "\($0.change.word) \($0.path): \($0.reason.rawValue)" } + plan.refusals.map { "refused: \($0)" }
}
