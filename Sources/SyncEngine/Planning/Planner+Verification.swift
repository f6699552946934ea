internal import Journal
internal import Storage

extension Planner {
  /// The digests on record of files whose records the plan writes anew, since they are the same under other dates or
  /// tokens, or turn out to be.
  func verifications(of plan: Plan) -> [RelativePath: Verification] {
    var kept: [RelativePath: Verification] = [:]
    for action in plan.actions where [.unproven, .equalAfterZoneChange, .zoneLearned].contains(action.reason) {
      guard let path = action.source?.path, let known = records[path]?.verification else { continue }
      kept[path] = known
    }
    for (path, copy) in elsewhere where copy.digest != nil { kept[path] = records[path]?.verification }
    return kept
  }
}
